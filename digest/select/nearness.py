"""How near articles are to one asked about, and the parts that an editor is shown of it.

A score counts words of the article itself, words that the nearest lent it, and meaning where that is asked;
what speaks for an article beside its words raises the sum. The article itself has 1 in its own words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.select import meaning, related

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.select.beside import Beside
    from digest.select.related import Corpus, Near, Query

    Scored = Sequence[tuple[float, Near]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score, ``words``, ``lent``, ``meaning``, ``story`` or ``time``, and its terms."""

    rule: str
    points: float
    terms: tuple[int, ...] = ()  # the weightiest first


@dataclass(frozen=True, slots=True)
class Nearness:
    """What is asked, and everything that is known to judge an answer by."""

    asked: Query
    mean_length: float
    whole: float  # BM25 of the article for its own query
    beside: Beside
    sense: meaning.Sense | None = None
    wider: Query | None = None  # the query after the nearest had their say

    def words(self, found: Sequence[Near]) -> list[tuple[float, Near]]:
        """Score articles by words alone, best first."""
        return related.order(self.wider or self.asked, found, self.mean_length, self.whole)

    def judged(self, scored: Scored) -> list[tuple[float, Near]]:
        """Add meaning, and raise by what speaks for an article beside its words."""
        return self.beside.raised(self.sense.mixed(scored) if self.sense else scored)

    def lenders(self, scored: Scored) -> tuple[list[tuple[float, Near]], list[int]]:
        """Give the nearest articles with their say, and the terms they may lend."""
        return related.lenders(self.judged(scored), meaning.STEEP if self.sense else related.STEEP)

    def widened(self, lent_by: Scored, lendable: Sequence[int], corpus: Corpus) -> Nearness:
        """Ask with the lenders' words, and lean towards their meaning."""
        wider = related.widen(self.asked, lent_by, lendable, corpus)
        return replace(self, wider=wider, sense=self.sense.leaning(lent_by) if self.sense else None)

    def parts(self, near: Near) -> tuple[Part, ...]:
        """Part the score of one article; the points add up to it."""
        carried = related.carried(self.wider or self.asked, near.sketch, self.mean_length)
        own = {term: x / self.whole for term, x in carried.items() if term in self.asked}
        lent = {term: x / self.whole for term, x in carried.items() if term not in self.asked}
        meant = self.sense.points(near.article) if self.sense else 0.0
        base = sum(own.values()) + sum(lent.values()) + meant
        story = base * self.beside.together(near)
        found = (
            Part("words", sum(own.values()), tuple(own)),
            Part("lent", sum(lent.values()), tuple(lent)),
            Part("meaning", meant),
            Part("story", story),
            Part("time", (base + story) * self.beside.close(near)),
        )
        rounded = (replace(part, points=round(part.points, 4)) for part in found)
        return tuple(part for part in rounded if part.points)
