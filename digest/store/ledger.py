"""The ledger's hot path: reserve, arm, record, and what becomes of rows whose process is gone.

Written for speed on both databases: recording is one statement per batch (executemany on SQLite, ``UPDATE …
FROM unnest`` on PostgreSQL). Which rows a process may touch hangs on ``owner`` and ``fence``: a process that
sleeps past its lease finds its rows taken and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, select, text, update

from digest.model import (
    Armed,
    Deferred,
    DeliveryState,
    RefusedRecipient,
    Reserved,
    Settled,
    Submitted,
    Turn,
    Unavailable,
    Uncertain,
)
from digest.store import budgets
from digest.store.deliveries import recount, tally
from digest.store.dialect import dialect_of
from digest.store.owners import expire_leases, renew, resign
from digest.store.schema import attempts, deliveries, editions, subscribers, subscriptions
from digest.store.subscribers import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from digest.model import Allowance
    from digest.store.engine import Store

_RECORD = (
    "UPDATE deliveries SET state=?, next_at=?, code=?, enhanced=?, reply=?, receipt=?, sender=?, phase=?,"
    " attempt=attempt-?, at=?, owner='' WHERE edition=? AND subscriber=? AND fence=? AND state='submitting'"
)
_RECORD_POSTGRESQL = (
    "UPDATE deliveries d SET state=v.state, next_at=v.next_at, code=v.code, enhanced=v.enhanced,"
    " reply=v.reply, receipt=v.receipt, sender=v.sender, phase=v.phase, attempt=d.attempt-v.back, at=%s,"
    " owner='' FROM unnest("
    "%s::text[], %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::int[], %s::bigint[], %s::int[]) AS v(state, next_at, code, enhanced, reply, receipt, sender, phase,"
    " back, subscriber, fence)"
    " WHERE d.edition=%s AND d.subscriber=v.subscriber AND d.fence=v.fence AND d.state='submitting'"
)
_REPLY = 500  # characters kept of an answer


# ── reserve ───────────────────────────────────────────────────────────────────────────


def reserve(  # noqa: PLR0913 (an edition, a process, a place in the queue and a time)
    conn: Connection,
    edition: int,
    owner: str,
    n: int,
    now: datetime,
    *,
    after: int = -1,
    busy: Sequence[str] = (),
) -> list[Reserved]:
    """Set aside up to n deliveries that are due: first those never tried, from subscriber ``after`` on.

    None for the recipient domains in ``busy``.
    """
    values: dict[str, Any] = {"edition": edition, "owner": owner, "n": n, "now": now, "after": after}
    values["busy"] = list(busy)
    queue = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
    tries = [(state, "") for state in queue] if after < 0 else [(queue[0], _AFTER), *((s, "") for s in queue)]
    for state, more in tries:
        rule = more + (_DUE if state is DeliveryState.DEFERRED else "") + (_BUSY if busy else "")
        found = _reserve(conn, state, rule, values)
        if found:
            return found
    return []


_AFTER = " AND subscriber > :after"
_DUE = " AND next_at <= :now"
_BUSY = " AND domain_group NOT IN :busy"
_RESERVE = (  # a named query: written in place, PostgreSQL may run it once for every row
    "WITH due AS (SELECT subscriber FROM deliveries {hint} WHERE edition = :edition AND state = :state"
    " AND owner = ''{rule} ORDER BY subscriber LIMIT :n {lock})"
    " UPDATE deliveries SET owner = :owner, fence = fence + 1"
    " WHERE edition = :edition AND subscriber IN (SELECT subscriber FROM due) AND owner = ''"
    " RETURNING subscriber, variant, domain_group, attempt"
)
_HINT = "INDEXED BY ix_deliveries_edition_state_subscriber"  # else SQLite walks past everything that was sent


def _reserve(conn: Connection, state: DeliveryState, rule: str, values: dict[str, Any]) -> list[Reserved]:
    lite = conn.dialect.name == "sqlite"
    hint, lock = (_HINT, "") if lite else ("", "FOR UPDATE SKIP LOCKED")
    statement = text(_RESERVE.format(hint=hint, lock=lock, rule=rule))
    if _DUE in rule:
        statement = statement.bindparams(bindparam("now", type_=deliveries.c.next_at.type))
    if _BUSY in rule:
        statement = statement.bindparams(bindparam("busy", expanding=True))
    names = set(statement.compile().params)
    given = {name: value for name, value in {**values, "state": state.value}.items() if name in names}
    rows = conn.execute(statement, given)
    found = [Reserved(values["edition"], row[0], row[1], row[2], row[3], state) for row in rows]
    found.sort(key=lambda row: row.subscriber)
    return found


def release(conn: Connection, owner: str, rows: Sequence[Reserved]) -> None:
    """Give back what was set aside and not armed."""
    for at in range(0, len(rows), 1000):
        part = rows[at : at + 1000]
        conn.execute(
            update(deliveries)
            .where(
                deliveries.c.edition == part[0].edition,
                deliveries.c.subscriber.in_([row.subscriber for row in part]),
                deliveries.c.owner == owner,
                deliveries.c.state != DeliveryState.SUBMITTING,
            )
            .values(owner=""),
        )


# ── arm ───────────────────────────────────────────────────────────────────────────────


def asked(conn: Connection, edition: int) -> str:
    """Return what stops an edition: pause, cancel, a state in which nothing may leave; or an empty string."""
    row = conn.execute(
        select(editions.c.control, editions.c.state).where(editions.c.id == edition),
    ).one()
    return str(row.control) or ("" if row.state == "sending" else str(row.state))


def arm(
    conn: Connection, owner: str, newsletter: str, rows: Sequence[Reserved], now: datetime
) -> tuple[list[Armed], int]:
    """Commit rows as submitting, before their first byte; return them with their readers, and how many were
    found suppressed. Who is no longer to be mailed, or taken by another process, is not armed.
    """  # noqa: D205 (two results)
    if not rows:
        return [], 0
    edition = rows[0].edition
    ids = [row.subscriber for row in rows]
    mine = and_(
        deliveries.c.edition == edition,
        deliveries.c.subscriber.in_(ids),
        deliveries.c.owner == owner,
        deliveries.c.state.in_(["queued", "deferred"]),
    )
    still = exists(
        select(subscriptions.c.id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        .where(subscriptions.c.id == deliveries.c.subscription, wanted(newsletter, now))
        .correlate(deliveries),
    )
    armed = conn.execute(
        update(deliveries)
        .where(mine, still)
        .values(state=DeliveryState.SUBMITTING, attempt=deliveries.c.attempt + 1, phase="armed", at=now)
        .returning(
            deliveries.c.subscriber, deliveries.c.subscription, deliveries.c.attempt, deliveries.c.fence
        ),
    ).all()
    gone = 0
    if len(armed) < len(rows):
        gone = _suppress(conn, mine, now)
    before = {row.subscriber: row for row in rows}
    changes = Counter({DeliveryState.SUBMITTING: len(armed)})
    for row in armed:
        changes[before[row[0]].state] -= 1
    tally(conn, edition, changes)
    if gone:
        recount(conn, edition)
    return _with_readers(conn, armed, before), gone


def _suppress(conn: Connection, mine: Any, now: datetime) -> int:
    """Close what is still in our hands and was not armed: its reader left or must not be mailed."""
    done = conn.execute(
        update(deliveries)
        .where(mine)
        .values(state=DeliveryState.SUPPRESSED, owner="", at=now, reply="left, paused or suppressed since"),
    )
    return done.rowcount


def _with_readers(conn: Connection, armed: Sequence[Any], before: dict[int, Reserved]) -> list[Armed]:
    """Read addresses and names in the same transaction, so that no message goes to an address given up."""
    query = select(subscribers.c.id, subscribers.c.address, subscribers.c.name, subscribers.c.language).where(
        subscribers.c.id.in_([row[0] for row in armed])
    )
    people = {row[0]: row for row in conn.execute(query)}
    found = []
    for subscriber, subscription, attempt, fence in armed:
        row, person = before[subscriber], people[subscriber]
        found.append(
            Armed(
                row.edition, subscriber, subscription, row.variant, row.group, attempt, fence,
                person[1], person[2], person[3],
            ),
        )  # fmt: skip
    found.sort(key=lambda entry: entry.subscriber)
    return found


# ── record ────────────────────────────────────────────────────────────────────────────


def _values(entry: Settled) -> tuple[Any, ...]:
    """Return what an outcome writes: state, next_at, code, enhanced, reply, receipt, sender, phase, back."""
    outcome = entry.outcome
    state, next_at = entry.state.value, entry.next_at
    if isinstance(outcome, Submitted):
        return (
            state,
            next_at,
            250,
            "",
            "",
            (outcome.receipt or "accepted")[:_REPLY],
            entry.sender,
            "replied",
            0,
        )
    if isinstance(outcome, Unavailable):
        return state, next_at, None, outcome.enhanced, outcome.reason[:_REPLY], "", entry.sender, "", 1
    if isinstance(outcome, Uncertain):
        return state, next_at, None, "", outcome.reason[:_REPLY], "", entry.sender, "dot", 0
    code, reply = outcome.code or None, outcome.reply[:_REPLY]
    return state, next_at, code, outcome.enhanced, reply, "", entry.sender, outcome.phase, 0


def record(conn: Connection, settled: Sequence[Settled], now: datetime) -> None:
    """Write outcomes: one statement for the batch, and a row of ``attempts`` for each failure."""
    if not settled:
        return
    edition = settled[0].armed.edition
    write = _record_sqlite if conn.dialect.name == "sqlite" else _record_postgresql
    done = write(conn, edition, settled, now)
    failures = [
        entry for entry in settled if isinstance(entry.outcome, (Deferred, RefusedRecipient, Uncertain))
    ]
    if failures:
        _log(conn, failures, now)
    if done != len(settled):  # a row was taken from us meanwhile: what we know for certain still counts
        _record_unknown(conn, settled, now)
        recount(conn, edition)
        return
    changes = Counter(entry.state for entry in settled)
    changes[DeliveryState.SUBMITTING] -= done
    tally(conn, edition, changes)


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _record_sqlite(conn: Connection, edition: int, settled: Sequence[Settled], now: datetime) -> int:
    at = _stamp(now)
    rows = []
    for entry in settled:
        state, next_at, *rest = _values(entry)
        rows.append((state, _stamp(next_at), *rest, at, edition, entry.armed.subscriber, entry.armed.fence))
    return conn.exec_driver_sql(_RECORD, rows).rowcount


def _record_postgresql(conn: Connection, edition: int, settled: Sequence[Settled], now: datetime) -> int:
    columns = [list(column) for column in zip(*(_values(entry) for entry in settled), strict=True)]
    ids = [entry.armed.subscriber for entry in settled]
    fences = [entry.armed.fence for entry in settled]
    return conn.exec_driver_sql(_RECORD_POSTGRESQL, (now, *columns, ids, fences, edition)).rowcount


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
                    receipt=entry.outcome.receipt if isinstance(entry.outcome, Submitted) else "",
                    at=now,
                ),
            )


def _log(conn: Connection, failures: Sequence[Settled], now: datetime) -> None:
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


class Ledger:
    """One process's hand in one edition's deliveries: each method is one transaction."""

    def __init__(self, store: Store, edition: int, newsletter: str, owner: str, lease: timedelta) -> None:
        self.store, self.edition, self.newsletter, self.lease = store, edition, newsletter, lease
        self.owner = f"{edition}/{owner}"
        self._after = -1

    def reserve(self, n: int, now: datetime, busy: Sequence[str] = ()) -> list[Reserved]:
        """Set aside up to n deliveries that are due, none for the domains in ``busy``."""
        with self.store.write() as conn:
            rows = reserve(conn, self.edition, self.owner, n, now, after=self._after, busy=busy)
        self._after = rows[-1].subscriber if rows and rows[0].state is DeliveryState.QUEUED else -1
        return rows

    def turn(
        self,
        settled: Sequence[Settled],
        rows: Sequence[Reserved],
        now: datetime,
        allowances: Sequence[tuple[Allowance, Sequence[Reserved]]] = (),
    ) -> Turn:
        """Record outcomes and arm rows in one transaction; nothing is armed when a person asked to stop.

        ``allowances`` names, for senders that have a pace, the rows meant for them: what their budgets do
        not allow is given back.
        """
        if not settled and not rows:
            with self.store.read() as conn:
                return Turn(control=asked(conn, self.edition))
        with self.store.write() as conn:
            record(conn, settled, now)
            control = asked(conn, self.edition)
            if control:
                release(conn, self.owner, rows)
                return Turn(control=control)
            rows, exhausted = self._paced(conn, rows, allowances)
            armed, gone = arm(conn, self.owner, self.newsletter, rows, now)
            return Turn(tuple(armed), "", gone, exhausted)

    def _paced(
        self,
        conn: Connection,
        rows: Sequence[Reserved],
        allowances: Sequence[tuple[Allowance, Sequence[Reserved]]],
    ) -> tuple[Sequence[Reserved], tuple[tuple[str, str], ...]]:
        """Keep the rows that the budgets allow, release the others."""
        exhausted: set[tuple[str, str]] = set()
        for allowance, meant in allowances:
            granted, gone = budgets.grant(conn, allowance, meant)
            exhausted |= gone
            back = {row.subscriber for row in meant} - {row.subscriber for row in granted}
            release(conn, self.owner, [row for row in rows if row.subscriber in back])
            rows = [row for row in rows if row.subscriber not in back]
        return rows, tuple(sorted(exhausted))

    def release(self, rows: Sequence[Reserved]) -> None:
        """Give back what was set aside and not armed."""
        with self.store.write() as conn:
            release(conn, self.owner, rows)

    def resign(self) -> None:
        """Give the lease back: this process holds nothing any more."""
        with self.store.write() as conn:
            resign(conn, self.edition, self.owner)

    def renew(self, now: datetime) -> None:
        """Renew the lease."""
        with self.store.write() as conn:
            renew(conn, self.owner, now + self.lease)

    def expire_leases(self, now: datetime, gone: Callable[[str], bool], *, resend: bool) -> tuple[int, int]:
        """Take back what dead processes hold."""
        with self.store.write() as conn:
            return expire_leases(conn, self.edition, now, gone, resend=resend)
