"""Tick: each slot becomes one edition, whoever ticks, however often, and whatever the clock does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.flow.tick import MISSED_AT_MOST, tick
from digest.model import EditionState
from digest.store import Store, editions

if TYPE_CHECKING:
    from digest.flow.context import Context


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, text: str) -> None:
        self.at(text)

    def __call__(self) -> datetime:
        return self.now

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-07-05T12:00")


@pytest.fixture
def ticking(context: Context, clock: Clock) -> Context:
    """One newsletter, daily at 07:00 UTC, built 10 minutes ahead, made up to 6 hours late."""
    return with_schedule(context, clock, "0 7 * * *")


def with_schedule(context: Context, clock: Clock, schedule: str, **more: object) -> Context:
    daily = context.settings.newsletters["daily"].model_copy(update={"schedule": schedule, **more})
    settings = context.settings.model_copy(update={"newsletters": {"daily": daily}})
    return replace(context, settings=settings, now=clock)


def made(ctx: Context) -> list[tuple[str, str]]:
    with ctx.store.read() as conn:
        found = editions.listed(conn, limit=10_000)
    return sorted((f"{edition.slot.at:%m-%dT%H:%M}", edition.state.value) for edition in found)


def test_a_newsletter_seen_for_the_first_time_starts_now(ticking):
    """This morning's slot is within grace, but nobody asked for it when it was due."""
    assert tick(ticking).due == []
    assert made(ticking) == []


def test_a_slot_is_due_build_before_its_time(ticking, clock):
    """Nothing at 06:49:59, a draft at 06:50:00."""
    tick(ticking)
    clock.at("2026-07-06T06:49:59")
    assert not tick(ticking).due
    clock.at("2026-07-06T06:50:00")
    assert [edition.slot.at.hour for edition in tick(ticking).due] == [7]
    assert made(ticking) == [("07-06T07:00", "draft")]


def test_ticking_again_makes_nothing_new(ticking, clock):
    """Every five seconds through the night and the morning: one row."""
    tick(ticking)
    for _ in range(50):
        clock.forward(minutes=30)
        tick(ticking)
        tick(ticking)
    assert [state for _, state in made(ticking)] == ["draft"]


def test_a_missed_slot_is_caught_up_within_grace(ticking, clock):
    """Down from noon to 12:59 the next day, grace 6 h: still made; the row is a draft to be built."""
    tick(ticking)
    clock.at("2026-07-06T12:59")
    found = tick(ticking)
    assert (len(found.due), len(found.missed)) == (1, 0)
    assert made(ticking) == [("07-06T07:00", "draft")]


def test_beyond_grace_it_is_recorded_as_missed(ticking, clock):
    """The reason says that nothing ran and how long the grace is."""
    tick(ticking)
    clock.at("2026-07-06T13:01")
    found = tick(ticking)
    assert [edition.state for edition in found.missed] == [EditionState.MISSED]
    assert "grace of 6 h" in found.missed[0].reason


def test_of_several_missed_slots_the_latest_is_made(context, clock):
    """Hourly, down for four hours: readers get one mail, three slots are recorded as missed."""
    ctx = with_schedule(context, clock, "0 * * * *")
    tick(ctx)
    clock.forward(hours=4, minutes=2)
    tick(ctx)
    assert made(ctx) == [
        ("07-05T13:00", "missed"),
        ("07-05T14:00", "missed"),
        ("07-05T15:00", "missed"),
        ("07-05T16:00", "draft"),
    ]
    with ctx.store.read() as conn:
        first = editions.listed(conn)[-1]
    assert "a later slot has come due" in first.reason


def test_the_slot_about_to_come_does_not_supersede_one_within_grace(ticking, clock, context):
    """At 15:55 the 15:00 slot is caught up although the 16:00 one is already being built."""
    ctx = with_schedule(context, clock, "0 * * * *")
    tick(ctx)
    clock.at("2026-07-05T15:55")
    tick(ctx)
    assert made(ctx)[-2:] == [("07-05T15:00", "draft"), ("07-05T16:00", "draft")]


def test_a_long_absence_records_only_the_latest_slots(context, clock):
    """A year of an hourly newsletter is not 8,760 rows."""
    ctx = with_schedule(context, clock, "0 * * * *")
    tick(ctx)
    clock.forward(days=365)
    found = tick(ctx)
    assert len(made(ctx)) == MISSED_AT_MOST
    assert found.passed_over + len(found.missed) + len(found.due) == 365 * 24
    assert made(ctx)[-1][1] == "draft"


def test_a_clock_that_was_ahead_costs_no_edition(ticking, clock):
    """It jumped three days ahead, ticked, and was put right: every slot is still made in its time."""
    tick(ticking)
    clock.at("2026-07-08T20:00")
    tick(ticking)
    assert [state for _, state in made(ticking)] == ["missed"] * 3
    clock.at("2026-07-05T12:01")
    tick(ticking)
    assert [state for _, state in made(ticking)] == ["draft"] * 3
    for day in (6, 7, 8, 9):
        clock.at(f"2026-07-{day:02}T07:00")
        tick(ticking)
    assert [at[:5] for at, _ in made(ticking)] == ["07-06", "07-07", "07-08", "07-09"]


def test_a_clock_set_back_a_little_makes_nothing_twice(ticking, clock):
    """An hour back, as at the end of summer time on a badly kept machine."""
    tick(ticking)
    clock.at("2026-07-06T07:30")
    tick(ticking)
    clock.at("2026-07-06T06:30")
    tick(ticking)
    clock.at("2026-07-06T07:30")
    assert tick(ticking).due == []
    assert made(ticking) == [("07-06T07:00", "draft")]


def test_a_slot_made_by_hand_is_left_alone(ticking, clock):
    """What somebody sent or cancelled already is not made again, nor counted as missed."""
    tick(ticking)
    clock.at("2026-07-06T06:55")
    tick(ticking)
    with ticking.store.write() as conn:
        edition = editions.listed(conn)[0]
        editions.move(conn, edition.id, EditionState.CANCELLED, allowed=(EditionState.DRAFT,))
    clock.at("2026-07-06T14:00")
    found = tick(ticking)
    assert (found.due, found.missed) == ([], [])
    assert made(ticking) == [("07-06T07:00", "cancelled")]


def test_schedules_tick_in_their_own_zone_through_a_change_of_the_clocks(context, clock):
    """London, 01:30, the night of 25 October 2026: one edition, though 01:30 comes twice."""
    ctx = with_schedule(context, clock, "30 1 * * *", timezone="Europe/London")
    clock.at("2026-10-24T12:00")
    tick(ctx)
    for _ in range(36):
        clock.forward(hours=1)
        tick(ctx)
    assert [at for at, _ in made(ctx)] == ["10-25T00:30"]


def test_two_schedulers_at_once_make_one_edition(context, clock, database_url):
    """Eight ticks at the same moment, each over its own connection, on one database."""
    ctx = with_schedule(context, clock, "0 7 * * *")
    tick(ctx)
    clock.at("2026-07-06T06:55")
    stores = [Store(database_url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda store: tick(replace(ctx, store=store)), stores))
    for store in stores:
        store.close()
    assert made(ctx) == [("07-06T07:00", "draft")]


def test_two_schedulers_begin_at_once(context, clock, database_url):
    """The very first tick, in eight places at once, on an empty database."""
    ctx = with_schedule(context, clock, "0 7 * * *")
    stores = [Store(database_url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda store: tick(replace(ctx, store=store)), stores))
    for store in stores:
        store.close()
    assert all(not one.due for one in found)
