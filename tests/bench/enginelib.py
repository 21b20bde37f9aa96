"""Ways to keep an archive's postings, behind the one function that the product asks its index by.

``nearest(query, limit, within)``: (term number, weight) pairs → article numbers, the nearest first, as
`digest.store.archive.nearest` gives them. ``add`` takes (number, sketch) pairs and commits them. All
but one are given Digest's own terms; `Own` is an engine as it comes, asked with words.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from digest.flow.archive import tidy
from digest.model import Article, ArticleKind
from digest.store import Store, archive
from digest.store.schema import articles, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.text.sketch import Sketch

    Query = Sequence[tuple[int, float]]

_nearest = archive.nearest  # the product's own, whatever stands in its place later

HEAP = 50_000_000
"""Bytes that the embedded engine may fill before it writes by itself."""


class Ours:
    """Digest's own index; ``add`` also writes the least of a row that an article's number needs."""

    name = "Digest: lists of postings"

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.store = store or Store(f"sqlite:///{folder}/digest.db")
        self.blocks: list[int] = []
        if store is None:
            metadata.create_all(self.store.engine)

    def add(self, batch: Sequence[tuple[int, Sketch]], now: datetime) -> None:
        """Index articles in one transaction."""
        with self.store.write() as conn:
            conn.execute(articles.insert(), [row(number, now) for number, _ in batch])
            archive.add(conn, [archive.Entry(number, now, sketch) for number, sketch in batch])
            tidy(conn, now, len(batch))

    def nearest(self, query: Query, limit: int, within: Sequence[int] = ()) -> list[int]:
        """Ask in a transaction of its own."""
        with self.store.read() as conn:
            return _nearest(conn, query, limit, within or archive.blocks(conn))

    def size(self) -> float:
        """Give the bytes of the index: the file is filled with articles' rows too."""
        with self.store.read() as conn:
            asked = text("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'archive%'")
            return float(conn.execute(asked).scalar_one())

    def holds(self, number: int, sketch: Sketch) -> bool:
        """Tell whether an article is found by its own words."""
        return number in self.nearest([(term, 1.0) for term in sketch.counts], 20)


def row(number: int, now: datetime) -> dict[str, Any]:
    """Give the row of an article of which nothing but its number matters."""
    url = f"https://labelled.example/{number}"
    made = Article(
        url=url, url_key=url, source="labelled", headline=str(number), kind=ArticleKind.HEADLINE,
        language="en", published=now, seen_at=now,
    )  # fmt: skip
    kept = ("url", "url_key", "source", "kind", "headline", "published", "basis", "seen_at")
    return {
        **{key: getattr(made, key) for key in kept},
        "id": number,
        "tags": [],
        "authors": [],
        "hash": "",
    }


class Sql:
    """A SQLite file of its own, as safe as the product's."""

    made = ""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "engine.db"
        self.raw = sqlite3.connect(self.file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000"):
            self.raw.execute(f"PRAGMA {pragma}")
        self.raw.execute(self.made)

    def size(self) -> float:
        """Give the bytes of the file."""
        self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return float(self.file.stat().st_size)

    def insert(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write rows in one transaction."""
        self.raw.execute("BEGIN IMMEDIATE")
        self.raw.executemany(statement, rows)
        self.raw.execute("COMMIT")


class Rows(Sql):
    """A row for each term of each article."""

    name = "SQLite: a row per posting"
    made = (
        "CREATE TABLE IF NOT EXISTS postings (term INTEGER, article INTEGER, impact INTEGER,"
        " PRIMARY KEY (term, article)) WITHOUT ROWID"
    )

    def add(self, batch: Sequence[tuple[int, Sketch]], now: datetime) -> None:
        """Index articles; the impact is that of the product."""
        rows = []
        for number, sketch in batch:
            longer = 2.4 * (1 - 60 / (60 + sketch.length))
            rows += [(t, number, int(250 * c / (c + longer + 0.6))) for t, c in sketch.counts.items()]
        self.insert("INSERT INTO postings VALUES (?, ?, ?)", sorted(rows))

    def nearest(self, query: Query, limit: int, within: Sequence[int] = ()) -> list[int]:
        """Sum up in SQL."""
        asked = (
            "SELECT p.article FROM json_each(?) q CROSS JOIN postings p ON p.term = CAST(q.key AS INTEGER)"
            " GROUP BY p.article ORDER BY sum(p.impact * q.value) DESC, p.article LIMIT ?"
        )
        return [number for (number,) in self.raw.execute(asked, (json.dumps(dict(query)), limit))]


class Fts5(Sql):
    """SQLite's full-text search, given Digest's terms; its bm25 takes no weights."""

    name = "FTS5, Digest's terms"
    made = "CREATE VIRTUAL TABLE IF NOT EXISTS a USING fts5(terms, content='', tokenize='ascii')"

    def add(self, batch: Sequence[tuple[int, Sketch]], now: datetime) -> None:
        """Index articles, their terms as words."""
        rows = ((number, words(sketch)) for number, sketch in batch)
        self.insert("INSERT INTO a (rowid, terms) VALUES (?, ?)", rows)

    def nearest(self, query: Query, limit: int, within: Sequence[int] = ()) -> list[int]:
        """Ask for any of the terms."""
        any_of = " OR ".join(f"{term:x}z" for term, _ in query)
        asked = "SELECT rowid FROM a WHERE a MATCH ? ORDER BY rank LIMIT ?"
        return [number for (number,) in self.raw.execute(asked, (any_of, limit))]


class Tantivy:
    """The embedded engine, given Digest's terms (as words that only spaces part) and their weights."""

    name = "tantivy, Digest's terms"
    tokenizer = "terms"

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.engine, self.folder = tantivy, folder / "tantivy"
        self.folder.mkdir(parents=True, exist_ok=True)
        made = tantivy.SchemaBuilder()
        made.add_unsigned_field("number", stored=True, indexed=True, fast=True)
        made.add_text_field("terms", tokenizer_name=self.tokenizer, index_option="freq")
        self.schema = made.build()
        self.index = tantivy.Index(self.schema, path=str(self.folder))
        split = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self.index.register_tokenizer("terms", split)
        self._writer: Any = None
        self.searcher = self.index.searcher()

    @property
    def writer(self) -> Any:
        """Open the one writer that there may be; raises ``ValueError`` where another process has it."""
        if self._writer is None:
            self._writer = self.index.writer(HEAP, 1)
        return self._writer

    def add(self, batch: Sequence[tuple[int, Sketch]], now: datetime) -> None:
        """Index articles, commit, and see what was committed."""
        self.put([(number, words(sketch)) for number, sketch in batch])

    def put(self, batch: Sequence[tuple[int, str]]) -> None:
        """Index texts by number, commit, and see what was committed."""
        for number, terms in batch:
            made = self.engine.Document()
            made.add_unsigned("number", number)
            made.add_text("terms", terms)
            self.writer.add_document(made)
        self.writer.commit()
        self.index.reload()
        self.searcher = self.index.searcher()

    def nearest(self, query: Query, limit: int, within: Sequence[int] = ()) -> list[int]:
        """Ask for any of the terms, each with its weight; its own rarity is taken out of it again."""
        size = self.searcher.num_docs
        should = []
        for term, weight in query:
            held = self.searcher.doc_freq("terms", f"{term:x}z")
            rarity = math.log1p((size - held + 0.5) / (held + 0.5))
            one = self.engine.Query.term_query(self.schema, "terms", f"{term:x}z", "freq")
            should.append((self.engine.Occur.Should, self.engine.Query.boost_query(one, weight / rarity)))
        return self._numbers(self.engine.Query.boolean_query(should), limit)

    def _numbers(self, query: Any, limit: int) -> list[int]:
        hits = self.searcher.search(query, limit, count=False).hits
        return list(map(int, self.searcher.fast_field_values("number", [place for _, place in hits])))

    def close(self) -> None:
        """Wait for merges, and give back the writer."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None
            self.index.reload()
            self.searcher = self.index.searcher()

    def size(self) -> float:
        """Give the bytes of all its files, once merges are done."""
        self.close()
        return float(sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file()))


class Own(Tantivy):
    """The embedded engine as it comes: raw text, its default tokens, asked with words."""

    name = "tantivy as it comes"
    tokenizer = "default"

    def asked(self, text: str, limit: int) -> list[int]:
        """Ask for any of a text's words, at most 150 different ones."""
        found = list(dict.fromkeys(re.findall(r"\w+", text.lower())))[:150]
        term = self.engine.Query.term_query
        should = [(self.engine.Occur.Should, term(self.schema, "terms", one, "freq")) for one in found]
        return self._numbers(self.engine.Query.boolean_query(should), limit) if should else []


def words(sketch: Sketch) -> str:
    """Write a sketch's terms as words, each as often as it counts."""
    return " ".join(f"{term:x}z" for term, count in sketch.counts.items() for _ in range(count))


def absent() -> bool:
    """Tell, and say what to do, where the embedded engine is not installed."""
    try:
        import tantivy  # noqa: F401
    except ImportError:
        print("tantivy is not installed: pip install tantivy (for this comparison alone)")
        return True
    return False
