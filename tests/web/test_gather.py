"""Gathering: many readers, few looks; nobody gets another's answer, or one older than their question."""

from __future__ import annotations

import asyncio
import threading

import pytest

from digest.web.gather import MOST, Gather


def test_those_who_come_meanwhile_share_the_next_look():
    """Fifty requests are two looks: the first one's, and all the others'."""
    looks, gate = [], threading.Event()

    def look(numbers):
        looks.append(list(numbers))
        gate.wait(5)
        return {number: f"reader {number}" for number in numbers if number % 2}

    async def crowd():
        gather = Gather(look)
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

    def look(numbers):
        seen = dict(state)
        gate.wait(5)
        return seen

    async def ask():
        gather = Gather(look)
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

    def look(numbers):
        if fail.pop() if fail else False:
            raise OSError("the database is away")
        return dict.fromkeys(numbers, "here")

    async def ask():
        gather = Gather(look)
        with pytest.raises(OSError, match="away"):
            await gather.get(1)
        return await gather.get(1)

    assert asyncio.run(ask()) == "here"


def test_one_who_goes_away_takes_nobody_along():
    """A reader who closes the page leaves the others' answers alone."""
    gate = threading.Event()

    def look(numbers):
        gate.wait(5)
        return dict.fromkeys(numbers, "here")

    async def ask():
        gather = Gather(look)
        gone, stays = (asyncio.create_task(gather.get(7)) for _ in range(2))
        await asyncio.sleep(0.01)
        gone.cancel()
        gate.set()
        return await stays

    assert asyncio.run(ask()) == "here"


def test_a_look_is_bounded():
    """However many wait, a statement names at most so many."""
    sizes = []

    def look(numbers):
        sizes.append(len(numbers))
        return {}

    async def crowd():
        gather = Gather(look)
        await asyncio.gather(*(gather.get(number) for number in range(MOST * 2 + 5)))

    asyncio.run(crowd())
    assert max(sizes) == MOST
    assert sum(sizes) == MOST * 2 + 5
