"""Exports: every row of a table, in order, in a fixed amount of memory, erased readers without an address."""

from __future__ import annotations

import tracemalloc

import pytest

from digest.store import exports, subscribers
from digest.testing.editions import SLOT, enrol, frozen


@pytest.mark.parametrize("what", ["subscribers", "subscriptions", "deliveries"])
def test_every_row_is_given_once_in_order(store, what):
    """Also across the pages they are fetched in; other newsletters are left out where one is named."""
    enrol(store, exports.PAGE + 5)
    frozen(store)
    with store.read() as conn:
        rows = list(exports.rows(conn, what))
        assert [row["subscriber"] for row in rows] == list(range(1, exports.PAGE + 6))
        assert rows[-1]["email"] == f"r{exports.PAGE + 5}@reader.example"
        assert list(exports.rows(conn, what, "other")) == []
        assert list(exports.rows(conn, what, "daily")) == rows


def test_deliveries_tell_edition_state_and_time(store):
    """The row of an erased reader stays, so that counts agree, and names nobody."""
    enrol(store, 2)
    frozen(store)
    with store.write() as conn:
        subscribers.erase(conn, 2, SLOT)
        first, second = exports.rows(conn, "deliveries")
        assert (first["newsletter"], first["slot"], first["edition"]) == ("daily", SLOT, "e00000000001")
        assert (first["email"], first["state"], second["email"]) == ("r1@reader.example", "queued", None)
        assert [row["subscriber"] for row in exports.rows(conn, "subscribers")] == [1]


def test_memory_does_not_grow_with_the_rows(store):
    """Nine pages take hardly more than three."""
    enrol(store, 9 * exports.PAGE)
    peaks = []
    for count in (3 * exports.PAGE, 9 * exports.PAGE):
        with store.read() as conn:
            tracemalloc.start()
            rows = exports.rows(conn, "subscribers")
            for _ in range(count):
                next(rows)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            rows.close()
    assert peaks[1] < 1.3 * peaks[0] + 100_000
