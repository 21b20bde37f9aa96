"""Gathering: many readers, few looks; nobody gets another's answer, or one older than their question."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from digest.flow import audience
from digest.flow.context import Context
from digest.store import subscribers
from digest.web.gather import MOST, Gather


class Far:
    """A database that is asked in a thread."""

    is_sqlite = False


far = Context(None, Far())


def test_those_who_come_meanwhile_share_the_next_look():
    """Fifty requests are two looks: the first one's, and all the others'."""
    looks, gate = [], threading.Event()

    def look(ctx, numbers):
        looks.append(list(numbers))
        gate.wait(5)
        return {number: f"reader {number}" for number in numbers if number % 2}

    async def crowd():
        gather = Gather(far, look)
        waiting = [asyncio.create_task(gather.get(0))]
        await asyncio.sleep(0.01)
        waiting += [asyncio.create_task(gather.get(number)) for number in [*range(1, 40), *range(1, 11)]]
        await asyncio.sleep(0.01)
        gate.set()
        return await asyncio.gather(*waiting)

    found = asyncio.run(crowd())
    expected = [0, *range(1, 40), *range(1, 11)]
    assert found == [f"reader {number}" if number % 2 else None for number in expected]
    assert looks == [[0], list(range(1, 40))]


def test_a_look_is_never_older_than_the_question():
    """Who asks after a change sees it, though an earlier look is still under way."""
    state, gate = {1: "subscribed"}, threading.Event()

    def look(ctx, numbers):
        seen = dict(state)
        gate.wait(5)
        return seen

    async def ask():
        gather = Gather(far, look)
        early = asyncio.create_task(gather.get(1))
        await asyncio.sleep(0.02)
        state[1] = "left"
        late = asyncio.create_task(gather.get(1))
        await asyncio.sleep(0.01)
        gate.set()
        return await early, await late

    assert asyncio.run(ask()) == ("subscribed", "left")


def test_a_failed_look_fails_those_who_waited_and_nobody_else():
    """The next request is a new look."""
    fail = [True]

    def look(ctx, numbers):
        if fail.pop() if fail else False:
            raise OSError("the database is away")
        return dict.fromkeys(numbers, "here")

    async def ask():
        gather = Gather(far, look)
        with pytest.raises(OSError, match="away"):
            await gather.get(1)
        return await gather.get(1)

    assert asyncio.run(ask()) == "here"


def test_one_who_goes_away_takes_nobody_along():
    """A reader who closes the page leaves the others' answers alone."""
    gate = threading.Event()

    def look(ctx, numbers):
        gate.wait(5)
        return dict.fromkeys(numbers, "here")

    async def ask():
        gather = Gather(far, look)
        gone, stays = (asyncio.create_task(gather.get(7)) for _ in range(2))
        await asyncio.sleep(0.01)
        gone.cancel()
        gate.set()
        return await stays

    assert asyncio.run(ask()) == "here"


def test_a_look_is_bounded():
    """However many wait, a statement names at most so many."""
    sizes = []

    def look(ctx, numbers):
        sizes.append(len(numbers))
        return {}

    async def crowd():
        gather = Gather(far, look)
        await asyncio.gather(*(gather.get(number) for number in range(MOST * 2 + 5)))

    asyncio.run(crowd())
    assert max(sizes) == MOST
    assert sum(sizes) == MOST * 2 + 5


def test_an_embedded_database_is_asked_without_a_thread(context, reader):
    """And in a thread where it cannot answer at once; the answer is the same."""
    threads, refused = [], []

    def look(ctx, numbers):
        threads.append(threading.current_thread() is threading.main_thread())
        if ctx is not context and refused:
            raise OSError("locked")
        return audience.standings(ctx, numbers)

    async def ask():
        gather = Gather(context, look)
        first = await gather.get(reader.subscription)
        audience.leave(context, reader.subscription, "page")
        second = await gather.get(reader.subscription)
        refused.append(True)
        return first, second, await gather.get(reader.subscription)

    found = asyncio.run(ask())
    assert [mine.state.value for _, mine in found] == ["confirmed", "unsubscribed", "unsubscribed"]
    assert threads == [True, True, True, False]


def test_a_writer_at_work_keeps_no_page_waiting(context, reader):
    """A page is read while an edition's ledger is being written."""
    with context.store.write() as conn:
        subscribers.set_weekdays(conn, reader.subscription, 1, context.now())
        began = time.monotonic()
        [_, mine] = asyncio.run(Gather(context, audience.standings).get(reader.subscription))
        assert time.monotonic() - began < 1
    assert mine.weekdays == 127
