"""The archive index: findable in the same transaction, equal on both databases, harmless leftovers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from digest.flow.sketches import sketch_of
from digest.store import Store, archive
from digest.store import articles as stored
from digest.store.schema import archive_articles, archive_postings, articles
from digest.testing.rankers import DUE, article

WORDS = [
    f"{a}{b}"
    for a in ("har", "mar", "tol", "ver", "sid")
    for b in ("bour", "ket", "lane", "mont", "wick", "den")
]


def made(count, seed=1):
    """Make articles of random words, the same ones each time."""
    chance = random.Random(seed)
    return [
        article(n, " ".join(chance.sample(WORDS, 5)), summary=" ".join(chance.choices(WORDS, k=20)))
        for n in range(1, count + 1)
    ]


def save(conn, batch):
    """Save articles and index them as ingest does; returns them as stored."""
    kept = stored.save(conn, batch, DUE)
    both = [*kept.new, *kept.changed]
    archive.add(conn, [archive.Entry(a.id, a.published, sketch_of(a)) for a in both])
    return both


def ask(conn, one, limit=10):
    """Ask for the articles nearest to one, all terms equal."""
    query = [(term, 1.0) for term in sketch_of(one).counts]
    return archive.nearest(conn, query, limit, archive.blocks(conn))


def test_an_article_is_findable_in_the_transaction_that_saved_it(store):
    """Nothing has to be committed, refreshed or merged first."""
    with store.write() as conn:
        one = save(conn, made(50))[17]
        assert ask(conn, one)[0] == one.id


def test_what_is_rolled_back_is_not_found(store):
    """Index and articles stand or fall together, as after a kill."""

    def killed():
        with store.write() as conn:
            save(conn, made(5))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed()
    with store.read() as conn:
        assert archive.blocks(conn) == []
        assert archive.size(conn)["postings"] == 0


def test_statistics_count_articles_lengths_and_holders(store):
    """How rare a term is follows from what is there now."""
    batch = made(40)
    with store.write() as conn:
        kept = save(conn, batch[:25])
        kept += save(conn, batch[25:])
        sketches = [sketch_of(a) for a in kept]
        wanted = set().union(*(s.counts for s in sketches))
        found = archive.statistics(conn, wanted)
    assert found.articles == 40
    assert found.mean_length == pytest.approx(sum(s.length for s in sketches) / 40)
    assert found.holding == {t: sum(t in s.counts for s in sketches) for t in wanted}


def test_both_databases_propose_the_same_articles_in_the_same_order(tmp_path, postgres_server, request):
    """One implementation: not a line of ranking differs."""
    from digest.store.schema import metadata

    request.getfixturevalue("_postgres_template")
    urls = [f"sqlite:///{tmp_path / 'a.db'}", postgres_server.replace("/postgres?", "/digest_equal?")]
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE digest_equal TEMPLATE digest_template")
    answers = []
    for url in urls:
        store = Store(url)
        metadata.create_all(store.engine)
        batch = made(300)
        with store.write() as conn:
            for start in range(0, 300, 37):
                save(conn, batch[start : start + 37])
        with store.read() as conn:
            answers.append([ask(conn, one, 30) for one in batch[:40]])
        store.close()
    assert answers[0] == answers[1]


def test_a_corrected_headline_is_found_by_its_new_words_and_adds_no_double(store):
    """An altered article is posted only under the terms it did not have; its sketch is the new one."""
    with store.write() as conn:
        first, *others = save(conn, made(20))
        before = archive.size(conn)["postings"]
        changed = save(conn, [replace(first, headline=f"{first.headline} zeppelin", seen_at=DUE)])
        assert [a.id for a in changed] == [first.id]
        after = archive.size(conn)
        assert ask(conn, article(99, "zeppelin", summary=""))[0] == first.id
        assert after["articles"] == len(others) + 1
        assert after["postings"] == before + 1


def test_a_removed_article_leaves_no_entry(store):
    """Its postings may stay: what is proposed without an entry is passed over."""
    with store.write() as conn:
        one, *_ = save(conn, made(10))
        conn.execute(delete(articles).where(articles.c.id == one.id))
        assert archive.sketches(conn, [one.id]) == {}


def test_blocks_tell_which_times_they_hold(store):
    """A question about a span looks only into the blocks that overlap it."""
    with store.write() as conn:
        save(conn, made(10))
        assert archive.blocks(conn, before=DUE - timedelta(hours=1)) == []
        assert archive.blocks(conn, since=DUE) == []
        assert archive.blocks(conn, since=DUE - timedelta(minutes=5), before=DUE) == [0]


def test_what_the_index_holds_is_told_without_reading_it_and_true(store):
    """The counts beside the lists give what reading all lists and sketches gives."""
    with store.write() as conn:
        kept = save(conn, made(40))
        stored.save(conn, [article(99, "Never indexed", url="https://x.example/99", guid="99")], DUE)
        told = archive.size(conn)
        rows = conn.execute(select(archive_postings.c.term, archive_postings.c.postings)).all()
        sketches = conn.execute(select(func.sum(func.length(archive_articles.c.sketch)))).scalar_one()
    read = sum(len(row.postings) for row in rows)
    assert (told["articles"], told["not_indexed"], told["blocks"]) == (len(kept), 1, 1)
    assert (told["terms"], told["postings"]) == (len({row.term for row in rows}), read // 5)
    assert told["bytes"] == read + sketches
