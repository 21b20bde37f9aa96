"""Stemming by script and language: Snowball's algorithms, light stemmers where it has none.

Snowball: https://snowballstem.org. The Arabic light stemmer follows the idea of light10
(Larkey, Ballesteros & Connell 2007): strip frequent prefixes and suffixes, never look for roots.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import Stemmer

from digest.text.fold import fold_accents, fold_arabic
from digest.text.script import Script

if TYPE_CHECKING:
    from collections.abc import Callable

SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""BCP 47 primary subtag → Snowball algorithm."""

_HOME = {
    Script.LATIN: ("en", frozenset(SNOWBALL) - {"ar", "fa", "ru", "el", "hi", "ne", "hy", "ta"}),
    Script.CYRILLIC: ("ru", frozenset({"ru"})),
    Script.GREEK: ("el", frozenset({"el"})),
    Script.DEVANAGARI: ("hi", frozenset({"hi", "ne"})),
    Script.ARMENIAN: ("hy", frozenset({"hy"})),
    Script.TAMIL: ("ta", frozenset({"ta"})),
}
"""Script → the language taken when the article's own is not written in it, and those that are."""

_NO_STEMMER = frozenset(
    {"uk", "bg", "mk", "kk", "be", "mn", "vi", "sw", "ms", "tl", "sq", "sk", "sl", "hr", "bs", "lv"}
)
"""Languages of those scripts for which a neighbour's stemmer would do harm."""

OTHER_ARABIC = frozenset({"fa", "ur", "ps", "ckb"})
"""Languages in Arabic letters that are not Arabic."""

_AR_PREFIX = re.compile("(?:وبال|وكال|وال|بال|كال|فال|ولل|لل|ال)(?=..)", re.DOTALL).match
"""An article, with what stands before it; two letters at least stay."""

_AR_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_AR_ENDS = frozenset(suffix[-1] for suffix in _AR_SUFFIXES)
_HE_PREFIXES = "והבלמשכ"
_MIN = 2


@cache
def stemmer(script: Script, language: str) -> Callable[[str], str]:
    """Return the function that stems a lowered word of ``script`` within an article in ``language``."""
    if script is Script.ARABIC:
        return _persian if language == "fa" else _plain_arabic if language in OTHER_ARABIC else arabic
    if script is Script.HEBREW:
        return hebrew
    home = _HOME.get(script)
    if home is None or language in _NO_STEMMER:
        return fold_accents
    return _snowball(language if language in home[1] else home[0])


@cache
def _snowball(language: str) -> Callable[[str], str]:
    stem = Stemmer.Stemmer(SNOWBALL[language], 0).stemWord

    def stemmed(word: str) -> str:
        return fold_accents(stem(word))

    return stemmed


def arabic(word: str) -> str:
    """Fold an Arabic word and strip its article, conjunction, preposition, plural and pronoun.

    >>> arabic("والمدارس") == arabic("مدارس")
    True
    """
    word = fold_arabic(word)
    if len(word) > 4 and word[0] == "و" and word[1:3] != "ال":  # noqa: PLR2004 (و before a word of four letters or more)
        word = word[1:]
    if prefix := _AR_PREFIX(word):
        word = word[prefix.end() :]
    if word[-1:] not in _AR_ENDS:
        return word
    for suffix in _AR_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > _MIN:
            word = word[: -len(suffix)]
    return word


def second_stem(word: str, script: Script, language: str) -> str:
    """Give a second term for a word whose stem is uncertain; empty where one stem is enough.

    A light stemmer takes too little from some Arabic words and too much from others, Snowball errs
    elsewhere: an article is found by either, and words that agree in both weigh twice. The tilde
    keeps the two kinds of terms apart.
    """
    if script is not Script.ARABIC or language in OTHER_ARABIC:
        return ""
    return f"~{fold_arabic(_snowball('ar')(word))}"


def _plain_arabic(word: str) -> str:
    return fold_arabic(word)


def _persian(word: str) -> str:
    return fold_arabic(_snowball("fa")(fold_arabic(word, "fa")))


def hebrew(word: str) -> str:
    """Strip the prefixed particles of a Hebrew word down to four letters, then a plural ending.

    Stripping to a length rather than once keeps a word and its prefixed form together even where
    the word itself begins with such a letter.
    """
    word = fold_accents(word)
    while len(word) > 4 and word[0] in _HE_PREFIXES:  # noqa: PLR2004 (the length of most nouns)
        word = word[1:]
    for suffix in ("יות", "ים", "ות"):
        if word.endswith(suffix) and len(word) - len(suffix) > _MIN:
            return word[: -len(suffix)]
    return word
