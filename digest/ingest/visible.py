"""What a page shows but does not state in its metadata: its site's name, the date and the byline. Pure.

Used only where metadata is silent; a date found here is a guess and marked so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.ingest import clean, dates
from digest.ingest.names import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from digest.ingest.dates import Habits

_DATES = (
    "time", "abbr[title]", '[class*="date"]', '[id*="date"]', '[class*="time"]', '[class*="publish"]',
    '[class*="posted"]', '[class*="stamp"]', '[class*="stmp"]', '[class*="datum"]', '[class*="meta"]',
    "small",
)  # fmt: skip
_DATED = ", ".join(_DATES)
_ELSEWHERE = re.compile(
    r"comment|reply|sidebar|footer|related|recommend|widget|copyright|breadcrumb|tease|most-?read|popular",
    re.IGNORECASE,
)
_OUTSIDE = frozenset({"nav", "footer", "aside", "form"})
_LONGEST = 100  # characters of an element that is a date or a byline
_BARE = 30  # characters of a date without a figure: "two hours ago" in words, "yesterday"
_MOST = 60
_ATTRIBUTES = ("datetime", "content", "title", "data-date", "data-time", "data-timestamp")
_NEAR = "h1, h2, h3, h4, b, strong, td, p, div, span, font, small, li, time, em, i"
_FAR = 25  # elements after the headline in which a date is looked for
_BY = re.compile(
    r"(?:^|[\s|,•·(])(?:by|von|vom|par|por|di|door|yazan|автор|بقلم|כתב)[:\s]\s*(.{2,40}?)\s*(?:[|•·,(]|$)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:作者|記者|记者|文|autor(?:in)?|author|auteur|yazar|автор|بقلم|الكاتب|כתב|نویسنده)\s*[:：]\s*(.{2,40})$",
    re.IGNORECASE,
)
_ROLE = re.compile(r"^(?:记者|記者|本报记者|本報記者)\s*")
_APART = re.compile(r"\s+[|•·»«:–—-]\s+|\s*[|｜»«]\s*")
_ANCHORS = 30


def site(tree: LexborHTMLParser, title: str) -> str:
    """Return the site's name: what a link to its home says and the page's title begins or ends with."""
    parts = [part for part in _APART.split(title) if part]
    if len(parts) < 2:  # noqa: PLR2004 (the story and the site)
        return ""
    ends = {parts[-1].casefold(): parts[-1], parts[0].casefold(): parts[0]}
    for anchor in tree.css("a[href]")[:_ANCHORS]:
        if not _leads_home(anchor.attributes.get("href") or "", anchor):
            continue
        picture = anchor.css_first("img[alt]")
        told = (
            anchor.text(deep=True, separator=" "),
            anchor.attributes.get("title") or "",
            (picture.attributes.get("alt") or "") if picture is not None else "",
        )
        for words in map(clean.line, told):
            if words.casefold() in ends:
                return ends[words.casefold()]
    return ""


def _leads_home(href: str, anchor: LexborNode) -> bool:
    path = re.sub(r"^(?:https?:)?//[^/?#]+", "", href.strip())
    return path.strip("/") == "" or "home" in (anchor.attributes.get("rel") or "") or "index." in path


def date(tree: LexborHTMLParser, title: str, ways: Habits) -> str:
    """Return the words of the date a page shows: of an element named for it, else beside the headline."""
    for node in tree.css(_DATED)[:_MOST]:
        if _is_elsewhere(node):
            continue
        for words in _tellings(node):
            if len(words) <= _LONGEST and _tells(words, ways):
                return words
    return next((words for words in _near(tree, title) if _tells(words, ways)), "")


def byline(tree: LexborHTMLParser, title: str, ways: Habits) -> list[str]:
    """Return the names a page shows behind "by" in its date line, or behind a label such as "Autor:"."""
    for words in _near(tree, title):
        match = _LABEL.match(words) or (_BY.search(words) if _tells(words, ways) else None)
        if match and (names := split([_ROLE.sub("", match[1])])):
            return names
    return []


def _tells(words: str, ways: Habits) -> bool:
    return (len(words) <= _BARE or any(c.isdigit() for c in words)) and dates.parse(words, ways) is not None


def _tellings(node: LexborNode) -> Iterator[str]:
    for name in _ATTRIBUTES:
        if value := node.attributes.get(name):
            yield clean.line(value)
    yield clean.line(node.text(deep=True, separator=" "))


def _is_elsewhere(node: LexborNode) -> bool:
    around: LexborNode | None = node
    while around is not None and around.tag not in ("body", "html", None):
        told = around.attributes
        if around.tag in _OUTSIDE or _ELSEWHERE.search(f"{told.get('class') or ''} {told.get('id') or ''}"):
            return True
        around = around.parent
    return False


def _near(tree: LexborHTMLParser, title: str) -> Iterator[str]:
    """Give the short texts around and after the headline, in page order."""
    seen = -1
    for node in tree.css(_NEAR):
        if seen < 0:
            if clean.line(node.text(deep=False)) != title and not (
                (node.tag or "").startswith("h") and clean.line(node.text(deep=True, separator=" ")) == title
            ):
                continue
            seen = 0
            if node.parent is not None:
                yield clean.line(node.parent.text(deep=False, separator=" "))[:_LONGEST]
            continue
        if seen > _FAR:
            return
        words = clean.line(node.text(deep=False, separator=" "))
        if words:
            seen += 1
            if len(words) <= _LONGEST and not _is_elsewhere(node):
                yield words
