"""From headers, text and HTML with sentinels to a compiled message: static bytes and fields.

Done once per variant. What a reader's value needs at each place (escaping, quoted-printable, base64,
header folding) is decided here and written into the field; ``segments.splice`` only follows it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.compose import quoting
from digest.errors import ComposeError
from digest.model import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Block = bytes | Field
_SOFT = b"=\r\n"
_ADDRESS = frozenset({"from", "to", "cc", "reply-to", "sender"})
_TEXT = frozenset({"subject", "comments", "keywords", "thread-topic"})
_NEVER = (
    "list-",
    "message-id",
    "feedback-id",
    "date",
    "references",
    "in-reply-to",
    "auto-submitted",
    "precedence",
)
_MAILBOX = re.compile(r"\s*(?P<name>.*?)\s*<(?P<address>[^<>]+)>\s*", re.DOTALL)


def assemble(  # noqa: PLR0913 (a message's parts, each named)
    headers: Sequence[tuple[str, str]],
    text: str,
    html: str,
    *,
    boundary: str,
    marks: Mapping[str, Field],
    embedded: Sequence[tuple[str, str, bytes]] = (),
) -> tuple[Block, ...]:
    """Compile one message: multipart/alternative, text then HTML, each in its smaller encoding.

    ``marks`` maps each sentinel (ASCII letters and digits) to its field; a field whose encoding is
    ``"url"`` is percent-encoded where it stands in a body. ``To`` is one sentinel whose field is
    ``Field("to")``: name and address are written by the rules of RFC 5322, 2047 and 6532.
    List-Unsubscribe, Message-ID and their kind are never encoded; one address of a list stands per line.
    ``embedded`` pictures are (content id, media type, bytes), shown in HTML as ``cid:ID`` (RFC 2392): the
    HTML then stands in a multipart/related. ``MIME-Version`` and ``Content-*`` are added here.
    Raises ``ComposeError`` where a header could be forged.
    """
    if re.search(r"[^A-Za-z0-9'()+_,./:=?-]", boundary) or not 0 < len(boundary) <= 70:  # noqa: PLR2004 (RFC 2046 5.1.1)
        raise ComposeError(f"{boundary!r} cannot be a boundary")
    dash = b"--" + boundary.encode("ascii")
    blocks: list[Block] = []
    for name, value in headers:
        blocks += header(name, value, marks)
    kind = b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
    blocks.append(kind + b' boundary="' + dash[2:] + b'"\r\n')
    shown = part("html", html, marks)
    if embedded:
        shown = _related(shown, embedded, boundary)
    for content in (part("plain", text, marks), shown):
        blocks += [b"\r\n", dash, b"\r\n", *content]
    blocks += [b"\r\n", dash, b"--\r\n"]
    return merged(blocks)


def _related(shown: list[Block], embedded: Sequence[tuple[str, str, bytes]], boundary: str) -> list[Block]:
    """Put the HTML and its pictures into one multipart/related (RFC 2387)."""
    inner = f"r{boundary[:69]}".encode("ascii")
    dash = b"--" + inner
    blocks: list[Block] = [
        b'Content-Type: multipart/related; type="text/html";\r\n boundary="' + inner + b'"\r\n',
        b"\r\n" + dash + b"\r\n",
        *shown,
    ]
    for cid, media_type, data in embedded:
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", media_type) or not re.fullmatch(r"[\w.+@-]+", cid):
            raise ComposeError(f"a picture cannot be embedded as {cid!r} of type {media_type!r}")
        start = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{cid}>\r\n"
        start += "Content-Disposition: inline\r\n\r\n"
        blocks += [b"\r\n" + dash + b"\r\n" + start.encode("ascii"), quoting.base64_lines(data)]
    return [*blocks, b"\r\n" + dash + b"--\r\n"]


def merged(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Join neighbouring static blocks: the fewer segments, the faster the splice."""
    result: list[Block] = []
    for block in blocks:
        if isinstance(block, bytes) and result and isinstance(result[-1], bytes):
            result[-1] += block
        elif block:
            result.append(block)
    return tuple(result)


def split(value: str, marks: Mapping[str, Field]) -> list[str | Field]:
    """Split at the sentinels; the longer of two that share a beginning wins."""
    if not marks:
        return [value]
    pattern = "(" + "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True)) + ")"
    return [marks.get(piece, piece) for piece in re.split(pattern, value) if piece]


# ── headers ───────────────────────────────────────────────────────────────────────────


def header(name: str, value: str, marks: Mapping[str, Field]) -> list[Block]:
    """Compile one header line, its name and line end included."""
    if not re.fullmatch(r"[!-9;-~]+", name):
        raise ComposeError(f"{name!r} cannot be a header's name")
    kind = name.lower()
    if kind in _ADDRESS:
        return _address(name, value, marks)
    if kind in _TEXT or not (value.isascii() or kind.startswith(_NEVER)):
        return _worded(name, value, marks)
    return _raw(name, value, marks)


def _address(name: str, value: str, marks: Mapping[str, Field]) -> list[Block]:
    start = name.encode("ascii") + b": "
    if any(isinstance(piece, Field) for piece in split(value, marks)):
        return [start, Field("to", "header:mailbox"), b"\r\n"]
    found = _MAILBOX.fullmatch(value)
    if not found:
        return [start, quoting.mailbox("", value.strip()), b"\r\n"]
    display = found["name"]
    if len(display) > 1 and display[0] == display[-1] == '"':
        display = re.sub(r"\\(.)", r"\1", display[1:-1])
    room = quoting.LINE - len(start)
    return [start, quoting.mailbox(display, found["address"], room), b"\r\n"]


def _worded(name: str, value: str, marks: Mapping[str, Field]) -> list[Block]:
    pieces = split(quoting.clean(value), marks)
    if not any(isinstance(piece, Field) for piece in pieces):
        return [quoting.unstructured(name, value)]
    blocks: list[Block] = [name.encode("ascii") + b":"]
    for piece in pieces:  # neighbours are all encoded words, between which white space counts for nothing
        if isinstance(piece, Field):
            blocks.append(replace(piece, encoding="header:words"))
        else:
            room = quoting.LINE - 1 - len(name) - 1
            blocks.append(b" " if len(blocks) == 1 else b"\r\n ")
            blocks.append(b"\r\n ".join(quoting.encoded_words(piece, room)))
    return [*blocks, b"\r\n"]


def _raw(name: str, value: str, marks: Mapping[str, Field]) -> list[Block]:
    """Write a header that must never be encoded; a list of <addresses> stands one a line (RFC 2369)."""
    value = quoting.refuse_controls(value.strip(), name)
    if not value.isascii():
        angled = re.search(r"<[!-;=?-~]+>", value)  # List-Id: a title that cannot be written is left out
        if not angled:
            raise ComposeError(f"{name}: {value!r} must be ASCII")
        value = angled[0]
    if name.lower().startswith("list-"):
        value = re.sub(r">\s*,\s*<", ">,\r\n <", value)
    pieces = split(f"{name}: {value}", marks)
    return [
        *(replace(p, encoding="header:raw") if isinstance(p, Field) else p.encode("ascii") for p in pieces),
        b"\r\n",
    ]


# ── parts ─────────────────────────────────────────────────────────────────────────────


def part(subtype: str, content: str, marks: Mapping[str, Field]) -> list[Block]:
    """Compile one text part with its own headers, in quoted-printable or base64, whichever is smaller."""
    kind = "html" if subtype == "html" else "text"
    normal = re.sub(r"\r\n|\r|\n", "\r\n", content).removesuffix("\r\n") + "\r\n"
    pieces = split(normal, marks)
    quoted = qp(pieces, kind)
    packed = b64(pieces, kind)
    small, name = (packed, b"base64") if _size(packed) < _size(quoted) else (quoted, b"quoted-printable")
    start = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: '.encode("ascii")
    return [start + name + b"\r\n\r\n", *small]


def _size(blocks: Sequence[Block]) -> int:
    return sum(len(b) if isinstance(b, bytes) else 40 + len(b.tail) * 78 // 57 for b in blocks)


def _encoding(base: str, field: Field, kind: str) -> str:
    return f"{base}:url" if field.encoding == "url" else f"{base}:{kind}"


def qp(pieces: Sequence[str | Field], kind: str) -> list[Block]:
    """Quoted-printable: each field stands alone in its line, between soft breaks.

    A run of pieces that ends in a line end can be put in another order as bytes: decoding commutes with it.
    """
    blocks: list[Block] = []
    fresh = True  # at the start of a wire line
    for piece in pieces:
        if isinstance(piece, str):
            encoded = quoting.quoted_printable(piece)
            blocks.append(encoded)
            fresh = encoded.endswith(b"\r\n")
        else:
            if not fresh:
                blocks.append(_SOFT)
            blocks += [replace(piece, encoding=_encoding("qp", piece, kind)), _SOFT]
            fresh = True
    return blocks


def b64(pieces: Sequence[str | Field], kind: str) -> list[Block]:
    """Base64: a field carries the raw bytes around it, whose groups of three depend on its length."""
    blocks: list[Block] = []
    lead, field = b"", None
    tail = b""
    for piece in pieces:
        if isinstance(piece, str):
            tail += piece.encode("utf-8", "replace")
            continue
        lead = _close(blocks, field, lead, tail)
        field, tail = replace(piece, encoding=_encoding("b64", piece, kind)), b""
    if field is None:
        return [quoting.base64_lines(tail)]
    _close(blocks, field, lead, tail)
    return blocks


def _close(blocks: list[Block], field: Field | None, lead: bytes, tail: bytes) -> bytes:
    """Append what is complete; return the bytes left over for the field that follows."""
    if field is not None:
        blocks.append(replace(field, lead=lead, tail=tail))
        return b""
    whole = len(tail) - len(tail) % 3
    blocks.append(quoting.base64_lines(tail[:whole]))
    return tail[whole:]
