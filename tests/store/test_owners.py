"""What dead processes leave behind: reserved rows are queued again, armed ones become unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import deliveries, ledger
from digest.testing.editions import SLOT, enrol, frozen

if TYPE_CHECKING:
    from digest.store import Store

LEASE = timedelta(seconds=60)


@pytest.fixture
def edition(store: Store) -> int:
    enrol(store, 20)
    return frozen(store)


def hand(store: Store, edition: int, owner: str = "host:1:1:a") -> ledger.Ledger:
    made = ledger.Ledger(store, edition, "daily", owner, LEASE)
    made.renew(SLOT)
    return made


def closes(store: Store, edition: int) -> dict[str, int]:
    with store.read() as conn:
        found = deliveries.audit(conn, edition)
    assert found["states"] == found["tallies"]
    return found["states"]


@pytest.mark.parametrize(("resend", "state"), [(False, "unknown"), (True, "queued")])
def test_what_a_dead_process_leaves(store: Store, edition: int, resend: bool, state: str) -> None:
    """Reserved rows go back to the queue; armed ones become unknown, or are queued again by policy."""
    mine = hand(store, edition)
    rows = mine.reserve(8, SLOT)
    mine.turn((), rows[:3], SLOT)
    other = hand(store, edition, "host:2:2:b")
    freed = other.expire_leases(SLOT, lambda owner: owner.endswith("host:1:1:a"), resend=resend)
    assert freed == (5, 3)
    expected = {"queued": 20} if resend else {"queued": 17, "unknown": 3}
    assert closes(store, edition) == expected
    assert (closes(store, edition).get(state, 0)) >= 3
    assert len(other.reserve(50, SLOT)) == expected["queued"]


def test_a_lease_that_ran_out_counts_as_dead(store: Store, edition: int) -> None:
    """A process on another machine is given up when its lease is over, not before."""
    mine = hand(store, edition)
    mine.turn((), mine.reserve(3, SLOT), SLOT)
    other = hand(store, edition, "elsewhere:2:2:b")
    other.renew(SLOT + LEASE * 2)
    assert other.expire_leases(SLOT + LEASE / 2, lambda _o: False, resend=False) == (0, 0)
    assert other.expire_leases(SLOT + LEASE, lambda _o: False, resend=False) == (0, 3)


def test_who_resigns_with_rows_in_hand_is_not_forgotten(store: Store, edition: int) -> None:
    """Whatever failed on the way out: what it held is taken back, not stranded."""
    mine = hand(store, edition)
    mine.reserve(4, SLOT)
    mine.resign()
    other = hand(store, edition, "host:2:2:b")
    assert other.expire_leases(SLOT, lambda owner: owner.endswith("host:1:1:a"), resend=False) == (4, 0)
    assert len(other.reserve(50, SLOT)) == 20
