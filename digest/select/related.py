"""Related headlines: which terms to ask for, and how near each proposed article really is.

Scoring is BM25 (Robertson & Zaragoza 2009) with the whole article as the query: the measured
difference between ten and a hundred terms is larger than that between any two formulas. The nearest
articles then lend their terms to the query (relevance feedback, Lavrenko & Croft 2001), which finds
what is told in other words; the lending is weighted by the fourth power of nearness, so a query without near
articles stays as it is.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.select.similar import nearly_equal
from digest.text.sketch import SECOND, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from digest.text.sketch import Sketch

QUERY_TERMS = 150
K1 = 1.2
B = 0.5
COMMON = 0.25
"""A term that more than this part of a grown archive holds says nothing: boilerplate, a site's name."""

GROWN = 200
"""Articles from which on the archive can tell what is common."""

_TWO = 2
_DIGITS = frozenset(number(digit) for digit in "0123456789")
LENDERS = 10
LENT_TERMS = 30
LENT = 0.3
STEEP = 4
"""How steeply a lender's say falls with its distance: the nearest article says most."""
SAME = 0.65
"""Headlines this alike (Jaccard of terms) are one and the same for a reader."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The archive in numbers: how many articles, their mean length, and how many hold each term."""

    articles: int
    mean_length: float
    holding: Mapping[int, int]

    def rarity(self, term: int) -> float:
        """Give a term's weight by its rarity; 0 for what is common."""
        held = self.holding.get(term, 0)
        if self.articles >= GROWN and held > COMMON * self.articles:
            return 0.0
        return math.log1p(max(0.0, (self.articles - held + 0.5) / (held + 0.5)))


@dataclass(frozen=True, slots=True)
class Near:
    """An article of the archive proposed as related."""

    article: int
    sketch: Sketch
    published: datetime | None = None
    story: int | None = None


Query = dict[int, float]


def query(sketch: Sketch, corpus: Corpus, limit: int = QUERY_TERMS) -> Query:
    """Give the weightiest terms of an article with their weights, length 1, weightiest first."""
    weights = {
        term: (1 + math.log(count)) * corpus.rarity(term)
        for term, count in sketch.counts.items()
    }  # fmt: skip
    return _unit(_top(weights, limit))


def _top(weights: Mapping[int, float], limit: int) -> Query:
    return dict(
        sorted(((t, w) for t, w in weights.items() if w > 0), key=lambda item: (-item[1], item[0]))[:limit]
    )


def _unit(weights: Query) -> Query:
    size = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / size for term, weight in weights.items()} if size else {}


def score(asked: Query, sketch: Sketch, mean_length: float) -> float:
    """Give BM25 of one article for a query."""
    ground, counts = _ground(sketch, mean_length), sketch.counts
    total = 0.0
    for term, weight in asked.items():
        count = counts.get(term)
        if count:
            total += weight * count / (count + ground)
    return total


def carried(asked: Query, sketch: Sketch, mean_length: float) -> Query:
    """Tell which terms carry that score, and how much of it each, most first."""
    ground, counts = _ground(sketch, mean_length), sketch.counts
    each = {t: w * counts[t] / (counts[t] + ground) for t, w in asked.items() if t in counts}
    return _top(each, len(each))


def _ground(sketch: Sketch, mean_length: float) -> float:
    return K1 * (1 - B + B * sketch.length / mean_length) if mean_length else K1


def meets(one: Sketch, other: Sketch) -> bool:
    """Tell whether two articles share two words; where one has fewer, all of them. A digit is no word."""
    mine, theirs = (
        {term for term in sketch.counts if term < SECOND and term not in _DIGITS} for sketch in (one, other)
    )
    return len(mine & theirs) >= min(_TWO, len(mine), len(theirs))


def order(
    asked: Query, found: Sequence[Near], mean_length: float, whole: float = 1.0
) -> list[tuple[float, Near]]:
    """Score articles exactly, as parts of ``whole``, best first; ties go to the older article."""
    return best_first([(score(asked, near.sketch, mean_length) / whole, near) for near in found])


def best_first(scored: Sequence[tuple[float, Near]]) -> list[tuple[float, Near]]:
    """Sort by points, the most first; ties go to the older article."""
    return sorted(scored, key=lambda item: (-item[0], item[1].article))


def lenders(
    scored: Sequence[tuple[float, Near]], steep: int = STEEP
) -> tuple[list[tuple[float, Near]], list[int]]:
    """Give the nearest articles with their say, and the terms they may lend."""
    if not scored or scored[0][0] <= 0:
        return [], []
    best = scored[0][0]
    chosen = [((points / best) ** steep, near) for points, near in scored[:LENDERS] if points > 0]
    flat: Counter[int] = Counter()
    for say, near in chosen:
        size = math.sqrt(sum(count * count for count in near.sketch.counts.values())) or 1
        for term, count in near.sketch.counts.items():
            flat[term] += say * count / size  # type: ignore[assignment]
    return chosen, [
        term for term, _ in sorted(flat.items(), key=lambda item: (-item[1], item[0]))[:QUERY_TERMS]
    ]


def widen(
    asked: Query, lent_by: Sequence[tuple[float, Near]], lendable: Sequence[int], corpus: Corpus
) -> Query:
    """Mix the lenders' terms into a query."""
    allowed = set(lendable)
    mixed: dict[int, float] = {}
    for say, near in lent_by:
        weights = _unit(
            {t: (1 + math.log(c)) * corpus.rarity(t) for t, c in near.sketch.counts.items() if t in allowed},
        )
        for term, weight in weights.items():
            mixed[term] = mixed.get(term, 0.0) + say * weight
    lent = _unit(_top(mixed, LENT_TERMS))
    return {t: (1 - LENT) * asked.get(t, 0.0) + LENT * lent.get(t, 0.0) for t in {**asked, **lent}}


def distinct(
    scored: Sequence[tuple[float, Near]],
    titles: Sequence[AbstractSet[int]],
    limit: int,
    same: float = SAME,
    *,
    once: bool = False,
) -> list[tuple[float, Near]]:
    """Keep the first ``limit`` whose headline does not nearly equal one of ``titles`` or a better one's.

    With ``once`` a story is told by one headline, the nearest.
    """
    kept: list[tuple[float, Near]] = []
    told: set[int | None] = set()
    seen = [title for title in titles if title]
    for points, near in scored:
        if len(kept) == limit or points <= 0:
            break
        if (once and near.story in told) or nearly_equal(near.sketch.title, seen, same):
            continue
        kept.append((points, near))
        seen.append(near.sketch.title)
        told |= {near.story} - {None}
    return kept
