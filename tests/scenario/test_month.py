"""A month in the life of a house, with simulated time, restarts at random and long sleeps."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from digest import slots
from digest.flow.due import rule
from digest.model import EditionState
from digest.testing.house import Clock, House, arrivals, articles
from digest.testing.smtp import SmtpServer

CHANGE = datetime(
    2026, 10, 25, 1, tzinfo=UTC
)  # summer time ends in London, a week before it does in New York
NEWSLETTERS = {
    "morning": {"schedule": "0 7 * * *", "timezone": "Europe/London", "picks": 3},
    "evenings": {"schedule": "30 17 * * 1,4", "timezone": "America/New_York", "picks": 3, "grace": "2h"},
    "sunday": {"schedule": "0 2 * * 7", "timezone": "Europe/Berlin", "picks": 5},
}
READERS = {"morning": 4, "evenings": 3, "sunday": 2}


class KilledError(BaseException):
    """The process ends here, whatever it was doing; nothing catches it."""


class FragileClock(Clock):
    """A clock that kills who looks at it, once its fuse is burnt down."""

    fuse: int | None = None

    def __call__(self):
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise KilledError
        return self.now


@pytest.fixture
def server():
    with SmtpServer() as running:
        yield running


def start(tmp_path, database_url, clock, server):
    return House(tmp_path, database_url, clock, server.port, newsletters=NEWSLETTERS)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_month(tmp_path, database_url, server):
    """Every slot of every newsletter has one edition, which was sent to everyone once or says why not.

    The house sleeps at random for minutes or hours; every few wakings it is another process, or is killed in
    the middle of what it does; no article is picked twice by one newsletter.
    """
    dice = random.Random(7)
    days = 30 if database_url.startswith("sqlite") else 6  # the same story, cut short where it is slower
    start_at = CHANGE - timedelta(days=days / 2)
    end = start_at + timedelta(days=days)
    clock = FragileClock(start_at)
    killed = 0
    house = start(tmp_path, database_url, clock, server)
    for name, count in READERS.items():
        house.enrol(name, count, prefix=name)
    house.round()
    printed = start_at - timedelta(days=1)
    while clock() < end:
        clock.forward(
            minutes=dice.choice((10, 120, 240, 300, 420))
            if dice.random() < 0.97
            else 60 * dice.randint(6, 20)
        )
        new = articles(printed, clock(), timedelta(hours=3))
        house.print(new)
        printed += timedelta(hours=3) * len(new)
        clock.fuse = dice.randint(0, 40) if dice.random() < 0.15 else None
        try:
            house.round()
            died = False
        except KilledError:
            died = True
        clock.fuse = None
        killed += died
        if died or dice.random() < 0.3:
            house.restart()
    clock.forward(hours=3)
    house.round()
    assert killed
    check(house, server, (start_at, end))
    house.close()


def check(house, server, span):
    _, end = span
    found = house.editions()
    assert len({(edition.newsletter, edition.slot.at) for edition in found}) == len(found)
    ended = {EditionState.SENT, EditionState.SKIPPED, EditionState.MISSED}
    by_state = Counter(edition.state for edition in found if edition.slot.at <= end)
    assert set(by_state) <= ended, by_state
    for name, newsletter in house.ctx.settings.newsletters.items():
        due = {slot.at for slot in slots.between(rule(newsletter), *span)}
        made = {edition.slot.at for edition in found if edition.newsletter == name and edition.slot.at <= end}
        assert made == due
    assert all(edition.reason for edition in found if edition.state in ended - {EditionState.SENT})
    assert by_state[EditionState.SENT] > 0.5 * by_state.total()
    sent = [edition for edition in found if edition.state is EditionState.SENT]
    assert len(server.messages) == sum(READERS[edition.newsletter] for edition in sent)
    assert set(arrivals(server.messages).values()) == {1}
    for name in READERS:
        picks = Counter(
            url for edition in sent if edition.newsletter == name for url in house.picks(edition.id)
        )
        assert max(picks.values(), default=1) == 1
