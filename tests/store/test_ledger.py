"""The ledger on both databases: what one transaction may do, and what a dead process leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, update

from digest.model import Deferred, DeliveryState, RefusedRecipient, Settled, Submitted, Unavailable, Uncertain
from digest.store import deliveries, editions, ledger
from digest.store.schema import attempts, subscribers, subscriptions, suppressions
from digest.store.schema import deliveries as table
from digest.testing.editions import SLOT, enrol, frozen

if TYPE_CHECKING:
    from digest.model import Armed
    from digest.store import Store

LEASE = timedelta(seconds=60)
LATER = SLOT + timedelta(hours=1)


@pytest.fixture
def edition(store: Store) -> int:
    enrol(store, 20)
    return frozen(store)


def hand(store: Store, edition: int, owner: str = "host:1:1:a") -> ledger.Ledger:
    made = ledger.Ledger(store, edition, "daily", owner, LEASE)
    made.renew(SLOT)
    return made


def armed(mine: ledger.Ledger, n: int = 5) -> tuple[Armed, ...]:
    return mine.turn((), mine.reserve(n, SLOT), SLOT).armed


def settled(row: Armed, kind: str) -> Settled:
    key = (row.edition, row.subscriber)
    match kind:
        case "submitted":
            return Settled(row, Submitted(key, "250 ok"), DeliveryState.SUBMITTED, None, "relay")
        case "deferred":
            return Settled(
                row, Deferred(key, 451, "4.3.0", "later", "dot"), DeliveryState.DEFERRED, LATER, "relay"
            )
        case "refused":
            outcome = RefusedRecipient(key, 550, "5.1.1", "no such user", "address", "rcpt")
            return Settled(row, outcome, DeliveryState.REFUSED, None, "relay")
        case "unavailable":
            return Settled(row, Unavailable(key, "down"), DeliveryState.QUEUED, None, "relay")
    return Settled(row, Uncertain(key, "lost after the dot"), DeliveryState.UNKNOWN, None, "relay")


def closes(store: Store, edition: int) -> dict[str, int]:
    """Check that rows, digest, tallies and receipts agree; return the states."""
    with store.read() as conn:
        found = deliveries.audit(conn, edition)
        frozen_edition = editions.get(conn, edition)
    assert found["states"] == found["tallies"]
    assert found["wrong"] == {}
    assert (found["rows"], found["sha"]) == (frozen_edition.candidates, frozen_edition.candidates_sha)
    return dict(found["states"])


def test_a_row_is_committed_as_submitting_before_it_is_handed_out(store: Store, edition: int) -> None:
    """What ``turn`` returns is on disk as submitting, with its reader, attempt and fence."""
    rows = armed(hand(store, edition))
    assert [row.address for row in rows] == [f"r{i}@reader.example" for i in range(1, 6)]
    assert {row.attempt for row in rows} == {1}
    assert closes(store, edition) == {"queued": 15, "submitting": 5}


def test_two_processes_never_hold_the_same_row(store: Store, edition: int) -> None:
    """However they interleave, each delivery is reserved by one process only."""
    first, second = hand(store, edition), hand(store, edition, "host:2:2:b")
    got = [row.subscriber for who in (first, second, first, second) for row in who.reserve(6, SLOT)]
    assert sorted(got) == list(range(1, 21))


def test_what_another_process_reserved_is_not_armed(store: Store, edition: int) -> None:
    """A row whose owner changed between reserving and arming is left alone."""
    mine = hand(store, edition)
    rows = mine.reserve(5, SLOT)
    with store.write() as conn:
        conn.execute(update(table).where(table.c.subscriber == 3).values(owner="someone else"))
    turn = mine.turn((), rows, SLOT)
    assert [row.subscriber for row in turn.armed] == [1, 2, 4, 5]
    assert turn.suppressed == 0


@pytest.mark.parametrize("kind", ["submitted", "deferred", "refused", "unknown"])
def test_every_outcome_is_kept_with_its_answer(store: Store, edition: int, kind: str) -> None:
    """Recording writes state, code, reply, receipt and sender; failures also leave an attempt."""
    mine = hand(store, edition)
    rows = armed(mine, 1)
    mine.turn([settled(rows[0], kind)], (), SLOT)
    assert closes(store, edition) == {"queued": 19, kind: 1}
    with store.read() as conn:
        row = conn.execute(table.select().where(table.c.subscriber == 1)).one()
        failures = conn.execute(attempts.select()).all()
    assert (row.state, row.sender, row.owner) == (kind, "relay", "")
    assert bool(row.receipt) is (kind == "submitted")
    assert len(failures) == (0 if kind == "submitted" else 1)
    if kind == "deferred":
        assert (row.next_at, row.code, row.enhanced, row.reply, row.phase) == (
            LATER,
            451,
            "4.3.0",
            "later",
            "dot",
        )


def test_an_unavailable_sender_costs_no_attempt(store: Store, edition: int) -> None:
    """A delivery given back because the sender is down is queued as if it had never been tried."""
    mine = hand(store, edition)
    (row,) = armed(mine, 1)
    mine.turn([settled(row, "unavailable")], (), SLOT)
    (again,) = armed(mine, 1)
    assert (again.subscriber, again.attempt) in ((1, 1), (2, 1))
    assert closes(store, edition) == {"queued": 19, "submitting": 1}


def test_recording_and_arming_are_one_transaction(store: Store, edition: int) -> None:
    """One turn settles what is done and arms what comes next; the number armed never jumps."""
    mine = hand(store, edition)
    rows = armed(mine, 5)
    turn = mine.turn([settled(row, "submitted") for row in rows], mine.reserve(5, SLOT), SLOT)
    assert len(turn.armed) == 5
    assert closes(store, edition) == {"queued": 10, "submitted": 5, "submitting": 5}


def test_deferred_ones_come_back_when_due(store: Store, edition: int) -> None:
    """A deferred delivery is reserved again at its time, not before, and counts its attempts."""
    mine = hand(store, edition)
    rows = armed(mine, 20)
    mine.turn([settled(rows[0], "deferred"), *(settled(row, "submitted") for row in rows[1:])], (), SLOT)
    assert mine.reserve(5, LATER - timedelta(seconds=1)) == []
    (again,) = mine.turn((), mine.reserve(5, LATER), LATER).armed
    assert (again.subscriber, again.attempt) == (1, 2)


LEAVING = {
    "unsubscribed": lambda c: c.execute(
        update(subscriptions).where(subscriptions.c.id == 2).values(state="unsubscribed")
    ),
    "suppressed": lambda c: c.execute(
        insert(suppressions).values(address_hash="h2", scope="", reason="complained", at=SLOT)
    ),
    "suppressed here": lambda c: c.execute(
        insert(suppressions).values(address_hash="h2", scope="daily", reason="unsubscribed", at=SLOT)
    ),
    "erased": lambda c: c.execute(update(subscribers).where(subscribers.c.id == 2).values(address=None)),
}


@pytest.mark.parametrize("how", LEAVING)
def test_who_left_after_freezing_gets_nothing(store: Store, edition: int, how: str) -> None:
    """Consent is asked again when arming: who left, complained or was erased meanwhile is not mailed."""
    mine = hand(store, edition)
    rows = mine.reserve(5, SLOT)
    with store.write() as conn:
        LEAVING[how](conn)
    turn = mine.turn((), rows, SLOT)
    assert [row.subscriber for row in turn.armed] == [1, 3, 4, 5]
    assert turn.suppressed == 1
    assert closes(store, edition) == {"queued": 15, "submitting": 4, "suppressed": 1}


def test_an_address_changed_after_freezing_is_the_one_mailed(store: Store, edition: int) -> None:
    """The address is read when arming, not when freezing or reserving."""
    mine = hand(store, edition)
    rows = mine.reserve(1, SLOT)
    with store.write() as conn:
        conn.execute(update(subscribers).where(subscribers.c.id == 1).values(address="new@reader.example"))
    assert mine.turn((), rows, SLOT).armed[0].address == "new@reader.example"


@pytest.mark.parametrize("how", ["pause", "cancel"])
def test_nothing_is_armed_once_a_person_asked_to_stop(store: Store, edition: int, how: str) -> None:
    """Pause and cancel are read in the transaction that arms; the rows are given back."""
    mine = hand(store, edition)
    rows = mine.reserve(5, SLOT)
    with store.write() as conn:
        editions.set_control(conn, edition, how)
    turn = mine.turn((), rows, SLOT)
    assert (turn.armed, turn.control) == ((), how)
    assert len([*mine.reserve(20, SLOT), *mine.reserve(20, SLOT)]) == 20


def test_a_sleeper_that_wakes_settles_what_is_unknown(store: Store, edition: int) -> None:
    """An answer recorded after the lease was lost still counts: unknown becomes submitted."""
    mine = hand(store, edition)
    rows = armed(mine, 3)
    other = hand(store, edition, "host:2:2:b")
    other.expire_leases(SLOT, lambda owner: owner.endswith(":a"), resend=False)
    mine.turn([settled(row, "submitted") for row in rows], (), SLOT)
    assert closes(store, edition) == {"queued": 17, "submitted": 3}


def test_a_sleeper_cannot_touch_what_another_sends_now(store: Store, edition: int) -> None:
    """With resend the row has a new fence; the late answer changes nothing of it."""
    mine = hand(store, edition)
    rows = armed(mine, 3)
    other = hand(store, edition, "host:2:2:b")
    other.expire_leases(SLOT, lambda owner: owner.endswith(":a"), resend=True)
    theirs = armed(other, 3)
    mine.turn([settled(row, "refused") for row in rows], (), SLOT)
    assert closes(store, edition) == {"queued": 17, "submitting": 3}
    other.turn([settled(row, "submitted") for row in theirs], (), SLOT)
    assert closes(store, edition) == {"queued": 17, "submitted": 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_hot_queries_use_an_index(store: Store, edition: int) -> None:
    """Reserving reads a range of the index; arming and recording look each delivery up by its key."""
    seen: dict[str, Any] = {}

    def listen(_conn: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if "deliveries" in statement:
            seen[statement] = parameters[0] if isinstance(parameters, list) else parameters

    event.listen(store.engine, "before_cursor_execute", listen)
    mine = hand(store, edition)
    rows: tuple[Armed, ...] = ()
    for _ in range(3):
        done = [settled(row, "submitted" if row.subscriber % 2 else "deferred") for row in rows]
        rows = mine.turn(done, mine.reserve(7, SLOT, ["busy.example"]), SLOT).armed
    event.remove(store.engine, "before_cursor_execute", listen)
    with store.read() as conn:
        plans = {
            statement: " ".join(
                str(row) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )
            for statement, parameters in seen.items()
        }
    assert len(plans) == 7
    for statement, plan in plans.items():
        how = "ix_deliveries_edition_state_subscriber (edition=? AND state=?"
        if "ORDER BY subscriber LIMIT" not in statement:
            how = "PRIMARY KEY (edition=? AND subscriber=?)"
        assert how in plan, statement
        assert not re.search(r"SCAN (?!json_each|v\b|one\b|\(subquery)", plan), plan


def _walked(plan: dict[str, Any]) -> float:
    """Return the most rows that one step of a plan looked at."""
    seen = plan.get("Actual Rows", 0) + sum(v for k, v in plan.items() if k.startswith("Rows Removed"))
    return max([seen * plan.get("Actual Loops", 1), *(_walked(each) for each in plan.get("Plans", ()))])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_turn_costs_what_it_sends_and_not_what_the_newsletter_holds(store: Store) -> None:
    """No step of any statement looks at more rows than the batch has, though nobody analysed the tables."""
    enrol(store, 2000)
    edition = frozen(store)
    worst: dict[str, float] = {}

    def listen(conn: Any, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if "deliveries" in statement and statement.lstrip().startswith(("WITH", "UPDATE")):
            with conn.begin_nested() as point:
                plans = conn.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
                worst[statement] = max(worst.get(statement, 0), _walked(plans.scalar_one()[0]["Plan"]))
                point.rollback()

    mine = hand(store, edition)
    event.listen(store.engine, "before_cursor_execute", listen)
    rows: tuple[Armed, ...] = ()
    for _ in range(4):
        done = [settled(row, "submitted" if row.subscriber % 2 else "deferred") for row in rows]
        rows = mine.turn(done, mine.reserve(50, SLOT), SLOT).armed
    event.remove(store.engine, "before_cursor_execute", listen)
    assert len(worst) == 5
    assert max(worst.values()) <= 50, worst


def test_one_answer_is_kept_whatever_a_server_puts_into_it(store: Store, edition: int) -> None:
    """Quotes, other scripts, NUL bytes and long answers are kept as receipts, without harm to the others."""
    mine = hand(store, edition)
    rows = armed(mine, 4)
    given = ['250 "ok" \\ \'', "250 مقبول ☂", "250 a\0b", "250 " + "x" * 9000]
    done = [
        Settled(row, Submitted((edition, row.subscriber), text), DeliveryState.SUBMITTED, None, "relay")
        for row, text in zip(rows, given, strict=True)
    ]
    mine.turn(done, (), SLOT)
    assert closes(store, edition) == {"queued": 16, "submitted": 4}
    with store.read() as conn:
        kept = [row[2] for row in deliveries.submitted(conn, edition)][:4]
    assert kept == [given[0], given[1], "250 a\ufffdb", given[3][:500]]
