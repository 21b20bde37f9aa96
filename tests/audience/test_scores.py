"""Scores: half a point for a day, five points within thirty days; only the address itself ends at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.audience.scores import Bounce, score, suppress

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)


def ago(days, classed, code=""):
    return Bounce(NOW - timedelta(days=days), classed, code)


@pytest.mark.parametrize(
    ("bounces", "suppressed"),
    [
        ([ago(0, "address", "5.1.1")], True),
        ([ago(0, "address", "5.2.1")], False),
        ([ago(1, "address", "5.2.1"), ago(0, "address", "5.2.1")], True),
        ([ago(day, "mailbox") for day in range(9)], False),
        ([ago(day, "mailbox") for day in range(10)], True),
        ([ago(day * 3.3, "mailbox") for day in range(10)], True),
        ([ago(day * 4, "mailbox") for day in range(10)], False),
        ([ago(day, "policy") for day in range(30)], False),
        ([ago(31, "address", "5.1.1")], False),
        ([], False),
    ],
)
def test_what_ends_a_subscription(bounces, suppressed):
    """Each class by its own rule."""
    assert bool(suppress(bounces, NOW)) is suppressed


def test_a_day_counts_once():
    """Ten bounces on one day are half a point."""
    assert score([ago(0.01 * n, "mailbox") for n in range(10)], NOW) == 0.5
