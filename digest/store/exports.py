"""Whole tables for other programs: subscribers, subscriptions, deliveries, consents; streamed by key.

Each is one statement whose rows are fetched by the thousand, so that memory does not grow with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from digest.store.schema import consents, deliveries, editions, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

PAGE = 1000


def _subscribers(newsletter: str) -> Select[Any]:
    columns = (subscribers.c.id.label("subscriber"), subscribers.c.address.label("email"))
    more = (subscribers.c.name, subscribers.c.language, subscribers.c.zone, subscribers.c.created_at)
    query = select(*columns, *more).where(subscribers.c.address.is_not(None))
    if newsletter:
        mine = select(subscriptions.c.subscriber).where(subscriptions.c.newsletter == newsletter)
        query = query.where(subscribers.c.id.in_(mine))
    return query.order_by(subscribers.c.id)


def _subscriptions(newsletter: str) -> Select[Any]:
    s = subscriptions.c
    who = (
        subscribers.c.id.label("subscriber"),
        s.id.label("subscription"),
        subscribers.c.address.label("email"),
    )
    person = (subscribers.c.name, subscribers.c.language, subscribers.c.zone)
    query = select(
        *who, *person, s.newsletter, s.state, s.paused_until, s.weekdays, s.created_at, s.changed_at
    )
    query = query.join(subscribers, subscribers.c.id == s.subscriber).where(
        subscribers.c.address.is_not(None)
    )
    if newsletter:
        query = query.where(s.newsletter == newsletter)
    return query.order_by(s.id)


def _deliveries(newsletter: str) -> Select[Any]:
    """Erased readers' rows are given too, without an address: an audit counts them."""
    d = deliveries.c
    what = (editions.c.newsletter, editions.c.slot, editions.c.public_id.label("edition"))
    who = (d.subscriber, subscribers.c.address.label("email"))
    query = select(*what, *who, d.state, d.at, d.attempt, d.sender, d.code, d.enhanced, d.reply, d.receipt)
    query = query.join(editions, editions.c.id == d.edition)
    query = query.outerjoin(subscribers, subscribers.c.id == d.subscriber)
    if newsletter:
        query = query.where(editions.c.newsletter == newsletter)
    return query.order_by(d.edition, d.subscriber)


def _consents(newsletter: str) -> Select[Any]:
    c = consents.c
    query = select(
        c.subscriber, subscribers.c.address.label("email"), c.newsletter, c.act, c.at, c.source, c.wording
    )
    query = query.add_columns(c.ip).outerjoin(subscribers, subscribers.c.id == c.subscriber)
    if newsletter:
        query = query.where(c.newsletter == newsletter)
    return query.order_by(c.id)


_QUERIES = {
    "subscribers": _subscribers,
    "subscriptions": _subscriptions,
    "deliveries": _deliveries,
    "consents": _consents,
}


def rows(conn: Connection, what: str, newsletter: str = "") -> Iterator[dict[str, Any]]:
    """Give the rows of one table, of one newsletter or of all; times are aware datetimes."""
    for row in conn.execute(_QUERIES[what](newsletter), execution_options={"yield_per": PAGE}):
        yield dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
