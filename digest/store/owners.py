"""Owners: processes that hold deliveries, their leases, and what becomes of their rows when they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, select, update

from digest.model import DeliveryState
from digest.store.deliveries import tally
from digest.store.dialect import dialect_of
from digest.store.schema import deliveries, owners

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection


def renew(conn: Connection, owner: str, until: datetime) -> None:
    """Take or renew a process's lease on everything it holds."""
    dialect = dialect_of(conn)
    statement = dialect.insert(owners).values(owner=owner, lease_until=until)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["owner"], set_={"lease_until": until}),
    )


def resign(conn: Connection, edition: int, owner: str) -> None:
    """Forget a process, unless it failed on its way out and still holds rows: then its lease runs on."""
    held = exists().where(deliveries.c.edition == edition, deliveries.c.owner == owner)
    conn.execute(delete(owners).where(owners.c.owner == owner, ~held))


def expire_leases(
    conn: Connection, edition: int, now: datetime, gone: Callable[[str], bool], *, resend: bool
) -> tuple[int, int]:
    """Take back what processes hold whose lease is over or that are ``gone``.

    Reserved rows go back to the queue; armed ones become unknown, or are queued again with ``resend``.
    Returns how many were reserved and how many armed.
    """
    mine = [row for row in conn.execute(select(owners)) if row.owner.startswith(f"{edition}/")]
    dead = [row.owner for row in mine if row.lease_until <= now or gone(row.owner)]
    if not dead:
        return 0, 0
    held = and_(deliveries.c.edition == edition, deliveries.c.owner.in_(dead))
    armed = deliveries.c.state == DeliveryState.SUBMITTING
    to = DeliveryState.QUEUED if resend else DeliveryState.UNKNOWN
    lost = conn.execute(
        update(deliveries)
        .where(held, armed)
        .values(state=to, owner="", at=now, reply="the process was killed"),
    ).rowcount
    freed = conn.execute(
        update(deliveries)
        .where(held, deliveries.c.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED]))
        .values(owner=""),
    ).rowcount
    tally(conn, edition, {DeliveryState.SUBMITTING: -lost, to: lost})
    conn.execute(delete(owners).where(owners.c.owner.in_(dead)))
    return freed, lost
