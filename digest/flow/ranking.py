"""Asking a newsletter's ranker; where it fails, ``importance`` stands in, and a person is told.

A ranker is somebody's plugin: what it raises, points that are no numbers, or an hour of thought must not cost
an edition. What it fails on is ranked by ``importance`` and says so among its reasons.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest import plugins
from digest.model import Reason
from digest.select import choose as choosing
from digest.select.ranker import total

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.select.choose import Ranked
    from digest.select.ranker import Brief, Candidate, Ranker

STANDS_IN = "importance"
PATIENCE = 60.0
"""Seconds a ranker may take over an edition; what it was not asked about by then, ``importance`` ranks."""


@dataclass(slots=True)
class Ranking:
    """Ranks the candidates of one edition; ``trouble`` says what went wrong first, empty if nothing did."""

    name: str
    clock: Callable[[], float] = time.monotonic
    trouble: str = ""
    failed: int = 0
    _spent: float = field(default=0.0, init=False)

    def order(self, found: Sequence[Candidate], brief: Brief) -> list[Ranked]:
        """Order candidates, best first. Raises ``PluginMissing`` for a ranker that is not there."""
        made = plugins.load(plugins.RANKERS, self.name)
        ranker: Ranker | None = None
        ranked = []
        for one in found:
            begun = self.clock()
            try:
                ranker = ranker or made()
                if self._spent > PATIENCE:
                    raise TimeoutError(f"it took more than {PATIENCE:g} seconds")  # noqa: TRY301 (told like the rest)
                reasons = _sound(ranker.reasons(one, brief))
            except Exception as error:  # noqa: BLE001 (whatever a plugin raises)
                reasons = self._instead(one, brief, error)
            self._spent += self.clock() - begun
            ranked.append(choosing.Ranked(one, reasons))
        return choosing.order(ranked)

    def _instead(self, one: Candidate, brief: Brief, error: Exception) -> tuple[Reason, ...]:
        told = f"ranker {self.name} failed: {type(error).__name__}: {error}"
        self.failed += 1
        self.trouble = self.trouble or f"{told} (first at {one.lead.url})"
        stands_in: Ranker = plugins.load(plugins.RANKERS, STANDS_IN)()
        word = Reason(rule="ranker", points=0.0, text=f"{told}; ranked by {STANDS_IN}")
        return (*stands_in.reasons(one, brief), word)


def _sound(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Refuse reasons that cannot be summed, compared and read."""
    found = tuple(reasons)
    for one in found:
        if not isinstance(one, Reason):
            raise TypeError(f"{one!r} is no Reason")
        if not math.isfinite(one.points):
            raise ValueError(f"the points of {one.rule!r} are {one.points}")
    if not math.isfinite(total(found)):
        raise ValueError("the points cannot be summed")
    return found
