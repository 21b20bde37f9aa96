"""When an edition is due and what it covers. Pure: rules and moments go in, slots come out.

Cron expressions mean what cron means: minute, hour, day of month, month, weekday (0 and 7 are Sunday; names
such as MON and JAN; steps, ranges and lists; ``@daily`` and its like). When both days are restricted either
may match, as in cron(8). Around a change of the clocks:

- a wall time that does not exist (the gap) is due at the first instant after the gap, and only once however
  many wall times fell into it;
- a wall time that happens twice (the overlap) is due once, the first time;
- a rule for every hour of the day runs by elapsed time instead: nothing is added in a gap, and the repeated
  hour is covered like any other, so an hourly edition stays hourly.

cronsim answers in naive wall time only; the zone is applied here, because its own handling of zones loses
slots beside a change of the clocks (it forgets which of two equal wall times it stands in).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from digest.model import Slot, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = 5
_HOURS = 24
_ATTEMPTS = 3000  # wall times tried under one offset before it is given up
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 (wall time, no zone meant)


@dataclass(frozen=True, slots=True)
class Rule:
    """A cron expression and the zone in which it is read. ``check`` tells whether both make sense."""

    schedule: str
    zone: str

    @property
    def every_hour(self) -> bool:
        """Tell whether it matches in every hour of the day, and so runs by elapsed time."""
        return len(_parsed(self.schedule).hours) == _HOURS


def check(schedule: str) -> None:
    """Raise ``ValueError`` with one readable sentence unless the expression is a schedule that can happen."""
    fields = schedule.split()
    if len(fields) != _FIELDS and schedule.strip().lower() not in _NICKNAMES:
        msg = f"a schedule has five fields (minute hour day month weekday), this has {len(fields)}"
        raise ValueError(f"{msg}; daily at seven is 0 7 * * *")
    try:
        possible = any(True for _ in islice(_parsed(schedule).walls(_EPOCH, reverse=False), 1))
    except CronSimError as error:
        msg = f"{str(error).lower()} in the schedule {schedule!r}; daily at seven is 0 7 * * *"
        raise ValueError(msg) from None
    if not possible:
        msg = f"the schedule {schedule!r} never happens; daily at seven is 0 7 * * *"
        raise ValueError(msg)


def current(rule: Rule, now: datetime) -> Slot:
    """Return the latest slot at or before ``now``."""
    return _slot(rule, _before(rule, now))


def previous(rule: Rule, at: datetime) -> Slot:
    """Return the latest slot before ``at``; given a slot's time, the slot before it."""
    return _slot(rule, _before(rule, _utc(at) - timedelta(microseconds=1)))


def next(rule: Rule, now: datetime) -> Slot:  # noqa: A001 (the word for it; callers write slots.next)
    """Return the first slot after ``now``."""
    return _slot(rule, _after(rule, now))


def coming(rule: Rule, now: datetime, n: int | None = None) -> Iterator[Slot]:
    """Give the slots after ``now`` in order, ``n`` of them or without end."""
    return islice(_chain(rule, _before(rule, now), _after(rule, now)), n)


def between(rule: Rule, start: datetime, end: datetime) -> Iterator[Slot]:
    """Give the slots with ``start`` < time ≤ ``end``, in order."""
    for slot in coming(rule, start):
        if slot.at > end:
            return
        yield slot


def clock_change(slot: Slot) -> timedelta:
    """Return by how much the clocks changed inside the slot's window; positive when they went forward."""
    zone = slot.local.tzinfo
    opened, closed = (moment.astimezone(zone).utcoffset() for moment in (slot.window.start, slot.window.end))
    assert opened is not None
    assert closed is not None
    return closed - opened


def _chain(rule: Rule, start: datetime, first: datetime) -> Iterator[Slot]:
    def moments() -> Iterator[datetime]:
        yield start
        at = first
        while True:
            yield at
            at = _after(rule, at)

    zone = ZoneInfo(rule.zone)
    for opened, closed in pairwise(moments()):
        yield Slot(closed, closed.astimezone(zone), Window(opened, closed))


def _slot(rule: Rule, at: datetime) -> Slot:
    start = _before(rule, at - timedelta(microseconds=1))
    return Slot(at, at.astimezone(ZoneInfo(rule.zone)), Window(start, at))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = f"a time needs a zone: {moment!r}"
        raise ValueError(msg)
    return moment.astimezone(UTC)


# ── wall times ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Expression:
    """A cron expression without a zone; gives matching wall times in either direction."""

    text: str
    hours: frozenset[int]

    def walls(self, start: datetime, *, reverse: bool) -> Iterator[datetime]:
        """Give matching naive times after ``start``, or before it backwards; ``start`` has whole seconds."""
        yield from CronSim(self.text, start, reverse=reverse)


@lru_cache(maxsize=512)
def _parsed(schedule: str) -> _Expression:
    text = _NICKNAMES.get(schedule.strip().lower(), schedule)
    return _Expression(text, frozenset(CronSim(text, _EPOCH).hours))


def _after(rule: Rule, now: datetime) -> datetime:
    """Return the first due moment after ``now``."""
    now = _utc(now)
    zone = ZoneInfo(rule.zone)
    expression = _parsed(rule.schedule)
    if rule.every_hour:
        return _nearest(expression, zone, now, reverse=False)
    wall = now.astimezone(zone).replace(tzinfo=None, microsecond=0)
    for candidate in expression.walls(wall, reverse=False):
        moment = _resolve(candidate, zone)
        if moment > now:
            return moment
    msg = f"the schedule {rule.schedule!r} has no slot after {now.isoformat()}"
    raise ValueError(msg)


def _before(rule: Rule, now: datetime) -> datetime:
    """Return the latest due moment at or before ``now``."""
    now = _utc(now)
    zone = ZoneInfo(rule.zone)
    expression = _parsed(rule.schedule)
    if rule.every_hour:
        return _nearest(expression, zone, now, reverse=True)
    local = now.astimezone(zone)
    # In the second pass of an overlap, wall times still ahead have already been due in the first.
    margin = _offset(local.replace(fold=0)) - _offset(local)
    wall = local.replace(tzinfo=None, microsecond=0) + max(margin, timedelta()) + timedelta(seconds=1)
    for candidate in expression.walls(wall, reverse=True):
        moment = _resolve(candidate, zone)
        if moment <= now:
            return moment
    msg = f"the schedule {rule.schedule!r} has no slot before {now.isoformat()}"
    raise ValueError(msg)


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None
    return offset


def _resolve(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall time: the first of two; for a missing one, the end of the gap."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # Read with the offset after the gap it lies before the change, read with the one before it lies after.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    old = _offset(low.astimezone(zone))
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(middle.astimezone(zone)) == old:
            low = middle
        else:
            high = middle
    return high


def _nearest(expression: _Expression, zone: ZoneInfo, now: datetime, *, reverse: bool) -> datetime:
    """Return the moment nearest to ``now`` whose wall time matches, by elapsed time.

    Under one fixed offset wall time is elapsed time; beside a change of the clocks each offset in reach is
    tried, and a moment counts only where its own offset is the one it was found with.
    """
    best: datetime | None = None
    waiting = [_offset(now.astimezone(zone))]
    tried: set[timedelta] = set()
    while waiting:
        offset = waiting.pop()
        tried.add(offset)
        moment, met = _under(expression, zone, (now, offset), reverse=reverse)
        waiting += [other for other in met if other not in tried]
        if moment is not None and (best is None or (moment > best if reverse else moment < best)):
            best = moment
    if best is None:
        msg = f"the schedule {expression.text!r} has no slot near {now.isoformat()}"
        raise ValueError(msg)
    return best


def _under(
    expression: _Expression,
    zone: ZoneInfo,
    start: tuple[datetime, timedelta],
    *,
    reverse: bool,
) -> tuple[datetime | None, set[timedelta]]:
    """Return the nearest match under one fixed offset, and the other offsets met on the way there."""
    now, offset = start
    wall = (now + offset).replace(tzinfo=None, microsecond=0) + timedelta(seconds=1 if reverse else 0)
    met: set[timedelta] = set()
    for candidate in islice(expression.walls(wall, reverse=reverse), _ATTEMPTS):
        moment = (candidate - offset).replace(tzinfo=UTC)
        actual = _offset(moment.astimezone(zone))
        if actual == offset:
            return moment, met
        met.add(actual)
    return None, met
