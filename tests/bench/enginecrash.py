"""What becomes of an index when its process is killed, and when two processes want to write.

A process saves articles in the database and in the index, batch after batch, and is killed at some moment.
Afterwards the numbers that the database holds are compared with those that the index holds. An engine with
files of its own commits by itself, before the database or after it; Digest's index is in the database's
transaction.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import curationcost
import curationlib as lib
import enginelib as engines
from sqlalchemy import select

from digest.flow.sketches import sketch_of
from digest.store.schema import archive_articles, archive_blocks, articles
from digest.text.sketch import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.text.sketch import Sketch

NOW = lib.moment("2020-01-01T00:00:00")
BATCH = 20
NAMED = 200
TRUTH = "CREATE TABLE IF NOT EXISTS articles (id INTEGER PRIMARY KEY)"
ORDERS = ("in the same transaction", "after the database", "before the database")
_SPAWN = multiprocessing.get_context("spawn")


def apart(work: Callable[..., Any], *given: Any) -> Any:
    """Do something in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as pool:
        return pool.submit(work, *given).result()


def marked(count: int) -> list[Sketch]:
    """Sketch articles, each of which one word names."""
    rows = enumerate(curationcost.documents(count))
    return [sketch_of(lib.article({**row, "title": f"only{n}x {row['title']}"})) for n, row in rows]


def save(folder: str, order: str, ready: Any) -> None:
    """Save batches until killed."""
    place = Path(folder)
    sketches = marked(NAMED)
    engine = engines.Ours(place) if order == ORDERS[0] else engines.Tantivy(place)
    truth = sqlite3.connect(place / "truth.db", isolation_level=None)
    truth.execute("PRAGMA journal_mode=WAL")
    truth.execute("PRAGMA synchronous=FULL")
    truth.execute(TRUTH)

    def told(numbers: list[int]) -> None:
        if order != ORDERS[0]:
            truth.execute("BEGIN IMMEDIATE")
            truth.executemany("INSERT INTO articles VALUES (?)", [(n,) for n in numbers])
            truth.execute("COMMIT")

    for start in range(1, 1_000_000, BATCH):
        numbers = list(range(start, start + BATCH))
        batch = [(n, sketches[n % len(sketches)]) for n in numbers]
        if order != ORDERS[2]:
            told(numbers)
        engine.add(batch, NOW)
        if order == ORDERS[2]:
            told(numbers)
        if start > 2 * BATCH:
            ready.set()


def differ(folder: Path, order: str) -> tuple[int, int]:
    """Count what the index lacks and what it has too many, after a kill."""
    if order == ORDERS[0]:
        engine = engines.Ours(folder)
        with engine.store.read() as conn:
            known = set(conn.execute(select(articles.c.id)).scalars())
            held = set(conn.execute(select(archive_articles.c.article)).scalars())
            counted = conn.execute(select(archive_blocks.c.articles)).scalars().all()
        found = {
            n for term in range(NAMED) for n in engine.nearest([(number(f"only{term}x"), 1.0)], 1_000_000)
        }
        engine.store.close()
        return len(known - (held & found)) + abs(sum(counted) - len(known)), len((held | found) - known)
    truth = sqlite3.connect(folder / "truth.db")
    known = {n for (n,) in truth.execute("SELECT id FROM articles")}
    one = engines.Tantivy(folder)
    everything = one.searcher.search(one.engine.Query.all_query(), max(1, one.searcher.num_docs), count=False)
    places = [place for _, place in everything.hits]
    found = set(map(int, one.searcher.fast_field_values("number", places)))
    return len(known - found), len(found - known)


def killed(order: str, chance: random.Random) -> tuple[int, int]:
    """Kill one process at a moment of chance; returns what is missing and what is too much."""
    with tempfile.TemporaryDirectory(prefix="digest-engines-") as name:
        ready = _SPAWN.Event()
        process = _SPAWN.Process(target=save, args=(name, order, ready))
        process.start()
        ready.wait(120)
        time.sleep(chance.uniform(0, 0.5))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        return differ(Path(name), order)


def second(folder: str) -> str:
    """Try to write beside another process; returns what happened."""
    begun = time.perf_counter()
    try:
        engines.Tantivy(Path(folder)).add([(1, marked(1)[0])], NOW)
    except ValueError as refused:
        return f"refused at once: {str(refused).split(',')[0][:60]}"
    return f"waited {time.perf_counter() - begun:.1f} s and wrote"


def second_of_ours(folder: str) -> None:
    """Write beside another process."""
    engines.Ours(Path(folder)).add([(1_000_000, marked(1)[0])], NOW)


def together() -> dict[str, str]:
    """Let a second process write while the first has the index open for writing; what happened, by engine."""
    with tempfile.TemporaryDirectory(prefix="digest-engines-") as name:
        one = engines.Tantivy(Path(name))
        one.add([(2, marked(1)[0])], NOW)
        theirs = apart(second, name)
        one.close()
        ours = engines.Ours(Path(name))
        with ProcessPoolExecutor(1, mp_context=_SPAWN) as pool:
            pool.submit(os.getpid).result()
            with ours.store.write():
                waits = pool.submit(second_of_ours, name)
                time.sleep(1)
                early = waits.done()
            waits.result()
        ours.store.close()
        return {"tantivy": theirs, "Digest": "wrote at once" if early else "waited for its turn and wrote"}


def crashes(times: int) -> list[str]:
    """Kill so many processes for each order of commits; returns the table."""
    lines = [
        "| index committed | kills | afterwards unequal | articles missing | too many |",
        "|---" * 5 + "|",
    ]
    print("\n".join(lines), flush=True)
    for order in ORDERS:
        chance = random.Random(3)
        found = [killed(order, chance) for _ in range(times)]
        unequal = sum(any(one) for one in found)
        lines.append(
            f"| {order} | {times} | {unequal} | {sum(a for a, _ in found)} | {sum(b for _, b in found)} |"
        )
        print(lines[-1], flush=True)
    told = together()
    return [*lines, "", *(f"A second process that writes, {name}: {what}." for name, what in told.items())]
