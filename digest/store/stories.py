"""Stories: which articles tell of one event, what an editor changed in that, and what editions carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from digest.model import EditionState
from digest.store.schema import articles, edition_items, editions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


def sent(conn: Connection, newsletter: str, before: datetime, since: datetime) -> list[dict[str, Any]]:
    """Return the picks of earlier, non-cancelled editions: ``article, story, headline, slot, language``.

    The story is the article's present one, so a merge counts for what was sent before it.
    """
    query = (
        select(
            edition_items.c.article,
            articles.c.story,
            articles.c.headline,
            articles.c.language,
            editions.c.slot,
        )
        .join(editions, editions.c.id == edition_items.c.edition)
        .join(articles, articles.c.id == edition_items.c.article)
        .where(
            editions.c.newsletter == newsletter,
            editions.c.slot < before,
            editions.c.slot >= since,
            editions.c.state != EditionState.CANCELLED,
            edition_items.c.role == "pick",
        )
        .order_by(editions.c.slot, edition_items.c.pos)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def chapters(conn: Connection, story: int, before: datetime, limit: int) -> list[int]:
    """Return the numbers of a story's articles published before a time, latest first."""
    query = (
        select(articles.c.id)
        .where(articles.c.story == story, articles.c.published < before, articles.c.withdrawn_at.is_(None))
        .order_by(articles.c.published.desc(), articles.c.id.desc())
        .limit(limit)
    )
    return list(conn.execute(query).scalars())
