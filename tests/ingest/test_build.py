"""A list in order of time has no places: nobody chose them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest.build import build
from digest.ingest.source import Channel, Item, Reading
from digest.model import Basis, Source

NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
CHANNEL = Channel()


def places(hours, **changes):
    """Give the places of a list whose articles are so many hours old; None: without a time."""
    items = [
        Item(
            where=str(n),
            url=f"https://post.example/{n}",
            headline=f"Headline number {n}",
            summary="Text.",
            published="" if age is None else (NOW - timedelta(hours=age)).isoformat(),
            position=n,
            **changes,
        )
        for n, age in enumerate(hours, 1)
    ]
    found = build(items, Reading(source=Source(key="post", url=""), now=NOW), CHANNEL, "rss")
    return [one.position for one in found.articles]


@pytest.mark.parametrize(
    "hours",
    [
        range(1, 21),
        range(20, 0, -1),
        [1, 2, 3, 4],
        [1, 1, 2, 2, 3, 3, 4, 4],
        [30, *range(1, 16)],
        [None, 1, 2, 3, None, 4, 5],
    ],
    ids=["newest first", "oldest first", "four", "two a minute", "one on top", "some without a time"],
)
def test_a_list_by_time_gives_no_places(hours):
    """Either way round, and where one in many stands out of turn."""
    assert set(places(hours)) == {0}


@pytest.mark.parametrize(
    ("hours", "changes"),
    [
        ([5, 1, 9, 2, 7, 3, 8], {}),
        ([1, 2, 3], {}),
        ([4, 4, 4, 4, 4, 4], {}),
        ([None] * 6, {}),
        (range(1, 21), {"basis": Basis.GUESS}),
        ([1, 2, 3, 9, 4, 5, 6, 8, 7, 10], {}),
    ],
    ids=["by an editor", "too few to tell", "one time", "no times", "times that are guesses", "three in ten"],
)
def test_a_list_in_another_order_keeps_its_places(hours, changes):
    """So do lists whose order cannot be known."""
    assert places(hours, **changes) == list(range(1, len(hours) + 1))
