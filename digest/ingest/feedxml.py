"""A feed's text before it is parsed.

What strict XML would stumble over is put right, too many items are left out. Pure.
"""

from __future__ import annotations

import re
from html.entities import html5

from digest.ingest import dates

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ILLEGAL_REFERENCE = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]));",
    re.IGNORECASE,
)
_BARE_AMP = re.compile(r"&(?!(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{0,31});")
_XML_KNOWS = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_ITEM = re.compile(r"<(item|entry)[\s>]", re.IGNORECASE)
_END = re.compile(r"</(?:item|entry)\s*>", re.IGNORECASE)
_ROOT = re.compile(r"<(?:rss|rdf:RDF|RDF|feed|channel)(?=[\s>])", re.IGNORECASE)
_DATE = re.compile(r"<(?:pubDate|dc:date|published|updated|a10:updated)[^>]*>([^<]{6,60})<", re.IGNORECASE)
_FIRST_TAG = re.compile(r"<[?!a-zA-Z]")


def repair(text: str, most: int) -> tuple[str, int]:
    """Return the feed as well-formed as can be, with at most ``most`` items.

    And how many items were left out.

    Junk before the first tag, illegal characters and bare ampersands are mended; the encoding declaration
    goes, since the text is decoded. Of too many items the newest stay, in their order.
    """
    start = _FIRST_TAG.search(text)
    text = _DECLARATION.sub("", text[start.start() :] if start else text)
    text = _ILLEGAL.sub("", text)
    if "&" in text:
        text = "".join(part if part.startswith("<![CDATA[") else _amps(part) for part in _CDATA.split(text))
    return _fewer(text, most)


def _amps(text: str) -> str:
    text = _BARE_AMP.sub("&amp;", _ILLEGAL_REFERENCE.sub("", text))
    return _NAMED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    """Write an entity XML does not know as its character, or as the letters it is made of.

    An entity that the document declares itself is among the latter: it is never unfolded.
    """
    name = match[1]
    if name in _XML_KNOWS:
        return match[0]
    return html5.get(f"{name};") or f"&amp;{name};"


def closed(text: str) -> str:
    """End a feed that was cut off behind its last complete item; without one, only its head remains."""
    head = pieces_of(text)[0]
    end = max((match.end() for match in _END.finditer(text)), default=len(head))
    names = [match[0][1:] for match in _ROOT.finditer(head)]
    if names[:1] and names[0].lower().endswith("rdf"):  # RSS 1.0: the items stand beside the channel
        names = names[:1]
    return text[:end] + "".join(f"</{name}>" for name in reversed(names))


def pieces_of(text: str) -> tuple[str, list[str], str]:
    """Take a feed apart: what stands before its items, each item, what stands after them."""
    found = list(_ITEM.finditer(text))
    if not found:
        return text, [], ""
    starts = [match.start() for match in found]
    closing = f"</{found[0][1]}>"
    end = text.rfind(closing)
    end = end + len(closing) if end > starts[-1] else len(text)
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], end], strict=True)]
    return text[: starts[0]], pieces, text[end:]


def _fewer(text: str, most: int) -> tuple[str, int]:
    before, pieces, after = pieces_of(text)
    if len(pieces) <= most:
        return text, 0
    keep = sorted(sorted(range(len(pieces)), key=lambda n: (_when(pieces[n]), -n), reverse=True)[:most])
    kept = "".join(pieces[n] for n in keep)
    return f"{before}{kept}{after}", len(pieces) - most


def _when(piece: str) -> float:
    match = _DATE.search(piece)
    moment = dates.parse(match[1]) if match else None
    return moment.at.timestamp() if moment else 0.0
