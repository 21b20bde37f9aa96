"""Domains: how an edition fares with one group of recipient domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from digest.model import DeliveryState, EventKind
from digest.store.schema import deliveries, events, logbook

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Bounced(NamedTuple):
    """A bounce of an edition, with the recipient's domain and when the message was accepted."""

    what: str  # the bounce's class
    reason: str
    domain: str
    accepted: datetime | None


def released(conn: Connection, edition: int) -> datetime | None:
    """Return when a person last released an edition: what is older was looked at."""
    query = select(func.max(logbook.c.at)).where(
        logbook.c.subject == f"edition:{edition}", logbook.c.act == "release"
    )
    return conn.execute(query).scalar()


def bounced(conn: Connection, edition: int, since: datetime | None) -> list[Bounced]:
    """Return an edition's bounces that were learnt after a time, oldest first."""
    query = (
        select(events.c.detail, deliveries.c.domain_group, deliveries.c.at)
        .join(
            deliveries,
            (deliveries.c.edition == events.c.edition) & (deliveries.c.subscriber == events.c.subscriber),
        )
        .where(events.c.edition == edition, events.c.kind == EventKind.BOUNCED)
        .order_by(events.c.at, events.c.id)
    )
    if since is not None:
        query = query.where(events.c.at > since)
    return [
        Bounced(str((row[0] or {}).get("class", "")), str((row[0] or {}).get("reason", "")), row[1], row[2])
        for row in conn.execute(query)
    ]


def accepted(conn: Connection, edition: int, domain: str, first: datetime, last: datetime) -> int:
    """Return how many of a domain's messages were accepted or refused between two times, both included."""
    query = select(func.count()).where(
        deliveries.c.edition == edition,
        deliveries.c.domain_group == domain,
        deliveries.c.state.in_([DeliveryState.SUBMITTED, DeliveryState.REFUSED]),
        deliveries.c.at.between(first, last),
    )
    return int(conn.execute(query).scalar_one())


def readers(conn: Connection, edition: int, domain: str) -> int:
    """Return how many of an edition's readers have an address in a domain."""
    query = select(func.count()).where(deliveries.c.edition == edition, deliveries.c.domain_group == domain)
    return int(conn.execute(query).scalar_one())
