"""Arming: the one thing that lets bytes leave. Who is still wanted is asked again in the same transaction.

The rule itself is ``subscribers.wanted``; its SQL is compiled once for each database and set into statements
that are written for their planner, because they run for every message.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, literal, select, update
from sqlalchemy.dialects import sqlite

from digest.model import Armed, DeliveryState
from digest.store.schema import deliveries, subscribers, subscriptions
from digest.store.subscribers import wanted
from digest.store.types import UtcDateTime, raw_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Dialect

    from digest.model import Reserved

# CROSS JOIN keeps SQLite to this order: a lookup by key in each table for each delivery. One row of JSON
# comes back, so that this thread gives the interpreter up once and not once a row.
_CHOOSE = (
    "SELECT json_group_array(json_array(d.subscriber, d.subscription, d.attempt + 1, d.fence,"
    " subscribers.address, subscribers.name, subscribers.language))"
    " FROM json_each(:ids) AS one CROSS JOIN deliveries AS d CROSS JOIN subscriptions CROSS JOIN subscribers"
    " WHERE d.edition = :edition AND d.subscriber = one.value AND d.owner = :owner"
    " AND +d.state IN ('queued', 'deferred') AND subscriptions.id = d.subscription"
    " AND subscribers.id = subscriptions.subscriber AND {rule}"
)
_ARM = (
    "UPDATE deliveries SET state = 'submitting', attempt = attempt + 1, phase = 'armed', at = ?"
    " WHERE edition = ? AND subscriber IN (SELECT value FROM json_each(?)) AND owner = ?"
)
# Each step is one lookup by key or place, whatever the planner knows of tables filled a moment ago:
# MATERIALIZED and OFFSET 0 keep the rule out of the lookups (with it inside, every row may walk through a
# whole newsletter), and FOR UPDATE keeps a row at its place (ctid).
_ARM_POSTGRESQL = (
    "WITH mine AS MATERIALIZED (SELECT ctid AS place, subscription FROM deliveries"
    " WHERE edition = %(edition)s AND subscriber = ANY(%(ids)s) AND owner = %(owner)s"
    " AND state IN ('queued', 'deferred') FOR UPDATE),"
    " chosen AS MATERIALIZED (SELECT mine.place, subscribers.address, subscribers.name, subscribers.language"
    " FROM mine"
    " CROSS JOIN LATERAL (SELECT * FROM subscriptions WHERE id = mine.subscription OFFSET 0) AS subscriptions"
    " CROSS JOIN LATERAL (SELECT * FROM subscribers WHERE id = subscriptions.subscriber OFFSET 0)"
    " AS subscribers WHERE {rule})"
    " UPDATE deliveries AS d SET state = 'submitting', attempt = d.attempt + 1, phase = 'armed', at = %(now)s"
    " FROM chosen WHERE d.ctid = chosen.place"
    " RETURNING d.subscriber, d.subscription, d.attempt, d.fence, chosen.address, chosen.name,"
    " chosen.language"
)


@lru_cache(maxsize=8)
def _statement(dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """Return the statement that asks THE rule of mailing, and the constants it needs besides its values."""
    lite = dialect.name == "sqlite"
    rule = wanted(bindparam("newsletter", type_=Text), bindparam("now", type_=UtcDateTime))
    asking = select(literal(1)).select_from(subscriptions, subscribers).where(rule)
    compiled = asking.compile(dialect=sqlite.dialect(paramstyle="named") if lite else dialect)
    constants = {name: str(value) for name, value in compiled.params.items() if value is not None}
    text = str(compiled).partition("\nWHERE ")[2]
    return (_CHOOSE if lite else _ARM_POSTGRESQL).format(rule=f"({text})"), constants


def arm(
    conn: Connection, owner: str, newsletter: str, rows: Sequence[Reserved], now: datetime
) -> tuple[list[Armed], int]:
    """Commit rows as submitting, before their first byte; return them with their readers, and how many were
    found suppressed. Who is no longer to be mailed, or taken by another process, is not armed.

    Addresses and names are read in the same transaction: no message goes to an address given up.
    """  # noqa: D205 (two results)
    if not rows:
        return [], 0
    edition = rows[0].edition
    before = {row.subscriber: row for row in rows}
    statement, constants = _statement(conn.dialect)
    lite = conn.dialect.name == "sqlite"
    at = raw_time(conn, now)
    values = {**constants, "edition": edition, "owner": owner, "newsletter": newsletter, "now": at}
    values["ids"] = json.dumps(list(before)) if lite else list(before)
    found = conn.exec_driver_sql(statement, values)
    armed = json.loads(found.scalar_one()) if lite else found.all()
    if lite:
        conn.exec_driver_sql(_ARM, (at, edition, json.dumps([row[0] for row in armed]), owner))
    gone = 0
    if len(armed) < len(rows):
        gone = _suppress(conn, edition, owner, before.keys() - {row[0] for row in armed}, now)
    return _with_reserved(armed, before), gone


def _with_reserved(armed: Iterable[Sequence[Any]], before: dict[int, Reserved]) -> list[Armed]:
    found = []
    for subscriber, subscription, attempt, fence, address, name, language in armed:
        row = before[subscriber]
        found.append(
            Armed(
                row.edition, subscriber, subscription, row.variant, row.group, attempt, fence, address, name,
                language,
            ),
        )  # fmt: skip
    found.sort(key=lambda entry: entry.subscriber)
    return found


def _suppress(conn: Connection, edition: int, owner: str, rest: Iterable[int], now: datetime) -> int:
    """Close what is still in our hands and was not armed: its reader left or must not be mailed."""
    done = conn.execute(
        update(deliveries)
        .where(
            deliveries.c.edition == edition,
            deliveries.c.subscriber.in_(list(rest)),
            deliveries.c.owner == owner,
            deliveries.c.state.in_(["queued", "deferred"]),
        )
        .values(state=DeliveryState.SUPPRESSED, owner="", at=now, reply="left, paused or suppressed since"),
    )
    return done.rowcount
