"""Nearness of meaning beside nearness of words, for articles that have little but a headline.

With whole texts words alone rank better, so meaning has its say by the share of the headline in the
article: all of it for a bare headline, next to none beside a long text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from digest.select.related import best_first
from digest.text.sketch import TITLE_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from digest.select.related import Near
    from digest.text.sketch import Sketch

    Vector = NDArray[np.float32]

SAY = 0.5
"""What the meaning of a bare headline weighs, where the words of the article itself weigh 1."""

LITTLE = 0.1
"""Below this share of the headline in an article, meaning is not asked at all."""

UNRELATED = 0.2
"""The cosine that two headlines about different matters have; only what is above it counts."""

STEEP = 8
"""How steeply a lender's say falls with its distance when meaning has chosen the lenders."""


def share(sketch: Sketch) -> float:
    """Tell how much of an article its headline is, from 0 to 1."""
    titles = sum(sketch.counts.get(term, 0) for term in sketch.title)
    return min(1.0, max(titles, TITLE_WEIGHT * len(sketch.title)) / sketch.length) if sketch.length else 0.0


@dataclass(frozen=True, slots=True)
class Sense:
    """The meaning asked for and those of the proposed articles, by number, as vectors of length 1."""

    own: Vector
    others: Mapping[int, Vector]
    weight: float

    def mixed(self, scored: Sequence[tuple[float, Near]]) -> list[tuple[float, Near]]:
        """Add nearness of meaning to scores of words, of which the article itself has 1."""
        return best_first([(points + self.points(near.article), near) for points, near in scored])

    def points(self, article: int) -> float:
        """Tell what meaning adds to an article's score."""
        return self.weight * self._nearness(article)

    def leaning(self, lenders: Sequence[tuple[float, Near]]) -> Sense:
        """Lean towards the mean of the nearest articles, each with its say, as the words do."""
        heard = [(say, self.others[near.article]) for say, near in lenders if near.article in self.others]
        total = sum(say for say, _ in heard)
        if not total:
            return self
        leant = self.own + sum((say / total * vector for say, vector in heard), np.zeros_like(self.own))
        return replace(self, own=leant / (float(np.linalg.norm(leant)) or 1.0))

    def _nearness(self, article: int) -> float:
        other = self.others.get(article)
        return 0.0 if other is None else round(max(0.0, float(self.own @ other) - UNRELATED), 6)
