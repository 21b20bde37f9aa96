"""The archive index: which articles share words with a text, among a million, in any process at once.

Three tables. ``archive_articles`` holds each article's sketch: the truth. ``archive_postings``
holds, for a block of 16,384 article numbers and a term, the articles that have it, five bytes each
(number, impact): it only proposes candidates, which are then scored exactly from their sketches, so
a posting left behind by an altered or removed article does no harm. ``archive_blocks`` counts.
All of it is written in the transaction that saves the articles: what is saved is findable, what is
rolled back or killed is not. How rare a term is follows from the postings themselves, so it is never
out of date. Block first in the key keeps one batch's writes on neighbouring pages.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import bindparam, delete, func, select

from digest.model import Article, Headline
from digest.store.articles import by_ids, printable
from digest.store.schema import archive_articles, archive_blocks, archive_postings, articles
from digest.text.sketch import Sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

BLOCK = 16_384
SAMPLE = 8
"""Blocks that are counted to tell how rare a term is."""

_POSTING = np.dtype([("article", "<u4"), ("impact", "u1")])
_SIZE = _POSTING.itemsize
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


def add(conn: Connection, entries: Sequence[Entry]) -> None:
    """Index new articles, or those whose words changed, within the caller's transaction."""
    old = sketches(conn, [entry.article for entry in entries])
    postings: dict[tuple[int, int], bytearray] = defaultdict(bytearray)
    for entry in entries:
        _post(postings, entry, old.get(entry.article))
    _write_articles(conn, entries)
    _write_postings(conn, postings)
    _count(conn, entries, old)


def _post(postings: dict[tuple[int, int], bytearray], entry: Entry, known: Entry | None) -> None:
    """Note an article under each of its terms that it did not have before."""
    block = entry.article // BLOCK
    stem = entry.article.to_bytes(4, "little")
    shorter = 60 / (60 + entry.sketch.length)
    before = known.sketch.counts if known else {}
    for term, count in entry.sketch.counts.items():
        if term not in before:
            impact = int(250 * count / (count + 2.4 * (1 - shorter) + 0.6))
            postings[block, term] += stem + bytes((impact,))


def _write_articles(conn: Connection, entries: Sequence[Entry]) -> None:
    rows = [(e.article, e.published, e.sketch.pack()) for e in entries]
    _upsert(
        conn,
        "INSERT INTO archive_articles (article, published, sketch) VALUES",
        "ON CONFLICT (article) DO UPDATE SET published = excluded.published, sketch = excluded.sketch",
        [(a, _moment(conn, p), s) for a, p, s in rows],
        ("bigint", "timestamptz", "bytea"),
    )


def _write_postings(conn: Connection, postings: dict[tuple[int, int], bytearray]) -> None:
    joined = (
        "CAST(archive_postings.postings || excluded.postings AS BLOB)"
        if conn.dialect.name == "sqlite"
        else "archive_postings.postings || excluded.postings"
    )
    _upsert(
        conn,
        "INSERT INTO archive_postings (block, term, postings) VALUES",
        f"ON CONFLICT (block, term) DO UPDATE SET postings = {joined}",
        [(block, term, bytes(data)) for (block, term), data in sorted(postings.items())],
        ("integer", "bigint", "bytea"),
    )


def _upsert(
    conn: Connection, into: str, conflict: str, rows: list[tuple[Any, ...]], types: tuple[str, ...]
) -> None:
    """Write many rows at the speed of the driver: prepared on SQLite, as arrays on PostgreSQL."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        marks = ", ".join("?" * len(types))
        conn.exec_driver_sql(f"{into} ({marks}) {conflict}", rows)
        return
    columns = ", ".join(f"%s::{kind}[]" for kind in types)
    source = f"SELECT * FROM unnest({columns})"  # noqa: S608 (types are constants of this module)
    for start in range(0, len(rows), 20_000):
        part = rows[start : start + 20_000]
        conn.exec_driver_sql(
            f"{into.removesuffix(' VALUES')} {source} {conflict}", tuple(map(list, zip(*part, strict=True)))
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
        _upsert(
            conn,
            "INSERT INTO archive_blocks (block, articles, length, first_at, last_at) VALUES",
            "ON CONFLICT (block) DO UPDATE SET articles = archive_blocks.articles + excluded.articles,"
            " length = archive_blocks.length + excluded.length,"
            f" first_at = {low}(archive_blocks.first_at, excluded.first_at),"
            f" last_at = {high}(archive_blocks.last_at, excluded.last_at)",
            [values],
            ("integer", "integer", "bigint", "timestamptz", "timestamptz"),
        )


def clear(conn: Connection) -> None:
    """Empty the index; the articles stay."""
    for table in (archive_postings, archive_blocks, archive_articles):
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


def _counted(held: Sequence[Any]) -> Sequence[Any]:
    """Choose the blocks that stand for all: eight, spread evenly."""
    if len(held) <= SAMPLE:
        return held
    return [held[place * (len(held) - 1) // (SAMPLE - 1)] for place in range(SAMPLE)]


def statistics(conn: Connection, wanted: Iterable[int]) -> Statistics:
    """Count, as of this transaction, who holds each term.

    Of an archive of more than eight blocks, eight spread evenly over it are counted and stand for all: how
    rare a term is needs no more, and the time it takes does not grow.
    """
    every = select(archive_blocks.c.block, archive_blocks.c.articles, archive_blocks.c.length)
    held = conn.execute(every.order_by(archive_blocks.c.block)).all()
    size, length = sum(row.articles for row in held), sum(row.length for row in held)
    counted = _counted(held)
    share = size / max(1, sum(row.articles for row in counted))
    table = archive_postings
    query = (
        select(table.c.term, func.sum(func.length(table.c.postings)).label("bytes"))
        .where(
            table.c.block.in_(bindparam("blocks", expanding=True)),
            table.c.term.in_(bindparam("terms", expanding=True)),
        )
        .group_by(table.c.term)
    )
    known, holding, numbers = [row.block for row in counted], {}, list(wanted)
    for start in range(0, len(numbers), _CHUNK):
        for row in conn.execute(query, {"blocks": known, "terms": numbers[start : start + _CHUNK]}):
            holding[row.term] = round(int(row.bytes) // _SIZE * share)
    return Statistics(size, length / size if size else 0.0, holding)


def nearest(
    conn: Connection, query: Sequence[tuple[int, float]], limit: int, within: Sequence[int]
) -> list[int]:
    """Propose up to ``limit`` articles that share the weightiest of ``query``'s terms, best first.

    ``query`` is (term, weight) pairs, ``within`` the blocks to look in. Ties go to the older article.
    """
    parts, weights = _postings(conn, query, within)
    if not parts:
        return []
    found = np.concatenate(parts)
    impact = found["impact"] * np.repeat(np.array(weights), [len(part) for part in parts])
    numbers = found["article"].astype(np.int64)
    first = int(numbers.min())
    scores = np.bincount(numbers - first, weights=impact)
    size = min(limit, int(np.count_nonzero(scores)))
    edge = np.partition(scores, -size)[-size]
    kept = np.flatnonzero(scores >= edge) if edge > 0 else np.flatnonzero(scores)
    order = np.lexsort((kept, -scores[kept]))[:size]
    return [int(number) + first for number in kept[order]]


def _postings(
    conn: Connection, query: Sequence[tuple[int, float]], within: Sequence[int]
) -> tuple[list[Any], list[float]]:
    """Read postings in the order of ``query``'s terms and of the blocks: sums are then equal everywhere."""
    table = archive_postings
    statement = select(table.c.term, table.c.block, table.c.postings).where(
        table.c.block.in_(bindparam("blocks", expanding=True)),
        table.c.term.in_(bindparam("terms", expanding=True)),
    )
    place = {term: (index, weight) for index, (term, weight) in enumerate(query)}
    found = conn.execute(statement, {"blocks": list(within), "terms": list(place)})
    rows = sorted(found, key=lambda row: (place[row.term][0], row.block))
    return [np.frombuffer(row.postings, _POSTING) for row in rows], [place[row.term][1] for row in rows]


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


def missing(conn: Connection, limit: int) -> list[Article]:
    """Return articles that the index lacks, newest first."""
    query = (
        select(articles.c.id)
        .select_from(articles.outerjoin(archive_articles, archive_articles.c.article == articles.c.id))
        .where(archive_articles.c.article.is_(None))
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    return list(by_ids(conn, conn.execute(query).scalars()).values())


def size(conn: Connection) -> dict[str, int]:
    """Return how much the index holds: articles, blocks, terms with their postings, bytes."""
    posted = conn.execute(
        select(func.count(), func.coalesce(func.sum(func.length(archive_postings.c.postings)), 0)),
    ).one()
    held = conn.execute(
        select(func.count(), func.coalesce(func.sum(func.length(archive_articles.c.sketch)), 0)),
    ).one()
    waiting = conn.execute(
        select(func.count())
        .select_from(articles.outerjoin(archive_articles, archive_articles.c.article == articles.c.id))
        .where(archive_articles.c.article.is_(None)),
    ).scalar_one()
    return {
        "articles": held[0],
        "not_indexed": waiting,
        "blocks": len(blocks(conn)),
        "lists": posted[0],
        "postings": int(posted[1]) // _SIZE,
        "bytes": int(posted[1]) + int(held[1]),
    }
