"""What editors decided about stories: merges, splits, links and leads; undone ones stay on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, update

from digest.model import StoryDecision, StoryDecisionKind
from digest.store.schema import story_decisions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

_COLUMNS = ("kind", "story", "other", "before", "actor", "at")


def _decision(row: Row[Any]) -> StoryDecision:
    return StoryDecision(
        id=row.id,
        kind=StoryDecisionKind(row.kind),
        story=row.story,
        other=row.other,
        before=row.before,
        actor=row.actor,
        at=row.at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def add(conn: Connection, decision: StoryDecision) -> StoryDecision:
    """Keep a decision (its ``id`` is ignored); returns it with its number."""
    values = {name: getattr(decision, name) for name in _COLUMNS}
    done = conn.execute(insert(story_decisions).values(values).returning(*story_decisions.c))
    return _decision(done.one())


def standing(conn: Connection, story: int | None = None, limit: int | None = None) -> list[StoryDecision]:
    """Return the decisions that were not undone, latest first; of one story, or of all."""
    return _found(conn, select(story_decisions).where(story_decisions.c.undone_at.is_(None)), story, limit)


def history(conn: Connection, story: int | None = None, limit: int | None = None) -> list[StoryDecision]:
    """Return all decisions, undone ones included, latest first; of one story, or of all."""
    return _found(conn, select(story_decisions), story, limit)


def _found(conn: Connection, query: Select[Any], story: int | None, limit: int | None) -> list[StoryDecision]:
    if story is not None:
        query = query.where(or_(story_decisions.c.story == story, story_decisions.c.other == story))
    query = query.order_by(story_decisions.c.id.desc())
    return [_decision(row) for row in conn.execute(query.limit(limit) if limit else query)]


def get(conn: Connection, number: int) -> StoryDecision | None:
    """Return a decision by its number, undone or not."""
    found = _found(conn, select(story_decisions).where(story_decisions.c.id == number), None, None)
    return found[0] if found else None


def leads(conn: Connection, at: datetime) -> dict[int, int]:
    """Return the leads that editors had chosen at a time: story → article."""
    found = _standing_at(conn, at, (StoryDecisionKind.LEAD,))
    return {one.story: int(one.before["chosen"]) for one in found}


def link(conn: Connection, story: int, at: datetime) -> tuple[int | None, str] | None:
    """Return what a story followed at a time, and who said so; None where no editor changed that since."""
    kinds = (StoryDecisionKind.FOLLOW, StoryDecisionKind.MERGE)
    about = [one for one in reversed(history(conn, story)) if one.story == story and one.kind in kinds]
    said = [one for one in _standing_at(conn, at, kinds[:1]) if one.story == story]
    later = next((one for one in about if one.at > at), None)
    if said:
        return said[-1].other, said[-1].actor
    return (later.before["follows"], later.before["linked"]) if later else None


def _standing_at(conn: Connection, at: datetime, kinds: tuple[StoryDecisionKind, ...]) -> list[StoryDecision]:
    """Return the decisions that stood at a time, in the order they were made."""
    c = story_decisions.c
    rule = and_(c.kind.in_(kinds), c.at <= at, or_(c.undone_at.is_(None), c.undone_at > at))
    return [_decision(row) for row in conn.execute(select(story_decisions).where(rule).order_by(c.id))]


def undone(conn: Connection, number: int, at: datetime, actor: str) -> None:
    """Note that a decision was undone, when and by whom."""
    rule = story_decisions.c.id == number
    conn.execute(update(story_decisions).where(rule).values(undone_at=at, undone_by=actor))
