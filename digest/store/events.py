"""Events: what is learnt after a delivery (bounced, complained, unsubscribed …). Each is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, exists, func, select

from digest.model import DeliveryState, Event, EventKind
from digest.store.dialect import dialect_of
from digest.store.schema import deliveries, events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

REFUSALS = "delivery"
"""The source of events made from refusals while sending."""


def add(conn: Connection, event: Event) -> bool:
    """Keep an event; False if its source already told it (same ``dedupe_key``)."""
    dialect = dialect_of(conn)
    values = {
        "source": event.source,
        "dedupe_key": event.dedupe_key,
        "kind": event.kind,
        "edition": event.edition,
        "subscriber": event.subscriber,
        "at": event.at,
        "detail": event.detail,
    }
    statement = dialect.insert(events).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["source", "dedupe_key"])
    return conn.execute(statement.returning(events.c.id)).first() is not None


def of(conn: Connection, subscriber: int, kinds: Sequence[EventKind] = tuple(EventKind)) -> list[Event]:
    """Return what is known of a subscriber, oldest first."""
    query = select(events).where(events.c.subscriber == subscriber, events.c.kind.in_(list(kinds)))
    return [
        Event(
            source=row.source,
            dedupe_key=row.dedupe_key,
            kind=EventKind(row.kind),
            at=row.at,
            edition=row.edition,
            subscriber=row.subscriber,
            detail=row.detail or {},
        )
        for row in conn.execute(query.order_by(events.c.at, events.c.id))
    ]


def counted(conn: Connection, edition: int) -> dict[str, int]:
    """Return how many events of each kind an edition has."""
    query = select(events.c.kind, func.count()).where(events.c.edition == edition).group_by(events.c.kind)
    return {row[0]: row[1] for row in conn.execute(query)}


def of_edition(conn: Connection, edition: int, kind: EventKind) -> list[dict[str, Any]]:
    """Return the details of an edition's events of one kind, oldest first."""
    query = select(events.c.detail).where(events.c.edition == edition, events.c.kind == kind)
    return [row.detail or {} for row in conn.execute(query.order_by(events.c.at, events.c.id))]


def forget(conn: Connection, subscriber: int) -> int:
    """Delete what is known of a subscriber; return how many events."""
    return conn.execute(delete(events).where(events.c.subscriber == subscriber)).rowcount


def drop(conn: Connection, before: datetime) -> int:
    """Delete events older than a time; return how many."""
    return conn.execute(delete(events).where(events.c.at < before)).rowcount


def uncounted_refusals(conn: Connection, since: datetime, limit: int = 1000) -> list[Row[Any]]:
    """Return deliveries that were refused since a time and are no event yet, with what was answered."""
    key = cast(deliveries.c.edition, Text) + ":" + cast(deliveries.c.subscriber, Text)
    counted_already = exists(
        select(events.c.id).where(events.c.source == REFUSALS, events.c.dedupe_key == key)
    )
    columns = (deliveries.c.edition, deliveries.c.subscriber, deliveries.c.code, deliveries.c.enhanced)
    query = select(*columns, deliveries.c.reply, deliveries.c.at).where(
        deliveries.c.state == DeliveryState.REFUSED, deliveries.c.at > since, ~counted_already
    )
    return list(conn.execute(query.limit(limit)))
