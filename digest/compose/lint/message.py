"""A message taken apart as it goes over the wire: its fields, its parts, their text."""

from __future__ import annotations

import base64
import quopri
import re
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cached_property
from typing import TYPE_CHECKING

from digest.compose.lint.dom import Page

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    except (LookupError, ValueError):
        return value


def addr(value: str) -> str:
    """Return the first address of a field."""
    return next((address for _, address in getaddresses([value])), "")


def parameter(content_type: str, name: str) -> str:
    """Return a parameter of Content-Type; empty where it is not given."""
    found = re.search(rf';\s*{name}="?([^";]+)"?', content_type, re.IGNORECASE)
    return found[1].strip() if found else ""


def _parts(content_type: str, encoding: str, body: bytes) -> Iterator[Part]:
    kind = content_type.partition(";")[0].strip().lower() or "text/plain"
    if kind.startswith("multipart/"):
        dash = b"--" + parameter(content_type, "boundary").encode()
        for piece in re.split(rb"(?:^|\r\n)" + re.escape(dash) + rb"(?:--)?[ \t]*(?:\r\n|$)", body)[1:-1]:
            head, _, inner = (b"\r\n" + piece).partition(b"\r\n\r\n") if piece else (b"", b"", b"")
            fields = dict(_field(raw) for raw in re.split(rb"\r\n(?![ \t])", head) if raw)
            yield from _parts(
                fields.get("content-type", ""), fields.get("content-transfer-encoding", ""), inner
            )
        return
    how = encoding.lower() or "7bit"
    if how == "base64":
        plain = base64.b64decode(body)
    else:
        plain = quopri.decodestring(body) if how == "quoted-printable" else body
    charset = parameter(content_type, "charset").lower()
    yield Part(kind, charset, how, body, plain.decode("utf-8", "replace").replace("\r\n", "\n"))
