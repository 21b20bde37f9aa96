"""A page's list of linked headlines, told apart from navigation, links in sentences, players and forms.

Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
_NUMBERED = re.compile(r"(?:^|&)(?:id|p|article|story|nid|aid)=\d+")
_TELLING = re.compile(r"[-\d_%]")
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
_LISTS = re.compile(r"news[-_]?list|headlines|stories|latest", re.IGNORECASE)
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
    """Return the listed headlines of the same site in page order.

    ``own`` is the page's own address, left out.
    """
    groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
    order: dict[str, tuple[int, tuple[str, ...], Linked]] = {}
    own_key = urls.key(own or base)
    dated = tree.css_first("time[datetime]") is not None
    around = _Around(base, _site(urls.host(own or base)), dated=dated)
    for number, anchor in enumerate(tree.css("a[href]")):
        linked = _linked(anchor, around)
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
    """Return the part of a host that its sisters share: news.site.example and site.example are one site."""
    labels = host.split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3  # noqa: PLR2004 (co.uk, com.jo)
    return ".".join(labels[-3 if short else -2 :])


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of the page while its anchors are looked at."""

    base: str
    site: str
    dated: bool = True  # whether there are <time> elements at all
    outside: dict[int, bool] = field(default_factory=dict)  # boxes already judged, by node
    sites: dict[str, str] = field(default_factory=dict)  # host → site


def _linked(anchor: LexborNode, around: _Around) -> Linked | None:
    url = urls.clean(anchor.attributes.get("href") or "", around.base)
    if not url or not _same_site(url, around) or not _article_like(url):
        return None
    words = _words(anchor)
    if not _headline_like(words) or _outside(anchor, around.outside) or _in_a_sentence(anchor, words):
        return None
    return Linked(words, url, _date_beside(anchor) if around.dated else "")


def _same_site(url: str, around: _Around) -> bool:
    if not around.site:
        return True
    name = url.split("/", 3)[2]
    if name not in around.sites:
        around.sites[name] = _site(urls.host(url))
    return around.sites[name] == around.site


def _article_like(url: str) -> bool:
    path, _, query = url.split("/", 3)[3].partition("?")
    if _NOT_AN_ARTICLE.search(f"/{path}"):
        return bool(_NUMBERED.search(query))
    last = path.rstrip("/").rsplit("/", 1)[-1]
    return bool(_TELLING.search(last) or "/" in path.rstrip("/") or query)


def _words(anchor: LexborNode) -> str:
    inside = anchor.child
    nested = inside is not None and (inside.tag != "-text" or inside.next is not None)
    heading = anchor.css_first(_HEADINGS) if nested else None
    text = (heading or anchor).text(deep=True, separator=" ")
    if not text.strip():
        text = anchor.attributes.get("title") or anchor.attributes.get("aria-label") or ""
    return _STAMP.sub("", _RANK.sub("", clean.line(text))).strip()


def _headline_like(words: str) -> bool:
    if not (_MIN_LENGTH <= len(words) <= _MAX_LENGTH):
        return len(words) >= _UNSPACED_MIN and len(_WIDE.findall(words)) > len(words) / 2
    return _MIN_WORDS <= len(words.split()) <= _MAX_WORDS or len(_WIDE.findall(words)) > len(words) / 2


def _outside(anchor: LexborNode, known: dict[int, bool]) -> bool:
    """Tell whether an anchor stands in navigation, a form, a player or the like.

    ``known`` remembers boxes.
    """
    path: list[int] = []
    node, verdict = anchor.parent, False
    while node is not None and node.tag not in ("body", "html", None):
        if node.mem_id in known:
            verdict = known[node.mem_id]
            break
        path.append(node.mem_id)
        if _is_outside(node):
            verdict = True
            break
        node = node.parent
    known |= dict.fromkeys(path, verdict)
    return verdict


def _is_outside(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag in _OUTSIDE or (tag == "header" and node.css_first("article, h2 a, h3 a") is None):
        return True
    if tag in ("main", "article"):
        return False
    told = node.attributes
    name = f"{told.get('class') or ''} {told.get('id') or ''} {told.get('role') or ''}"
    return name != "  " and bool(_ASIDE.search(name)) and not _LISTS.search(name)


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
