"""The engine: keeps at most K deliveries armed, hands them to senders, records what became of them.

reserve many → arm (committed before a first byte leaves) → send → record, where recording what is done and
arming what comes next are one transaction. After a kill at most K deliveries are in doubt, never more: a row
counts as armed until its outcome is committed. Transactions run in one thread beside the event loop.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from digest.deliver import retry
from digest.deliver.breaker import Breaker
from digest.errors import DigestError
from digest.model import (
    Deferred,
    DeliveryState,
    RefusedRecipient,
    Settled,
    Submitted,
    Unavailable,
    Uncertain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.deliver.lanes import Lane, Lanes
    from digest.model import Allowance, Armed, Message, Outcome, Reserved, Turn

TICK = 0.02  # seconds after which finished deliveries are recorded even if they are few
LOOK = 0.5  # seconds between two looks at what a person asked for
GRACE = 30.0  # seconds for messages in hand when stopping


class Ledger(Protocol):
    """What the engine needs of the store. Each call is one transaction; ``now`` is a time in UTC."""

    def reserve(self, n: int, now: datetime, busy: Sequence[str] = ()) -> list[Reserved]:
        """Set aside up to n deliveries that are due, none for the domains in ``busy``."""

    def turn(
        self,
        settled: Sequence[Settled],
        rows: Sequence[Reserved],
        now: datetime,
        allowances: Sequence[tuple[Allowance, Sequence[Reserved]]] = (),
    ) -> Turn:
        """Record outcomes and arm rows, whatever is still wanted and budgets allow, in one transaction."""

    def release(self, rows: Sequence[Reserved]) -> None:
        """Give back what was set aside and not armed."""

    def resign(self) -> None:
        """Give the lease back: this process holds nothing any more."""

    def renew(self, now: datetime) -> None:
        """Renew the lease of everything this process holds."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the engine stopped: empty, stopped, pause, cancel, unavailable, held or expired."""

    kind: str
    reason: str = ""
    wait: float = 0.0  # seconds after which it is worth trying again


@dataclass(slots=True)
class Policy:
    """How careful the engine is."""

    k: int = 100  # deliveries in doubt after a kill, at most
    reserve: int = 2000
    resend: bool = False  # what is uncertain is sent again (else it stays unknown)
    expires_at: datetime | None = None
    breaker: Breaker = field(default_factory=Breaker)
    lease: float = 60.0
    ahead: timedelta = timedelta(0)  # of the time of day before the clock, which may stand for another day


class Engine:
    """Sends one edition; ``run`` returns when nothing is due, or when something stops it."""

    def __init__(
        self,
        ledger: Ledger,
        lanes: Lanes,
        message_for: Callable[[Armed], Message],
        clock: Callable[[], datetime],
        policy: Policy | None = None,
    ) -> None:
        self.ledger, self.lanes, self.message_for, self.clock = ledger, lanes, message_for, clock
        self.policy = policy or Policy()
        self.counts: Counter[str] = Counter()
        self._armed: dict[tuple[int, int], tuple[Armed, Lane]] = {}
        self._done: list[Settled] = []
        self._unrecorded = 0
        self._reserved: deque[Reserved] = deque()
        self._shares: list[tuple[Lane, list[Reserved]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._ending: Ending | None = None
        self._dry_until: datetime | None = None
        self._renewed: datetime | None = None
        self._threshold = max(1, self.policy.k // 2)

    # ── the loop ──────────────────────────────────────────────────────────────────────

    async def run(
        self, stop: Callable[[], bool], progress: Callable[[Counter[str]], None] | None = None
    ) -> Ending:
        """Send until nothing is due; ``stop`` is asked often, ``progress`` is told the counts so far."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        loop = asyncio.get_running_loop()
        await self.lanes.open()
        try:
            while True:
                settled, self._done = self._done, []
                room = 0 if self._stopping(stop) else self._room(len(settled))
                turn = await loop.run_in_executor(pool, self._step, settled, room)
                self._unrecorded += len(turn.armed) - len(settled)
                self._count(settled, turn)
                if turn.control and not self._ending:
                    self._ending = Ending(turn.control)
                self._dispatch(turn.armed)
                if progress:
                    progress(self.counts)
                if await self._rest(stop, busy=bool(turn.armed)):
                    break
        finally:
            await self._close(loop, pool)
        if self._ending is None and (reason := self.policy.breaker.barren()):
            return Ending("held", reason)
        return self._ending or Ending("empty")

    def _stopping(self, stop: Callable[[], bool]) -> bool:
        if self._ending is None and stop():
            self._ending = Ending("stopped", "stopped by a signal; run the same command again to go on")
        return self._ending is not None

    def _today(self) -> datetime:
        """Return the time of day: leases and budgets are shared with processes that have another clock."""
        return self.clock() + self.policy.ahead

    def _room(self, settling: int) -> int:
        """Return how many may be armed in the transaction that records ``settling`` outcomes."""
        now = self.clock()
        if self.policy.expires_at and now >= self.policy.expires_at:
            self._ending = Ending("expired", "the edition expired before every message was accepted")
            return 0
        return min(self.policy.k - self._unrecorded + settling, self.lanes.room(self._today()))

    def _step(self, settled: list[Settled], room: int) -> Turn:
        """Run in the ledger's thread: one transaction records and arms, another reserves if need be."""
        now, today = self.clock(), self._today()
        if self._renewed is None or (now - self._renewed).total_seconds() > self.policy.lease / 3:
            self._renewed = now
            self.ledger.renew(today)
        if room > 0 and len(self._reserved) < room and (self._dry_until is None or now >= self._dry_until):
            found = self.ledger.reserve(self.policy.reserve, now, self.lanes.busy(today))
            self._reserved.extend(found)
            self._dry_until = None if found else now + timedelta(seconds=2)
        rows = [self._reserved.popleft() for _ in range(min(room, len(self._reserved)))]
        self._shares = self.lanes.share(rows, today)
        allowances = [(lane.pace.allowance(today), mine) for lane, mine in self._shares if lane.pace]
        turn = self.ledger.turn(settled, rows, now, allowances)
        self.lanes.exhausted(turn.exhausted)
        if turn.exhausted:  # what was given back is taken up again when there is budget
            self.ledger.release(list(self._reserved))
            self._reserved.clear()
        return turn

    async def _rest(self, stop: Callable[[], bool], *, busy: bool) -> bool:
        """Wait until there is something to do; True when the run is over."""
        idle = not self._armed and not self._done
        dry = not self._reserved and self._dry_until is not None and not busy
        if idle and (self._ending is not None or (dry and not self.lanes.limited(self._today()))):
            return True
        if idle and busy:
            return False
        self._wake.clear()
        if len(self._done) >= self._threshold or (self._done and not self._armed):
            return False
        wait = TICK if self._done else min(LOOK, self.lanes.wait(self._today()) or LOOK)
        try:
            await asyncio.wait_for(self._wake.wait(), wait)
        except TimeoutError:
            if self._stopping(stop) and self._armed:
                await self.lanes.close(GRACE)
        return False

    # ── sending ───────────────────────────────────────────────────────────────────────

    def _dispatch(self, armed: Sequence[Armed]) -> None:
        meant = {row.subscriber: lane for lane, rows in self._shares for row in rows}
        shares: dict[int, tuple[Lane, list[Armed]]] = {}
        for row in armed:
            lane = meant[row.subscriber]
            shares.setdefault(id(lane), (lane, []))[1].append(row)
        for lane, mine in shares.values():
            messages = []
            for row in mine:
                message = self._message(row, lane)
                if message is not None:
                    messages.append(message)
            size = lane.sender.limits.max_batch
            for at in range(0, len(messages), size):
                task = asyncio.create_task(self._send(lane, messages[at : at + size]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _message(self, row: Armed, lane: Lane) -> Message | None:
        key = (row.edition, row.subscriber)
        self._armed[key] = (row, lane)
        try:
            message = self.message_for(row)
            return lane.sign(message) if lane.sign else message
        except DigestError as error:  # one reader's values cannot be sent; the others can
            self.report(RefusedRecipient(key, 0, "", f"the message could not be made: {error}", "us"))
            return None

    async def _send(self, lane: Lane, batch: list[Message]) -> None:
        reason = "the sender returned without saying what became of it"
        try:
            await lane.sender.send(batch, self.report)
        except asyncio.CancelledError:
            reason = "sending was cut off"
        except Exception as error:  # noqa: BLE001 (a plugin's fault must not stop the ledger)
            reason = f"{type(error).__name__}: {error}"
        for message in batch:
            if message.key in self._armed:
                self.report(Uncertain(message.key, f"{lane.name}: {reason}"))

    def report(self, outcome: Outcome) -> None:
        """Take one outcome; a second one for the same delivery changes nothing."""
        found = self._armed.pop(outcome.key, None)
        if found is None:
            return
        row, lane = found
        self._done.append(self._settle(row, lane, outcome))
        if len(self._done) >= self._threshold or not self._armed:
            self._wake.set()

    # ── what an outcome means ─────────────────────────────────────────────────────────

    def _settle(self, row: Armed, lane: Lane, outcome: Outcome) -> Settled:
        if type(outcome) is Submitted and not lane.failures:  # nearly always
            self.policy.breaker.heard(outcome)
            return Settled(row, outcome, DeliveryState.SUBMITTED, None, lane.name)
        now = self.clock()
        lane.heard(outcome, self._today())
        self.policy.breaker.heard(outcome)
        state, next_at = DeliveryState.SUBMITTED, None
        if isinstance(outcome, Deferred):
            state, next_at = DeliveryState.DEFERRED, retry.next_try(row.attempt, now, random.random)
        elif isinstance(outcome, RefusedRecipient):
            state = DeliveryState.REFUSED
        elif isinstance(outcome, Unavailable):
            state = DeliveryState.QUEUED
        elif isinstance(outcome, Uncertain):
            state = DeliveryState.DEFERRED if self.policy.resend else DeliveryState.UNKNOWN
            next_at = now if self.policy.resend else None
        return Settled(row, outcome, state, next_at, lane.name)

    def _count(self, settled: Sequence[Settled], turn: Turn) -> None:
        for entry in settled:
            if not isinstance(entry.outcome, Unavailable):
                self.counts[entry.state.value] += 1
            if entry.state is DeliveryState.QUEUED or entry.next_at is not None:
                self._dry_until = None  # it went back to the queue: look there again
        self.counts["suppressed"] += turn.suppressed
        if self._ending is None:
            tripped = self.policy.breaker.tripped()
            if tripped:
                self._ending = Ending("held", tripped)
            elif self.lanes.dead():
                self._ending = Ending("unavailable", self.lanes.reason(), self.lanes.pause())

    async def _close(self, loop: asyncio.AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
        """Finish what is in hand, record it, give back the rest, even if a sender does not close."""
        try:
            await self.lanes.close(GRACE)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=1.0)
            for task in self._tasks:
                task.cancel()
            for key in list(self._armed):
                self.report(Uncertain(key, "the process stopped before the service answered"))
        finally:
            settled, self._done = self._done, []
            if settled:
                turn = await loop.run_in_executor(pool, self.ledger.turn, settled, (), self.clock())
                self._count(settled, turn)
            await loop.run_in_executor(pool, self.ledger.release, list(self._reserved))
            self._reserved.clear()
            await loop.run_in_executor(pool, self.ledger.resign)
            pool.shutdown(wait=True)
