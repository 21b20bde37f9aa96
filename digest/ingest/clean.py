"""Text at the door: HTML → plain paragraphs, and characters that break mail, XML or terminals taken out.

Pure.

What leaves here has no controls, no line or paragraph separators, no lone surrogates, no double-encoded
entities and no markup; headers and pages can carry it without a second thought.
"""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

_BREAKS = re.compile(r"\r\n?|[\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
# C0 and C1 controls, DEL, soft hyphens, zero-width marks without meaning, noncharacters, surrogates, object
# marks
_BAD = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]",
)
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINES = re.compile(r"\n ?\n\s*")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ASCII_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ESCAPED_TAG = re.compile(
    r"&lt;(/?)(?:p|br|b|i|em|strong|a|div|span|img|ul|li|h[1-6])\b[^&<>]*(?:&quot;[^<>]*?)?&gt;",
    re.IGNORECASE,
)
_SECTION = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_LEFT = re.compile(r"</?(?:p|br|b|i|em|strong|a|div|span|img|ul|li|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ESCAPED = 3  # times at most that entities are taken off: some systems encode what another encoded already
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[a-zA-Z#]")
_BLOCK_TAGS = {"p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr",
               "table", "section", "article", "pre", "hr", "dd", "dt", "figcaption"}  # fmt: skip
_DROPPED = {"script", "style", "figure", "iframe", "form", "button", "select", "noscript", "template", "svg",
            "video", "audio", "object", "textarea", "nav", "math", "canvas", "title", "head",
            "aside"}  # fmt: skip
_BR = re.compile(r"<br>\s*")
_BLOCK = re.compile(r"</?[a-z0-9]+>")
_TAILS = re.compile(
    r"\s*(?:\[?(?:continue reading|read more|read the full (?:story|article)|full story|lire la suite"
    r"|lire plus|weiterlesen"
    r"|leer más|seguir leyendo|اقرأ المزيد|إقرأ المزيد|المزيد|للمزيد)\s*(?:\.{2,3}|…|→|»|>)*\]?)\s*$"
    r"|\s*(?:the post .{3,300} appeared first on .{2,100}\.?)\s*$"
    r"|\s*\[(?:…|\.{3})\]\s*$",
    re.IGNORECASE,
)
_NOTES = re.compile(
    r"(?:editor['’]s note\s*[:–-]\s*)?(?:a version of )?this (?:story|article|piece|column) "
    r"(?:(?:first |originally )?appeared in|is (?:part of|from|adapted from)) [^.]{3,120}newsletter\.\s*"
    r"|(?:to get (?:it|the [^.]{3,80})|get (?:it|our [^.]{3,80})) (?:sent |delivered )?"
    r"(?:directly |straight )?(?:in|to) your inbox[^.]{0,120}\.\s*"
    r"|sign up (?:for|to|here)[^.]{0,100}newsletters?[^.]{0,60}\.\s*",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\s*\(?(?:photograph|photos?|picture|image|foto|bild|crédits? photo|fotografía|تصوير|الصورة)\s*"
    r"(?:credits?)?(?:by)?\s*[:：]\s*[^.:!?]{2,70}\)?$",
    re.IGNORECASE,
)
_STRAY = re.compile(r"[,;:،]\.$")
_CLOSED = (".", "!", "?", "…", ":", ";", ",", "؟", "،", "؛", "۔", "。", "！", "？", "—", "–", "-")
_SENTENCE_ENDS = tuple(
    f"{letter}{mark}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for mark in ".!?"
)
_LAST = 130  # characters at a summary's end in which a credit or the name of its site may stand
_QUOTES = "\"'”’»)]"
MAX_HTML = 200_000
"""Characters of one item's HTML that are read; the rest is cut (an item of a feed, not a page)."""


def text(value: str) -> str:
    """Return one line of plain text: a headline, a name, a section. Markup is removed, never interpreted."""
    if _MARKUP.search(value):
        value = _strip(value)
        value = value.replace("\n", " ")
    return line(value)


def literal(value: str) -> str:
    """Return one line of text that is known to hold no markup (Atom ``type="text"``, JSON).

    "<b>" stays "<b>".
    """
    return line(value)


def line(value: str) -> str:
    """Take controls out and make every run of spaces and line ends one space (NFC)."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    value = _BAD.sub("", _BREAKS.sub(" ", value).replace("\t", " "))
    return unicodedata.normalize("NFC", " ".join(_bidi(value).split()))


def paragraphs(value: str) -> str:
    """Return plain text in paragraphs separated by one blank line, from HTML or from text."""
    if not _MARKUP.search(value):
        return plain(value)
    return re.sub(r" ?\n(?!\n)(?<!\n\n) ?", "\n", plain(_strip(value)))


def plain(value: str) -> str:
    """Return text that is known to hold no markup in paragraphs separated by one blank line."""
    ascii_only = value.isascii()
    if not ascii_only or _ASCII_BAD.search(value):
        value = _bidi(_BAD.sub("", _BREAKS.sub("\n", value)))
    if not ascii_only or "  " in value or "\t" in value:
        value = _SPACES.sub(" ", value)
    value = _LINES.sub("\n\n", value.replace(" \n", "\n")).strip()
    return value if ascii_only else unicodedata.normalize("NFC", value)


def without_tail(value: str) -> str:
    """Cut "Continue reading…", "The post … appeared first on …" and "[…]" from a summary's end."""
    if value.endswith(_SENTENCE_ENDS) and "appeared first on" not in value[-_LAST:]:
        return value  # most summaries: nothing that is looked for ends so
    shorter = _TAILS.sub("", value).rstrip()
    return shorter if shorter == value else without_tail(shorter)


def without_notes(value: str) -> str:
    """Take out of a summary what advertises a newsletter, and the picture's credit at its end."""
    if "newsletter" in value or "inbox" in value:
        value = _NOTES.sub("", value)
    if ":" in value[-_LAST:] or "：" in value[-_LAST:]:
        value = _CREDIT.sub("", value).strip()
    return _STRAY.sub(".", value) if value.endswith(".") else value


def joined(value: str) -> str:
    """Return paragraphs as one line in which each ends as a sentence does.

    Standfirsts and items of lists often have no full stop; without one they would run into each other.
    """
    if "\n\n" not in value:
        return line(value)
    parts = [line(part) for part in value.split("\n\n")]
    parts = [part for part in parts if part]
    return " ".join(_closed(part) for part in parts[:-1]) + (
        f" {parts[-1]}" if len(parts) > 1 else "".join(parts)
    )


def _closed(part: str) -> str:
    if part.rstrip(_QUOTES).endswith(_CLOSED):
        return part
    return f"{part}。" if "\u3040" <= part[-1] <= "\u9fff" else f"{part}."


def shorten(value: str, limit: int) -> str:
    """Cut at a sentence or word so that at most ``limit`` characters remain; an ellipsis marks the cut."""
    if len(value) <= limit:
        return value
    cut = value[:limit]
    sentence = max(cut.rfind(mark) for mark in (". ", "! ", "? ", "؟ ", "۔ ", "。"))
    if sentence > limit * 0.5:
        return cut[: sentence + 1]
    return cut[: max(cut.rfind(" "), limit // 2)].rstrip(" ,;:،؛-–—") + "…"


def _strip(value: str) -> str:
    value = _SECTION.sub(r"\1", value[:MAX_HTML].replace("\x00", ""))
    if _ESCAPED_TAG.search(value) and not re.search(r"<(?:p|a|br|div)\b", value):
        value = html.unescape(value)  # HTML that was escaped twice
    if "<" in value:
        # nh3 (html5ever) balances and drops what is not allowed; a lone surrogate cannot cross into it
        value = nh3.clean(
            value.encode("utf-8", "ignore").decode(),
            tags=_BLOCK_TAGS,
            clean_content_tags=_DROPPED,
            attributes={},
            link_rel=None,
        )
        value = _SPACES.sub(" ", value.replace("\n", " "))
        value = _BLOCK.sub("\n\n", _BR.sub("\n", value))
    value = html.unescape(value)
    for _ in range(_ESCAPED - 1):
        if not _ENTITY.search(value):
            break
        value = _LEFT.sub(" ", html.unescape(value))
    return value


def _bidi(value: str) -> str:
    """Drop bidi embeddings and isolates, which would leak into what stands around, and marks at the ends."""
    return _BIDI.sub("", value).strip("\u200e\u200f\u061c ")
