"""Direction of text: found by its letters, isolated where it differs from what surrounds it.

In HTML a foreign phrase is set in a span with its own ``dir`` and ``lang`` (mail clients do not
know ``bdi``); in subject, preheader and plain text it stands between Unicode isolates (UAX #9).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from markupsafe import Markup, escape

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"
_STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_CONTROLS = dict.fromkeys([0x200E, 0x200F, 0x61C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def direction(text: str, default: str = "ltr") -> str:
    """Return ``ltr`` or ``rtl``: that of most letters of ``text``, or ``default`` where it has none.

    The first letter alone would set "BBC: …" before Arabic the wrong way round, so letters are counted;
    an even count falls to the first one.
    """
    counts = {"ltr": 0, "rtl": 0}
    first = ""
    for character in text:
        strong = _STRONG.get(unicodedata.bidirectional(character))
        if strong:
            counts[strong] += 1
            first = first or strong
    if not first:
        return default
    return first if counts["ltr"] == counts["rtl"] else max(counts, key=counts.__getitem__)


def script(text: str) -> str:
    """Return the script a right-to-left text needs a face for: ``arabic``, ``hebrew``, else ``latin``."""
    counts = {"arabic": 0, "hebrew": 0}
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "AL":
            counts["arabic"] += 1
        elif kind == "R":
            counts["hebrew"] += 1
    if not any(counts.values()):
        return "latin"
    return max(counts, key=counts.__getitem__)


def without_controls(text: str) -> str:
    """Remove marks, embeddings, overrides and isolates: an unclosed one would reorder what follows."""
    return text.translate(_CONTROLS)


def isolate(text: str, way: str) -> str:
    """Put plain text of the given direction between isolates, so that its surroundings cannot reorder it."""
    return f"{RLI if way == 'rtl' else LRI}{text}{PDI}" if text else ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of text that knows its direction and whether that differs from the edition's.

    In an HTML template it escapes itself and, where foreign, sets itself in a span; as a string it
    stands between isolates. ``plain`` is the bare text, for attributes and measuring.
    """

    plain: str
    way: str = "ltr"
    language: str = ""
    foreign: bool = False

    def __str__(self) -> str:
        """Return the text for subject, preheader and plain-text part."""
        return isolate(self.plain, self.way) if self.foreign else self.plain

    def __html__(self) -> str:
        """Return the text for HTML."""
        if not self.foreign:
            return str(escape(self.plain))
        lang = Markup(' lang="{}"').format(self.language) if self.language else ""
        span = Markup('<span dir="{}"{} class="x-{}">{}</span>')
        return str(span.format(self.way, lang, script(self.plain), self.plain))

    def __bool__(self) -> bool:
        """Tell whether there is anything to print."""
        return bool(self.plain)

    def __len__(self) -> int:
        """Return the number of characters."""
        return len(self.plain)

    def __add__(self, other: str) -> str:
        """Join as plain text."""
        return str(self) + str(other)

    def __radd__(self, other: str) -> str:
        """Join as plain text."""
        return str(other) + str(self)


def phrase(text: str, surrounding: str, language: str = "") -> Phrase:
    """Make a phrase out of untrusted text that will stand in an edition of direction ``surrounding``."""
    clean = without_controls(" ".join(text.split()))
    way = direction(clean, surrounding)
    return Phrase(clean, way, language, way != surrounding)
