"""What editors decided about stories: merges, splits, links and leads; undone ones stay on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from digest.model import StoryDecision, StoryDecisionKind
from digest.store.schema import story_decisions

if TYPE_CHECKING:
    from datetime import datetime

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
    )


def add(conn: Connection, decision: StoryDecision) -> StoryDecision:
    """Keep a decision (its ``id`` is ignored); returns it with its number."""
    values = {name: getattr(decision, name) for name in _COLUMNS}
    done = conn.execute(insert(story_decisions).values(values).returning(*story_decisions.c))
    return _decision(done.one())


def standing(conn: Connection, story: int | None = None, limit: int | None = None) -> list[StoryDecision]:
    """Return the decisions that were not undone, latest first; of one story, or of all."""
    query = select(story_decisions).where(story_decisions.c.undone_at.is_(None))
    if story is not None:
        query = query.where(or_(story_decisions.c.story == story, story_decisions.c.other == story))
    query = query.order_by(story_decisions.c.id.desc())
    return [_decision(row) for row in conn.execute(query.limit(limit) if limit else query)]


def undone(conn: Connection, number: int, at: datetime) -> None:
    """Note that a decision was undone."""
    conn.execute(update(story_decisions).where(story_decisions.c.id == number).values(undone_at=at))
