"""Parsing what an SMTP server answers, in whatever pieces it comes."""

from __future__ import annotations

from typing import NamedTuple

from digest.deliver.retry import enhanced_code

_MOST = 64_000  # bytes of one answer; more is no SMTP server
_REMEMBERED = 32  # lines that come again and again, such as "250 ok", are parsed once


class Garbage(Exception):
    """The server does not speak SMTP."""


class Reply(NamedTuple):
    """One answer: its code and its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the answer in one line, without its code."""
        return " ".join(self.lines)

    @property
    def enhanced(self) -> str:
        """Return the enhanced status code (RFC 2034), or an empty string."""
        return enhanced_code(self.lines[0]) if self.lines else ""

    @property
    def ok(self) -> bool:
        """Tell whether the command was carried out."""
        return 200 <= self.code < 300  # noqa: PLR2004 (RFC 5321 4.2.1)


class Parser:
    """Collects bytes; gives every answer that is complete."""

    __slots__ = ("_known", "_lines", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = b""
        self._known: dict[bytes, Reply] = {}
        self._lines: list[str] = []
        self._size = 0

    @property
    def clean(self) -> bool:
        """Tell whether no answer is half read."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Take bytes, return complete answers; raises ``Garbage``."""
        if self._rest:
            data = self._rest + data
        *lines, self._rest = data.split(b"\n")
        known = self._known
        replies = [
            reply
            for line in lines
            if (reply := (None if self._lines else known.get(line)) or self._line(line)) is not None
        ]
        self._size = 0 if replies else self._size + len(data)
        if len(self._rest) > _MOST or self._size > _MOST:
            raise Garbage("the server's answer has no end")
        return replies

    def _line(self, raw: bytes) -> Reply | None:
        line = raw.rstrip(b"\r")
        code = line[:3]
        if not code.isdigit() or line[3:4] not in (b" ", b"-", b"") or not b"2" <= code[:1] <= b"5":
            raise Garbage(f"the server answered {line[:80]!r}, which is not SMTP")
        self._lines.append(line[4:].decode("utf-8", "replace"))
        if line[3:4] == b"-":
            return None
        lines, self._lines = tuple(self._lines), []
        reply = Reply(int(code), lines)
        if len(lines) == 1 and len(self._known) < _REMEMBERED:
            self._known[raw] = reply
        return reply
