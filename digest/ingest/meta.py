"""What a page says of itself.

JSON-LD > og/article > Dublin Core and meta > rel=author, microdata, <time>. Pure.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from digest.ingest import urls
from digest.ingest.names import split as split_names
from digest.model import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

ARTICLE_TYPES = frozenset({
    "NewsArticle", "Article", "BlogPosting", "LiveBlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle",
    "OpinionNewsArticle", "BackgroundNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "TechArticle",
    "ScholarlyArticle", "Report", "SocialMediaPosting", "AdvertiserContentArticle", "SatiricalArticle",
    "Review",
})  # fmt: skip
_DEEPEST = 6
_SOUNDS_DATED = re.compile(r"(?:publi\w*|pub|issued?|created?|posted)[\W_]*(?:date|time|on|at)$|^date\b")
_AUTHOR_TAGS = (
    "article:author", "article:author_name", "dc.creator", "dcterms.creator", "author", "parsely-author",
    "sailthru.author", "byl", "byline", "citation_author", "twitter:data1",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Meta:
    """The page's own statements; empty where it makes none."""

    title: str = ""
    site: str = ""
    url: str = ""  # canonical
    amp: str = ""
    description: str = ""
    published: str = ""
    loose_date: str = ""  # of a meta element whose name only sounds like it
    updated: str = ""
    authors: list[str] = field(default_factory=list)
    section: str = ""
    tags: list[str] = field(default_factory=list)
    language: str = ""
    image: Image | None = None
    body: str = ""  # JSON-LD articleBody, often cut short
    type: str = ""  # JSON-LD type of the article, or og:type
    paywalled: bool = False
    feeds: list[str] = field(default_factory=list)


def read(tree: LexborHTMLParser, base: str) -> Meta:
    """Collect a page's metadata by precedence. ``base`` makes addresses absolute."""
    meta = Meta()
    tags = _meta_tags(tree)
    for node in _json_ld(tree):
        _from_json_ld(meta, node, base)
    _from_tags(meta, tags, base)
    _from_links(meta, tree, base)
    _from_markup(meta, tree)
    return meta


def _meta_tags(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta"):
        name = (
            node.attributes.get("property")
            or node.attributes.get("name")
            or node.attributes.get("itemprop")
            or ""
        )
        content = (node.attributes.get("content") or "").strip()
        if name and content:
            for one in name.lower().split():  # RDFa names several in one attribute
                found.setdefault(re.sub(r"^(dc|dcterms):", r"\1.", one), []).append(content)
    return found


# ── JSON-LD ───────────────────────────────────────────────────────────────────────────


def _json_ld(tree: LexborHTMLParser) -> list[dict[str, Any]]:
    """Return the article nodes, the one that says most first."""
    nodes: list[dict[str, Any]] = []
    for script in tree.css('script[type*="ld+json"]'):
        nodes += _articles(_load(script.text(deep=True)), 0)
    return sorted(nodes, key=lambda node: -len(node))[:3]


def _load(text: str) -> Any:
    text = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[|/\*.*?\*/)|(?:-->|//\]\]>)\s*;?\s*$", "", text.strip())
    for attempt in (
        text,
        re.sub(r"[\x00-\x1f]+", " ", text),
        re.sub(r",\s*([}\]])", r"\1", text),
        html.unescape(text),
    ):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value[:50]:
            yield from _articles(one, depth + 1)
    elif isinstance(value, dict):
        if types(value) & ARTICLE_TYPES and (value.get("headline") or value.get("name")):
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart"):
            yield from _articles(value.get(name), depth + 1)


def types(node: dict[str, Any]) -> set[str]:
    """Return a JSON-LD node's types without their vocabulary's address."""
    given = node.get("@type")
    return {str(t).rsplit("/", 1)[-1] for t in (given if isinstance(given, list) else [given]) if t}


def _from_json_ld(meta: Meta, node: dict[str, Any], base: str) -> None:
    meta.type = meta.type or next(iter(sorted(types(node) & ARTICLE_TYPES)), "")
    meta.title = meta.title or _string(node.get("headline") or node.get("name"))
    meta.description = meta.description or _string(node.get("description"))
    meta.published = meta.published or _string(node.get("datePublished")) or _string(node.get("dateCreated"))
    meta.updated = meta.updated or _string(node.get("dateModified"))
    meta.authors = meta.authors or _people(node.get("author")) or _people(node.get("creator"))
    meta.section = meta.section or _first(node.get("articleSection"))
    meta.tags = meta.tags or _words(node.get("keywords"))
    meta.language = meta.language or _string(node.get("inLanguage"))
    meta.image = meta.image or _picture(node.get("image"), base) or _picture(node.get("thumbnailUrl"), base)
    meta.body = meta.body or _string(node.get("articleBody"))
    meta.site = meta.site or _string(
        (node.get("publisher") or {}).get("name") if isinstance(node.get("publisher"), dict) else ""
    )
    meta.paywalled = meta.paywalled or str(node.get("isAccessibleForFree")).lower() in ("false", "0", "no")
    if not meta.url:
        meta.url = urls.absolute(_string(node.get("url")) or _identity(node.get("mainEntityOfPage")), base)


def _identity(value: Any) -> str:
    return _string(value.get("@id")) if isinstance(value, dict) else _string(value)


def _string(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("alternateName")
    if isinstance(value, list):
        value = value[0] if value and isinstance(value[0], str) else ""
    return html.unescape(value).strip() if isinstance(value, str) else ""


def _first(value: Any) -> str:
    return next((s for s in map(_string, value) if s), "") if isinstance(value, list) else _string(value)


def _people(value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    names = [_string(one.get("name")) if isinstance(one, dict) else _string(one) for one in given if one]
    return split_names([name for name in names if not name.startswith("http")])


def _words(value: Any) -> list[str]:
    given = value if isinstance(value, list) else str(value or "").split(",")
    return [word for word in (_string(one).strip() for one in given) if word and not re.match(r"\w+:", word)]


def _picture(value: Any, base: str) -> Image | None:
    if isinstance(value, list):
        return next(filter(None, (_picture(one, base) for one in value)), None)
    if isinstance(value, str):
        return Image(url=url) if (url := urls.absolute(value, base)) else None
    if not isinstance(value, dict):
        return None
    url = urls.absolute(_string(value.get("url")) or _string(value.get("contentUrl")), base)
    if not url:
        return None
    return Image(
        url=url,
        alt=_string(value.get("caption")) or _string(value.get("description")),
        credit=_string(value.get("creditText")) or _string(value.get("author")),
        width=_pixels(value.get("width")),
        height=_pixels(value.get("height")),
    )


def _pixels(value: Any) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    match = re.match(r"\s*(\d{1,5})", str(value))
    return int(match[1]) or None if match else None


# ── meta and link elements ────────────────────────────────────────────────────────────


def _from_tags(meta: Meta, tags: dict[str, list[str]], base: str) -> None:
    def get(*names: str) -> str:
        return next((tags[name][0] for name in names if name in tags), "")

    meta.title = meta.title or get(
        "og:title",
        "twitter:title",
        "dc.title",
        "dcterms.title",
        "parsely-title",
        "sailthru.title",
        "headline",
    )
    meta.site = get("og:site_name", "application-name") or meta.site
    meta.url = meta.url or urls.absolute(get("og:url", "parsely-link"), base)
    meta.description = meta.description or get(
        "og:description", "twitter:description", "dc.description", "dcterms.abstract", "description"
    )
    meta.published = meta.published or get(
        "article:published_time",
        "article:published",
        "og:published_time",
        "datepublished",
        "dc.date.issued",
        "dcterms.issued",
        "dcterms.created",
        "dc.date",
        "dcterms.date",
        "parsely-pub-date",
        "sailthru.date",
        "pubdate",
        "publishdate",
        "publish-date",
        "publication_date",
        "cxenseparse:recs:publishtime",
        "citation_publication_date",
        "date",
        "originalpublicationdate",
        "rbpubdate",
    )
    if not meta.published:
        meta.loose_date = next((values[0] for name, values in tags.items() if _SOUNDS_DATED.search(name)), "")
    meta.updated = meta.updated or get(
        "article:modified_time",
        "og:updated_time",
        "datemodified",
        "dcterms.modified",
        "lastmod",
        "last-modified",
    )
    meta.section = meta.section or get(
        "article:section", "parsely-section", "cxenseparse:category", "sailthru.section", "section"
    )
    meta.tags = (
        meta.tags or tags.get("article:tag", []) or _words(get("news_keywords", "keywords", "parsely-tags"))
    )
    meta.language = meta.language or get(
        "og:locale", "content-language", "dc.language", "dcterms.language", "language"
    )
    meta.authors = meta.authors or _tag_authors(tags)
    meta.type = meta.type or (
        "Article" if get("og:type").lower() in ("article", "news", "news.article") else get("og:type")
    )
    meta.paywalled = meta.paywalled or get("article:content_tier").lower() in ("locked", "metered")
    if meta.image is None and (
        url := urls.absolute(
            get("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"), base
        )
    ):
        meta.image = Image(
            url=url, alt=get("og:image:alt", "twitter:image:alt"),
            width=_pixels(get("og:image:width")), height=_pixels(get("og:image:height")),
        )  # fmt: skip


def _tag_authors(tags: dict[str, list[str]]) -> list[str]:
    for name in _AUTHOR_TAGS:
        names = split_names([one for one in tags.get(name, []) if "://" not in one and "@" not in one])
        if names and (name != "twitter:data1" or "written by" in str(tags.get("twitter:label1", "")).lower()):
            return names
    return []


def _from_links(meta: Meta, tree: LexborHTMLParser, base: str) -> None:
    for node in tree.css("link[rel][href]"):
        rel = (node.attributes.get("rel") or "").lower().split()
        href = urls.absolute(node.attributes.get("href") or "", base)
        if "canonical" in rel and href:
            meta.url = _better_address(href, meta.url)
        elif "amphtml" in rel:
            meta.amp = href
        elif "alternate" in rel and re.search(r"rss|atom|feed\+json", node.attributes.get("type") or ""):
            meta.feeds.append(href)


def _better_address(canonical: str, other: str) -> str:
    """Take the canonical link.

    Unless it is the bare home page while the page names a deeper address of its own.
    """
    path = canonical.split("://", 1)[-1].partition("/")[2]
    return other if not path and other and urls.host(other) == urls.host(canonical) else canonical


def _from_markup(meta: Meta, tree: LexborHTMLParser) -> None:
    meta.language = (
        attribute(tree.css_first("html"), "lang")
        or meta.language
        or attribute(tree.css_first("html"), "xml:lang")
    )
    meta.published = meta.published or _time(
        tree,
        '[itemprop~="datePublished"]',
        "time[pubdate]",
        "time.published",
        "article time[datetime]",
        "time[datetime]",
    )
    meta.updated = meta.updated or _time(tree, '[itemprop~="dateModified"]')
    if not meta.authors:
        nodes = (
            tree.css('[itemprop~="author"] [itemprop~="name"]')
            or tree.css('[itemprop~="author"]')
            or tree.css('a[rel~="author"], .author-name, .byline__name, .byline, .author')
        )
        shown = [node for node in nodes[:4] if node.tag not in ("h1", "header")]
        meta.authors = split_names([node.text(deep=True, separator=" ") for node in shown])


def _time(tree: LexborHTMLParser, *selectors: str) -> str:
    for selector in selectors:
        for node in tree.css(selector)[:3]:
            if (
                value := attribute(node, "datetime")
                or attribute(node, "content")
                or node.text(deep=True).strip()
            ):
                return value
    return ""


def attribute(node: LexborNode | None, name: str) -> str:
    """Return an attribute's value, "" where there is none."""
    return (node.attributes.get(name) or "").strip() if node is not None else ""
