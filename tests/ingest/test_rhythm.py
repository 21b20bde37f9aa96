"""When a source is asked again, and when its silence is unusual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digest.ingest import rhythm
from digest.ingest.rhythm import Wish

NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("interval", "shortest", "longest"),
    [(60, 5, 6), (3600, 20, 22), (6 * 3600, 120, 132), (30 * 86400, 180, 198), (None, 30, 33)],
)
def test_a_source_is_asked_three_times_in_its_usual_span(interval, shortest, longest):
    """Between five minutes and three hours, with a jitter of at most a tenth."""
    wait = rhythm.next_at("post", NOW, interval, Wish()) - NOW
    assert timedelta(minutes=shortest) <= wait <= timedelta(minutes=longest)


def test_what_a_source_asks_for_is_obeyed_within_a_day():
    assert rhythm.next_at("a", NOW, 60, Wish(wait=6 * HOUR)) - NOW >= 6 * HOUR
    assert rhythm.next_at("a", NOW, 60, Wish(wait=timedelta(days=30))) - NOW <= timedelta(hours=27)


def test_sources_do_not_come_due_together():
    """Forty sources with the same rhythm are spread."""
    assert len({rhythm.next_at(f"s{n}", NOW, 3600, Wish()) for n in range(40)}) > 30


def test_failures_double_the_wait_up_to_a_day():
    waits = [rhythm.after_failure("a", NOW, n, Wish()) - NOW for n in range(1, 15)]
    assert all(later >= earlier for earlier, later in pairwise(waits))
    assert timedelta(minutes=5) <= waits[0] <= timedelta(minutes=6)
    assert waits[-1] <= timedelta(hours=27)
    assert rhythm.after_failure("a", NOW, 1, Wish(wait=2 * HOUR)) - NOW >= 2 * HOUR


@pytest.mark.parametrize(
    ("headers", "ttl", "seconds"),
    [
        ({"retry-after": "120"}, 0, 120),
        ({"retry-after": "Sun, 05 Jul 2026 13:00:00 GMT"}, 0, 3600),
        ({"retry-after": "Sun, 05 Jul 2026 11:00:00 GMT"}, 0, 0),
        ({"retry-after": "soon"}, 0, 0),
        ({"cache-control": "public, max-age=900"}, 0, 900),
        ({"cache-control": "s-maxage=900"}, 0, 0),
        ({"cache-control": "max-age=60"}, 1800, 1800),
        ({}, 0, 0),
    ],
)
def test_wishes_are_read(headers, ttl, seconds):
    """Retry-After as seconds or date; max-age; the feed's own ttl; the longest counts."""
    assert rhythm.wish(headers, NOW, ttl).wait == timedelta(seconds=seconds)


def test_the_usual_interval_is_the_median_gap():
    """One long pause does not change it; it is smoothed with what was known."""
    times = [NOW - HOUR * n for n in range(10)] + [NOW - timedelta(days=20)]
    assert rhythm.usual_interval(times) == 3600
    assert rhythm.usual_interval(times, before=7200) == pytest.approx(7200 * 0.7 + 3600 * 0.3)
    assert rhythm.usual_interval([NOW], before=5.0) == 5.0


def test_silence_is_measured_by_the_sources_own_rhythm():
    """A daily source may rest a week; an hourly one is silent after a day; one without articles never is."""
    assert not rhythm.silent(NOW, NOW - timedelta(days=6), 86_400, NOW)
    assert rhythm.silent(NOW, NOW - timedelta(days=9), 86_400, NOW)
    assert rhythm.silent(NOW, NOW - timedelta(hours=25), 3600, NOW)
    assert not rhythm.silent(NOW, NOW - timedelta(hours=23), 60, NOW)
    assert not rhythm.silent(None, None, None, NOW)


def test_a_source_is_not_asked_at_the_hours_and_days_it_skips():
    """Sunday noon, asked to be spared until Monday six o'clock: Monday, after six."""
    wish = Wish(skip_hours=tuple(range(6)), skip_days=(6,))
    then = rhythm.next_at("a", NOW, 3600.0, wish)
    assert then.weekday() == 0
    assert then.hour == 6


def test_who_skips_every_hour_is_asked_as_usual():
    """A channel that may never be asked has misunderstood the element."""
    usual = rhythm.next_at("a", NOW, 3600.0, Wish())
    assert rhythm.next_at("a", NOW, 3600.0, Wish(skip_hours=tuple(range(24)))) == usual
    assert rhythm.next_at("a", NOW, 3600.0, Wish(skip_hours=(3,))) == usual
