"""A message taken apart as it goes over the wire: its fields, its parts, their text."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cached_property
from typing import TYPE_CHECKING

from digest.compose.lint.dom import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 8  # multiparts within each other
_MOST = 100  # parts of one multipart
_LONGEST = 10_000  # characters of a field of addresses


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the message."""

    media_type: str
    charset: str
    encoding: str
    raw: bytes
    text: str


class Wire:
    """A message's bytes, its header fields as written and as read, and its parts."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.head, _, self.body = data.partition(b"\r\n\r\n")
        self.fields = [_field(raw) for raw in re.split(rb"\r\n(?![ \t])", self.head) if raw]

    def raw(self, name: str) -> str:
        """Return a field's value as written, unfolded; empty where there is none."""
        return next((value for found, value in self.fields if found == name), "")

    def count(self, name: str) -> int:
        """Return how often a field stands."""
        return sum(found == name for found, _ in self.fields)

    def read(self, name: str) -> str:
        """Return a field's value as a reader sees it."""
        return decoded(self.raw(name))

    @cached_property
    def parts(self) -> list[Part]:
        """Return the leaves, in order."""
        return list(_parts(self.raw("content-type"), self.raw("content-transfer-encoding"), self.body))

    @cached_property
    def page(self) -> Page | None:
        """Return the HTML part, parsed."""
        html = next((part.text for part in self.parts if part.media_type == "text/html"), None)
        if html is None:
            return None
        found = re.search(r"<(https?://[^/>]+)", self.raw("list-unsubscribe"))
        return Page(html, found[1] if found else "")

    @cached_property
    def text(self) -> str:
        """Return the plain-text part."""
        return next((part.text for part in self.parts if part.media_type == "text/plain"), "")

    @property
    def from_domain(self) -> str:
        """Return the domain of From."""
        return addr(self.raw("from")).rpartition("@")[2].lower()


def _field(raw: bytes) -> tuple[str, str]:
    name, _, value = raw.decode("utf-8", "replace").partition(":")
    return name.strip().lower(), re.sub(r"\r\n[ \t]+", " ", value).strip()


def decoded(value: str) -> str:
    """Read encoded words (RFC 2047)."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, HeaderParseError):
        return value


def addresses(value: str) -> list[str]:
    """Return the addresses of a field; parting them grows with the square of its length, so not all of it."""
    return [address for _, address in getaddresses([value[:_LONGEST]]) if address]


def addr(value: str) -> str:
    """Return the first address of a field."""
    return next(iter(addresses(value)), "")


def parameter(content_type: str, name: str) -> str:
    """Return a parameter of Content-Type; empty where it is not given."""
    found = re.search(rf';\s*{name}="?([^";]+)"?', content_type, re.IGNORECASE)
    return found[1].strip() if found else ""


def _parts(content_type: str, encoding: str, body: bytes, depth: int = 0) -> Iterator[Part]:
    kind = content_type.partition(";")[0].strip().lower() or "text/plain"
    boundary = parameter(content_type, "boundary").encode()
    if kind.startswith("multipart/") and boundary and depth < _DEEPEST:
        ends = re.compile(rb"(?:^|\r\n)" + re.escape(b"--" + boundary) + rb"(?:--)?[ \t]*(?:\r\n|$)")
        for piece in ends.split(body)[1 : _MOST + 1]:
            head, _, inner = (b"\r\n" + piece).partition(b"\r\n\r\n")
            fields = dict(_field(raw) for raw in re.split(rb"\r\n(?![ \t])", head) if raw)
            if fields or inner.strip():
                how = fields.get("content-transfer-encoding", "")
                yield from _parts(fields.get("content-type", ""), how, inner, depth + 1)
        return
    how = encoding.lower() or "7bit"
    charset = parameter(content_type, "charset").lower()
    text = _text(_plain(how, body), charset) if kind.startswith("text/") else ""
    yield Part(kind, charset, how, body, text)


def _plain(how: str, body: bytes) -> bytes:
    """Undo the transfer encoding; what is damaged is read as far as it goes."""
    if how == "quoted-printable":
        return quopri.decodestring(body)
    if how != "base64":
        return body
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""


def _text(plain: bytes, charset: str) -> str:
    try:
        known = codecs.lookup(charset or "utf-8").name
        text = plain.decode(known, "replace")
    except (LookupError, ValueError):
        text = plain.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")
