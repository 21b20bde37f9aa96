"""Queueing, counting, settling and the audit, on both databases."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from digest.model import DeliveryState
from digest.store import deliveries
from digest.store.schema import deliveries as table
from digest.store.schema import subscriptions
from digest.testing.editions import SLOT, enrol, frozen

if TYPE_CHECKING:
    from digest.store import Store


def test_everyone_confirmed_is_queued_once(store: Store) -> None:
    """A frozen edition has one row for each confirmed reader and none for others."""
    enrol(store, 10)
    with store.write() as conn:
        conn.execute(update(subscriptions).where(subscriptions.c.id == 3).values(state="unsubscribed"))
        conn.execute(update(subscriptions).where(subscriptions.c.id == 4).values(state="pending"))
        conn.execute(
            update(subscriptions)
            .where(subscriptions.c.id == 5)
            .values(state="paused", paused_until=SLOT + timedelta(days=1))
        )
    edition = frozen(store)
    with store.read() as conn:
        rows = [row for row, _, _ in deliveries.submitted(conn, edition)]
        group = conn.execute(table.select()).first()
        assert deliveries.tallied(conn, edition) == {"queued": 7} == deliveries.counted(conn, edition)
    assert rows == [1, 2, 6, 7, 8, 9, 10]
    assert group is not None
    assert group.domain_group == "reader.example"


def test_the_digest_is_of_readers_not_of_states(store: Store) -> None:
    """What becomes of a delivery leaves the digest alone; who it is for does not."""
    enrol(store, 10)
    edition = frozen(store)
    with store.write() as conn:
        before = deliveries.candidates(conn, edition)
        conn.execute(update(table).values(state="submitted"))
        assert deliveries.candidates(conn, edition) == before
        conn.execute(update(table).where(table.c.subscriber == 3).values(subscription=99))
        assert deliveries.candidates(conn, edition)[1] != before[1]


@pytest.mark.parametrize("to", [DeliveryState.EXPIRED, DeliveryState.CANCELLED])
def test_settling_leaves_what_is_in_hand(store: Store, to: DeliveryState) -> None:
    """Expiring or cancelling moves what waits; what a process holds is its to settle."""
    enrol(store, 6)
    edition = frozen(store)
    with store.write() as conn:
        conn.execute(update(table).where(table.c.subscriber == 2).values(owner="someone"))
        assert deliveries.settle(conn, edition, to, SLOT) == 5
        assert (
            deliveries.tallied(conn, edition)
            == {"queued": 1, to.value: 5}
            == deliveries.counted(conn, edition)
        )


def test_unknown_ones_are_resolved_one_by_one(store: Store) -> None:
    """A person says what became of the unknown; only those that are unknown change."""
    enrol(store, 4)
    edition = frozen(store)
    with store.write() as conn:
        conn.execute(update(table).where(table.c.subscriber < 4).values(state="unknown"))
        deliveries.recount(conn, edition)
        assert [row["address"] for row in deliveries.unknown(conn, edition)] == [
            f"r{i}@reader.example" for i in (1, 2, 3)
        ]
        done = deliveries.resolve(
            conn, edition, [1, 4], DeliveryState.SUBMITTED, SLOT, receipt="seen in the log"
        )
        assert done == 1
        assert deliveries.resolve(conn, edition, [2], DeliveryState.QUEUED, SLOT) == 1
        assert deliveries.audit(conn, edition)["states"] == {"queued": 2, "submitted": 1, "unknown": 1}
        assert deliveries.audit(conn, edition)["tallies"] == {"queued": 2, "submitted": 1, "unknown": 1}


TAMPERING = {
    "a row deleted": lambda c: c.execute(delete(table).where(table.c.subscriber == 2)),
    "a state altered": lambda c: c.execute(
        update(table).where(table.c.subscriber == 2).values(state="refused")
    ),
    "marked submitted": lambda c: c.execute(
        update(table).where(table.c.subscriber == 2).values(state="submitted")
    ),
    "a reader swapped": lambda c: c.execute(
        update(table).where(table.c.subscriber == 2).values(subscription=77)
    ),
    "two states swapped": lambda c: (
        c.execute(update(table).where(table.c.subscriber == 1).values(state="queued")),
        c.execute(update(table).where(table.c.subscriber == 2).values(state="submitted")),
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_shows(store: Store, how: str) -> None:
    """Whatever is altered by hand, one of the audit's four comparisons sees it."""
    enrol(store, 5)
    edition = frozen(store)
    with store.write() as conn:
        conn.execute(
            update(table)
            .where(table.c.subscriber == 1)
            .values(state="submitted", receipt="250 ok", attempt=1)
        )
        deliveries.recount(conn, edition)
        before = deliveries.audit(conn, edition)
        assert before["wrong"] == {}
        TAMPERING[how](conn)
        after = deliveries.audit(conn, edition)
    assert (
        after["rows"] != before["rows"]
        or after["sha"] != before["sha"]
        or after["states"] != after["tallies"]
        or after["wrong"]
    )


def test_two_that_count_twice_never_lock_crosswise(store: Store) -> None:
    """One records and then arms, the other arms: on PostgreSQL that once ended in a deadlock."""
    enrol(store, 6)
    edition = frozen(store)
    both = Barrier(2)

    def record_then_arm(first: DeliveryState, second: DeliveryState) -> None:
        both.wait(10)
        for _ in range(30):
            with store.write() as conn:
                for state in (first, second):
                    deliveries.tally(conn, edition, {state: 1})
                    time.sleep(0.001)

    states = (DeliveryState.QUEUED, DeliveryState.SUBMITTED)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(record_then_arm, *order) for order in (states, states[::-1])]
        for one in done:
            one.result()
    with store.read() as conn:
        assert deliveries.tallied(conn, edition) == {"queued": 66, "submitted": 60}
