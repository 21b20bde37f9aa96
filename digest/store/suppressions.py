"""Suppressions: addresses never to be mailed, kept as hashes. One rule asks them; everything uses it.

A row's scope is a newsletter's name, or empty for everything. The hash is ``tokens.address_hash``, made under
a key that never rotates, so a person stays suppressed after everything else about them was erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select

from digest.model import SuppressionReason
from digest.store.dialect import dialect_of
from digest.store.schema import subscribers, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

LIFTED_BY_CONSENT = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.BOUNCED)
"""What a reader's own, confirmed wish undoes. Complaints, erasures and an operator's word stay."""

_STRENGTH = ("erased", "complained", "manual", "imported", "bounced", "unsubscribed")  # strongest first


def holds(
    newsletter: str | ColumnElement[str],
    address_hash: ColumnElement[str] | None = None,
) -> ColumnElement[bool]:
    """Return the SQL condition "this address must not get this newsletter"; THE rule of suppression.

    Without ``address_hash`` it is correlated with ``subscribers.address_hash`` of the statement it stands in.
    """
    column = subscribers.c.address_hash if address_hash is None else address_hash
    return exists(
        select(suppressions.c.address_hash)
        .where(suppressions.c.address_hash == column)
        .where(or_(suppressions.c.scope == "", suppressions.c.scope == newsletter))
        .correlate_except(suppressions),
    )


def holds_only_unsubscribed(newsletter: str, address_hash: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the SQL condition "this address left this newsletter, and nothing else stands against it"."""
    mine = suppressions.c.address_hash == address_hash
    scope = suppressions.c.scope.in_(("", newsletter))
    unsubscribed = suppressions.c.reason == SuppressionReason.UNSUBSCRIBED
    base = select(suppressions.c.address_hash).where(mine, scope).correlate_except(suppressions)
    return and_(exists(base.where(unsubscribed)), ~exists(base.where(~unsubscribed)))


def reason(conn: Connection, address_hash: str, newsletter: str = "") -> SuppressionReason | None:
    """Return why an address must not get a newsletter (without one: anything), or None; strongest first."""
    order = case({word: place for place, word in enumerate(_STRENGTH)}, value=suppressions.c.reason)
    query = (
        select(suppressions.c.reason)
        .where(suppressions.c.address_hash == address_hash, suppressions.c.scope.in_({"", newsletter}))
        .order_by(order)
        .limit(1)
    )
    found = conn.execute(query).scalar()
    return SuppressionReason(found) if found else None


def of(conn: Connection, address_hash: str) -> list[tuple[str, SuppressionReason, datetime]]:
    """Return every suppression of an address: (scope, reason, since)."""
    query = select(suppressions).where(suppressions.c.address_hash == address_hash)
    rows = conn.execute(query.order_by(suppressions.c.scope))
    return [(row.scope, SuppressionReason(row.reason), row.at) for row in rows]


def add(conn: Connection, address_hash: str, why: SuppressionReason, now: datetime, **more: str) -> bool:
    """Suppress an address; tell whether anything changed. A stronger reason replaces a weaker one.

    ``more``: ``scope`` (a newsletter; everything when not given) and ``detail``.
    """
    dialect = dialect_of(conn)
    row = {"scope": "", "detail": "", **more, "address_hash": address_hash, "reason": why, "at": now}
    weaker = _STRENGTH[_STRENGTH.index(why) + 1 :]
    statement = dialect.insert(suppressions).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=["address_hash", "scope"],
        set_={name: getattr(statement.excluded, name) for name in ("reason", "at", "detail")},
        where=suppressions.c.reason.in_(weaker),
    )
    return conn.execute(statement.returning(suppressions.c.scope)).first() is not None


def lift(
    conn: Connection,
    address_hash: str,
    *,
    scope: str = "",
    reasons: Iterable[SuppressionReason] = tuple(SuppressionReason),
) -> int:
    """Remove the suppressions of one scope that rest on the given reasons; return how many there were."""
    statement = delete(suppressions).where(
        suppressions.c.address_hash == address_hash,
        suppressions.c.scope == scope,
        suppressions.c.reason.in_(list(reasons)),
    )
    return conn.execute(statement).rowcount


def listed(conn: Connection, newsletter: str = "") -> Iterator[dict[str, object]]:
    """Give every suppression by hash, with the address where it is still known; streamed.

    With a newsletter only those that keep it from an address.
    """
    held = select(suppressions.c.address_hash)
    known = (
        select(subscribers.c.address_hash, subscribers.c.address)
        .where(subscribers.c.address_hash.in_(held))  # goes through the readers once, each asked by key
        .cte("known")
    )
    query = (
        select(suppressions, known.c.address)
        .outerjoin(known, known.c.address_hash == suppressions.c.address_hash)
        .order_by(suppressions.c.address_hash, suppressions.c.scope)
    )
    if newsletter:
        query = query.where(suppressions.c.scope.in_(("", newsletter)))
    for row in conn.execute(query, execution_options={"yield_per": 1000}):
        yield {
            "address": row.address,
            "address_hash": row.address_hash,
            "scope": row.scope,
            "reason": row.reason,
            "at": row.at,
            "detail": row.detail,
        }


def counted(conn: Connection) -> dict[str, int]:
    """Return how many suppressions there are, by reason."""
    query = select(suppressions.c.reason, func.count()).group_by(suppressions.c.reason)
    return {row[0]: row[1] for row in conn.execute(query)}
