"""Lists of postings: under a term, which articles of a range of numbers have it, five bytes each.

New postings are appended to lists of one *block* (16,384 article numbers), which are short to rewrite. Once
the archive has grown past eight blocks, a *span*, their lists are joined term by term, so that a question
among a million articles reads hardly more rows than one among a hundred thousand. Joining goes on in slices
of the terms' range, a few at each ingest, in the caller's transaction: nothing is ever written in one long
go, and at any moment each posting is in one place, which one number tells (how many slices are joined).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select

from digest.store import facts
from digest.store.schema import archive_blocks, archive_postings, archive_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

BLOCK = 16_384
SPAN = 8
"""Blocks whose lists are joined."""

SLICES = 1024
"""Steps in which the lists of a span are joined."""

SIZE = 5
"""Bytes of one posting: the article's number, the term's impact."""

JOINED = "archive.joined"
_WIDTH = (1 << 32) // SLICES
_CHUNK = 500


def joined(conn: Connection) -> int:
    """Return how many slices are joined, of all spans together; they are joined in order."""
    return int(facts.get(conn, JOINED, default=0))


def begin_again(conn: Connection, now: datetime) -> None:
    """Empty all lists."""
    for table in (archive_postings, archive_terms):
        conn.execute(delete(table))
    facts.put(conn, JOINED, 0, now)


def border(block: int, done: int) -> tuple[int, int]:
    """Tell where a block's joined lists are, and the first term whose list is not joined but in the block.

    ``done`` is what ``joined`` returned.
    """
    span = block // SPAN
    return -1 - span, max(0, done - span * SLICES) * _WIDTH


def places(blocks: Iterable[int], done: int) -> list[int]:
    """Give all places that may hold postings of these blocks."""
    found: dict[int, None] = {}
    for block in blocks:
        span, slices = block // SPAN, done - block // SPAN * SLICES
        if slices > 0:
            found[-1 - span] = None
        if slices < SLICES:
            found[block] = None
    return list(found)


def span_of(where: int) -> int:
    """Tell which span a place belongs to."""
    return where // SPAN if where >= 0 else -1 - where


def add(conn: Connection, lists: dict[tuple[int, int], bytearray]) -> None:
    """Append new postings to the lists of (place, term), and count them."""
    _append(conn, lists)
    new: dict[int, int] = defaultdict(int)
    for (_, term), data in lists.items():
        new[term] += len(data) // SIZE
    upsert(
        conn,
        "INSERT INTO archive_terms (term, articles) VALUES",
        "ON CONFLICT (term) DO UPDATE SET articles = archive_terms.articles + excluded.articles",
        sorted(new.items()),
        ("bigint", "bigint"),
    )


def _append(conn: Connection, lists: dict[tuple[int, int], bytearray]) -> None:
    new = "archive_postings.postings || excluded.postings"
    upsert(
        conn,
        "INSERT INTO archive_postings (block, term, postings) VALUES",
        "ON CONFLICT (block, term) DO UPDATE SET postings = "
        + (f"CAST({new} AS BLOB)" if conn.dialect.name == "sqlite" else new),
        [(where, term, bytes(data)) for (where, term), data in sorted(lists.items())],
        ("integer", "bigint", "bytea"),
    )


def upsert(
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
    source = f"SELECT * FROM unnest({columns})"  # noqa: S608 (types are constants of this package)
    for start in range(0, len(rows), 20_000):
        part = rows[start : start + 20_000]
        conn.exec_driver_sql(
            f"{into.removesuffix(' VALUES')} {source} {conflict}", tuple(map(list, zip(*part, strict=True)))
        )


def join(conn: Connection, steps: int, now: datetime) -> bool:
    """Join the next ``steps`` slices of spans that are over; tells whether there are more.

    A span is over when an article of a later one is indexed. The caller holds the index's lock.
    """
    before = joined(conn)
    span = before // SLICES
    rest = select(func.min(archive_blocks.c.block), func.max(archive_blocks.c.block))
    first, last = conn.execute(rest.where(archive_blocks.c.block >= span * SPAN)).one()
    if last is None or last // SPAN == span:
        return False
    done = max(before, first // SPAN * SLICES)  # numbers that no article has are passed over
    end = min(done + steps, last // SPAN * SLICES)
    while done < end:
        span = done // SLICES
        until = min(end, (span + 1) * SLICES)
        _join(conn, span, (done - span * SLICES) * _WIDTH, (until - span * SLICES) * _WIDTH)
        done = until
    facts.put(conn, JOINED, done, now)
    return bool(done < last // SPAN * SLICES)


def _join(conn: Connection, span: int, first: int, beyond: int) -> None:
    """Move the lists of terms in [first, beyond) from a span's blocks to the span."""
    table = archive_postings
    taken = conn.execute(
        delete(table)
        .where(
            table.c.block.between(span * SPAN, span * SPAN + SPAN - 1),
            table.c.term >= first,
            table.c.term < beyond,
        )
        .returning(table.c.block, table.c.term, table.c.postings)
    ).all()
    lists: dict[tuple[int, int], bytearray] = defaultdict(bytearray)
    for _, term, data in sorted(taken, key=lambda row: row[:2]):
        lists[-1 - span, term] += data
    _append(conn, lists)


def counts(conn: Connection, terms: Iterable[int]) -> dict[int, int]:
    """Count the postings of each term; a term without any is left out."""
    table, numbers = archive_terms, list(terms)
    query = select(table.c.term, table.c.articles).where(table.c.term.in_(bindparam("terms", expanding=True)))
    held: dict[int, int] = {}
    for start in range(0, len(numbers), _CHUNK):
        held.update(
            tuple(row) for row in conn.execute(query, {"terms": numbers[start : start + _CHUNK]}).all()
        )
    return held


def read(conn: Connection, blocks: Iterable[int], terms: Sequence[int]) -> list[tuple[int, int, bytes]]:
    """Return (place, term, postings) of every list of these terms that may hold articles of these blocks."""
    table = archive_postings
    query = select(table.c.block, table.c.term, table.c.postings).where(*_where())
    given = {"places": places(blocks, joined(conn)), "terms": list(terms)}
    return [tuple(row) for row in conn.execute(query, given).all()]


def _where() -> tuple[Any, Any]:
    table = archive_postings
    return (
        table.c.block.in_(bindparam("places", expanding=True)),
        table.c.term.in_(bindparam("terms", expanding=True)),
    )
