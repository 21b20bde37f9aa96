"""Which script a word is written in, told from its first letter that tells."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache


class Script(StrEnum):
    """The scripts that are treated differently; the rest is ``OTHER``."""

    LATIN = "latin"
    ARABIC = "arabic"
    HEBREW = "hebrew"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    DEVANAGARI = "devanagari"
    TAMIL = "tamil"
    ARMENIAN = "armenian"
    UNSPACED = "unspaced"  # Han, kana, Thai, Lao, Khmer, Burmese: words are not parted by spaces
    DIGIT = "digit"
    OTHER = "other"


_RANGES = (
    (0x0030, 0x003A, Script.DIGIT),
    (0x0041, 0x0250, Script.LATIN),
    (0x0370, 0x0400, Script.GREEK),
    (0x0400, 0x0530, Script.CYRILLIC),
    (0x0531, 0x0590, Script.ARMENIAN),
    (0x0590, 0x0600, Script.HEBREW),
    (0x0600, 0x0700, Script.ARABIC),
    (0x0750, 0x0780, Script.ARABIC),
    (0x08A0, 0x0900, Script.ARABIC),
    (0x0900, 0x0980, Script.DEVANAGARI),
    (0x0B80, 0x0C00, Script.TAMIL),
    (0x0E00, 0x0F00, Script.UNSPACED),
    (0x1000, 0x10A0, Script.UNSPACED),
    (0x1780, 0x1800, Script.UNSPACED),
    (0x1E00, 0x1F00, Script.LATIN),
    (0x1F00, 0x2000, Script.GREEK),
    (0x2E80, 0xA4D0, Script.UNSPACED),
    (0xF900, 0xFB00, Script.UNSPACED),
    (0xFB1D, 0xFB50, Script.HEBREW),
    (0xFB50, 0xFE00, Script.ARABIC),
    (0xFE70, 0xFEFF, Script.ARABIC),
    (0xFF66, 0xFFA0, Script.UNSPACED),
    (0x20000, 0x32000, Script.UNSPACED),
)


def script_of(word: str) -> Script:
    """Tell the script of a word by its first letter; digits only when there is no letter."""
    found = Script.OTHER
    for character in word:
        script = _of_code(ord(character))
        if script not in (Script.DIGIT, Script.OTHER):
            return script
        if script is Script.DIGIT:
            found = Script.DIGIT
    return found


@lru_cache(4096)
def _of_code(code: int) -> Script:
    for first, beyond, script in _RANGES:
        if code < first:
            return Script.OTHER
        if code < beyond:
            return script
    return Script.OTHER
