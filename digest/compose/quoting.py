"""How a value is written on the wire: quoted-printable, base64, encoded words, mailboxes. Pure bytes work.

Everything here yields lines that end in CRLF, never begin with a dot (so no dot-stuffing pass is needed,
RFC 5321 4.5.2) and never begin with ``From `` (which mbox writers would alter, breaking a signature).
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache

from digest.errors import AddressInvalid, ComposeError

LINE = 76  # RFC 2045 6.7: an encoded line's length without its CRLF
_WORD = 75  # RFC 2047 2: an encoded word's length
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SAFE_VALUE = re.compile(r"[A-Za-z0-9_-]{1,75}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_QUOTABLE = re.compile(r"[ -~]*")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # RFC 2047 5 (3)
_QP = [f"={n:02X}".encode() for n in range(256)]
for _n in (*range(33, 61), *range(62, 127), 9, 32):
    _QP[_n] = bytes([_n])
_DOT, _EQUALS, _F, _SPACE = b".", b"=", b"F", 0x20


def clean(value: str) -> str:
    """Replace runs of control characters and line separators by one space, lone surrogates by U+FFFD."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return _CONTROLS.sub(" ", value).encode("utf-8", "replace").decode("utf-8").strip()


def refuse_controls(value: str, what: str) -> str:
    """Return the value; raises ``ComposeError`` when it holds CR, LF, NUL or another control character."""
    if _CONTROLS.search(value):
        raise ComposeError(f"{what} holds a control character, which could forge a header: {value!r}")
    return value


# ── bodies ────────────────────────────────────────────────────────────────────────────


def _qp_line(line: bytes) -> bytes:
    """Encode one line of content, without its line end, as wire lines joined by soft breaks."""
    parts: list[bytes] = []
    current: list[bytes] = []
    length = 0
    last = len(line) - 1
    for index, byte in enumerate(line):
        token = _QP[byte]
        if index == last and byte in (9, 32):
            token = b"=%02X" % byte
        if length + len(token) > (LINE if index == last else LINE - 1):
            parts.append(b"".join(current))
            current, length = [], 0
        if not length:
            token = _at_line_start(token, line[index : index + 5])
        current.append(token)
        length += len(token)
    parts.append(b"".join(current))
    return b"=\r\n".join(parts)


def _at_line_start(token: bytes, coming: bytes) -> bytes:
    if token == _DOT:
        return b"=2E"
    if token == _F and coming == b"From ":
        return b"=46"
    return token


def quoted_printable(text: str) -> bytes:
    """Encode text (RFC 2045 6.7): its line ends become CRLF, every line is at most 76 long.

    A last line without a line end stays open: append a soft break to go on in the same line.
    """
    data = text.encode("utf-8", "replace")
    return b"\r\n".join(_qp_line(line) for line in re.split(rb"\r\n|\r|\n", data))


def quoted_value(value: str) -> bytes:
    """Encode one reader's value for a place of its own between two soft breaks."""
    if _SAFE_VALUE.fullmatch(value):
        return value.encode("ascii")
    return _qp_line(value.encode("utf-8", "replace") + _EQUALS)[: -len(b"=3D")].removesuffix(b"=\r\n")


def base64_lines(data: bytes) -> bytes:
    """Encode as base64 in whole lines of at most 76, each ended by CRLF; no bytes give no line."""
    encoded = b64encode(data)
    return b"".join(encoded[at : at + LINE] + b"\r\n" for at in range(0, len(encoded), LINE))


# ── headers ───────────────────────────────────────────────────────────────────────────


def _word_q(chunk: bytes) -> bytes:
    body = b"".join(bytes([b]) if b in _Q_SAFE else b"_" if b == _SPACE else b"=%02X" % b for b in chunk)
    return b"=?utf-8?q?" + body + b"?="


def _word_b(chunk: bytes) -> bytes:
    return b"=?utf-8?b?" + b64encode(chunk) + b"?="


def encoded_words(value: str, first: int = _WORD) -> list[bytes]:
    """Write a value as encoded words of at most 75 bytes, splitting no character (RFC 2047).

    ``first`` is the room for the first word, where a header's name already stands in its line.
    Q or B is chosen for the whole value, whichever is shorter.
    """
    data = value.encode("utf-8", "replace")
    word = min((_word_q, _word_b), key=lambda write: len(write(data)))
    words: list[bytes] = []
    chunk, room = b"", first
    for char in value:
        byte = char.encode("utf-8", "replace")
        if chunk and len(word(chunk + byte)) > room:
            words.append(word(chunk))
            chunk, room = b"", _WORD
        chunk += byte
    if chunk:
        words.append(word(chunk))
    return words


def unstructured(name: str, value: str) -> bytes:
    """Write an unstructured header such as Subject, folded at 78, encoded only where it must be."""
    value = clean(value)
    if _QUOTABLE.fullmatch(value) and "=?" not in value:
        lines = _fold(f"{name}:", value)
        if all(len(line) <= LINE + 2 for line in lines):
            return "\r\n".join(lines).encode("ascii") + b"\r\n"
    words = encoded_words(value, first=_WORD - len(name) - 1)
    return name.encode("ascii") + b": " + b"\r\n ".join(words) + b"\r\n"


def _fold(first: str, value: str) -> list[str]:
    """Break before white space so that lines stay within 78 where the words allow it."""
    lines = [first]
    for word in re.findall(r"\s*\S+", " " + value if value else ""):
        if len(lines[-1]) + len(word) > LINE + 2 and lines[-1] != first:
            lines.append(word)
        else:
            lines[-1] += word
    return lines


def domain_ascii(domain: str) -> str:
    """Write a domain as it goes over the wire: IDNA 2008 (RFC 5891); raises ``AddressInvalid``."""
    if domain.isascii():
        return domain
    import idna  # its tables take megabytes, and few need them

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressInvalid(f"the domain {domain!r} cannot be written in ASCII: {error}") from error


@lru_cache(maxsize=4096)
def _domain_cached(domain: str) -> str:
    return domain_ascii(domain)


def address_wire(address: str) -> str:
    """Write an address for envelope and header: domain in ASCII, nothing that could forge a line."""
    if _PLAIN.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or _CONTROLS.search(address) or re.search(r"[<>\s]", domain):
        raise AddressInvalid(f"{address!r} is not an address that can be mailed")
    if re.search(r"[\s<>]", local) and not (local[0] == local[-1] == '"'):
        raise AddressInvalid(f"{address!r} is not an address that can be mailed")
    return f"{local}@{domain if domain.isascii() else _domain_cached(domain)}"


def phrase(name: str, first: int = _WORD) -> bytes:
    """Write a display name: atoms, a quoted string, or encoded words (RFC 5322 3.2.5, RFC 2047 5)."""
    if "=?" in name or not _QUOTABLE.fullmatch(name) or len(name) > first:
        return b"\r\n ".join(encoded_words(name, first))
    if _ATOMS.fullmatch(name) and "  " not in name:
        return name.encode("ascii")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode("ascii")


def mailbox(name: str, address: str, room: int = 60) -> bytes:
    """Write ``Name <address>`` for a header whose first line has ``room`` bytes left, folded when long.

    A local part outside ASCII is written in UTF-8 (RFC 6532); such a message needs SMTPUTF8.
    """
    wire = address_wire(address).encode("utf-8")
    name = clean(name)
    if not name:
        return wire
    written = phrase(name, room)
    if len(written.rpartition(b"\r\n")[2]) + len(wire) + 3 > room:
        return written + b"\r\n <" + wire + b">"
    return written + b" <" + wire + b">"
