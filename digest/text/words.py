"""Terms: the stems by which two texts are compared.

``terms(text, language)`` is the one way from text to index, query, title comparison and story.
A word is looked up by its spelling, so that folding, stop words and stemming cost once per word.
"""

from __future__ import annotations

import re
from itertools import chain

from digest.text.fold import lower
from digest.text.script import Script, script_of
from digest.text.stems import OTHER_ARABIC, second_stem, stemmer
from digest.text.stopwords import plain, stop_words

_WORD = re.compile(
    r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c\u200d\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e]+"
)
"""Letters and digits with the marks that belong to them; apostrophes and hyphens part words, and so does the
underscore, which is taken out beforehand: one set of characters is found twice as fast as two."""

_CACHE_LIMIT = 100_000
"""Spellings kept per language, some 30 MB; the common ones are soon there again when it is emptied."""

_LONGEST = 40
"""Longer runs are addresses or noise, except in scripts without spaces."""


class _Words(dict[str, tuple[str, ...]]):
    """Spelling → terms, filled as words come; one per language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        own = stop_words(language)
        self.stops = dict.fromkeys(Script, own)
        self.stops[Script.LATIN] = own | stop_words("en")
        if language not in OTHER_ARABIC:
            self.stops[Script.ARABIC] = own | stop_words("ar")

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) > _CACHE_LIMIT:
            self.clear()
        found = self[word] = self._make(word)
        return found

    def _make(self, word: str) -> tuple[str, ...]:
        lowered = lower(word, self.language)
        folded = plain(lowered)
        script = script_of(folded)
        if script is Script.UNSPACED:
            return ngrams(folded)
        if script is Script.DIGIT:
            return (folded,) if len(folded) <= _LONGEST else ()
        if len(folded) < 2 or len(folded) > _LONGEST or folded in self.stops[script]:  # noqa: PLR2004 (one letter is no word)
            return ()
        stem = stemmer(script, self.language)(lowered)
        second = second_stem(lowered, script, self.language)
        return (stem, second) if second else (stem,)


_caches: dict[str, _Words] = {}


def terms(text: str, language: str = "") -> list[str]:
    """Give the terms of a text in their order, repeated as they are repeated.

    ``language`` is a BCP 47 tag or empty; words in another script are treated by that script, so
    an English name inside an Arabic article is stemmed as English. Stop words give nothing.
    """
    known = _caches.get(language)
    if known is None:
        primary = re.split("[-_]", language.casefold(), maxsplit=1)[0]
        known = _caches[language] = _caches.setdefault(primary, _Words(primary))
    return list(chain.from_iterable(map(known.__getitem__, words(text))))


def words(text: str) -> list[str]:
    """Give the words of a text as it spells them: runs of letters and digits with their marks."""
    return _WORD.findall(text.replace("_", " "))


def title_terms(title: str, language: str = "") -> frozenset[str]:
    """Give the set of a headline's terms, for comparing headlines."""
    return frozenset(terms(title, language))


def ngrams(run: str) -> tuple[str, ...]:
    """Give the overlapping pairs of characters of a run without spaces; a single one stands alone.

    >>> ngrams("東京都")
    ('東京', '京都')
    """
    return (run,) if len(run) == 1 else tuple(run[i : i + 2] for i in range(len(run) - 1))
