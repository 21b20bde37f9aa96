"""Taking a message apart: what the mail system says, apart from the copy of our message it returns."""

from __future__ import annotations

import contextlib
import html
import re
from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.policy import Compat32
from typing import TYPE_CHECKING

from digest.audience.bounces.report import Original

if TYPE_CHECKING:
    from email.message import Message

LONGEST = 200_000
"""Bytes of a part that are decoded."""
MOST_SAID = 50_000
"""Characters of text, without markup, that are looked at: a diagnostic stands near the top."""

_LONGEST_HEADER = 10_000

_COPY_WORDS = (
    r"(?:below this line|this is a copy|(?:a )?copy of|message text follows|original message|"
    r"returned (?:message|mail)|unsent message|unsent copy|original mail|body of message|undelivered message|"
    r"message (?:header|body|follows|copy|non-deliverable)|headers? of (?:the )?original|"
    r"the (?:original|header|body|transcript of the message)|urspr|nachricht|mensaje original|"
    r"message d'origine|message original|messaggio originale|исходное|原)"
)
_SEPARATORS = (
    r"[-=_* \t]{2,} *(?:begin (?:returned )?)?" + _COPY_WORDS + r".*",
    r"-+ *(?:original|returned|unsent|message)\b.*",
    r"(?:the )?(?:original|returned|undelivered) (?:message|mail)(?: headers?)? "
    r"(?:follows|was(?! received)|is (?:attached|below)).*",
    r"(?:your )?original message(?: headers?)?\s*:\s*$",
    r"below is a copy of.*",
    r"the (?:first|header) .{0,40}of (?:your|the) (?:original )?message.*",
    r"(?:here is|this is) (?:a|the) copy of.*",
    r"content-type:\s*message/(?:rfc822|delivery-headers).*",
)
_SEPARATOR = re.compile(
    r"^[ \t>]*(?:" + "|".join(f"(?:{pattern})" for pattern in _SEPARATORS) + r")$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = re.compile(
    r"^(?:Return-Path|Received|X-Originating-IP|DKIM-Signature|Message-I[dD]):[ \t]*\S.*$", re.MULTILINE
)
_TAGS = re.compile(
    r"<(?:style|script)\b.*?(?:</(?:style|script)\s*>|\Z)|<title\b[^<]*|<!--.*?(?:-->|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""What is not shown; what is never closed goes on to the end, as in browsers."""
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/tr|/h\d|/li|/td)\b[^<>]*>", re.IGNORECASE)
_RUN = re.compile(r"([ \t\r\n=_*>-])\1{80,}")
"""Long runs of one character: rules and padding tell nothing, and patterns would go over them again and again."""
_BLANKS = re.compile(r"[ \t]{81,}")
_EMPTY = 40  # empty lines in a row that are kept
_COPIES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/partial")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:]*(?:\s[^<>]*|/)?>")


class _Short(Compat32):
    """Cuts headers off that no mail system writes: reading their parameters grows with the square of them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return a header's name and value."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


_SHORT = _Short()


@dataclass(slots=True)
class Parts:
    """A message, taken apart."""

    headers: Message
    text: str = ""  # what is said to people, without the returned copy
    status: str = ""  # delivery-status fields (RFC 3464)
    feedback: str = ""  # feedback-report fields (RFC 5965)
    original: Original = field(default_factory=Original)
    original_text: str = ""
    report_type: str = ""
    within: Message | None = None  # another system's report, passed on as a message with nothing added

    def header(self, name: str) -> str:
        """Return a header decoded, on one line; empty if there is none."""
        return decoded(_raw_value(self.headers, name))


def _raw_value(message: Message, name: str) -> str:
    """Return a header as it was written, also where it is not ASCII: the parser would put marks in its place."""
    wanted = name.lower()
    raw = next((value for key, value in message.raw_items() if key.lower() == wanted), "")
    return _unescaped(str(raw))


def _unescaped(text: str) -> str:
    """Read the bytes beyond ASCII that the parser escaped: as UTF-8, else in the likeliest of the others."""
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape")
    for name in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(name)
    return data.decode("latin-1")


def decoded(value: object) -> str:
    """Decode a header's encoded words (RFC 2047); what cannot be decoded stays as it is."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    if "=?" not in text:
        return text
    try:
        return re.sub(r"\s+", " ", str(make_header(decode_header(text))))
    except (HeaderParseError, LookupError, ValueError, AssertionError):
        return text


def take_apart(data: bytes) -> Parts:
    """Parse bytes as a message; never raises, whatever they are."""
    if b"\n" not in data[:4000] and b"\r" in data[:4000]:
        data = data.replace(b"\r", b"\n")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    data = data.lstrip(b"\r\n")
    try:
        return of_message(message_from_bytes(data, policy=_SHORT))
    except RecursionError:  # parts within parts by the thousand: what is said on top has to do
        return of_message(BytesHeaderParser(policy=_SHORT).parsebytes(data[:LONGEST]))


def _folded(text: str) -> str:
    """Shorten padding: runs of one character, of blanks, and of empty lines."""
    kept, empty = [], 0
    for line in text.split("\n"):
        empty = 0 if line.strip() else empty + 1
        if empty <= _EMPTY:
            kept.append("" if empty else line)
    return _BLANKS.sub(" " * 80, _RUN.sub(r"\1" * 80, "\n".join(kept)))


def of_message(message: Message) -> Parts:
    """Take a message apart that was parsed already."""
    parts = Parts(message, report_type=str(message.get_param("report-type") or "").lower())
    _walk(message, parts, 0)
    if parts.status or parts.feedback:
        parts.within = None
    parts.text = _folded(parts.text[:MOST_SAID])
    _cut(parts)
    return parts


def _walk(part: Message, parts: Parts, depth: int) -> None:
    kind = part.get_content_type()
    if depth and kind in _COPIES:
        _returned(part, parts)
    elif kind in ("message/delivery-status", "message/global-delivery-status"):
        parts.status += "\n\n" + _fields(part)
    elif kind == "message/feedback-report":
        parts.feedback += "\n" + _fields(part)
    elif part.is_multipart() and depth < 12:  # noqa: PLR2004 (deeper is an attack)
        for inner in part.get_payload():
            if not isinstance(inner, str):
                _walk(inner, parts, depth + 1)
    else:
        _said(part, parts, kind, top=depth == 0)


def _said(part: Message, parts: Parts, kind: str, *, top: bool) -> None:
    if kind == "text/html":
        if not parts.text.strip():
            parts.text += _plain(_decode(part))
    elif top or kind.startswith("text/") or kind == "application/json":
        parts.text += "\n" + _decode(part)


def _fields(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(_raw(inner) for inner in payload)
    return _decode(part)


def _raw(inner: Message | str) -> str:
    if isinstance(inner, str):
        return inner
    lines = [f"{name}: {_unescaped(str(value))}" for name, value in inner.raw_items()]
    return "\n".join([*lines, _decode(inner)])


def _decode(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    for name in (charset, "utf-8"):
        try:
            return raw[:LONGEST].decode(name)
        except (LookupError, UnicodeError):
            continue
    return raw[:LONGEST].decode("latin-1")


def _plain(source: str) -> str:
    text = _BREAKS.sub("\n", _TAGS.sub(" ", source))
    return html.unescape(_TAG.sub(" ", text)).replace("\xa0", " ")


def _returned(part: Message, parts: Parts) -> None:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if inner is None or isinstance(inner, str):
        inner = message_from_string(_decode(part).lstrip(), policy=_SHORT)
    if inner.get_content_type() == "multipart/report" and parts.within is None:
        parts.within = inner
    if not parts.original.message_id and not parts.original.to:
        parts.original = original_of(inner)
    if not parts.original_text:
        parts.original_text = "\n".join(f"{name}: {value}" for name, value in list(inner.items())[:80])


def original_of(message: Message) -> Original:
    """Read the headers of the returned copy that matter here."""
    return Original(
        message_id=decoded(_raw_value(message, "Message-ID")).strip("<> "),
        to=decoded(_raw_value(message, "To")),
        sender=decoded(_raw_value(message, "From")),
        return_path=decoded(_raw_value(message, "Return-Path")).strip("<> "),
        unsubscribe=decoded(_raw_value(message, "List-Unsubscribe")),
    )


def _cut(parts: Parts) -> None:
    """Part the returned copy from the text above it, where it is no part of its own."""
    found = _SEPARATOR.search(parts.text)
    if found is None or not parts.text[: found.start()].strip():
        found = next(
            (each for each in _HEADERS.finditer(parts.text) if parts.text[: each.start()].strip()), None
        )
    if found is None:
        return
    rest = parts.text[found.end() if found.re is _SEPARATOR else found.start() :]
    parts.text = parts.text[: found.start()]
    if not parts.original_text:
        parts.original_text = rest[:20_000]
    start = re.search(r"^[ \t>]*[A-Za-z][A-Za-z0-9-]*:", rest, re.MULTILINE)
    if start and not parts.original.message_id:
        copy = re.sub(r"^[ \t>]+(?=[A-Za-z-]+:)", "", rest[start.start() :][:20_000], flags=re.MULTILINE)
        parts.original = original_of(message_from_string(copy, policy=_SHORT))
