"""Slots: weekday numbers, gaps, overlaps, and windows that tile time in every zone."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import slots
from digest.slots import Rule

ZONES = sorted(name for name in zoneinfo.available_timezones() if not name.startswith(("posix", "right")))
SCHEDULES = (
    "0 7 * * *",
    "30 1 * * *",
    "*/15 3 * * *",
    "0,30 0-3 * * *",
    "0 */4 * * *",
    "0 * * * *",
    "20 * * * *",
    "*/10 * * * *",
    "0 6 * * 1-5",
    "0 18 * * 0",
    "15 9 1 * *",
    "0 12 13 * 5",
    "0 2 29 2 *",
)
LONDON = "Europe/London"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ats(rule: Rule, start: str, n: int) -> list[str]:
    return [slot.at.strftime("%m-%dT%H:%M") for slot in slots.coming(rule, utc(start), n)]


# ── what cron means ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sunday", ["0", "7", "SUN", "sun"])
def test_sunday_is_0_or_7(sunday):
    """2022-07-03 is a Sunday."""
    assert ats(Rule(f"0 7 * * {sunday}", "UTC"), "2022-07-01T00:00", 2) == ["07-03T07:00", "07-10T07:00"]


@pytest.mark.parametrize("days", ["1-5", "MON-FRI", "1,2,3,4,5"])
def test_1_to_5_is_monday_to_friday(days):
    """2022-07-01 is a Friday: the next is Monday the 4th, then daily to Friday the 8th, then Monday."""
    got = ats(Rule(f"0 7 * * {days}", "UTC"), "2022-07-01T08:00", 6)
    assert [text[3:5] for text in got] == ["04", "05", "06", "07", "08", "11"]


def test_both_days_restricted_means_either():
    """The 13th, and every Friday."""
    assert ats(Rule("0 7 13 * 5", "UTC"), "2022-07-01T08:00", 3) == [
        "07-08T07:00",
        "07-13T07:00",
        "07-15T07:00",
    ]


def test_daily_nickname():
    """@daily is midnight in the newsletter's zone."""
    assert ats(Rule("@daily", LONDON), "2022-07-01T08:00", 1) == ["07-01T23:00"]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 7 * *", "five fields"),
        ("0 0 7 * * *", "five fields"),
        ("61 7 * * *", "bad minute"),
        ("0 7 * * 8", "bad day-of-week"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 * 2 1#5,MON#5 x", "five fields"),
        ("", "five fields"),
    ],
)
def test_a_bad_schedule_is_refused_in_words(schedule, words):
    """The message says what is wrong and shows a right one."""
    with pytest.raises(ValueError, match=words) as caught:
        slots.check(schedule)
    assert "0 7 * * *" in str(caught.value)


@pytest.mark.parametrize("schedule", [*SCHEDULES, "@hourly", "@yearly", "0 0 L * *"])
def test_a_good_schedule_is_accepted(schedule):
    """What cron takes is taken."""
    slots.check(schedule)


def test_a_naive_time_is_refused():
    """A time without a zone would be a guess."""
    with pytest.raises(ValueError, match="needs a zone"):
        slots.current(Rule("0 7 * * *", "UTC"), datetime(2022, 7, 1))


# ── current, previous, next ───────────────────────────────────────────────────────────


def test_the_slot_is_the_latest_at_or_before_now():
    """At its very instant a slot is current; a microsecond earlier the one before is."""
    rule = Rule("0 7 * * *", LONDON)
    slot = slots.current(rule, utc("2022-07-05T06:00"))
    assert slot.at == utc("2022-07-05T06:00")
    assert slot.local.isoformat() == "2022-07-05T07:00:00+01:00"
    assert (slot.window.start, slot.window.end) == (utc("2022-07-04T06:00"), utc("2022-07-05T06:00"))
    earlier = slots.current(rule, utc("2022-07-05T06:00") - timedelta(microseconds=1))
    assert earlier.at == utc("2022-07-04T06:00") == slots.previous(rule, slot.at).at
    assert slots.next(rule, slot.at).at == utc("2022-07-06T06:00")


def test_windows_are_half_open():
    """A moment on the border belongs to the later window."""
    slot = slots.current(Rule("0 7 * * *", "UTC"), utc("2022-07-05T07:00"))
    assert slot.window.start in slot.window
    assert slot.window.end not in slot.window


# ── clocks ────────────────────────────────────────────────────────────────────────────


def test_in_the_gap_it_is_due_at_the_first_instant_after():
    """London 2022-03-27: 01:30 does not exist; the slot is 02:00 local, 01:00 UTC."""
    slot = slots.next(Rule("30 1 * * *", LONDON), utc("2022-03-26T12:00"))
    assert slot.at == utc("2022-03-27T01:00")
    assert slot.local.isoformat() == "2022-03-27T02:00:00+01:00"


def test_several_times_in_the_gap_are_one_slot():
    """Four quarter hours fell into the gap."""
    assert ats(Rule("*/15 1 * * *", LONDON), "2022-03-26T12:00", 3) == [
        "03-27T01:00",
        "03-28T00:00",
        "03-28T00:15",
    ]


def test_in_the_overlap_it_happens_once_the_first_time():
    """London 2022-10-30: 01:30 happens twice; only 00:30 UTC is a slot, from whichever side one looks."""
    rule = Rule("30 1 * * *", LONDON)
    assert ats(rule, "2022-10-29T12:00", 2) == ["10-30T00:30", "10-31T01:30"]
    for inside in ("2022-10-30T01:15", "2022-10-30T01:30", "2022-10-30T01:45"):
        assert slots.current(rule, utc(inside)).at == utc("2022-10-30T00:30")
        assert slots.next(rule, utc(inside)).at == utc("2022-10-31T01:30")


def test_an_hourly_rule_stays_hourly_through_both_changes():
    """Nothing is added in the gap and the repeated hour has its own slot."""
    rule = Rule("0 * * * *", LONDON)
    for start in ("2022-03-26T22:00", "2022-10-29T22:00"):
        found = [slot.at for slot in slots.coming(rule, utc(start), 8)]
        assert {b - a for a, b in pairwise(found)} == {timedelta(hours=1)}


def test_a_skipped_day_is_due_at_its_end():
    """Apia had no 30 December 2011: its seven o'clock is the first instant of the 31st."""
    got = [
        slot.local.strftime("%d %H:%M")
        for slot in slots.coming(Rule("0 7 * * *", "Pacific/Apia"), utc("2011-12-28T18:00"), 3)
    ]
    assert got == ["29 07:00", "31 00:00", "31 07:00"]


def test_a_window_tells_by_how_much_the_clocks_changed():
    """The day of the gap has 23 hours, that of the overlap 25."""
    rule = Rule("0 7 * * *", LONDON)
    spring = slots.current(rule, utc("2022-03-27T12:00"))
    autumn = slots.current(rule, utc("2022-10-30T12:00"))
    assert (slots.clock_change(spring), spring.window.end - spring.window.start) == (
        timedelta(hours=1),
        timedelta(hours=23),
    )
    assert (slots.clock_change(autumn), autumn.window.end - autumn.window.start) == (
        timedelta(hours=-1),
        timedelta(hours=25),
    )
    assert slots.clock_change(slots.next(rule, autumn.at)) == timedelta()


# ── properties ────────────────────────────────────────────────────────────────────────

moments = st.datetimes(min_value=datetime(1975, 1, 1), max_value=datetime(2037, 1, 1), timezones=st.just(UTC))


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), schedule=st.sampled_from(SCHEDULES), now=moments)
def test_windows_tile_time(zone, schedule, now):
    """In every zone: current ≤ now < next, windows meet without gap or overlap, and both directions agree."""
    rule = Rule(schedule, zone)
    latest = slots.current(rule, now)
    assert latest.at <= now
    chain = [latest, *slots.coming(rule, now, 6)]
    assert chain[1].at > now
    for before, after in pairwise(chain):
        assert before.at < after.at
        assert before.window.end == before.at == after.window.start
        assert slots.previous(rule, after.at) == before
        assert slots.next(rule, before.at) == after
        assert slots.current(rule, after.at - timedelta(microseconds=1)) == before


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Days on which a zone's clocks changed, to the day."""
    days = [datetime(2005, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(365 * 20)]
    return [b for a, b in pairwise(days) if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset()]


def _reference(schedule: str, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Step through every minute of real time: the rules of digest.slots spelt out by brute force."""
    minutes, hours = schedule.split()[:2]
    wanted_minutes, wanted_hours = _numbers(minutes, 60), _numbers(hours, 24)
    found: list[datetime] = []
    highest = None
    moment = start - timedelta(days=2)
    while moment <= end:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        if len(wanted_hours) == 24:
            due = wall.minute in wanted_minutes
        else:  # walls passed since the highest so far: more than one where the clocks jumped
            passed = (
                [wall]
                if highest is None
                else [
                    highest + timedelta(minutes=n)
                    for n in range(1, int((wall - highest) / timedelta(minutes=1)) + 1)
                ]
            )
            due = any(w.minute in wanted_minutes and w.hour in wanted_hours for w in passed)
            highest = wall if highest is None else max(highest, wall)
        if due and start < moment:
            found.append(moment)
        moment += timedelta(minutes=1)
    return found


def _numbers(field: str, size: int) -> set[int]:
    if field.startswith("*"):
        return set(range(0, size, int(field[2:] or 1)))
    low_high = [part.split("-") for part in field.split(",")]
    return {n for pair in low_high for n in range(int(pair[0]), int(pair[-1]) + 1)}


@pytest.mark.parametrize(
    "name",
    [
        LONDON,
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Pyongyang",
        "Asia/Beirut",
        "America/Santiago",
    ],
)
def test_beside_a_change_of_the_clocks_slots_are_those_found_by_brute_force(name):
    """Half-hour changes, changes at midnight, a skipped day, negative summer time: forwards and backwards."""
    zone = ZoneInfo(name)
    changes = _changes(zone)
    for change in (changes[0], changes[-1]):
        start, end = change - timedelta(days=1, hours=12), change + timedelta(days=1, hours=6)
        for schedule in SCHEDULES[:8]:
            rule = Rule(schedule, name)
            expected = _reference(schedule, zone, start, end)
            assert [slot.at for slot in slots.between(rule, start, end)] == expected, (change, schedule)
            backwards = []
            slot = slots.current(rule, end)
            while slot.at > start:
                backwards.append(slot.at)
                slot = slots.previous(rule, slot.at)
            assert backwards[::-1] == expected, (change, schedule)


def test_coming_is_lazy():
    """An endless chain may be cut by the caller."""
    assert len(list(islice(slots.coming(Rule("* * * * *", "UTC"), utc("2022-01-01T00:00")), 100))) == 100
