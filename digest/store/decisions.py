"""Decisions: what editors decided about an edition to come; undone ones stay on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sqlalchemy import and_, func, insert, or_, select, update

from digest.model import Decision, DecisionKind
from digest.store.schema import decisions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Row

_LOCK = 7_301_997
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
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def lock(conn: Connection, newsletter: str) -> None:
    """Let no other decide about a newsletter, or freeze for it, until the caller's transaction ends."""
    if conn.dialect.name == "postgresql":  # on SQLite whoever writes is alone
        number = crc32(newsletter.encode()) & 0x7FFF_FFFF
        conn.execute(select(func.pg_advisory_xact_lock(_LOCK, number)))


def add(conn: Connection, decision: Decision) -> int:
    """Keep a decision (its ``id`` is ignored); returns its number."""
    values = {
        name: getattr(decision, name)
        for name in ("newsletter", "slot", "kind", "target", "value", "actor", "at")
    }
    done = conn.execute(insert(decisions).values(values).returning(decisions.c.id))
    return int(done.scalar_one())


def standing(conn: Connection, newsletter: str, slot: datetime, *, then: bool = False) -> list[Decision]:
    """Return the decisions about a slot that were not undone, in the order in which they were made.

    A hold is about every edition until its end, and for a while after it. With ``then`` holds are as they
    were when the slot was due, whatever was held or set free since.
    """
    stands: ColumnElement[bool] = decisions.c.undone_at.is_(None)
    if then:
        stands = or_(stands, and_(_HOLD, decisions.c.undone_at > slot))
        stands = and_(stands, or_(decisions.c.slot == slot, decisions.c.at <= slot))
    return _found(conn, and_(_about(newsletter, slot), stands))


def history(conn: Connection, newsletter: str, slot: datetime) -> list[Decision]:
    """Return every decision about a slot, undone ones and holds included, in the order they were made."""
    return _found(conn, _about(newsletter, slot))


def get(conn: Connection, newsletter: str, number: int) -> Decision | None:
    """Return a newsletter's decision by its number, undone or not."""
    found = _found(conn, and_(decisions.c.id == number, decisions.c.newsletter == newsletter))
    return found[0] if found else None


_HOLD = decisions.c.kind == DecisionKind.HOLD


def _about(newsletter: str, slot: datetime) -> ColumnElement[bool]:
    still = (slot - HELD).strftime("%Y-%m-%dT%H:%M:%SZ")
    hold = and_(_HOLD, decisions.c.value >= still)
    return and_(decisions.c.newsletter == newsletter, or_(and_(decisions.c.slot == slot, ~_HOLD), hold))


def _found(conn: Connection, rule: ColumnElement[bool]) -> list[Decision]:
    query = select(decisions).where(rule).order_by(decisions.c.id)
    return [_decision(row) for row in conn.execute(query)]


def undo(conn: Connection, numbers: Sequence[int], at: datetime, actor: str) -> None:
    """Note that decisions were taken back, when and by whom; those that were already stay as they are."""
    rule = and_(decisions.c.id.in_(numbers), decisions.c.undone_at.is_(None))
    conn.execute(update(decisions).where(rule).values(undone_at=at, undone_by=actor))
