"""Budgets: no stretch of time holds more than its limit, whoever counts and whenever they begin."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.deliver.pace import Pace, Rates
from digest.model import Allowance, DeliveryState, Reserved
from digest.store import Store, budgets
from digest.store.schema import metadata

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 7, 5, 12, tzinfo=UTC)


def rows(n: int, group: str = "a.example") -> list[Reserved]:
    return [Reserved(1, i, "main", group, 1, DeliveryState.QUEUED) for i in range(n)]


def taken(store: Store, rates: Rates, at: datetime, n: int) -> int:
    """Ask for n messages at a time, as a process that has just started does."""
    with store.write() as conn:
        granted, _ = budgets.grant(conn, Allowance("out", rates.spans(at)), rows(n))
    return len(granted)


def most(times: list[datetime], length: timedelta) -> int:
    """Return the most messages in any stretch of a length (open at its beginning)."""
    return max(
        (sum(start <= other < start + length for other in times) for start in times),
        default=0,
    )


def test_no_double_burst_at_the_full_hour(store: Store) -> None:
    """What left at 11:59 counts at 12:01: no hour holds more than an hour's limit."""
    hourly = Rates(per_hour=100)
    assert taken(store, hourly, NOON - timedelta(minutes=1), 150) == 100
    assert taken(store, hourly, NOON + timedelta(minutes=1), 150) == 0
    assert taken(store, hourly, NOON + timedelta(minutes=58), 150) == 0
    assert taken(store, hourly, NOON + timedelta(minutes=60), 150) == 100


@pytest.mark.parametrize(
    ("rates", "length"),
    [
        (Rates(per_second=7), timedelta(seconds=1)),
        (Rates(per_second=0.25), timedelta(seconds=4)),
        (Rates(per_hour=30), timedelta(hours=1)),
        (Rates(per_day=40), timedelta(days=1)),
    ],
)
def test_any_stretch_keeps_the_limit(store: Store, rates: Rates, length: timedelta) -> None:
    """Asked at random moments for random numbers, no stretch of the length ever holds more than allowed."""
    dice = random.Random(5)
    at, times = NOON, []
    for _ in range(150):
        at += length * dice.random() / 6
        times += [at] * taken(store, rates, at, dice.randint(1, 12))
    limit = max(rates.per_second, 1) if rates.per_second else rates.per_hour or rates.per_day
    assert most(times, length) <= limit
    assert len(times) > 10 * limit  # and it is no stricter than it must be


@given(st.lists(st.tuples(st.floats(0, 2000), st.integers(1, 30)), min_size=1, max_size=25))
@settings(max_examples=25, deadline=None)
def test_all_limits_hold_together(asked: list[tuple[float, int]]) -> None:
    """A second's and an hour's limit are both kept, whatever is asked when."""
    import tempfile

    both = Rates(per_second=10, per_hour=45)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/x.db")
        metadata.create_all(store.engine)
        at, times = NOON, []
        for wait, n in asked:
            at += timedelta(seconds=wait)
            times += [at] * taken(store, both, at, n)
        store.close()
    assert most(times, timedelta(seconds=1)) <= 10
    assert most(times, timedelta(hours=1)) <= 45


def test_it_tells_when_there_is_budget_again(store: Store) -> None:
    """A process that found nothing left is told the moment from which asking is worth it."""
    minute = Rates(per_hour=10)
    taken(store, minute, NOON, 4)
    later = NOON + timedelta(minutes=20)
    with store.write() as conn:
        granted, gone = budgets.grant(conn, Allowance("out", minute.spans(later)), rows(20))
    assert len(granted) == 6
    again = gone["out", ""]
    assert NOON + timedelta(hours=1) <= again <= NOON + timedelta(minutes=62)
    assert taken(store, minute, again - timedelta(seconds=1), 20) == 0
    assert taken(store, minute, again, 20) == 4


def test_groups_and_the_whole_are_counted_apart(store: Store) -> None:
    """A group takes of its own budget and of the whole's; what it cannot take is left for others."""
    limits = Pace("out", Rates(per_hour=20), {"slow": (frozenset({"slow.example"}), Rates(per_hour=3))})
    asked = [*rows(10, "slow.example"), *rows(30, "fast.example")]
    with store.write() as conn:
        granted, gone = budgets.grant(conn, limits.allowance(NOON), asked)
    assert sum(row.group == "slow.example" for row in granted) == 3
    assert len(granted) == 20
    assert set(gone) == {("out", ""), ("out", "slow")}


def test_two_processes_share_one_budget(database_url: str, tmp_path: Path) -> None:
    """Eight at once, each with its own connection, take together what one may take."""
    first = Store(database_url)
    metadata.create_all(first.engine)

    def ask(_number: int) -> int:
        mine = Store(database_url)
        try:
            return sum(taken(mine, Rates(per_hour=50), NOON, 3) for _ in range(4))
        finally:
            mine.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 50
    first.close()


def test_old_slices_are_forgotten(store: Store) -> None:
    """The table does not grow with time."""
    for day in range(40):
        taken(store, Rates(per_second=5, per_hour=50), NOON + timedelta(days=day), 2)
    with store.read() as conn:
        assert len(budgets.used(conn, "out")) == 2
