"""The index as a whole: a rebuild that is killed, and a paragraph that a whole archive shares."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from digest.flow import archive as indexing
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.settings import Settings
from digest.store import Store, archive, postings
from digest.store import articles as stored
from digest.store.postings import BLOCK, SPAN
from digest.store.schema import archive_articles, articles
from digest.testing.rankers import DUE, article

CHUNK = 40
WRITES = 4
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from digest.flow import archive
from digest.flow.context import Context
from digest.settings import Settings
from digest.store import Store

url, writes, chunk = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = Store(url)
seen = 0

@event.listens_for(store.engine, "after_cursor_execute")
def die(conn, cursor, statement, parameters, context, executemany):
    global seen
    seen += statement.startswith(sys.argv[4])
    if seen == writes:
        os.kill(os.getpid(), signal.SIGKILL)

archive.rebuild(Context(Settings(), store, lambda: datetime(2026, 6, 20, tzinfo=UTC)), chunk=chunk)
"""
"""A rebuild that is killed in the middle of a transaction: postings are written, blocks are not counted."""


def context(store: Store) -> Context:
    return Context(Settings(), store, lambda: datetime(2026, 6, 20, tzinfo=UTC))


def save(store, batch):
    with store.write() as conn:
        kept = stored.save(conn, batch, DUE)
        learn(conn, kept.new, DUE)
        found = stored.by_ids(conn, [a.id for a in kept.new])
    return [found[number] for number in sorted(found)]


def pairs(count, foot, start=1):
    """Make articles of which each two beside each other are about the same, all with the same foot."""
    return [
        article(
            n,
            f"alpha{n} beta{n // 2} gamma{n // 2} reported",
            summary=f"Of delta{n // 2} much is said. {foot}",
            url=f"https://x.example/{n}",
            guid=str(n),
            published=DUE - timedelta(minutes=n % 2000),
        )
        for n in range(start, start + count)
    ]


def near(store, one, **wish):
    with store.read() as conn:
        return [found.article for found in related(conn, sketch_of(one), Wish(**{"limit": 10, **wish}))]


def answers(store, kept):
    return [near(store, one) for one in kept[::17]]


@pytest.mark.parametrize("resumed", ["by the next ingest", "by another rebuild"])
def test_a_rebuild_killed_midway_leaves_the_archive_whole(store, database_url, resumed):
    """What kill -9 left is committed and answers, nothing is half there, and the rest follows."""
    kept = save(store, pairs(280, "Words of the house."))
    before = answers(store, kept)
    command = [
        sys.executable,
        "-c",
        KILLED,
        database_url,
        str(WRITES),
        str(CHUNK),
        "INSERT INTO archive_postings",
    ]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    done = (WRITES - 1) * CHUNK
    with store.read() as conn:
        held = archive.size(conn)
        assert (held["articles"], held["not_indexed"]) == (done, len(kept) - done)
        assert archive.statistics(conn, []).articles == done
    assert near(store, kept[-1], same=2.0)[0] == kept[-1].id  # the newest come first
    if resumed == "by the next ingest":
        save(store, [article(999, "Choir wins the festival", summary="A song of the sea.")])
    else:
        assert indexing.rebuild(context(store), chunk=CHUNK) == len(kept)
    assert indexing.stats(context(store))["not_indexed"] == 0
    assert answers(store, kept) == before


def test_a_rebuild_killed_while_it_joins_lists_loses_nothing(store, database_url):
    """Lists taken out of their blocks and not yet in their span are back; the ingests after it join them."""
    kept = save(store, pairs(60, "Words of the house."))
    with store.write() as conn:  # the same once more in the next span, under other addresses
        for row in conn.execute(select(articles)).mappings().all():
            again = {"id": row["id"] + SPAN * BLOCK, "url": f"{row['url']}/2", "url_key": f"{row['url']}/2"}
            conn.execute(articles.insert().values({**row, **again}))
    indexing.rebuild(context(store))
    before, joined = answers(store, kept), indexing.stats(context(store))
    command = [sys.executable, "-c", KILLED, database_url, "3", "40", "DELETE FROM archive_postings WHERE"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert answers(store, kept) == before
    with store.write() as conn:
        assert postings.joined(conn) == 2 * indexing.AT_ONCE
        indexing.tidy(conn, DUE, indexing.PACE * postings.SLICES)
        assert postings.joined(conn) == postings.SLICES
    assert answers(store, kept) == before
    assert indexing.stats(context(store)) == joined


def test_catching_up_looks_at_no_article_twice(store):
    """It goes on below the last number it looked at, so its cost does not grow with what is indexed."""
    kept = save(store, pairs(30, "Words of the house."))
    with store.write() as conn:
        indexing.begin_again(conn, DUE)
        assert indexing.catch_up(conn, DUE, 10) == 10
        conn.execute(archive_articles.delete())  # it would index these again if it looked
        assert indexing.catch_up(conn, DUE, 10) == 10
        assert set(archive.sketches(conn, [one.id for one in kept])) == {one.id for one in kept[10:20]}
        assert indexing.catch_up(conn, DUE, 15) == 10
        assert indexing.catch_up(conn, DUE, 10) == 0


def test_a_paragraph_that_thousands_share_relates_none_of_them(store):
    """Each is related to the one with which it shares its own words, no other; nor are they one story."""
    foot = "Subscribe to our newsletter for exclusive reporting from correspondents across the region. " * 3
    kept = [one for start in range(1, 2000, 1000) for one in save(store, pairs(1000, foot, start))]
    for one in kept[1:-1:151]:
        number = int(one.guid)
        twin = next(other for other in kept if int(other.guid) == number ^ 1)
        assert near(store, one) == [twin.id]
    assert len({one.story for one in kept}) == len(kept) // 2 + 1
