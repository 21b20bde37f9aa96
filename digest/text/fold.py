"""Folding: one spelling for each word, whatever the keyboard or the typesetter made of it."""

from __future__ import annotations

import re
import unicodedata

_ARABIC_MARKS = [*range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE), 0x0640]
"""Harakat, superscript alef, Quranic marks and tatweel: never part of a word's identity."""

_INVISIBLE = [0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
"""Soft hyphens, joiners and direction marks. The zero-width non-joiner only styles a Persian word."""

_ARABIC = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ۀ": "ه",
        "ک": "ك",
        **{chr(code): "" for code in (*_ARABIC_MARKS, *_INVISIBLE)},
    },
)
_PERSIAN = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىيئ", "ی"),
        "ؤ": "و",
        "ة": "ه",
        "ۀ": "ه",
        "ك": "ک",
        **{chr(code): "" for code in (*_ARABIC_MARKS, *_INVISIBLE)},
    },
)
_BARE_ARABIC = re.compile("[\u0621-\u063a\u0641-\u064a]+").fullmatch
"""Arabic letters alone: they have no case, no compatibility forms and no digits."""

_HAMZA = str.maketrans("آأإؤئ", "اااوي")
"""Those of them that are made of a letter and a hamza or madda."""

_FOLDED = re.compile("[\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648\u064a]+").fullmatch
"""Those of them that folding leaves as they are, in Arabic."""

_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ё": "е"})
_TURKISH = str.maketrans({"I": "ı", "İ": "i"})
_DROP_INVISIBLE = str.maketrans({chr(code): "" for code in _INVISIBLE})


def lower(word: str, language: str = "") -> str:
    """Lower a word's case and unify its compatibility forms, as its stemmer expects it.

    Accents stay: stemmers need them. Turkish and Azeri have their own I.
    """
    if word.isascii() and language not in ("tr", "az"):
        return word.lower()
    if _BARE_ARABIC(word):
        return word
    if language in ("tr", "az"):
        word = word.translate(_TURKISH)
    word = unicodedata.normalize("NFKC", word).translate(_DROP_INVISIBLE).lower()
    return _western_digits(word)


def fold_arabic(word: str, language: str = "ar") -> str:
    """Drop harakat and tatweel; one alef, one ya, one kaf, no ta marbuta, no hamza seats."""
    if language == "fa":
        return word.translate(_PERSIAN)
    return word if word.isascii() or _FOLDED(word) else word.translate(_ARABIC)


def fold_accents(word: str) -> str:
    """Drop the accents of a Latin, Greek or Cyrillic stem: headlines in capitals often lack them."""
    if word.isascii():
        return word
    if _BARE_ARABIC(word):
        return word if _FOLDED(word) else word.translate(_HAMZA)
    split = unicodedata.normalize("NFD", word.translate(_LATIN))
    return unicodedata.normalize("NFC", "".join(c for c in split if unicodedata.category(c) != "Mn"))


def _western_digits(word: str) -> str:
    if not any(c.isdigit() and not c.isascii() for c in word):
        return word
    return "".join(str(unicodedata.digit(c, c)) if c.isdigit() else c for c in word)
