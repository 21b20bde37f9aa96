"""One process's hand in an edition's deliveries: reserve, record and arm in one transaction, give back.

Which rows a process may touch hangs on ``owner`` and ``fence``: a process that sleeps past its lease finds
its rows taken and changes nothing. Arming is in ``arming``, recording in ``outcomes``; all of it is written
by hand for each database, because it runs for every message.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from digest.model import DeliveryState, Reserved, Settled, Turn
from digest.store import budgets
from digest.store.arming import arm
from digest.store.deliveries import recount, tally
from digest.store.outcomes import record
from digest.store.owners import expire_leases, renew, resign
from digest.store.schema import deliveries
from digest.store.types import raw_time

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from digest.model import Allowance
    from digest.store.engine import Store

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
    queue = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
    tries = [(state, "") for state in queue] if after < 0 else [(queue[0], _AFTER), *((s, "") for s in queue)]
    values = {"edition": edition, "owner": owner, "n": n, "now": raw_time(conn, now), "after": after}
    lite = conn.dialect.name == "sqlite"
    values["busy"] = json.dumps(list(busy)) if lite else list(busy)
    for state, more in tries:
        rule = more + (_DUE if state is DeliveryState.DEFERRED else "")
        if busy:
            rule += _BUSY if lite else _BUSY_POSTGRESQL
        find = _reserve_sqlite if lite else _reserve_postgresql
        found = find(conn, rule, {**values, "state": state.value})
        if found:
            return [Reserved(edition, row[0], row[1], row[2], row[3], state) for row in sorted(found)]
    return []


_AFTER = " AND subscriber > :after"
_DUE = " AND next_at <= :now"
_BUSY = " AND domain_group NOT IN (SELECT value FROM json_each(:busy))"
_BUSY_POSTGRESQL = " AND domain_group <> ALL(:busy)"
_RESERVE = (  # the index is named, else SQLite walks past everything that was sent
    "SELECT json_group_array(json_array(subscriber, variant, domain_group, attempt)) FROM"
    " (SELECT subscriber, variant, domain_group, attempt FROM deliveries"
    " INDEXED BY ix_deliveries_edition_state_subscriber WHERE edition = :edition AND state = :state"
    " AND owner = ''{rule} ORDER BY subscriber LIMIT :n)"
)
_OWN = (
    "UPDATE deliveries SET owner = ?, fence = fence + 1"
    " WHERE edition = ? AND subscriber IN (SELECT value FROM json_each(?)) AND owner = ''"
)
_RESERVE_POSTGRESQL = (  # a named query: written in place it may be run once for every row
    "WITH due AS MATERIALIZED (SELECT ctid AS place FROM deliveries WHERE edition = :edition"
    " AND state = :state AND owner = ''{rule} ORDER BY subscriber LIMIT :n FOR UPDATE SKIP LOCKED)"
    " UPDATE deliveries SET owner = :owner, fence = fence + 1"
    " WHERE ctid = ANY(ARRAY(SELECT place FROM due))"
    " RETURNING subscriber, variant, domain_group, attempt"
)


def _reserve_sqlite(conn: Connection, rule: str, values: dict[str, Any]) -> list[Any]:
    found: list[Any] = json.loads(conn.exec_driver_sql(_RESERVE.format(rule=rule), values).scalar_one())
    if found:
        ids = json.dumps([row[0] for row in found])
        conn.exec_driver_sql(_OWN, (values["owner"], values["edition"], ids))
    return found


def _reserve_postgresql(conn: Connection, rule: str, values: dict[str, Any]) -> list[Any]:
    statement = re.sub(r":(\w+)", r"%(\1)s", _RESERVE_POSTGRESQL.format(rule=rule))
    return [tuple(row) for row in conn.exec_driver_sql(statement, values)]


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


def asked(conn: Connection, edition: int) -> str:
    """Return what stops an edition: pause, cancel, a state in which nothing may leave; or an empty string."""
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    control, state = conn.exec_driver_sql(_ASKED + mark, (edition,)).one()
    return str(control) or ("" if state == "sending" else str(state))


_ASKED = "SELECT control, state FROM editions WHERE id = "


class Ledger:
    """One process's hand in one edition's deliveries: each method is one transaction."""

    def __init__(self, store: Store, edition: int, newsletter: str, owner: str, lease: timedelta) -> None:
        self.store, self.edition, self.newsletter, self.lease = store, edition, newsletter, lease
        self.owner = f"{edition}/{owner}"
        self._after = -1

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self.store.write() as conn:
            self.store.walks(conn)
            yield conn

    def reserve(self, n: int, now: datetime, busy: Sequence[str] = ()) -> list[Reserved]:
        """Set aside up to n deliveries that are due, none for the domains in ``busy``."""
        with self._write() as conn:
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
        with self._write() as conn:
            changes = record(conn, settled, now)
            control = asked(conn, self.edition)
            turn = Turn(control=control)
            if control:
                release(conn, self.owner, rows)
            else:
                rows, exhausted = self._paced(conn, rows, allowances)
                armed, gone = arm(conn, self.owner, self.newsletter, rows, now)
                turn = Turn(tuple(armed), "", gone, exhausted)
            self._tally(conn, changes, turn, rows)
            return turn

    def _tally(
        self, conn: Connection, changes: Counter[str] | None, turn: Turn, rows: Sequence[Reserved]
    ) -> None:
        """Keep the tallies in step: once a transaction, so that two processes never wait for each other."""
        if changes is None or turn.suppressed:
            recount(conn, self.edition)
            return
        if turn.armed:
            before = {row.subscriber: row.state.value for row in rows}
            changes.subtract(before[row.subscriber] for row in turn.armed)
            changes["submitting"] += len(turn.armed)
        tally(conn, self.edition, changes)

    def _paced(
        self,
        conn: Connection,
        rows: Sequence[Reserved],
        allowances: Sequence[tuple[Allowance, Sequence[Reserved]]],
    ) -> tuple[Sequence[Reserved], tuple[tuple[str, str, datetime], ...]]:
        """Keep the rows that the budgets allow, release the others."""
        exhausted: budgets.Gone = {}
        for allowance, meant in allowances:
            granted, gone = budgets.grant(conn, allowance, meant)
            exhausted |= gone
            back = {row.subscriber for row in meant} - {row.subscriber for row in granted}
            release(conn, self.owner, [row for row in rows if row.subscriber in back])
            rows = [row for row in rows if row.subscriber not in back]
        return rows, tuple((sender, group, until) for (sender, group), until in sorted(exhausted.items()))

    def release(self, rows: Sequence[Reserved]) -> None:
        """Give back what was set aside and not armed."""
        with self._write() as conn:
            release(conn, self.owner, rows)

    def resign(self) -> None:
        """Give the lease back: this process holds nothing any more."""
        with self.store.write() as conn:
            self.store.walks(conn)  # it looks at every row
            resign(conn, self.edition, self.owner)
            self.store.walks(conn, on=False)

    def renew(self, now: datetime) -> None:
        """Renew the lease."""
        with self._write() as conn:
            renew(conn, self.owner, now + self.lease)

    def expire_leases(self, now: datetime, gone: Callable[[str], bool], *, resend: bool) -> tuple[int, int]:
        """Take back what dead processes hold."""
        with self._write() as conn:
            return expire_leases(conn, self.edition, now, gone, resend=resend)
