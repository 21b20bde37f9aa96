"""Progress: how far an edition is, as a line and as figures; from the store, so all see the same."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from digest.flow import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context
    from digest.flow.send import Totals

LATELY = 15.0
"""Seconds over which the rate is taken: a pause shows at once, a stutter does not."""


class Meter:
    """Reads an edition's standing and says how fast it moves; ``clock`` counts seconds."""

    def __init__(self, ctx: Context, edition: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._ctx, self._edition, self._clock = ctx, edition, clock
        self._seen: deque[tuple[float, int]] = deque()
        self.totals = send.totals(ctx, edition)
        self._seen.append((clock(), self._settled()))

    def _settled(self) -> int:
        now = self.totals
        return now.candidates - now.queued - now.submitting - now.deferred

    def read(self) -> Totals:
        """Read the standing anew."""
        self.totals = send.totals(self._ctx, self._edition)
        now = self._clock()
        self._seen.append((now, self._settled()))
        while len(self._seen) > 2 and now - self._seen[1][0] >= LATELY:  # noqa: PLR2004 (first and last)
            self._seen.popleft()
        return self.totals

    @property
    def rate(self) -> float:
        """Messages settled in a second, lately."""
        (began, before), (now, after) = self._seen[0], self._seen[-1]
        return max(0.0, (after - before) / (now - began)) if now > began else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the queue is empty at this rate; None where nothing moves."""
        waiting = self.totals.queued + self.totals.submitting
        if not waiting:
            return 0.0
        return waiting / self.rate if self.rate else None

    def figures(self) -> dict[str, Any]:
        """Return the figures by name, with the rate a second and the seconds left."""
        left = self.left
        return self.totals.as_json() | {
            "rate": round(self.rate, 1),
            "left": None if left is None else round(left, 1),
        }

    def line(self) -> str:
        """Say it in one line: sent, rate, time left, deferred, refused and what else is not nothing."""
        now, left = self.totals, self.left
        parts = [f"sent {now.submitted:,} of {now.candidates:,}", f"{self.rate:,.0f} a second"]
        parts.append(f"{span(left)} left" if left is not None else "standing still")
        words = ("deferred", "refused", "unknown", "suppressed", "expired", "cancelled")
        parts += [f"{getattr(now, word):,} {word}" for word in words if getattr(now, word)]
        return ", ".join(parts)


def span(seconds: float) -> str:
    """Write seconds as people say them: 48 s, 3:05, 1:02:33."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 (a minute)
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
