"""Why a headline is related, in an editor's words: the parts of its score and the words that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.model import Reason
from digest.text.spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.flow.related import Found
    from digest.model import Article

WORDS = 5
"""Words named of each kind, the weightiest."""

_LOOKED = 4 * WORDS
_HOUR, _DAY = 3600, 86400


def reasons(found: Found, pick: Article, other: Article) -> tuple[Reason, ...]:
    """Give the parts of a related headline's score; ``other`` is its article."""
    known = spelled({t for part in found.parts for t in part.terms[:_LOOKED]}, *_text(other), other.language)
    told = []
    for part in found.parts:
        named = ", ".join(_named([known[t] for t in part.terms[:_LOOKED] if t in known]))
        text = {
            "words": f"in common: {named}",
            "lent": f"words of the nearest reports: {named}",
            "meaning": "the headlines mean something alike",
            "story": "tells of the same story",
            "time": f"published {_apart(pick, other)}",
        }[part.rule]
        told.append(Reason(rule=part.rule, points=part.points, text=text))
    return tuple(told)


def _text(article: Article) -> tuple[str, str]:
    return article.headline, article.body if len(article.body) >= len(article.summary) else article.summary


def _named(words: Sequence[str]) -> list[str]:
    """Name each word once, whatever its case."""
    once: dict[str, str] = {}
    for word in words:
        once.setdefault(word.casefold(), word)
    return list(once.values())[:WORDS]


def _apart(pick: Article, other: Article) -> str:
    seconds = abs((pick.published - other.published).total_seconds())
    if seconds < _HOUR:
        return "within the hour"
    return f"{seconds / _HOUR:.0f} h apart" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days apart"
