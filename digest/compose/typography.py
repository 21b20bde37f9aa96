"""Faces and the typographic scale, per script: Arabic is designed, not mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Type:
    """One role: size and line height in pixels, weight."""

    size: int
    line: int
    weight: int = 400

    @property
    def css(self) -> str:
        """Return the declarations, without a closing semicolon."""
        return f"font-size:{self.size}px;line-height:{self.line}px;font-weight:{self.weight}"


@dataclass(frozen=True, slots=True)
class Faces:
    """Font stacks: headlines and running text."""

    headline: str
    text: str


FACES: Mapping[str, Faces] = {
    "latin": Faces(
        "Georgia, 'Times New Roman', serif",
        "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
    ),
    "arabic": Faces(
        "'Geeza Pro', 'Noto Kufi Arabic', 'Segoe UI', Tahoma, sans-serif",
        "'Geeza Pro', 'Noto Naskh Arabic', 'Segoe UI', Tahoma, sans-serif",
    ),
    "hebrew": Faces(
        "'Frank Ruhl Libre', 'Noto Serif Hebrew', 'Times New Roman', serif",
        "'Arial Hebrew', 'Noto Sans Hebrew', 'Segoe UI', Arial, sans-serif",
    ),
}

_LATIN = {
    "wordmark": Type(27, 32, 700),
    "lead": Type(29, 35, 700),
    "headline": Type(21, 27, 700),
    "second": Type(18, 24, 700),  # a story beside or below a section's first
    "dense": Type(17, 23, 400),  # a row of the headlines theme
    "section": Type(18, 24, 700),
    "label": Type(13, 20, 700),
    "title": Type(14, 20, 700),  # over a section of the magazine theme
    "summary": Type(16, 26),
    "related": Type(15, 22),
    "more": Type(16, 23),
    "kicker": Type(12, 20, 700),
    "small": Type(13, 20),
    "number": Type(24, 30),
}
_ARABIC = {
    "wordmark": Type(26, 39, 700),
    "lead": Type(28, 42, 700),
    "headline": Type(20, 33, 700),
    "second": Type(18, 30, 700),
    "dense": Type(18, 30, 400),
    "section": Type(17, 29, 700),
    "label": Type(15, 24, 700),
    "title": Type(16, 26, 700),
    "summary": Type(17, 30),
    "related": Type(16, 26),
    "more": Type(16, 28),
    "kicker": Type(14, 20, 700),
    "small": Type(15, 24),
    "number": Type(24, 33),
}
_HEBREW = {
    **_LATIN,
    "kicker": Type(14, 20, 700),
    "small": Type(14, 22),
    "label": Type(14, 22, 700),
    "summary": Type(17, 27),
    "related": Type(16, 24),
}

SCALES: Mapping[str, Mapping[str, Type]] = {"latin": _LATIN, "arabic": _ARABIC, "hebrew": _HEBREW}
