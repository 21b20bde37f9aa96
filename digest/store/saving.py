"""Saving articles in bulk: which are new, which changed, which are the same.

Identity, versions, further keys.

Two articles are one when they share an address key, an alias (AMP, former address), a guid within their
source, or all their text within a few days (published again under a new address).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from digest.model import Article, ArticleKind, Basis
from digest.store.article_rows import article_of
from digest.store.dialect import dialect_of
from digest.store.schema import article_keys, article_sources, article_versions, articles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Row

_CHUNK = 400
_LOCK = (
    7_301_995  # PostgreSQL: one saver at a time, so that two processes cannot take the same address for new
)
_ALIKE = 0.3  # share of common words below which one guid with two addresses means two articles
_AGAIN_LONG, _AGAIN_SHORT = timedelta(days=7), timedelta(hours=12)
_ENOUGH_TEXT, _LONG_TEXT = 80, 400  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of a batch. ``new`` and ``changed`` carry their number and version."""

    new: tuple[Article, ...] = ()
    changed: tuple[Article, ...] = ()
    unchanged: tuple[int, ...] = ()


@dataclass(slots=True)
class _Record:
    """An article as it is in the store, or about to be (id 0)."""

    article: Article
    hash: str
    keys: list[str] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)  # source → position
    fresh: bool = False
    changed: bool = False
    touched: bool = False  # something beside the text differs
    seen_at: datetime | None = None  # of the newest version, where it is not the article's


def save(conn: Connection, batch: Sequence[Article], now: datetime) -> Saved:  # noqa: ARG001 (articles carry their own times)
    """Store a batch of articles in the caller's transaction; saving the same batch again changes nothing.

    A changed headline, summary or body makes a new version. An article known as a headline that comes with
    text
    becomes full, first seen now. Another source's words never change an article; that it carried it is noted.
    """
    if not batch:
        return Saved()
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    known = _known(conn, batch)
    records: dict[int, _Record] = {}
    for one in batch:
        record = _settle(one, known)
        records[id(record)] = record
    _write(conn, list(records.values()))
    return Saved(
        new=tuple(r.article for r in records.values() if r.fresh),
        changed=tuple(r.article for r in records.values() if r.changed and not r.fresh),
        unchanged=tuple(r.article.id for r in records.values() if not r.fresh and not r.changed),
    )


def content_hash(headline: str, summary: str, body: str) -> str:
    """Return the identity of an article's words."""
    return hashlib.blake2b(f"{headline}\0{summary}\0{body}".encode(), digest_size=16).hexdigest()


# ── what is there ─────────────────────────────────────────────────────────────────────


def _keys(one: Article) -> list[str]:
    keys = list(one.aliases)
    if one.kind is ArticleKind.FULL and len(one.headline) + len(one.summary) >= _ENOUGH_TEXT:
        keys.append(f"text:{one.source}:{content_hash(one.headline, one.summary, one.body)}")
    return keys


def _known(conn: Connection, batch: Sequence[Article]) -> dict[str, _Record]:
    """Return what the store knows under any key of the batch: key → record."""
    wanted = [key for one in batch for key in (one.url_key, *_keys(one))]
    known: dict[str, _Record] = {}
    by_id: dict[int, _Record] = {}
    for row in _rows(conn, articles.c.url_key, wanted):
        known[row.url_key] = by_id[row.id] = _record(row)
    keyed = {
        key: article
        for part in _chunks(wanted)
        for key, article in conn.execute(
            select(article_keys.c.key, article_keys.c.article).where(article_keys.c.key.in_(part))
        )
    }
    for row in _rows(conn, articles.c.id, sorted(set(keyed.values()) - by_id.keys())):
        by_id[row.id] = _record(row)
    for key, article in keyed.items():
        known.setdefault(key, by_id[article])
        by_id[article].keys.append(key)
    _know_sources(conn, by_id)
    return known


def _know_sources(conn: Connection, by_id: dict[int, _Record]) -> None:
    for part in _chunks(list(by_id)):
        for row in conn.execute(select(article_sources).where(article_sources.c.article.in_(part))):
            by_id[row.article].sources[row.source] = row.position


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _rows(conn: Connection, column: ColumnElement[Any], values: Sequence[Any]) -> Iterator[Row[Any]]:
    for part in _chunks(values):
        yield from conn.execute(select(articles).where(column.in_(part)))


def _record(row: Row[Any]) -> _Record:
    return _Record(article_of(row), row.hash)


# ── decide ────────────────────────────────────────────────────────────────────────────


def _settle(one: Article, known: dict[str, _Record]) -> _Record:
    """Find the record an article belongs to, or make one; let it take over what is new."""
    record = known.get(one.url_key) or next(
        (r for key in _keys(one) if (r := known.get(key)) and _same(r.article, one, key)), None
    )
    if record is None:
        record = _Record(one, content_hash(one.headline, one.summary, one.body), fresh=True)
    else:
        _take_over(record, one)
    record.sources.setdefault(one.source, -1)
    if record.sources[one.source] != one.position:
        record.sources[one.source] = one.position
        record.touched = True
    for key in (*_keys(one), one.url_key):
        if known.get(key) is not record:
            if key != record.article.url_key:
                record.keys.append(key)
                record.touched = True
            known[key] = record
    return record


def _same(stored: Article, one: Article, key: str) -> bool:
    """Tell whether a shared key other than the address really means the same article."""
    if key.startswith("text:"):
        near = _AGAIN_LONG if len(one.body) >= _LONG_TEXT else _AGAIN_SHORT
        return abs(stored.published - one.published) <= near
    if key.startswith("guid:"):
        return stored.published == one.published or _alike(stored.headline, one.headline) >= _ALIKE
    return True


def _alike(first: str, second: str) -> float:
    a, b = (set(re.findall(r"\w+", text.casefold())) for text in (first, second))
    return len(a & b) / len(a | b) if a | b else 0.0


def _take_over(record: _Record, one: Article) -> None:
    old = record.article
    upgrade = old.kind is ArticleKind.HEADLINE and one.kind is ArticleKind.FULL
    if not upgrade and (one.kind is not old.kind or one.source != old.source):
        return
    new = replace(
        old,
        headline=one.headline,
        summary=one.summary or old.summary,
        body=one.body or old.body,
        section=one.section or old.section,
        tags=one.tags or old.tags,
        authors=one.authors or old.authors,
        language=one.language or old.language,
        image=one.image or old.image,
        guid=one.guid or old.guid,
        position=one.position,
        updated=max(filter(None, (old.updated, one.updated)), default=None),
        aliases=one.aliases,
        embargo_until=one.embargo_until or old.embargo_until,
        expires_at=one.expires_at or old.expires_at,
    )
    if upgrade:
        new = replace(
            new, kind=one.kind, source=one.source, url=one.url, seen_at=max(old.seen_at, one.seen_at)
        )
    if (upgrade or old.basis in (Basis.SEEN, Basis.GUESS)) and one.basis in (Basis.PUBLISHED, Basis.DAY):
        new = replace(new, published=one.published, basis=one.basis)
    digest = content_hash(new.headline, new.summary, new.body)
    if digest != record.hash or upgrade:
        new = replace(new, version=old.version + (0 if record.fresh else 1), withdrawn_at=None)
        record.changed, record.hash, record.seen_at = True, digest, one.seen_at
    elif new != replace(old, position=one.position, aliases=one.aliases):
        record.touched = True
    record.article = new


# ── write ─────────────────────────────────────────────────────────────────────────────


def _values(record: _Record) -> dict[str, Any]:
    one = record.article
    return {
        "url_key": one.url_key, "url": one.url, "source": one.source, "kind": one.kind.value, "headline":
        one.headline,
        "summary": one.summary, "body": one.body, "section": one.section, "tags": list(one.tags),
        "authors": list(one.authors),
        "language": one.language, "image": asdict(one.image) if one.image else None, "guid": one.guid,
        "position": one.position,
        "published": one.published, "basis": one.basis.value, "updated": one.updated, "seen_at": one.seen_at,
        "withdrawn_at": one.withdrawn_at, "version": one.version, "hash": record.hash,
        "embargo_until": one.embargo_until, "expires_at": one.expires_at,
    }  # fmt: skip


def _write(conn: Connection, records: list[_Record]) -> None:
    fresh = [r for r in records if r.fresh]
    if fresh:
        conn.execute(insert(articles), [{**_values(r), "version": 1} for r in fresh])
        numbers = dict(_numbers(conn, [r.article.url_key for r in fresh]))
        for record in fresh:
            record.article = replace(record.article, id=numbers[record.article.url_key], version=1)
    altered = [r for r in records if not r.fresh and (r.changed or r.touched)]
    if altered:
        query = update(articles).where(articles.c.id == bindparam("_id"))
        conn.execute(query, [{**_values(r), "_id": r.article.id} for r in altered])
    _write_versions(conn, [r for r in records if r.fresh or r.changed])
    _write_keys(conn, [r for r in records if r.fresh or r.touched or r.changed])
    _write_sources(conn, [r for r in records if r.fresh or r.touched or r.changed])


def _numbers(conn: Connection, url_keys: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Read the numbers of rows just inserted.

    One statement for many, where RETURNING costs one a row on SQLite.
    """
    for part in _chunks(url_keys):
        query = select(articles.c.url_key, articles.c.id).where(articles.c.url_key.in_(part))
        yield from ((row.url_key, row.id) for row in conn.execute(query))


def _write_versions(conn: Connection, records: list[_Record]) -> None:
    rows = [
        {
            "article": r.article.id,
            "version": r.article.version,
            "seen_at": r.seen_at or r.article.seen_at,
            "hash": r.hash,
            "headline": r.article.headline,
            "summary": r.article.summary,
            "body": r.article.body,
        }
        for r in records
    ]
    if rows:
        conn.execute(insert(article_versions), rows)


def _write_keys(conn: Connection, records: list[_Record]) -> None:
    rows = {key: r.article.id for r in records for key in r.keys}
    for part in _chunks(list(rows)):
        conn.execute(delete(article_keys).where(article_keys.c.key.in_(part)))
    if rows:
        conn.execute(
            insert(article_keys), [{"key": key, "article": article} for key, article in rows.items()]
        )


def _write_sources(conn: Connection, records: list[_Record]) -> None:
    rows = [
        {
            "article": r.article.id,
            "source": source,
            "seen_at": r.article.seen_at,
            "position": max(0, position),
        }
        for r in records
        for source, position in r.sources.items()
    ]
    if rows:
        query = dialect_of(conn).insert(article_sources)
        unique = ["article", "source"]
        conn.execute(
            query.on_conflict_do_update(index_elements=unique, set_={"position": query.excluded.position}),
            rows,
        )
