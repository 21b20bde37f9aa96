"""Whether anything an edition is made of has changed: a value to compare with an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from digest.store.schema import article_versions, articles, decisions, editions

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def pulse(conn: Connection) -> tuple[object, ...]:
    """Return a value that differs once articles, an editor's decisions or editions have changed."""
    return (
        *conn.execute(select(func.max(articles.c.id), func.count())).one(),
        conn.execute(select(func.count()).select_from(article_versions)).scalar(),
        *conn.execute(select(func.max(decisions.c.id), func.count(decisions.c.undone_at))).one(),
        *conn.execute(select(func.max(editions.c.id), func.count(editions.c.frozen_at))).one(),
    )
