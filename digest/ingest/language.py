"""Which language an article is in.

What is declared, unless its script says otherwise, else a limited guess.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.text.language import detect
from digest.text.script import Script, script_of
from digest.text.stopwords import stop_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAG = re.compile(r"^([a-zA-Z]{2,3})(?:[-_][a-zA-Z0-9-_]+)?$")
_NAMES = {
    "english": "en",
    "arabic": "ar",
    "french": "fr",
    "german": "de",
    "spanish": "es",
    "iw": "he",
    "in": "id",
}
_WRITTEN_IN: dict[str, Script] = {
    language: script
    for script, languages in {
        Script.ARABIC: "ar fa ur ps ckb sd ug",
        Script.HEBREW: "he yi",
        Script.CYRILLIC: "ru uk be bg mk ky tg mn",
        Script.GREEK: "el",
        Script.DEVANAGARI: "hi mr ne",
        Script.TAMIL: "ta",
        Script.ARMENIAN: "hy",
        Script.UNSPACED: "zh ja th lo km my",
        Script.LATIN: "en fr de es it pt nl tr pl sv da no nb fi cs ro hu id vi",
    }.items()
    for language in languages.split()
}
_SAMPLE = 200
_PROOF, _ENOUGH_WORDS = 1_000, 50
_DOUBTFUL, _CLEAR = 0.08, 0.25  # shares of everyday words in a text of the language; 0.3 to 0.5 is usual
_TOO_SHORT = 40  # characters: below, a guess among all languages is a lottery


@lru_cache(maxsize=256)
def primary(tag: str) -> str:
    """Return the primary subtag of a language tag in lower case ("en-GB" → "en"), or ""."""
    tag = tag.strip()
    match = _TAG.match(tag)
    found = match[1].lower() if match else tag.lower()
    return _NAMES.get(found, found if match else "")


def language_of(declared: Sequence[str], text: str, among: Sequence[str] = ()) -> str:
    """Return the article's language: the first declared one its script allows, else a guess ("" when none).

    ``among`` limits the guess to the languages an operator uses.
    """
    script = main_script(text[:_SAMPLE])
    for tag in declared:
        language = primary(tag)
        if language and _fits(language, script):
            return language
    if script is None:
        return ""
    likely = [language for language in among if _fits(language, script)]
    if not likely and len(text) < _TOO_SHORT and script is Script.LATIN:
        return ""
    return detect(text, likely)


def believed(tag: str, text: str) -> str:
    """Return a page's declared language, or what its text is in where that has next to none of its words.

    Templates declare the language they were written in. The text's own wins when it is long enough and full
    of the other language's everyday words.
    """
    language = primary(tag)
    words = re.findall(r"[^\W\d_]+", text[:_PROOF].casefold())
    if not language or len(words) < _ENOUGH_WORDS or _share(words, language) >= _DOUBTFUL:
        return language
    other = detect(text)
    return other if other != language and _share(words, other) >= _CLEAR else language


def _share(words: list[str], language: str) -> float:
    known = stop_words(language)
    return sum(word in known for word in words) / len(words) if known else 1.0


def main_script(text: str) -> Script | None:
    """Return the script most letters are in; None where there are no letters."""
    letters = "".join(filter(str.isalpha, text))
    if letters.isascii():
        return Script.LATIN if letters else None
    counts = Counter(map(script_of, letters))
    return counts.most_common(1)[0][0] if counts else None


def _fits(language: str, script: Script | None) -> bool:
    return script is None or _WRITTEN_IN.get(language, script) is script
