"""Bytes → text: valid UTF-8 first, then BOM, then what is declared, then a guess. Pure."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})|<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_TOLERATED = 0.005  # share of bytes that may be bad before a declared encoding is not believed
_SAMPLE = 60_000
_FEW = 0.12
_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s*([a-zA-Z]{2})|lang=[\"']([a-zA-Z]{2})")
_LATIN = dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "bs", "sq"), "cp1250") | {
    "tr": "cp1254",
    "az": "cp1254",
}
# labels that mean a superset in practice (WHATWG Encoding Standard)
_MEANT = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949",
    "iso-8859-9": "cp1254", "windows-1256": "cp1256", "x-mac-arabic": "mac_arabic", "utf8": "utf-8",
    "tis-620": "cp874",
}  # fmt: skip


def decode(body: bytes, charset: str = "") -> str:
    """Return the text of a document; ``charset`` is what the transport declared. Never raises."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    if b"\x00" in body[:400] and (text := _wide(body)):
        return text
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in (_in_document(body), charset, "utf-8"):
        if text := _tolerant(body, name):
            return text
    return _guess(body)


def _in_document(body: bytes) -> str:
    match = _DECLARED.search(body[:2048])
    return (match[1] or match[2]).decode("ascii", "ignore") if match else ""


def _tolerant(body: bytes, name: str) -> str:
    name = _MEANT.get(name.lower().strip(), name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if not getattr(codec, "_is_text_encoding", True) or codec.name.startswith(("utf-16", "utf-32", "utf-7")):
        return ""
    try:
        text = body.decode(codec.name, "replace")
    except (UnicodeError, LookupError, ValueError):  # idna, punycode and the like are no document's encoding
        return ""
    return text if text.count("\ufffd") <= max(3, len(body) * _TOLERATED) else ""


def _wide(body: bytes) -> str:
    """UTF-16 without a mark: every other byte of markup is NUL."""
    head = body[:400]
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(head) >= 8 and zeros.count(0) > len(zeros) * 0.6:  # noqa: PLR2004 (a few characters)
            return body.decode(name, "replace")
    return ""


def _guess(body: bytes) -> str:
    """Guess: few bytes beyond ASCII are a Latin alphabet's accents, many another script's letters."""
    from charset_normalizer import from_bytes

    high = sum(1 for byte in body[:_SAMPLE] if byte >= 0x80)  # noqa: PLR2004 (beyond ASCII)
    if high < _FEW * min(len(body), _SAMPLE):
        match = _LANGUAGE.search(body[:4000])
        language = (match[1] or match[2]).decode("ascii").lower() if match else ""
        return body.decode(_LATIN.get(language, "cp1252"), "replace")

    best = from_bytes(body[:_SAMPLE]).best()
    name = best.encoding if best else "cp1252"
    return body.decode(name, "replace")
