"""Alerts: what was told to the operator, once per cause, until the cause is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from digest.store.dialect import dialect_of
from digest.store.schema import alerts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One cause for concern; open until it is cleared."""

    cause: str
    subject: str
    body: str
    raised_at: datetime
    told_at: datetime | None = None
    cleared_at: datetime | None = None


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        cause=row.cause,
        subject=row.subject,
        body=row.body,
        raised_at=row.raised_at,
        told_at=row.told_at,
        cleared_at=row.cleared_at,
    )


def open_(conn: Connection, alert: Alert) -> bool:
    """Record an alert unless its cause is open already; tell whether this call opened it."""
    dialect = dialect_of(conn)
    values = {"subject": alert.subject, "body": alert.body, "raised_at": alert.raised_at}
    inserted = dialect.insert(alerts).values(cause=alert.cause, **values)
    again = inserted.on_conflict_do_update(
        index_elements=["cause"],
        set_={**values, "told_at": None, "cleared_at": None},
        where=alerts.c.cleared_at.is_not(None),
    )
    return conn.execute(again.returning(alerts.c.cause)).first() is not None


def clear(conn: Connection, cause: str, now: datetime) -> bool:
    """Close an open cause, so that it is told anew should it return; tell whether it was open."""
    done = conn.execute(
        update(alerts).where(alerts.c.cause == cause, alerts.c.cleared_at.is_(None)).values(cleared_at=now),
    )
    return done.rowcount == 1


def is_open(conn: Connection, cause: str) -> bool:
    """Tell whether a cause is open; a cheap question before a write."""
    query = select(alerts.c.cause).where(alerts.c.cause == cause, alerts.c.cleared_at.is_(None))
    return conn.execute(query).first() is not None


def open_causes(conn: Connection, prefix: str) -> list[str]:
    """Return the open causes that begin with ``prefix``."""
    query = select(alerts.c.cause).where(
        alerts.c.cleared_at.is_(None),
        alerts.c.cause.startswith(prefix, autoescape=True),
    )
    return list(conn.execute(query.order_by(alerts.c.cause)).scalars())


def untold(conn: Connection) -> list[Alert]:
    """Return the alerts nobody was told of yet, oldest first; cleared or not."""
    query = select(alerts).where(alerts.c.told_at.is_(None)).order_by(alerts.c.raised_at, alerts.c.cause)
    return [_alert(row) for row in conn.execute(query)]


def claim(conn: Connection, alert: Alert, now: datetime) -> bool:
    """Mark an alert as told; tell whether this call did it, so that of two processes one sends the mail."""
    done = conn.execute(
        update(alerts)
        .where(
            alerts.c.cause == alert.cause, alerts.c.raised_at == alert.raised_at, alerts.c.told_at.is_(None)
        )
        .values(told_at=now),
    )
    return done.rowcount == 1


def unclaim(conn: Connection, alert: Alert) -> None:
    """Take back the mark of an alert whose mail could not be handed over."""
    conn.execute(
        update(alerts)
        .where(alerts.c.cause == alert.cause, alerts.c.raised_at == alert.raised_at)
        .values(told_at=None),
    )


def listed(conn: Connection, *, everything: bool = False) -> list[Alert]:
    """Return the open alerts, latest first; with ``everything`` the cleared ones too."""
    query = select(alerts).order_by(alerts.c.raised_at.desc(), alerts.c.cause)
    if not everything:
        query = query.where(alerts.c.cleared_at.is_(None))
    return [_alert(row) for row in conn.execute(query)]
