"""Where every key of a TOML text stands: path → (line, column), both from 1.

The standard library's reader gives values without places. This scanner reads the same text again, once it
is known to be valid TOML, and notes the place of each key, table header and array element (TOML 1.0, and
newlines in inline tables as 1.1 allows).
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
Place = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r"""'[^'\n]*'|"(?:[^"\\\n]|\\.)*\"""")
_STRING = re.compile(
    r"""'''.*?'''(?:'{0,2})|\"""(?:\\.|[^\\])*?\"""(?:"{0,2})|'[^'\n]*'|"(?:[^"\\\n]|\\.)*\"""",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,#\]}\n]+")  # numbers, booleans, dates (which may hold one space)


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    found: dict[Path, int] = field(default_factory=dict)
    last: dict[Path, int] = field(default_factory=dict)
    """The newest element of each array of tables."""

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return match.group()

    def looking_at(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            if self.looking_at('"') or self.looking_at("'"):
                parts.append(tomllib.loads(f"x = {self.skip(_QUOTED)}")["x"])
            else:
                parts.append(self.skip(_BARE_KEY))
            self.skip(_SPACE)
            if not self.looking_at("."):
                return parts
            self.at += 1

    def note(self, path: Path, at: int) -> None:
        self.found.setdefault(path, at)

    def table(self, start: int) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; arrays of tables on the way mean their newest element."""
        double = self.looking_at("[[")
        self.at += 2 if double else 1
        parts = self.key()
        self.at += 2 if double else 1
        path: Path = ()
        for position, part in enumerate(parts):
            path += (part,)
            self.note(path, start)
            if double and position == len(parts) - 1:
                self.last[path] = self.last.get(path, -1) + 1
            if path in self.last:
                path += (self.last[path],)
                self.note(path, start)
        return path

    def pair(self, table: Path) -> None:
        start, path = self.at, table
        for part in self.key():
            path += (part,)
            self.note(path, start)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.looking_at("["):
            self.array(path)
        elif self.looking_at("{"):
            self.inline(path)
        elif self.looking_at('"') or self.looking_at("'"):
            self.skip(_STRING)
        else:
            self.skip(_PLAIN)

    def array(self, path: Path) -> None:
        self.at += 1
        count = 0
        while True:
            self.separators()
            if self.looking_at("]"):
                self.at += 1
                return
            self.note((*path, count), self.at)
            self.value((*path, count))
            count += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        while True:
            self.separators()
            if self.looking_at("}"):
                self.at += 1
                return
            self.pair(path)

    def separators(self) -> None:
        self.skip(_BLANK)
        while self.looking_at(","):
            self.at += 1
            self.skip(_BLANK)

    def run(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.looking_at("["):
                table = self.table(self.at)
            else:
                self.pair(table)
            self.skip(_BLANK)


def index(text: str) -> dict[Path, Place]:
    """Return the place of every key, table and array element of a valid TOML text.

    A key's place is its first letter, a table's its bracket, an array element's the element itself; a table
    that only stands in longer names has the place of the first of them.
    """
    scanner = _Scanner(text)
    scanner.run()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {
        path: (line := bisect_right(starts, at), at - starts[line - 1] + 1)
        for path, at in scanner.found.items()
    }


def nearest(places: dict[Path, Place], path: Path) -> Place | None:
    """Return the place of a path, or of the nearest table around it that stands in the text."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return None
