"""Decisions: what editors decided about an edition to come; undone ones stay on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from digest.model import Decision, DecisionKind
from digest.store.schema import decisions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

HELD = timedelta(days=40)
"""How long after its end a hold still counts: an edition of a month must find what it set free."""


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        newsletter=row.newsletter,
        slot=row.slot,
        kind=DecisionKind(row.kind),
        target=row.target,
        value=row.value,
        actor=row.actor,
        at=row.at,
    )


def add(conn: Connection, decision: Decision) -> int:
    """Keep a decision (its ``id`` is ignored); returns its number."""
    values = {
        name: getattr(decision, name)
        for name in ("newsletter", "slot", "kind", "target", "value", "actor", "at")
    }
    done = conn.execute(insert(decisions).values(values).returning(decisions.c.id))
    return int(done.scalar_one())


def standing(conn: Connection, newsletter: str, slot: datetime) -> list[Decision]:
    """Return the decisions about a slot that were not undone, in the order in which they were made.

    A hold is about every edition until its end, and for a while after it.
    """
    still = (slot - HELD).strftime("%Y-%m-%dT%H:%M:%SZ")
    hold = (decisions.c.kind == DecisionKind.HOLD) & (decisions.c.value >= still)
    about = (decisions.c.slot == slot) & (decisions.c.kind != DecisionKind.HOLD)
    query = (
        select(decisions)
        .where(decisions.c.newsletter == newsletter, or_(about, hold), decisions.c.undone_at.is_(None))
        .order_by(decisions.c.id)
    )
    return [_decision(row) for row in conn.execute(query)]


def undo(
    conn: Connection, newsletter: str, slot: datetime, at: datetime, number: int | None = None
) -> Decision | None:
    """Undo one decision, the latest unless ``number`` says which; None if there is none to undo."""
    found = [d for d in standing(conn, newsletter, slot) if number in (None, d.id)]
    if not found:
        return None
    conn.execute(update(decisions).where(decisions.c.id == found[-1].id).values(undone_at=at))
    return found[-1]
