"""From the numbers of terms back to words: how a text spells what it shares with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.text.sketch import SECOND, TEXT, number
from digest.text.words import terms, words

if TYPE_CHECKING:
    from collections.abc import Collection


def spelled(wanted: Collection[int], headline: str, text: str, language: str = "") -> dict[int, str]:
    """Give each of these terms as the headline, else the text, spells it; those in neither are left out.

    Of scripts without spaces a term is a pair of characters and stands for itself.

    >>> from digest.text.sketch import number
    >>> spelled([number("ferri")], "Two ferries collide", "", "en")
    {248878450: 'ferries'}
    """
    missing, found = set(wanted), dict[int, str]()
    for word in words(f"{headline} {text[:TEXT]}"):
        if not missing:
            break
        made = {number(term): term for term in terms(word, language)}
        pairs = sum(term < SECOND for term in made) > 1
        found |= {each: made[each] if pairs else word for each in missing.intersection(made)}
        missing -= made.keys()
    return found
