"""Recording what became of armed deliveries: one statement for all that were accepted, one for the others.

A row is written only while it is armed with the fence its process was given: a process that sleeps past its
lease finds its rows taken and changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from digest.model import (
    Deferred,
    DeliveryState,
    RefusedRecipient,
    Settled,
    Submitted,
    Unavailable,
    Uncertain,
)
from digest.store.dialect import dialect_of
from digest.store.schema import attempts, deliveries
from digest.store.types import raw_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

_ACCEPTED = (
    "{given} UPDATE deliveries SET state='submitted', next_at=NULL, code=250, enhanced='', reply='',"
    " receipt=v.receipt, sender=v.sender, phase='replied', at={at}, owner='' FROM {values} WHERE {rule}"
)
# LIMIT: the values are read once, then looked up; +: by key, not by the index of states
_ACCEPTED_SQLITE = _ACCEPTED.format(
    given="",
    at="?1",
    values="(SELECT json_extract(value, '$[0]') AS subscriber, json_extract(value, '$[1]') AS fence,"
    " json_extract(value, '$[2]') AS receipt, json_extract(value, '$[3]') AS sender"
    " FROM json_each(?3) LIMIT -1) AS v",
    rule="deliveries.edition=?2 AND deliveries.subscriber=v.subscriber AND deliveries.fence=v.fence"
    " AND +deliveries.state='submitting'",
)
# each row is looked up by key and kept at its place (ctid), whatever the planner knows of the table
_ACCEPTED_POSTGRESQL = _ACCEPTED.format(
    given="WITH v AS MATERIALIZED (SELECT d.place, given.receipt, given.sender"
    " FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[])"
    " AS given(subscriber, fence, receipt, sender)"
    " CROSS JOIN LATERAL (SELECT ctid AS place, fence, state FROM deliveries"
    " WHERE edition = %s AND subscriber = given.subscriber OFFSET 0 FOR UPDATE) AS d"
    " WHERE d.fence = given.fence AND d.state = 'submitting')",
    at="%s",
    values="v",
    rule="deliveries.ctid = v.place",
)
_OTHER = (
    "UPDATE deliveries SET state=?, next_at=?, code=?, enhanced=?, reply=?, receipt=?, sender=?,"
    " phase=?, attempt=attempt-?, at=?, owner='' WHERE edition=? AND subscriber=? AND fence=?"
    " AND +state='submitting'"
)
_OTHER_POSTGRESQL = (
    "UPDATE deliveries d SET state=v.state, next_at=v.next_at, code=v.code, enhanced=v.enhanced,"
    " reply=v.reply, receipt=v.receipt, sender=v.sender, phase=v.phase, attempt=d.attempt-v.back, at=%s,"
    " owner='' FROM unnest("
    "%s::text[], %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::int[], %s::bigint[], %s::int[]) AS v(state, next_at, code, enhanced, reply, receipt, sender, phase,"
    " back, subscriber, fence)"
    " WHERE d.edition=%s AND d.subscriber=v.subscriber AND d.fence=v.fence AND d.state='submitting'"
)
_REPLY = 500  # characters kept of an answer
_FAILURES = (Deferred, RefusedRecipient, Uncertain)


def record(conn: Connection, settled: Sequence[Settled], now: datetime) -> Counter[str] | None:
    """Write outcomes, and a row of ``attempts`` for each failure; return how the tallies change.

    None means that a row was taken from this process meanwhile: the tallies must be counted anew.
    """
    if not settled:
        return Counter()
    edition = settled[0].armed.edition
    accepted = [entry for entry in settled if type(entry.outcome) is Submitted]
    others = [entry for entry in settled if type(entry.outcome) is not Submitted]
    done = 0
    if accepted:
        done += _accept(conn, edition, accepted, now)
    if others:
        write = _others_sqlite if conn.dialect.name == "sqlite" else _others_postgresql
        done += write(conn, edition, others, now)
        _log(conn, [entry for entry in others if isinstance(entry.outcome, _FAILURES)], now)
    if done != len(settled):  # what we know for certain still counts
        _record_unknown(conn, settled, now)
        return None
    changes = Counter(entry.state.value for entry in others)
    changes["submitted"] += len(accepted)
    changes["submitting"] -= done
    return changes


def _kept(text: str) -> str:
    """Shorten an answer; PostgreSQL keeps no NUL."""
    return text[:_REPLY].replace("\0", "\ufffd")


def _receipt(outcome: Any) -> str:
    return _kept(outcome.receipt) or "accepted"


# ── what was accepted ─────────────────────────────────────────────────────────────────


def _accept(conn: Connection, edition: int, settled: Sequence[Settled], now: datetime) -> int:
    rows = [
        (entry.armed.subscriber, entry.armed.fence, _receipt(entry.outcome), entry.sender)
        for entry in settled
    ]
    at = raw_time(conn, now)
    if conn.dialect.name == "sqlite":
        return conn.exec_driver_sql(_ACCEPTED_SQLITE, (at, edition, json.dumps(rows))).rowcount
    columns = [list(column) for column in zip(*rows, strict=True)]
    return conn.exec_driver_sql(_ACCEPTED_POSTGRESQL, (*columns, edition, at)).rowcount


# ── everything else ───────────────────────────────────────────────────────────────────


def _values(entry: Settled) -> tuple[Any, ...]:
    """Return what an outcome writes: state, next_at, code, enhanced, reply, receipt, sender, phase, back."""
    outcome = entry.outcome
    state, next_at = entry.state.value, entry.next_at
    if isinstance(outcome, Unavailable):
        return state, next_at, None, outcome.enhanced, _kept(outcome.reason), "", entry.sender, "", 1
    if isinstance(outcome, Uncertain):
        return state, next_at, None, "", _kept(outcome.reason), "", entry.sender, "dot", 0
    assert isinstance(outcome, (Deferred, RefusedRecipient))
    code, reply = outcome.code or None, _kept(outcome.reply)
    return state, next_at, code, outcome.enhanced, reply, "", entry.sender, outcome.phase, 0


def _others_sqlite(conn: Connection, edition: int, settled: Sequence[Settled], now: datetime) -> int:
    at = raw_time(conn, now)
    rows = []
    for entry in settled:
        state, next_at, *rest = _values(entry)
        due = next_at and raw_time(conn, next_at)
        rows.append((state, due, *rest, at, edition, entry.armed.subscriber, entry.armed.fence))
    return conn.exec_driver_sql(_OTHER, rows).rowcount


def _others_postgresql(conn: Connection, edition: int, settled: Sequence[Settled], now: datetime) -> int:
    columns = [list(column) for column in zip(*(_values(entry) for entry in settled), strict=True)]
    ids = [entry.armed.subscriber for entry in settled]
    fences = [entry.armed.fence for entry in settled]
    return conn.exec_driver_sql(_OTHER_POSTGRESQL, (now, *columns, ids, fences, edition)).rowcount


def _record_unknown(conn: Connection, settled: Iterable[Settled], now: datetime) -> None:
    """Let an answer that came after the lease was lost settle a row that is unknown since."""
    for entry in settled:
        if isinstance(entry.outcome, (Submitted, RefusedRecipient)):
            conn.execute(
                update(deliveries)
                .where(
                    deliveries.c.edition == entry.armed.edition,
                    deliveries.c.subscriber == entry.armed.subscriber,
                    deliveries.c.fence == entry.armed.fence,
                    deliveries.c.state == DeliveryState.UNKNOWN,
                )
                .values(
                    state=entry.state,
                    receipt=_receipt(entry.outcome) if isinstance(entry.outcome, Submitted) else "",
                    at=now,
                ),
            )


def _log(conn: Connection, failures: Sequence[Settled], now: datetime) -> None:
    if not failures:
        return
    dialect = dialect_of(conn)
    rows = []
    for entry in failures:
        state, _, code, enhanced, reply, _, sender, phase, _ = _values(entry)
        rows.append(
            {
                "edition": entry.armed.edition, "subscriber": entry.armed.subscriber,
                "n": entry.armed.attempt,
                "at": now, "outcome": state, "code": code, "enhanced": enhanced, "reply": reply,
                "sender": sender, "phase": phase,
            },
        )  # fmt: skip
    conn.execute(dialect.insert(attempts).on_conflict_do_nothing(), rows)
