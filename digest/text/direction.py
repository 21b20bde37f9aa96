"""Which way a language or a text runs."""

from __future__ import annotations

import unicodedata

_RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})


def is_rtl(language: str) -> bool:
    """Tell whether a language (BCP 47 tag) is written from right to left."""
    return language.casefold().replace("_", "-").split("-", 1)[0] in _RTL


def direction(text: str, otherwise: str = "ltr") -> str:
    """Give "rtl" or "ltr" by the first letter with a direction of its own (UAX 9, rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return otherwise
