"""Stories as rows: numbers that are given once."""

from __future__ import annotations

from sqlalchemy import delete, select

from digest.store import stories
from digest.store.schema import stories as table
from digest.testing.rankers import DUE


def begun(conn, count):
    row = {"first_at": DUE, "last_at": DUE, "sketch": b""}
    return stories.begin(conn, [{**row, "articles": n} for n in range(1, count + 1)])


def test_stories_begun_together_have_numbers_in_their_order_and_none_comes_twice(store):
    """An edition may have told of a story under its number, so a number that was free again stays so."""
    with store.write() as conn:
        first = begun(conn, 3)
        held = conn.execute(select(table.c.id, table.c.articles).order_by(table.c.id)).all()
        assert [tuple(row) for row in held] == list(zip(first, (1, 2, 3), strict=True))
        conn.execute(delete(table))
        assert begun(conn, 2)[0] > first[-1]
        assert begun(conn, 1)[0] > first[-1] + 2
        assert stories.begin(conn, []) == []
