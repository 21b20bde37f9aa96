"""What tables of other nouns hold of one subscriber: read for the reader, blanked when they are erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, select, update

from digest.model import SubscriptionState
from digest.store.schema import attempts, deliveries, editions, subscribers, subscriptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


def deliveries_of(conn: Connection, subscriber: int) -> list[dict[str, Any]]:
    """Return what was sent to a subscriber, latest first: newsletter, slot, state, when."""
    query = (
        select(editions.c.newsletter, editions.c.slot, deliveries.c.state, deliveries.c.at)
        .join(editions, editions.c.id == deliveries.c.edition)
        .where(deliveries.c.subscriber == subscriber)
        .order_by(editions.c.slot.desc())
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def end_all(conn: Connection, subscriber: int, now: datetime) -> None:
    """End every subscription and forget its preferences."""
    statement = update(subscriptions).where(subscriptions.c.subscriber == subscriber)
    ended = {"state": SubscriptionState.UNSUBSCRIBED, "prefs": None, "paused_until": None, "weekdays": 127}
    conn.execute(statement.values(**ended, changed_at=now))


def blank_replies(conn: Connection, subscriber: int) -> None:
    """Remove what mail services said about a subscriber's deliveries: replies quote addresses."""
    for table in (deliveries, attempts):
        conn.execute(update(table).where(table.c.subscriber == subscriber).values(reply=""))
    conn.execute(
        update(deliveries).where(deliveries.c.subscriber == subscriber).values(receipt="", domain_group="")
    )


def gone(conn: Connection, before: datetime, limit: int = 1000) -> list[int]:
    """Return subscribers who left everything before a time, or whose sign-ups all came to nothing."""
    mine = subscriptions.c.subscriber == subscribers.c.id
    standing = exists(select(subscriptions.c.id).where(and_(mine, subscriptions.c.state != "unsubscribed")))
    latest = select(func.max(subscriptions.c.changed_at)).where(mine).scalar_subquery()
    query = select(subscribers.c.id).where(
        subscribers.c.address.is_not(None), subscribers.c.created_at < before, ~standing, latest < before
    )
    return list(conn.execute(query.order_by(subscribers.c.id).limit(limit)).scalars())
