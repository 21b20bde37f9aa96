"""A page's list of linked headlines, told apart from navigation, teasers in sentences, players and forms. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.ingest import clean, urls

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_OUTSIDE = frozenset(
    {"nav", "footer", "form", "button", "select", "label", "menu", "audio", "video", "figcaption", "dialog"}
)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|footer|cookie|consent|share|sharing|social|newsletter|subscribe"
    r"|signup|sign-up|login|player|jwplayer|podcast-player|pagination|tags?|tag-list|byline|author|legal|copyright|skip|toolbar"
    r"|advert|sponsored|comments?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_AN_ARTICLE = re.compile(
    r"/(?:tags?|topics?|authors?|category|categories|search|login|signin|sign-in|register|subscribe|newsletters?|about|contact"
    r"|privacy|terms|cookies?|account|profile|user|help|faq|advertise|jobs|careers|shop|store|rss|feed|sitemap|live-tv|watch-live"
    r"|podcasts?|share|print)(?:/|$|\.|\?)|^/?$|\.(?:pdf|jpe?g|png|gif|mp[34]|zip|xml|json|js|css)$",
    re.IGNORECASE,
)
_RANK = re.compile(r"^\s*(?:[\[(]?\d{1,3}[\])]?\s*[.:)\-–•|]\s+|[•·▪►▸»›*-]\s+)")
_STAMP = re.compile(
    r"^(?:\d{1,2}[:.]\d{2}\s*(?:[ap]m)?|\d{1,2}\s*(?:min|mins|hours?|h|hrs?)\s*(?:ago)?)\s*[|•·–-]?\s+|\s*[|•·–-]\s*\d{1,2}[:.]\d{2}$"
    r"|\s+\d+\s+(?:minutes?|hours?|days?)\s+ago$|\s*\(?(?:video|photos?|gallery|audio|live)\)\s*$",
    re.IGNORECASE,
)
_MIN_WORDS, _MAX_WORDS = 4, 40
_MIN_LENGTH, _MAX_LENGTH = 18, 250
_UNSPACED_MIN = 8
_GROUP = 3
_HEADING_TAGS = frozenset({"h1", "h2", "h3"})
_WIDE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")
_HEADINGS = "h1, h2, h3, h4, h5, h6, [itemprop=headline], .headline, .title"


@dataclass(frozen=True, slots=True)
class Linked:
    """One headline of the list."""

    headline: str
    url: str
    published: str = ""  # as a <time> beside it says


def headlines(tree: LexborHTMLParser, base: str, own: str = "") -> list[Linked]:
    """Return the listed headlines of the same site in page order; ``own`` is the page's own address, left out."""
    groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
    order: dict[str, tuple[int, tuple[str, ...], Linked]] = {}
    own_key, site = urls.key(own or base), _site(urls.host(own or base))
    for number, anchor in enumerate(tree.css("a[href]")):
        linked = _linked(anchor, base, site)
        identity = urls.key(linked.url) if linked else ""
        if linked is None or identity == own_key:
            continue
        group = _ancestors(anchor)
        groups[group].add(identity)
        if identity not in order or len(linked.headline) > len(order[identity][2].headline):
            order[identity] = (order[identity][0] if identity in order else number, group, linked)
    listed = {key for key, (_, group, _) in order.items() if len(groups[group]) >= _GROUP}
    leads = (
        {key for key, (_, group, _) in order.items() if group[0][:2] in _HEADING_TAGS} if listed else set()
    )
    kept = sorted((order[key][0], key) for key in listed | leads)
    return [order[key][2] for _, key in kept]


def _site(host: str) -> str:
    """The part of a host that its sisters share: news.site.example and site.example are one site."""
    labels = host.split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3  # noqa: PLR2004 (co.uk, com.jo)
    return ".".join(labels[-3 if short else -2 :])


def _linked(anchor: LexborNode, base: str, site: str) -> Linked | None:
    url = urls.clean(anchor.attributes.get("href") or "", base)
    if not url or (site and _site(urls.host(url)) != site) or not _article_like(url):
        return None
    words = _words(anchor)
    if not _headline_like(words) or _outside(anchor) or _in_a_sentence(anchor, words):
        return None
    return Linked(words, url, _date_beside(anchor))


def _article_like(url: str) -> bool:
    parts = urlsplit(url)
    if _NOT_AN_ARTICLE.search(parts.path):
        return bool(parts.query) and bool(
            re.search(r"(?:^|&)(?:id|p|article|story|nid|aid)=\d+", parts.query)
        )
    last = parts.path.rstrip("/").rsplit("/", 1)[-1]
    return bool(
        re.search(r"\d", last)
        or "-" in last
        or "_" in last
        or "%" in last
        or parts.path.count("/") > 1
        or parts.query
    )


def _words(anchor: LexborNode) -> str:
    heading = anchor.css_first(_HEADINGS)
    text = (heading or anchor).text(deep=True, separator=" ")
    if not text.strip():
        text = anchor.attributes.get("title") or anchor.attributes.get("aria-label") or ""
    return _STAMP.sub("", _RANK.sub("", clean.line(text))).strip()


def _headline_like(words: str) -> bool:
    if not (_MIN_LENGTH <= len(words) <= _MAX_LENGTH):
        return len(words) >= _UNSPACED_MIN and len(_WIDE.findall(words)) > len(words) / 2
    return _MIN_WORDS <= len(words.split()) <= _MAX_WORDS or len(_WIDE.findall(words)) > len(words) / 2


def _outside(anchor: LexborNode) -> bool:
    node = anchor.parent
    while node is not None and node.tag not in ("body", "html", None):
        if node.tag in _OUTSIDE or (node.tag == "header" and node.css_first("article, h2 a, h3 a") is None):
            return True
        name = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''} {node.attributes.get('role') or ''}"
        if (
            node.tag not in ("main", "article")
            and _ASIDE.search(name)
            and not re.search(r"news[-_]?list|headlines|stories|latest", name)
        ):
            return True
        node = node.parent
    return False


def _in_a_sentence(anchor: LexborNode, words: str) -> bool:
    node = anchor.parent
    if node is not None and node.tag in ("b", "strong", "em", "i", "span", "u"):
        node = node.parent
    if node is None or node.tag not in ("p", "dd", "blockquote", "td"):
        return False
    around = clean.line(node.text(deep=True, separator=" "))
    links = sum(len(clean.line(a.text(deep=True, separator=" "))) for a in node.css("a[href]"))
    return len(around) > max(links, len(words)) * 1.6 + 20


def _ancestors(anchor: LexborNode) -> tuple[str, ...]:
    """Name the three elements around, by tag and class: items of one list share them."""
    found: list[str] = []
    node = anchor.parent
    while node is not None and len(found) < _GROUP:
        found.append(f"{node.tag}.{(node.attributes.get('class') or '').split(' ')[0]}")
        node = node.parent
    return tuple(found)


def _date_beside(anchor: LexborNode) -> str:
    node: LexborNode | None = anchor
    for _ in range(3):
        if node is None or node.tag in ("body", "main", "ul", "ol"):
            break
        stamps = node.css("time[datetime]")
        if len(stamps) == 1:
            return stamps[0].attributes.get("datetime") or ""
        node = node.parent
    return ""
