"""The text of an article's page: trafilatura, and a second opinion where that finds far too little. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from digest.ingest import clean

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_SUSPICIOUS = 0.5  # share of the page's paragraphs below which a second opinion could be twice as long
_SHORT = 250  # characters
_BLOCK = 80  # characters of text of its own that make an element one more paragraph
_TRUSTED = (0.7, 1.3)  # JSON-LD's articleBody is believed within these shares of the extractor's length


def body(markup: str, told: str = "", visible: int = 0) -> str:
    """Return the article's paragraphs, separated by blank lines; "" when the page has no text.

    ``told`` is what the page's JSON-LD gives as its body; sites cut it short, so it serves only where its
    length is near the extractor's. ``visible`` is the length of all the page's paragraphs (``paragraphs``).

    The extractor's own fallbacks cost as much again as its main pass and change nothing where that found most
    of the page; so they run only for a page with next to no text, and readability where much less was found
    than the page shows: its text is taken when it is more than twice as long, the extractor's own rule.
    """
    fast = visible >= _SHORT
    text = _trafilatura(markup, fast=fast)
    if fast and len(text) < _SHORT:
        text = _trafilatura(markup, fast=False) or text
    if len(text) < _SUSPICIOUS * visible:
        other = _readability(markup)
        text = other if len(text) < _SUSPICIOUS * len(other) else text
    if not told:
        return text
    told = clean.paragraphs(told)
    low, high = _TRUSTED
    if "\n\n" in told and low * len(text) <= len(told) <= high * len(text):
        return told
    return text or told


def paragraphs(tree: LexborHTMLParser) -> int:
    """Return how many characters a page's paragraphs hold.

    Those written without <p>, in boxes and table cells, included.
    """
    total = sum(len(p.text(deep=True)) for p in tree.css("p"))
    for node in tree.css("div, td, li, section, article, blockquote, font, pre"):
        own = len(node.text(deep=False).strip())
        total += own if own >= _BLOCK else 0
    return total


def _trafilatura(markup: str, *, fast: bool) -> str:
    import trafilatura

    text = trafilatura.extract(markup, options=_options(fast=fast))
    return clean.plain(re.sub(r"\n+", "\n\n", text or ""))


@cache
def _options(*, fast: bool) -> Any:
    """Return the extractor's settings, made once: making them reads its configuration file anew."""
    from trafilatura.settings import Extractor

    return Extractor(precision=True, comments=False, tables=False, fast=fast)


def _readability(markup: str) -> str:
    from readability import Document

    try:
        found = Document(markup).summary(html_partial=True)
    except Exception:  # noqa: BLE001 (it raises whatever lxml raises on odd pages)
        return ""
    return clean.paragraphs(found)
