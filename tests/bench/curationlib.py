"""Shared by the curation benchmarks: labelled files into a real store, and naive FTS5 to compare with."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.flow.learn import learn
from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.model import Article, ArticleKind
from digest.select.related import SAME
from digest.store import Store, archive
from digest.store import articles as stored
from digest.store.schema import metadata
from digest.text.meaning import Encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHRONOLOGICAL = ("ar_story", "en_topic")
"""Beginnings of the names of tasks whose archive is only what was published before the query."""

BATCH = 500
TEXT = 100_000


@dataclass(slots=True)
class Shelf:
    """Labelled documents as articles of a store: which document became which article."""

    store: Store
    by_document: dict[str, int] = field(default_factory=dict)
    by_article: dict[int, list[str]] = field(default_factory=dict)
    seconds: float = 0.0  # of computing: to save, index and group them


def read(path: Path) -> list[dict[str, Any]]:
    """Read a file of one JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def moment(text: str) -> datetime:
    """Read ISO 8601, or day/month/year as some labelled sets have it."""
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
        day, month, year = map(int, found.groups())
        return datetime(year, month, day, tzinfo=UTC)
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def article(row: dict[str, Any], *, titles_only: bool = False) -> Article:
    """Make an article of a labelled document; without a title it keeps its body, a body it need not have."""
    url = f"https://labelled.example/{row['id']}"
    published = moment(row["published"])
    title, body = row.get("title") or "", row.get("body") or ""
    body = "" if titles_only and title else body[:TEXT]
    return Article(
        url=url,
        url_key=url,
        source=str(row.get("source") or "labelled"),
        headline=title,
        body=body,
        kind=ArticleKind.FULL if body else ArticleKind.HEADLINE,
        language=row.get("lang") or "",
        published=published,
        seen_at=published,
        guid=row["id"],
    )


def fill(
    store: Store, rows: Sequence[dict[str, Any]], *, titles_only: bool = False, batch: int = BATCH
) -> Shelf:
    """Save documents as ingest does, in the order given, and let the archive learn them."""
    shelf = Shelf(store)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        made = [article(row, titles_only=titles_only) for row in part]
        now = max(one.published for one in made)
        with store.write() as conn:
            begun = time.process_time()
            kept = stored.save(conn, made, now)
            learn(conn, [*kept.new, *kept.changed], now)
            shelf.seconds += time.process_time() - begun
            for row, one in zip(part, made, strict=True):
                found = stored.by_url(conn, one.url)
                assert found is not None
                shelf.by_document[row["id"]] = found.id
                shelf.by_article.setdefault(found.id, []).append(row["id"])
    return shelf


def stories_of(shelf: Shelf) -> dict[str, int]:
    """Tell each document's story; one without any stands alone, under a number below nought."""
    with shelf.store.read() as conn:
        found = stored.by_ids(conn, shelf.by_article)
    return {name: found[n].story or -n for name, n in shelf.by_document.items()}


@contextmanager
def opened(url: str = "") -> Iterator[Store]:
    """Give an empty store: a temporary SQLite file, or the database named."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(url or f"sqlite:///{folder}/bench.db")
        metadata.create_all(store.engine)
        try:
            yield store
        finally:
            store.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """How the product is asked for related articles."""

    titles_only: bool
    dedup: bool
    chronological: bool
    encode: Encode | None = None


def ranked(shelf: Shelf, row: dict[str, Any], asked: Asked) -> list[str]:
    """Ask the product for the ten articles related to one document."""
    dedup = asked.dedup
    one = article(row, titles_only=asked.titles_only)
    own = shelf.by_document.get(row["id"], 0)
    with shelf.store.read() as conn:
        story = archive.stories(conn, [own]).get(own)
    wish = Wish(
        limit=10,
        before=one.published if asked.chronological else None,
        around=one.published if asked.chronological else None,
        story=story,
        without=frozenset({own}),
        same=SAME if dedup else 2.0,
        headline=one.headline,
        encode=asked.encode,
    )
    with shelf.store.read() as conn:
        found = related(conn, sketch_of(one), wish)
    several = None if not dedup else 1
    documents = [shelf.by_article[each.article][:several] for each in found]
    return [name for names in documents for name in names if name != row["id"]][:10]


class Naive:
    """What a quick implementation does: raw text into FTS5, the title's words as the query."""

    def __init__(self, rows: Sequence[dict[str, Any]], *, titles_only: bool = False) -> None:
        self.raw = sqlite3.connect(":memory:")
        self.raw.execute("CREATE VIRTUAL TABLE a USING fts5(id UNINDEXED, published UNINDEXED, title, body)")
        texts = [
            (r["id"], r["published"], r.get("title") or "", "" if titles_only else r.get("body") or "")
            for r in rows
        ]
        self.raw.executemany("INSERT INTO a VALUES (?, ?, ?, ?)", texts)

    def ranked(self, row: dict[str, Any], limit: int = 10) -> list[str]:
        """Rank by the built-in bm25; headlines of marks alone find nothing."""
        words = re.findall(r"\w+", row.get("title") or (row.get("body") or "")[:200])
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        found = self.raw.execute("SELECT id FROM a WHERE a MATCH ? ORDER BY rank LIMIT ?", (query, limit + 1))
        return [name for (name,) in found if name != row["id"]][:limit]
