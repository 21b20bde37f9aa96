"""The archive index: which articles share words with a text, among a million, in any process at once.

Four tables. ``archive_articles`` holds each article's sketch: the truth. ``archive_postings``
(`digest.store.postings`) holds lists of the articles that have a term: it only proposes candidates,
which are then scored exactly from their sketches, so a posting left behind by an altered or removed
article does no harm. ``archive_terms`` counts the postings of each term, ``archive_blocks`` tells of each
16,384 article numbers how many there are. All of it is written in the transaction that saves the articles:
what is saved is findable, what is rolled back or killed is not, and no count is ever out of date.
Block first in the key keeps one batch's writes on neighbouring pages.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import bindparam, delete, func, select

from digest.model import Article, Headline
from digest.store import postings
from digest.store.articles import by_ids, printable
from digest.store.postings import BLOCK, SPAN
from digest.store.schema import archive_articles, archive_blocks, archive_terms, articles
from digest.text.sketch import HEAD, Sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

_POSTING = np.dtype([("article", "<u4"), ("impact", "u1")])
_RANGE = SPAN * BLOCK
_LOCK = 7412  # names our advisory lock on PostgreSQL
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One article of the archive as the index knows it."""

    article: int
    published: datetime
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many articles there are, their mean length in terms, and how many hold each term asked for."""

    articles: int
    mean_length: float
    holding: dict[int, int]


# ── writing ───────────────────────────────────────────────────────────────────────────


def lock(conn: Connection) -> None:
    """Let no other process write the index until this transaction ends; on SQLite none could anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(conn: Connection, entries: Sequence[Entry]) -> None:
    """Index new articles, or those whose words changed, within the caller's transaction."""
    lock(conn)
    old = sketches(conn, [entry.article for entry in entries])
    done = postings.joined(conn)
    lists: dict[tuple[int, int], bytearray] = defaultdict(bytearray)
    for entry in entries:
        _post(lists, entry, old.get(entry.article), done)
    _write_articles(conn, entries)
    postings.add(conn, lists)
    _count(conn, entries, old)


def _post(lists: dict[tuple[int, int], bytearray], entry: Entry, known: Entry | None, done: int) -> None:
    """Note an article under each of its terms that it did not have before."""
    block = entry.article // BLOCK
    stem = entry.article.to_bytes(4, "little")
    longer = 2.4 * (1 - 60 / (60 + entry.sketch.length))
    before = known.sketch.counts if known else {}
    counts = entry.sketch.counts
    made = {
        count: stem + bytes((int(250 * count / (count + longer + 0.6)),)) for count in set(counts.values())
    }
    joined, border = postings.border(block, done)
    for term, count in counts.items():
        if term not in before:
            lists[joined if term < border else block, term] += made[count]


def _write_articles(conn: Connection, entries: Sequence[Entry]) -> None:
    rows = [(e.article, e.published, e.sketch.pack()) for e in entries]
    postings.upsert(
        conn,
        "INSERT INTO archive_articles (article, published, sketch) VALUES",
        "ON CONFLICT (article) DO UPDATE SET published = excluded.published, sketch = excluded.sketch",
        [(a, _moment(conn, p), s) for a, p, s in rows],
        ("bigint", "timestamptz", "bytea"),
    )


def _moment(conn: Connection, moment: datetime) -> Any:
    processor = archive_articles.c.published.type.dialect_impl(conn.dialect).bind_processor(conn.dialect)
    return processor(moment) if processor else moment


def _count(conn: Connection, entries: Sequence[Entry], old: dict[int, Entry]) -> None:
    """Keep per block how many articles there are, how long, and from when to when."""
    by_block: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_block[entry.article // BLOCK].append(entry)
    low, high = ("min", "max") if conn.dialect.name == "sqlite" else ("least", "greatest")
    for block, part in sorted(by_block.items()):
        fresh = [e for e in part if e.article not in old]
        grown = sum(e.sketch.length for e in part) - sum(
            old[e.article].sketch.length for e in part if e.article in old
        )
        values = (
            block, len(fresh), grown,
            _moment(conn, min(e.published for e in part)), _moment(conn, max(e.published for e in part)),
        )  # fmt: skip
        postings.upsert(
            conn,
            "INSERT INTO archive_blocks (block, articles, length, first_at, last_at) VALUES",
            "ON CONFLICT (block) DO UPDATE SET articles = archive_blocks.articles + excluded.articles,"
            " length = archive_blocks.length + excluded.length,"
            f" first_at = {low}(archive_blocks.first_at, excluded.first_at),"
            f" last_at = {high}(archive_blocks.last_at, excluded.last_at)",
            [values],
            ("integer", "integer", "bigint", "timestamptz", "timestamptz"),
        )


def clear(conn: Connection, now: datetime) -> None:
    """Empty the index; the articles stay."""
    lock(conn)
    postings.begin_again(conn, now)
    for table in (archive_blocks, archive_articles):
        conn.execute(delete(table))


# ── reading ───────────────────────────────────────────────────────────────────────────


def sketches(conn: Connection, ids: Sequence[int]) -> dict[int, Entry]:
    """Return what the index holds of these articles."""
    found: dict[int, Entry] = {}
    columns = (archive_articles.c.article, archive_articles.c.published, archive_articles.c.sketch)
    query = select(*columns).where(archive_articles.c.article.in_(bindparam("ids", expanding=True)))
    for start in range(0, len(ids), _CHUNK):
        for row in conn.execute(query, {"ids": list(ids[start : start + _CHUNK])}):
            found[row.article] = Entry(row.article, row.published, Sketch.unpack(bytes(row.sketch)))
    return found


def latest(conn: Connection, source: str, limit: int) -> list[Entry]:
    """Return what the index holds of a source's latest articles."""
    query = (
        select(articles.c.id)
        .where(articles.c.source == source)
        .order_by(articles.c.published.desc(), articles.c.id.desc())
        .limit(limit)
    )
    return list(sketches(conn, list(conn.execute(query).scalars())).values())


def blocks(conn: Connection, since: datetime | None = None, before: datetime | None = None) -> list[int]:
    """Return the blocks that hold articles published in [since, before)."""
    query = select(archive_blocks.c.block).order_by(archive_blocks.c.block)
    if since is not None:
        query = query.where(archive_blocks.c.last_at >= since)
    if before is not None:
        query = query.where(archive_blocks.c.first_at < before)
    return list(conn.execute(query).scalars())


def statistics(conn: Connection, wanted: Iterable[int]) -> Statistics:
    """Count, as of this transaction, who holds each term."""
    sums = (
        func.coalesce(func.sum(column), 0) for column in (archive_blocks.c.articles, archive_blocks.c.length)
    )
    size, length = map(int, conn.execute(select(*sums)).one())
    return Statistics(size, length / size if size else 0.0, postings.counts(conn, wanted))


def nearest(
    conn: Connection, query: Sequence[tuple[int, float]], limit: int, within: Sequence[int]
) -> list[int]:
    """Propose up to ``limit`` articles that share the weightiest of ``query``'s terms, best first.

    ``query`` is (term, weight) pairs, ``within`` the blocks to look in. Ties go to the older article. One
    span after the other is looked at, so the memory this takes does not grow with the archive.
    """
    asked = {term: (index, weight) for index, (term, weight) in enumerate(query)}
    by_span: dict[int, list[tuple[int, int, bytes]]] = defaultdict(list)
    for where, term, data in postings.read(conn, within, list(asked)):
        by_span[postings.span_of(where)].append((term, where, data))
    numbers, scores = np.empty(0, np.int64), np.empty(0)
    for span, lists in sorted(by_span.items()):
        found, points = _scored(span, lists, asked, within)
        numbers, scores = np.concatenate((numbers, found)), np.concatenate((scores, points))
        if len(scores) > limit:
            kept = scores >= np.partition(scores, -limit)[-limit]
            numbers, scores = numbers[kept], scores[kept]
    order = np.lexsort((numbers, -scores))[:limit]
    return [int(number) for number in numbers[order]]


def _scored(
    span: int,
    lists: list[tuple[int, int, bytes]],
    asked: dict[int, tuple[int, float]],
    within: Sequence[int],
) -> tuple[Any, Any]:
    """Sum up a span's postings: numbers of articles and their points.

    Term by term in the order of the query, wherever the lists are: sums are then equal everywhere.
    """
    lists.sort(key=lambda one: (asked[one[0]][0], one[1]))
    weights = [asked[term][1] for term, _, _ in lists]
    found = np.frombuffer(b"".join([data for _, _, data in lists]), _POSTING)
    points = found["impact"] * np.repeat(weights, [len(data) // postings.SIZE for _, _, data in lists])
    sums = np.bincount(found["article"] - np.uint32(span * _RANGE), weights=points, minlength=_RANGE)
    inside = set(within)
    for block in range(SPAN):
        if span * SPAN + block not in inside:
            sums[block * BLOCK : (block + 1) * BLOCK] = 0
    numbers = np.flatnonzero(sums)
    return numbers + span * _RANGE, sums[numbers]


def headlines(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the articles' headlines, in the order of their numbers."""
    query = select(articles.c.id, articles.c.headline).where(
        articles.c.id.in_(bindparam("ids", expanding=True))
    )
    found: dict[int, str] = {}
    for start in range(0, len(ids), _CHUNK):
        found.update(
            {row.id: row.headline for row in conn.execute(query, {"ids": list(ids[start : start + _CHUNK])})}
        )
    return dict(sorted(found.items()))


def stories(conn: Connection, ids: Sequence[int]) -> dict[int, int | None]:
    """Return the story of each of these articles."""
    query = select(articles.c.id, articles.c.story).where(articles.c.id.in_(bindparam("ids", expanding=True)))
    found: dict[int, int | None] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = conn.execute(query, {"ids": list(ids[start : start + _CHUNK])})
        found.update({row.id: row.story for row in rows})
    return found


def shown(
    conn: Connection,
    ids: Sequence[int],
    at: datetime,
    sources: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> dict[int, tuple[Headline, int | None]]:
    """Return headline and story of those that may be shown at a time, of these sources and languages.

    Withdrawn, embargoed and expired ones may not.
    """
    columns = ("id", "headline", "url", "source", "published", "language", "story")
    query = select(*(articles.c[name] for name in columns)).where(
        articles.c.id.in_(bindparam("ids", expanding=True)), *printable(at)
    )
    if sources:
        query = query.where(articles.c.source.in_(list(sources)))
    if languages:
        query = query.where(articles.c.language.in_([*languages, ""]))
    found: dict[int, tuple[Headline, int | None]] = {}
    for start in range(0, len(ids), _CHUNK):
        for row in conn.execute(query, {"ids": list(ids[start : start + _CHUNK])}):
            line = Headline(
                headline=row.headline,
                url=row.url,
                source=row.source,
                published=row.published,
                language=row.language,
                article=row.id,
            )
            found[row.id] = (line, row.story)
    return found


def missing(conn: Connection, below: int, limit: int) -> tuple[list[Article], int]:
    """Look at ``limit`` articles numbered below ``below``, newest first.

    Returns those that the index lacks, and the number below which to go on: 0 at the end.
    """
    query = select(articles.c.id).where(articles.c.id < below).order_by(articles.c.id.desc()).limit(limit)
    numbers = list(conn.execute(query).scalars())
    known = sketches(conn, numbers)
    lacking = [number for number in numbers if number not in known]
    return list(by_ids(conn, lacking).values()), numbers[-1] if len(numbers) == limit else 0


def newest(conn: Connection) -> int:
    """Return the highest number of an article; 0 without any."""
    return conn.execute(select(func.max(articles.c.id))).scalar() or 0


def waiting(conn: Connection) -> int:
    """Count the articles that the index lacks."""
    indexed = select(func.coalesce(func.sum(archive_blocks.c.articles), 0)).scalar_subquery()
    lacking: int = conn.execute(select(func.count() - indexed).select_from(articles)).scalar_one()
    return max(0, lacking)


def size(conn: Connection) -> dict[str, int]:
    """Return how much the index holds: articles, blocks, terms with their postings, bytes.

    All is told from what is counted beside the lists, which are not read: a posting has five bytes, and
    each stands for a term in its article's sketch, of five bytes too, under a head of eight.
    """
    table, terms = archive_blocks, archive_terms
    held, parts = conn.execute(
        select(func.coalesce(func.sum(table.c.articles), 0), func.count()).select_from(table)
    ).one()
    posted, different = conn.execute(select(func.coalesce(func.sum(terms.c.articles), 0), func.count())).one()
    return {
        "articles": int(held),
        "not_indexed": waiting(conn),
        "blocks": parts,
        "terms": different,
        "postings": int(posted),
        "bytes": 2 * postings.SIZE * int(posted) + HEAD * int(held),
    }
