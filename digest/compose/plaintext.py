"""The plain-text part's measures: wrapping by columns on the screen, headings, list rows."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from digest.compose.bidi import LRI, PDI, Phrase, isolate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.compose.view import Link, Story

COLUMNS = 72
_ADDRESS = re.compile(r"https?://\S+")


def columns(text: str) -> int:
    """Return how many columns of a fixed-width screen the text takes: marks none, wide characters two."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def lines(text: str, width: int = COLUMNS) -> list[str]:
    """Break one paragraph at spaces (and between wide characters); a longer word has a line of its own."""
    result: list[str] = []
    current, used = "", 0
    for word in _pieces(text):
        size = columns(word.rstrip(" "))
        if current and used + size > width:
            result.append(current.rstrip(" "))
            current, used = "", 0
        current += word
        used += columns(word)
    return [*result, current.rstrip(" ")] if current.strip() else result


def _pieces(text: str) -> Iterable[str]:
    """Give words with the space after them; wide characters can be parted anywhere."""
    for word in text.split():
        if any(_width(character) > 1 for character in word):
            yield from word[:-1]
            yield word[-1] + " "
        else:
            yield word + " "


def address(url: str, way: str = "ltr") -> str:
    """Write an address so that it reads from left to right in a text of direction ``way``.

    Its closing slash would jump to its front between right-to-left lines. The space before the closing
    isolate keeps that out of what mail clients make clickable.
    """
    return f"{LRI}{url} {PDI}" if way == "rtl" else url


def wrapped(value: Phrase | str, indent: str = "", way: str = "ltr") -> str:
    """Wrap to 72 columns; each line of a foreign phrase is isolated, for isolates end with their line.

    ``way`` is the direction of the text it stands in; a line that is an address is written as such.
    """
    text = value.plain if isinstance(value, Phrase) else str(value)
    paragraphs = [lines(part, COLUMNS - len(indent)) for part in text.split("\n")]

    def written(line: str) -> str:
        if isinstance(value, Phrase) and value.foreign:
            return isolate(line, value.way)
        return address(line, way) if _ADDRESS.fullmatch(line) else line

    return "\n".join(indent + written(line) for paragraph in paragraphs for line in paragraph)


def underlined(value: Phrase | str, mark: str = "=") -> str:
    """Set a title over a line as long as its longest line."""
    text = wrapped(value)
    return f"{text}\n{mark * max(columns(line) for line in text.splitlines() or [''])}"


def heading(value: Phrase | str) -> str:
    """Set a heading over a thinner line."""
    return underlined(value, "-")


def headed(story: Story, mark: str = "") -> str:
    """Write a story's number and headline; what follows the first line hangs under its words.

    ``mark`` is a word said of the story (that it goes on with an earlier one); it has a line of its own.
    """
    start = f"{story.place}. " if story.place else ""
    indent = " " * len(start)
    body = wrapped(story.headline, indent) + (f"\n{indent}({mark})" if mark else "")
    return start + body[len(start) :]


def listed(link: Link) -> str:
    """Write one row of a list of headlines: a dash, the headline, its source and day in brackets."""
    about = " · ".join(part for part in (str(link.source) if link.source else "", link.day) if part)
    body = wrapped(link.text, "  ")
    return "- " + body[2:] + (f" ({about})" if about else "")


def joined(parts: Iterable[Phrase | str]) -> str:
    """Join a by-line's parts."""
    return " · ".join(str(part) for part in parts)
