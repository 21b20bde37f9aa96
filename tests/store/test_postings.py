"""Lists of postings: joined by spans step by step, each posting in one place, the same answers throughout."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from digest.flow.sketches import sketch_of
from digest.store import archive, postings
from digest.store.postings import BLOCK, SLICES, SPAN
from digest.store.schema import archive_postings, archive_terms, articles
from digest.testing.rankers import DUE, article

WORDS = [
    f"{a}{b}" for a in ("har", "mar", "tol", "ver", "sid", "kol") for b in ("bour", "ket", "lane", "mont")
]
COLUMNS = ("url", "url_key", "source", "kind", "headline", "published", "basis", "seen_at")
EACH = 4


def spread(conn, blocks, each=EACH, seed=5):
    """Save and index a few articles in each of these blocks; returns their entries."""
    chance = random.Random(seed)
    entries = []
    for block in blocks:
        for n in range(1, each + 1):
            one = article(
                block * BLOCK + n,
                " ".join(chance.sample(WORDS, 5)),
                summary=" ".join(chance.choices(WORDS, k=12)),
                published=DUE + timedelta(hours=block),
            )
            row = {"tags": [], "authors": [], "hash": "", "id": one.id}
            row |= {name: getattr(one, name) for name in COLUMNS}
            conn.execute(articles.insert().values(row))
            entries.append(archive.Entry(one.id, one.published, sketch_of(one)))
    archive.add(conn, entries)
    return entries


def ask(conn, entry, within=None, limit=12):
    """Ask for the articles nearest to one, each term with a weight of its own."""
    query = [(term, 1 + place / 7) for place, term in enumerate(entry.sketch.counts)]
    return archive.nearest(conn, query, limit, archive.blocks(conn) if within is None else within)


def held(conn):
    """Give how many bytes of postings each place has."""
    size = func.sum(func.length(archive_postings.c.postings))
    query = select(archive_postings.c.block, size).group_by(archive_postings.c.block)
    return {place: int(total) for place, total in conn.execute(query)}


@pytest.mark.parametrize("steps", [1, 300, SLICES, 5 * SLICES])
def test_joining_changes_no_answer_at_any_moment(store, steps):
    """Before, between and after the steps the same articles are proposed in the same order."""
    with store.write() as conn:
        entries = spread(conn, range(2 * SPAN + 3))
        asked = entries[:: len(entries) // 6]
        before = [ask(conn, one) for one in asked]
        assert {len(found) for found in before} == {12}
        total = sum(held(conn).values())
        for _ in range(7):
            more = postings.join(conn, steps, DUE)
            assert [ask(conn, one) for one in asked] == before
            assert sum(held(conn).values()) == total
        assert more is (7 * steps < 2 * SLICES)


def test_only_spans_that_are_over_are_joined(store):
    """New articles are written into short lists; two spans are over here, the third is being written."""
    with store.write() as conn:
        spread(conn, range(2 * SPAN + 3))
        postings.join(conn, 99 * SLICES, DUE)
        assert sorted(held(conn)) == [-2, -1, 2 * SPAN, 2 * SPAN + 1, 2 * SPAN + 2]
        assert postings.joined(conn) == 2 * SLICES
        assert not postings.join(conn, 1, DUE)


def test_a_question_reads_few_lists_however_large_the_archive(store):
    """Seventeen blocks of which two spans are joined take three lists a term, eight alone took eight."""
    with store.write() as conn:
        terms = list(spread(conn, range(SPAN), each=30)[0].sketch.counts)
        few = len(postings.read(conn, range(SPAN), terms))
        spread(conn, range(SPAN, 2 * SPAN + 1), each=30)
        postings.join(conn, 9 * SLICES, DUE)
        many = len(postings.read(conn, range(2 * SPAN + 1), terms))
    assert few == SPAN * len(terms)
    assert many == 3 * len(terms)


def test_a_time_that_is_asked_for_is_kept_within_a_span(store):
    """Of a joined span only the blocks that were asked for propose anything."""
    with store.write() as conn:
        entries = spread(conn, range(SPAN + 1))
        postings.join(conn, SLICES, DUE)
        within = [2, 5]
        found = ask(conn, entries[0], within, limit=99)
        assert {number // BLOCK for number in found} == set(within)
        assert len(found) == 2 * EACH


def test_an_article_corrected_later_is_found_in_the_joined_lists(store):
    """Its new words go where its span's lists are, or they would not be read."""
    with store.write() as conn:
        first, *_ = spread(conn, range(SPAN + 1))
        postings.join(conn, SLICES // 2, DUE)
        for word in ("zeppelin", "quince"):  # one of a slice that is joined, one of another
            new = sketch_of(article(1, f"{word} {' '.join(WORDS[:4])}", summary=""))
            archive.add(conn, [archive.Entry(first.article, first.published, new)])
            postings.join(conn, SLICES, DUE)
            term = next(iter(sketch_of(article(2, word, summary="")).counts))
            assert archive.nearest(conn, [(term, 1.0)], 5, archive.blocks(conn)) == [first.article]


def test_terms_are_counted_as_their_postings_are(store):
    """What is counted beside the lists is what is in them, after corrections and joining too."""
    with store.write() as conn:
        entries = spread(conn, range(SPAN + 2))
        archive.add(conn, [archive.Entry(e.article, e.published, entries[0].sketch) for e in entries[5:9]])
        postings.join(conn, SLICES // 3, DUE)
        size = func.sum(func.length(archive_postings.c.postings)) / postings.SIZE
        lists = select(archive_postings.c.term, size).group_by(archive_postings.c.term)
        told = select(archive_terms.c.term, archive_terms.c.articles)
        assert {t: int(n) for t, n in conn.execute(lists)} == dict(tuple(row) for row in conn.execute(told))


def test_numbers_that_no_article_has_are_passed_over(store):
    """A database whose numbers begin at a thousand million is joined as any other."""
    far = 1_000_000_000 // BLOCK // SPAN * SPAN
    with store.write() as conn:
        spread(conn, [far, far + 1, far + SPAN])
        assert not postings.join(conn, SLICES, DUE)
        assert sorted(held(conn)) == [-1 - far // SPAN, far + SPAN]


def test_what_was_joined_and_rolled_back_is_as_before(store):
    """Lists, counts and the note of how far joining is stand or fall together."""
    with store.write() as conn:
        entries = spread(conn, range(SPAN + 1))
        before = held(conn), ask(conn, entries[3])

    def killed():
        with store.write() as conn:
            postings.join(conn, SLICES, DUE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed()
    with store.read() as conn:
        assert (held(conn), ask(conn, entries[3])) == before
        assert postings.joined(conn) == 0


def test_a_thousand_blobs_joined_keep_every_byte(store):
    """Appending to a list of postings is exact for every byte value, zero included."""
    with store.write() as conn:
        for n in range(0, 512, 2):
            postings.add(conn, {(0, 7): bytearray(bytes((n % 256, 0, 255, n // 256, 128)))})
        [(_, _, data)] = postings.read(conn, [0], [7])
    assert data == b"".join(bytes((n % 256, 0, 255, n // 256, 128)) for n in range(0, 512, 2))
