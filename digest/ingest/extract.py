"""The text of an article's page: trafilatura, and readability where that finds far too little. Pure."""

from __future__ import annotations

import re

from digest.ingest import clean

_TOO_LITTLE = 0.5
_SUSPICIOUS = 0.6  # share of the page's paragraphs below which a second opinion is asked for
_SHORT = 250  # characters
_TRUSTED = (0.7, 1.3)  # JSON-LD's articleBody is believed within these shares of the extractor's length


def body(markup: str, told: str = "", visible: int = 0) -> str:
    """Return the article's paragraphs, separated by blank lines; "" when the page has no text.

    ``told`` is what the page's JSON-LD gives as its body; sites cut it short, so it serves only where its
    length is near the extractor's. ``visible`` is the length of all the page's paragraphs: where the
    extractor found much less, readability is asked too (it doubles the time, so not always).
    """
    text = _trafilatura(markup)
    if len(text) < max(_SHORT, _SUSPICIOUS * visible):
        other = _readability(markup)
        text = other if len(text) < _TOO_LITTLE * len(other) else text
    told = clean.paragraphs(told)
    low, high = _TRUSTED
    if told and "\n\n" in told and low * len(text) <= len(told) <= high * len(text):
        return told
    return text or told


def _trafilatura(markup: str) -> str:
    import trafilatura

    text = trafilatura.extract(markup, favor_precision=True, include_comments=False, include_tables=False)
    return clean.plain(re.sub(r"\n+", "\n\n", text or ""))


def _readability(markup: str) -> str:
    from readability import Document

    try:
        found = Document(markup).summary(html_partial=True)
    except Exception:  # noqa: BLE001 (it raises whatever lxml raises on odd pages)
        return ""
    return clean.paragraphs(found)
