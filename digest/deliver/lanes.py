"""Lanes: the senders that serve one edition, each with its weight, back-off and pace.

Several senders share by weight; when one is unavailable its messages go back to the ledger and on to the
others. Only messages known to be unaccepted ever move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import SenderError
from digest.model import Submitted, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.deliver.pace import Pace
    from digest.deliver.sender import Sender
    from digest.model import Message, Outcome, Reserved

BACK_OFF = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between tries of a sender that is down
PATIENCE = 120.0  # seconds of waiting a service may ask for while the run goes on
LATER = 300.0  # seconds after which a run that gave up is worth repeating


@dataclass(slots=True)
class Lane:
    """One sender with its standing in this run."""

    name: str
    sender: Sender
    weight: float = 1.0
    pace: Pace | None = None  # None: as fast as it takes them
    sign: Callable[[Message], Message] | None = None  # DKIM, where the service does not sign
    failures: int = 0
    down_until: datetime | None = None
    dead: str = ""  # why it is given up for this run
    asked: float = 0.0  # seconds it asked to be left alone
    given: float = 0.0  # messages given so far, over the weight
    opened: bool = False

    def up(self, now: datetime) -> bool:
        """Tell whether it may be given messages now."""
        if self.pace and self.pace.resting(now):
            return False
        return not self.dead and (self.down_until is None or now >= self.down_until)

    def heard(self, outcome: Outcome, now: datetime) -> None:
        """Learn from an outcome: any answer from the service shows it is up."""
        if not isinstance(outcome, Unavailable):
            if isinstance(outcome, Submitted):
                self.failures, self.down_until = 0, None
            return
        if self.down_until and now < self.down_until:
            return  # of the same moment: counted once
        self._down(outcome, now)

    def _down(self, outcome: Unavailable, now: datetime) -> None:
        wait = outcome.wait or BACK_OFF[min(self.failures, len(BACK_OFF) - 1)]
        self.failures += 1
        self.asked = outcome.wait
        if outcome.final or wait > PATIENCE or self.failures > len(BACK_OFF):
            self.dead = f"sender {self.name}: {outcome.reason}"
        self.down_until = now + timedelta(seconds=wait)


@dataclass(slots=True)
class Lanes:
    """All senders of one run."""

    lanes: Sequence[Lane]
    closed: bool = field(default=False)

    async def open(self) -> None:
        """Open every sender; one that cannot work is given up, the last one's error is raised."""
        for lane in self.lanes:
            try:
                await lane.sender.open()
                lane.opened = True
            except SenderError as error:
                lane.dead = f"sender {lane.name}: {error}"

    async def close(self, grace: float) -> None:
        """Close every sender once."""
        if self.closed:
            return
        self.closed = True
        for lane in self.lanes:
            if lane.opened:
                await lane.sender.close(grace)

    def room(self, now: datetime) -> int:
        """Return how many messages the senders can have in hand at once."""
        return sum(
            1 if lane.failures else lane.sender.limits.in_flight for lane in self.lanes if lane.up(now)
        )

    def wait(self, now: datetime) -> float:
        """Return the seconds until a sender that is down is tried again; 0 when one is up."""
        if any(lane.up(now) for lane in self.lanes):
            return 0.0
        alive = [lane for lane in self.lanes if not lane.dead]
        until = [lane.down_until for lane in alive if lane.down_until]
        until += [again for lane in alive if lane.pace and (again := lane.pace.resting(now))]
        times = [(moment - now).total_seconds() for moment in until]
        return max(0.01, min(times, default=0.01))

    def dead(self) -> bool:
        """Tell whether every sender was given up."""
        return all(lane.dead for lane in self.lanes)

    def reason(self) -> str:
        """Return why, one sentence per sender."""
        return "; ".join(lane.dead for lane in self.lanes if lane.dead)

    def pause(self) -> float:
        """Return the seconds after which another run is worth it."""
        return max([LATER, *(lane.asked for lane in self.lanes)])

    def share(self, rows: Sequence[Reserved], now: datetime) -> list[tuple[Lane, list[Reserved]]]:
        """Share deliveries by weight among the senders that are up (else those not given up)."""
        choices = [lane for lane in self.lanes if lane.up(now)]
        choices = choices or [lane for lane in self.lanes if not lane.dead] or list(self.lanes)
        if len(choices) == 1:
            return [(choices[0], list(rows))]
        busy = [lane.pace.busy(now) if lane.pace else frozenset() for lane in choices]
        shares: list[list[Reserved]] = [[] for _ in choices]
        for row in rows:
            fit = [i for i in range(len(choices)) if row.group not in busy[i]] or range(len(choices))
            at = min(fit, key=lambda i: choices[i].given)
            choices[at].given += 1 / choices[at].weight
            shares[at].append(row)
        return list(zip(choices, shares, strict=True))

    # ── pace ──────────────────────────────────────────────────────────────────────────

    def busy(self, now: datetime) -> list[str]:
        """Return the recipient domains for which no sender has budget at present."""
        found = [lane.pace.busy(now) if lane.pace else frozenset() for lane in self.lanes if not lane.dead]
        return sorted(frozenset.intersection(*found)) if found else []

    def exhausted(self, groups: Sequence[tuple[str, str, datetime]]) -> None:
        """Note which budgets the ledger found used up, and until when."""
        for name, group, until in groups:
            for lane in self.lanes:
                if lane.pace and lane.name == name:
                    lane.pace.exhausted(group, until)

    def limited(self, now: datetime) -> bool:
        """Tell whether deliveries may be waiting for a budget."""
        return any(lane.pace and lane.pace.until(now) for lane in self.lanes if not lane.dead)
