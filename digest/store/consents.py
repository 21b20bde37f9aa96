"""Consents: append-only proof of who agreed to what, when, how and in which words (and who left)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from digest.store.schema import consents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection


def record(
    conn: Connection,
    subscriber: int,
    newsletter: str,
    act: str,
    at: datetime,
    **more: Any,
) -> None:
    """Write down one act: asked, confirmed, imported, unsubscribed, paused, resumed or erased.

    ``more``: ``source`` (page, import, mail …), ``wording`` (what the reader agreed to), ``ip``, ``detail``.
    """
    conn.execute(
        insert(consents).values(subscriber=subscriber, newsletter=newsletter, act=act, at=at, **more)
    )


def record_many(conn: Connection, readers: Iterable[int], values: dict[str, Any]) -> None:
    """Write down the same act for many subscribers."""
    rows = [{"subscriber": reader, **values} for reader in readers]
    if rows:
        conn.execute(insert(consents), rows)


def of(conn: Connection, subscriber: int) -> list[dict[str, Any]]:
    """Return what a subscriber agreed to and refused, oldest first."""
    query = select(consents).where(consents.c.subscriber == subscriber).order_by(consents.c.id)
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def forget_addresses(conn: Connection, before: datetime) -> int:
    """Remove network addresses older than a time; the consent itself stays. Return how many."""
    statement = update(consents).where(consents.c.ip.is_not(None), consents.c.at < before)
    return conn.execute(statement.values(ip=None)).rowcount


def anonymise(conn: Connection, subscriber: int) -> None:
    """Remove what is personal in a subscriber's record: network address and details."""
    conn.execute(update(consents).where(consents.c.subscriber == subscriber).values(ip=None, detail=None))
