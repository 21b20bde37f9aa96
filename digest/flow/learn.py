"""What the archive learns of articles just saved; called inside the transaction that saved them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.flow import archive as indexing
from digest.flow.sketches import sketch_of
from digest.store import archive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.model import Article
    from digest.store import Connection


def learn(conn: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Index new and changed articles, which the store has numbered, and group them into stories."""
    indexing.current(conn, now)
    known = {article.id: article for article in articles if article.id}
    archive.add(conn, [archive.Entry(a.id, a.published, sketch_of(a)) for a in known.values()])
    indexing.catch_up(conn, now)
