"""The worker: threads that do what is due until they are asked to stop, and then finish it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.flow import work
from digest.flow.tick import tick
from digest.model import EditionState
from digest.testing.house import Clock, House, arrivals, articles
from digest.testing.smtp import Features, SmtpServer
from digest.worker import Worker

READERS = 120


@pytest.fixture
def server():
    """Give a relay that takes a moment for each answer."""
    with SmtpServer(Features(delay=0.01, pipelining=False)) as running:
        yield running


@pytest.fixture
def house(tmp_path, database_url, server):
    """Give a house whose edition is due now: 07:00, news of a day, readers waiting."""
    clock = Clock(datetime(2026, 7, 6, 6, 0, tzinfo=UTC))
    opened = House(tmp_path, database_url, clock, server.port)
    opened.enrol("morning", READERS)
    tick(opened.ctx)
    clock.forward(hours=1)
    opened.print(articles(clock() - timedelta(hours=24), clock(), timedelta(hours=3)))
    tick(opened.ctx)
    yield opened
    opened.close()


def eventually(check, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def state(house):
    return house.editions()[0].state


def working(house):
    stop = threading.Event()
    worker = Worker(house.ctx, stop)
    worker.start()
    return worker, stop


def test_it_builds_and_sends_what_is_due_and_ends_when_asked(house, server):
    """From draft to sent without a hand; after stop no thread is left."""
    before = threading.active_count()
    worker, stop = working(house)
    eventually(lambda: state(house) is EditionState.SENT)
    stop.set()
    worker.join()
    assert sorted(server.recipients) == [f"reader{n:04d}@example.com" for n in range(READERS)]
    assert threading.active_count() <= before + 1  # the database driver may keep one


def test_asked_to_stop_in_the_middle_it_finishes_what_it_had_in_hand(house, server):
    """Nobody is left in doubt, and the next worker serves the others: each reader once."""
    stop_at = threading.Event()
    server.on_message = lambda _: stop_at.set() if len(server.messages) >= 10 else None
    worker, stop = working(house)
    assert stop_at.wait(30)
    stop.set()
    worker.join()
    first = len(server.messages)
    assert first < READERS
    assert state(house) is EditionState.SENDING
    house.restart()
    worker, stop = working(house)
    eventually(lambda: state(house) is EditionState.SENT)
    stop.set()
    worker.join()
    assert len(server.messages) == READERS
    assert set(arrivals(server.messages).values()) == {1}


def test_two_workers_share_without_doubling(house, server, database_url):
    """Two processes' worth of threads on one database: one edition, each reader once."""
    other = House(house.root, database_url, house.clock, server.port)
    pairs = [working(house), working(other)]
    eventually(lambda: state(house) is EditionState.SENT)
    for _, stop in pairs:
        stop.set()
    for worker, _ in pairs:
        worker.join()
    other.close()
    assert len(server.messages) == READERS
    assert set(arrivals(server.messages).values()) == {1}


def test_a_fault_is_told_and_not_fatal(house):
    """Looking for what to send fails four times; the thread goes on and the edition goes out."""
    failed = []

    def now():
        if threading.current_thread().name.startswith("send") and len(failed) < 4:
            failed.append(1)
            raise RuntimeError("the clock is away")
        return house.clock()

    stop = threading.Event()
    worker = Worker(replace(house.ctx, now=now), stop, back_off=0.05)
    worker.start()
    eventually(lambda: state(house) is EditionState.SENT)
    stop.set()
    worker.join()
    assert len(failed) == 4


def test_threads_take_different_editions():
    """What one thread has in hand is not offered to another."""
    hands = work.InHand()
    assert hands.take(7)
    assert not hands.take(7)
    assert hands.take(8)
    hands.give_back(7)
    assert hands.take(7)
