"""A web page: one article and the headlines it lists, a section front, or a home page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from digest.errors import SourceError
from digest.ingest import clean, extract, frame, meta, urls, visible
from digest.ingest.build import build
from digest.ingest.decode import decode
from digest.ingest.headlines import Linked, headlines
from digest.ingest.language import believed
from digest.ingest.source import FOLLOWED, Channel, Document, Follow, Found, Item, Reading, habits
from digest.ingest.title import page_title, title_of
from digest.ingest.urls import date_in
from digest.ingest.walls import wall
from digest.model import ArticleKind, Basis, Refused

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from digest.ingest.dates import Habits
    from digest.ingest.meta import Meta

_HTML = re.compile(rb"<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE)
_LONG_ENOUGH = 250  # characters of text that make a page an article without any metadata
_WITH_META = 80
_FRONT = 8  # linked headings of a section front
_STORY = 3  # long paragraphs side by side
_LONG_PARAGRAPH = 120


class Options(BaseModel):
    """Options of a page source."""

    model_config = ConfigDict(extra="forbid")
    zone: str = Field("UTC", description="Zone of dates that name none.")
    month_first: bool = Field(default=False, description="7/4/2026 is in July.")
    zones: dict[str, str] = Field(default_factory=dict, description="Zone names it means otherwise.")
    follow: int = Field(0, ge=0, le=200, description="Read the pages of at most this many listed headlines.")
    match: str = Field("", description="Only headlines whose address matches this regular expression.")


_OWN_ADDRESSES = (
    ('link[rel="canonical"]', "href"),
    ('meta[property="og:url"]', "content"),
    ('meta[name="twitter:url"]', "content"),
    ('link[rel="amphtml"]', "href"),
)
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s>]+)", re.IGNORECASE)
_JSON_LD_ADDRESS = re.compile(r'"(?:mainEntityOfPage|@id|url)"\s*:\s*"(https?:(?:\\?/){2}[^"\s]+)"')
_FEEDS = 'link[rel="alternate"][href^="http"]'
HOMELESS = (
    "the page does not say which site it is of: it names no address of its own and all its links are "
    "relative; set site_url of a newsletter to the site, or add <base href> to the page"
)
NO_TEXT = "the page holds no article text"
NOTHING = (
    "the page holds no article and no list of headlines; give the address of a feed, an article or a section"
)


class PageSource:
    """Reads an HTML page."""

    kind = "page"
    Options = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options if isinstance(options, Options) else Options()

    @staticmethod
    def claims(document: Document) -> int:
        """Tell by the markup, or by the declared type."""
        if _HTML.search(document.body[:4000]):
            return 70
        return 40 if "html" in document.media_type else 5 if b"</" in document.body[:100_000] else 0

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read a page; raises ``SourceError`` when it is an error page, a cookie wall or empty."""
        text = decode(document.body, document.charset)
        tree = _tree(text)
        base = _base(tree, text, document) or reading.site
        if not base and tree.css_first("a[href], p") is not None:
            raise SourceError(HOMELESS, excerpt=clean.line(page_title(tree) or text[:160]))
        told = meta.read(tree, base)
        told.site = told.site or visible.site(tree, page_title(tree))
        own = told.url if _is_own(told.url, document.url) else document.url
        own = own or _permalink(tree, told, base)
        linked = self._chosen(headlines(tree, base or own, own))
        channel = _channel(told, own)
        page = _Page(text, tree, told, linked, habits(reading))
        item, why = _article(page, replace(document, url=document.url or own))
        items = ([replace(item, url=own or item.url, base=base)] if item else []) + _listed(linked, item)
        if not items:
            raise SourceError(why or NOTHING, excerpt=clean.line((told.title or text)[:160]))
        found = build(items, reading, channel, self.kind)
        if why not in ("", NO_TEXT) and not item:
            found = replace(
                found,
                refused=(
                    *found.refused,
                    Refused(where=document.name or own, reason=why, excerpt=told.title[:120]),
                ),
            )
        return replace(found, follow=self._follow(linked, item))

    def _chosen(self, linked: list[Linked]) -> list[Linked]:
        wanted = self.options.match
        return [one for one in linked if re.search(wanted, one.url)] if wanted else linked

    def _follow(self, linked: list[Linked], item: Item | None) -> tuple[Follow, ...]:
        if item is not None:
            return ()
        return tuple(
            Follow(one.url, "page", one.headline, one.published)
            for one in linked[: FOLLOWED * self.options.follow]
        )


def _tree(text: str) -> LexborHTMLParser:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        return LexborHTMLParser(text)
    except SelectolaxError as error:
        raise SourceError(
            "its HTML cannot be read: it needs too much memory or is nested too deeply"
        ) from error


def _base(tree: LexborHTMLParser, text: str, document: Document) -> str:
    """Return what a page's relative links are relative to.

    For a saved page of unknown address: what it says of itself, what the browser that saved it noted, its
    feed, or the site most of its links lead to; "" when all of it is relative.
    """
    base = meta.attribute(tree.css_first("base[href]"), "href")
    if base and (found := urls.absolute(base, document.url)):
        return found
    if document.url:
        return document.url
    for selector, name in _OWN_ADDRESSES:
        if found := urls.absolute(meta.attribute(tree.css_first(selector), name)):
            return found
    if noted := _SAVED_FROM.search(text[:4000]) or _JSON_LD_ADDRESS.search(text):
        return urls.absolute(noted[1].replace("\\/", "/"))
    return _commonest_site(tree) or urls.absolute("/", meta.attribute(tree.css_first(_FEEDS), "href"))


def _commonest_site(tree: LexborHTMLParser) -> str:
    counts: dict[str, int] = {}
    for anchor in tree.css("a[href]"):
        parts = urlsplit(urls.absolute(anchor.attributes.get("href") or ""))
        if parts.netloc:
            site = f"{parts.scheme}://{parts.netloc}/"
            counts[site] = counts.get(site, 0) + 1
    return max(counts, key=lambda site: counts[site]) if counts else ""


def _permalink(tree: LexborHTMLParser, told: Meta, base: str) -> str:
    """Find the address of a saved page that names none.

    A link with its own headline, a share button, else the site's home.

    The home page gets a fragment, so that two such pages stay two articles and the link still opens the site.
    """
    title = title_of(tree, told, "")
    for anchor in tree.css("a[href]"):
        href = anchor.attributes.get("href") or ""
        if (
            title
            and clean.line(anchor.text(deep=True, separator=" ")) == title
            and (found := urls.clean(href, base))
        ):
            return found
        shared = re.search(
            r"(?:sharer[^?]*\?|intent/tweet\?|share\?|/shareArticle\?).*?\b(?:u|url)=(https?(?::|%3A)[^&]+)",
            href,
            re.IGNORECASE,
        )
        if shared and (found := urls.clean(unquote(shared[1]))):
            return found
    slug = "-".join(re.findall(r"\w+", title.casefold()))[:80]
    return f"{base}#!/{quote(slug)}" if base and slug else ""


def _is_own(canonical: str, url: str) -> bool:
    """Believe a canonical address when the page was not fetched, or lies on the same site."""
    return bool(canonical) and (
        not url or urls.host(canonical).split(".")[-2:] == urls.host(url).split(".")[-2:]
    )


def _channel(told: Meta, own: str) -> Channel:
    parts = urlsplit(own)
    link = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""
    return Channel(title=clean.text(told.site)[:120], link=link, language=told.language)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page taken apart: its markup, its tree, what it states, what it lists, how its site writes dates."""

    text: str
    tree: LexborHTMLParser
    told: Meta
    linked: list[Linked]
    ways: Habits


def _article(page: _Page, document: Document) -> tuple[Item | None, str]:
    """Return the page's article, or why there is none."""
    tree, told, linked = page.tree, page.told, page.linked
    body = extract.body(page.text, told.body, extract.paragraphs(tree))
    if why := wall(tree, told, body):
        return None, why
    if not _is_article(tree, told, document, body) or _is_list(body, linked):
        return None, "" if body else NO_TEXT
    title = title_of(tree, told, body)
    if not title:
        return None, "the page has text but no headline"
    body = frame.trimmed(body, title, _other_headlines(tree, linked), frame.comments(tree))
    published = told.published or document.published or date_in(told.url or document.url)
    shown = "" if published else visible.date(tree, title, page.ways)
    return Item(
        where=document.name or document.url,
        url=document.url,
        headline=title,
        headline_literal=True,
        plain=True,
        summary=told.description,
        body=frame.with_lead(tree, body, told.description),
        published=published or shown or told.loose_date,
        basis=None if published else Basis.GUESS,
        updated=told.updated,
        section=told.section,
        tags=told.tags,
        authors=told.authors or visible.byline(tree, title, page.ways),
        language=believed(told.language, body),
        image=told.image,
        position=1,
        aliases=[address for address in (told.amp, document.url) if address],
        kind=ArticleKind.FULL,
    ), ""


def _is_article(tree: LexborHTMLParser, told: Meta, document: Document, body: str) -> bool:
    """Tell an article from a section front or a home page, by what the page says.

    Its address and its text.
    """
    if told.type in meta.ARTICLE_TYPES:
        return len(body) >= _WITH_META or bool(told.description)
    path = urlsplit(told.url or document.url).path.rstrip("/")
    shallow = path.count("/") <= 1 and not re.search(r"\d|-", path)
    if shallow and (told.type.lower() == "website" or not path or _linked_headings(tree) >= _FRONT):
        return _longest_run(tree) >= _STORY
    return len(body) >= _LONG_ENOUGH


def _linked_headings(tree: LexborHTMLParser) -> int:
    return len(tree.css("h2 a, h3 a, a h2, a h3"))


def _longest_run(tree: LexborHTMLParser) -> int:
    """Count the long paragraphs that stand side by side.

    A story has them; the introductions of a front each have a box of their own.
    """
    runs: dict[int, int] = {}
    for paragraph in tree.css("p"):
        parent = paragraph.parent
        if parent is not None and len(paragraph.text(deep=True).strip()) >= _LONG_PARAGRAPH:
            runs[parent.mem_id] = runs.get(parent.mem_id, 0) + 1
    return max(runs.values(), default=0)


def _is_list(body: str, linked: list[Linked]) -> bool:
    """Tell text that is nothing but the headlines of a list from a story that mentions some."""
    return sum(len(one.headline) for one in linked if one.headline in body) > len(body) / 2


def _other_headlines(tree: LexborHTMLParser, linked: list[Linked]) -> set[str]:
    """Return the headlines of other stories, those in linked headings that are too short for a list too."""
    short = (clean.line(node.text(deep=True, separator=" ")) for node in tree.css("h2 a, h3 a, h4 a"))
    return {one.headline for one in linked} | {words for words in short if " " in words}


def _listed(linked: list[Linked], item: Item | None) -> list[Item]:
    return [
        Item(
            where=one.url,
            url=one.url,
            headline=one.headline,
            headline_literal=True,
            published=one.published or date_in(one.url),
            basis=Basis.GUESS if one.published else None,
            position=n,
            kind=ArticleKind.HEADLINE,
            seen=item.published if item else "",
        )
        for n, one in enumerate(linked, start=2 if item else 1)
    ]
