"""Subscribers: who is to get an edition, read by the million in pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.model import SubscriptionState as State
from digest.store import enrolment, subscribers

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)
CONSENT = {"source": "import", "wording": "form"}


def reader(number):
    return enrolment.NewReader(f"r{number}@example.org", f"r{number}@example.org", f"{number:032x}")


@pytest.fixture
def conn(store):
    with store.write() as connection:
        enrolment.enrol(connection, [reader(number) for number in range(25)], "daily", NOW, CONSENT)
        yield connection


def test_candidates_come_once_each_in_order_whatever_the_page(conn):
    """Pages by key neither skip nor repeat."""
    whole = list(subscribers.candidates(conn, "daily", NOW))
    assert {each.address for each in whole} == {f"r{number}@example.org" for number in range(25)}
    assert [each.subscriber for each in whole] == sorted({each.subscriber for each in whole})
    for page in (1, 7, 25, 26):
        assert list(subscribers.candidates(conn, "daily", NOW, page=page)) == whole


@pytest.mark.parametrize("state", [State.PENDING, State.UNSUBSCRIBED, State.PAUSED])
def test_only_confirmed_readers_are_mailed(conn, state):
    """Who did not confirm, left or paused gets nothing."""
    first = next(subscribers.candidates(conn, "daily", NOW))
    assert subscribers.move(conn, first.subscription, state, NOW)
    assert first not in list(subscribers.candidates(conn, "daily", NOW))


def test_a_pause_ends_by_itself(conn):
    """From the time named, the reader is a candidate again without anyone doing anything."""
    first = next(subscribers.candidates(conn, "daily", NOW))
    until = NOW + timedelta(days=30)
    subscribers.move(conn, first.subscription, State.PAUSED, NOW, until=until)
    assert first not in list(subscribers.candidates(conn, "daily", until - timedelta(seconds=1)))
    assert first in list(subscribers.candidates(conn, "daily", until))


def test_readers_get_it_on_the_days_they_want(conn):
    """A reader who wants Mondays only is no candidate on any other day."""
    first = next(subscribers.candidates(conn, "daily", NOW))
    subscribers.set_weekdays(conn, first.subscription, 0b0000001, NOW)
    wanted = [day for day in range(7) if first in list(subscribers.candidates(conn, "daily", NOW, day))]
    assert wanted == [0]


def test_an_erased_reader_has_nothing_personal_and_gets_nothing(conn):
    """The number stays, so that it is never given to someone else."""
    first = next(subscribers.candidates(conn, "daily", NOW))
    subscribers.erase(conn, first.subscriber, NOW)
    assert first not in list(subscribers.candidates(conn, "daily", NOW))
    assert subscribers.get(conn, first.subscriber).address == ""
    assert subscribers.find(conn, first.address) is None
    assert subscribers.hash_of(conn, first.subscriber) is None


def test_moving_to_the_same_state_is_no_change(conn):
    """So that doing it twice is recorded once."""
    first = next(subscribers.candidates(conn, "daily", NOW))
    assert subscribers.move(conn, first.subscription, State.UNSUBSCRIBED, NOW)
    assert not subscribers.move(conn, first.subscription, State.UNSUBSCRIBED, NOW)


def test_listing_filters_and_pages(conn):
    """By newsletter and state, in pages that neither skip nor repeat."""
    enrolment.enrol(conn, [reader(number) for number in range(3)], "weekly", NOW, CONSENT)
    assert len(list(subscribers.listed(conn, page=4))) == 28
    assert len(list(subscribers.listed(conn, "weekly"))) == 3
    assert list(subscribers.listed(conn, states=[State.PENDING])) == []
    assert subscribers.counted(conn) == {"daily": {"confirmed": 25}, "weekly": {"confirmed": 3}}


def test_a_sign_up_nobody_confirmed_is_forgotten(conn):
    """The subscription goes, and the reader's address if there is no other."""
    for number, other in ((100, False), (0, True)):
        found = subscribers.find(conn, f"r{number}@example.org")
        who = found.id if found else subscribers.add(conn, reader(number)._asdict(), NOW)
        subscribers.subscribe(conn, who, "weekly", State.PENDING, NOW)
        assert bool(found) is other
    assert subscribers.drop_pending(conn, NOW + timedelta(days=1)) == 2
    assert subscribers.find(conn, "r100@example.org") is None
    assert subscribers.find(conn, "r0@example.org") is not None


def test_many_readers_are_looked_up_at_once(conn):
    """Each number gets its own subscription and choices; what is not there is left out."""
    found = subscribers.standings(conn, [1, 3, 999])
    assert sorted(found) == [1, 3]
    assert all(mine.id == number and mine.subscriber == reader.id for number, (reader, mine) in found.items())
    chosen = subscribers.choices(conn, [2, 1, 999])
    assert sorted(chosen) == [1, 2]
    for number, (reader, mine) in chosen.items():
        assert reader == subscribers.get(conn, number)
        assert list(mine.values()) == subscribers.subscriptions_of(conn, number)
    assert subscribers.standings(conn, []) == {}
    assert subscribers.choices(conn, []) == {}
