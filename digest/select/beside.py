"""What speaks for an article beside its words: it belongs to the same story, it came out in the same days.

Headlines of one event may share no word that tells it, and yet grouping, which saw the reports between
them, knows that they belong together. With whole texts words alone know as much, so the story has its say by
the share of the headline in the article. Of two articles equally near, the one that came out closer in
time is more often about the same matter (Li & Croft 2003, time-based language models); what is older loses
nothing more with every further month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.select.related import best_first

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.select.related import Near

TOGETHER = 0.5
"""How much nearer an article of the same story is, where there is but a headline."""

CLOSE = 0.3
"""How much nearer an article of the same moment is."""

HALVED = 12 * 3600
"""Seconds after which half of that is left; a third after twice as long, a quarter after three times."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of the article asked about; nothing known, nothing said."""

    story: int | None = None
    at: datetime | None = None  # when it was published
    share: float = 1.0  # of its headline in it, from 0 to 1

    def together(self, near: Near) -> float:
        """Tell what being of one story adds to a point."""
        return TOGETHER * self.share if self.story is not None and near.story == self.story else 0.0

    def close(self, near: Near) -> float:
        """Tell what being of the same days adds to a point."""
        if self.at is None or near.published is None:
            return 0.0
        return CLOSE / (1 + abs((near.published - self.at).total_seconds()) / HALVED)

    def raised(self, scored: Sequence[tuple[float, Near]]) -> list[tuple[float, Near]]:
        """Raise scores by both."""
        return best_first(
            [(points * (1 + self.together(near)) * (1 + self.close(near)), near) for points, near in scored]
        )
