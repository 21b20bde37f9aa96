"""Digest's archive index beside other engines, on the same terms: quality, cost, commits, crashes.

engines.py [--sizes 10000,100000] [--kills 20] [--quality/--no-quality] [--cost/--no-cost]
           [--engines Ours,Tantivy,Rows,Fts5] [--write]

Quality: labelled tasks through the product, each engine proposing the candidates that the product scores, and
each engine's own order. Cost: the same made-up articles as `curationcost.py`; of every engine the computing
time of indexing in batches of 1,000, of a question for 150 candidates, of committing 1, 10 and 50 articles.
Crashes: enginecrash.py. `--write` puts the tables into docs/curation.md. Needs tantivy (pip install tantivy).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import curation
import curationcost
import curationlib as lib
import enginecrash
import enginelib as engines

from digest.flow import related as asking
from digest.flow.sketches import sketch_of
from digest.select import related as relating
from digest.store import archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS = {kind.__name__: kind for kind in (engines.Ours, engines.Tantivy, engines.Rows, engines.Fts5)}
DEEP = 400
"""Proposals looked through for an order without the product's scoring."""

COMMITS = (1, 10, 50)
TIMES = 20
NOW = lib.moment("2020-01-01T00:00:00")


# ── quality ───────────────────────────────────────────────────────────────────────────


@contextmanager
def proposing(nearest: Callable[..., list[int]], candidates: int) -> Iterator[None]:
    """Let an engine propose the product's candidates: the interface is this one function."""
    kept = archive.nearest, asking.CANDIDATES
    archive.nearest = lambda conn, query, limit, within: nearest(query, limit, within)  # noqa: ARG005
    asking.CANDIDATES = candidates
    try:
        yield
    finally:
        archive.nearest, asking.CANDIDATES = kept


class Task:
    """One labelled task, saved and learnt as the product does it."""

    def __init__(self, store: Any, task: str, *, titles: bool, dedup: bool, metric: str) -> None:
        self.task, self.metric = task, metric
        self.asked = lib.Asked(titles, dedup, task in lib.CHRONOLOGICAL)
        rows = lib.read(curation.SET / "dev" / f"{task}.jsonl")
        queries = json.loads((curation.SET / "dev" / f"{task}.queries.json").read_text(encoding="utf-8"))
        by_id = {row["id"]: row for row in rows}
        self.queries = [by_id[query] for query in queries]
        self.kept = [row for row in rows if not row.get("query_only")]
        self.shelf = lib.fill(store, self.kept, titles_only=titles)
        with store.read() as conn:
            self.entries = archive.sketches(conn, list(self.shelf.by_article))

    def sketch(self, row: dict[str, Any]) -> Any:
        """Sketch a document that asks."""
        return sketch_of(lib.article(row, titles_only=self.asked.titles_only))

    def scored(self, ranked: Callable[[dict[str, Any]], list[str]]) -> float:
        """Rank for every query and ask the scorer."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as out:
            for row in self.queries:
                out.write(json.dumps({"query_id": row["id"], "ranked": ranked(row)}) + "\n")
            out.flush()
            told = curation.spoken(curation.SET / "score.py", str(curation.SET / "dev"), self.task, out.name)
        return float(json.loads(told)[self.metric])

    def rescored(self, nearest: Callable[..., list[int]], candidates: int) -> float:
        """Score the product's answer where an engine proposes."""
        with proposing(nearest, candidates):
            return self.scored(lambda row: lib.ranked(self.shelf, row, self.asked))

    def bare(self, ranked: Callable[[dict[str, Any]], list[int]]) -> float:
        """Score an engine's own order, of which what the product may not show is left out."""
        return self.scored(lambda row: self._shown(row, ranked(row)))

    def _shown(self, row: dict[str, Any], numbers: list[int]) -> list[str]:
        own, at = self.shelf.by_document.get(row["id"], 0), lib.moment(row["published"])
        near = [relating.Near(n, self.entries[n].sketch) for n in numbers if n != own and self._before(n, at)]
        same = relating.SAME if self.asked.dedup else 2.0
        kept = relating.distinct([(1.0, one) for one in near], (self.sketch(row).title,), 10, same)
        several = 1 if self.asked.dedup else None
        found = [name for _, one in kept for name in self.shelf.by_article[one.article][:several]]
        return [name for name in found if name != row["id"]][:10]

    def _before(self, number: int, at: Any) -> bool:
        return not self.asked.chronological or self.entries[number].published < at


def quality(kinds: list[Any]) -> list[str]:
    """Run every task with every engine; returns the table."""
    rows: dict[str, list[str]] = {}
    tasks = []
    for task, titles, dedup, metric in curation.TASKS:
        tasks.append(f"{task} {'titles' if titles else 'whole'}")
        with tempfile.TemporaryDirectory() as folder, lib.opened() as store:
            one = Task(store, task, titles=titles, dedup=dedup, metric=metric)
            for name, figure in judged(one, Path(folder), kinds):
                rows.setdefault(name, []).append(f"{figure:.3f}")
        print(tasks[-1], {name: figures[-1] for name, figures in rows.items()}, flush=True)
    head = [f"| candidates and order | {' | '.join(tasks)} |", "|---" * (len(tasks) + 1) + "|"]
    return [*head, *(f"| {name} | {' | '.join(figures)} |" for name, figures in rows.items())]


def judged(task: Task, folder: Path, kinds: list[Any]) -> Iterator[tuple[str, float]]:
    """Give (what, figure) of each engine on one task."""
    for kind in kinds:
        engine: Any = engines.Ours(folder, task.shelf.store) if kind is engines.Ours else kind(folder)
        if kind is not engines.Ours:
            engine.add([(number, entry.sketch) for number, entry in task.entries.items()], NOW)
        yield f"{kind.name}, then scored exactly", task.rescored(engine.nearest, 150)
        if kind is engines.Tantivy:
            yield f"{kind.name}, 300 of them, then scored exactly", task.rescored(engine.nearest, 300)
        yield (
            f"{kind.name}, in its own order",
            task.bare(lambda row, e=engine: e.nearest(asked(task, row), DEEP)),
        )
    own = engines.Own(folder / "own")
    by_number = {task.shelf.by_document[row["id"]]: row for row in reversed(task.kept)}
    titles = task.asked.titles_only
    own.put([(n, text_of(row, titles=titles)) for n, row in by_number.items()])
    yield (
        f"{own.name}, the title asks",
        task.bare(lambda row: own.asked(row["title"] or row["body"][:200], DEEP)),
    )
    yield f"{own.name}, all words ask", task.bare(lambda row: own.asked(text_of(row, titles=titles), DEEP))


def asked(task: Task, row: dict[str, Any]) -> list[tuple[int, float]]:
    """Give the product's first question for a document: weights by its own count of who holds each term."""
    sketch = task.sketch(row)
    with task.shelf.store.read() as conn:
        counted = archive.statistics(conn, sketch.counts)
    corpus = relating.Corpus(counted.articles, counted.mean_length, counted.holding)
    return list(relating.query(sketch, corpus).items())


def text_of(row: dict[str, Any], *, titles: bool) -> str:
    """Give a document's text as it is indexed."""
    return str(row["title"] if titles and row["title"] else f"{row['title']}\n{row['body']}")


# ── cost ──────────────────────────────────────────────────────────────────────────────


def measured(kind: type, size: int) -> list[str]:
    """Measure one engine at one size in this process; returns a row of the table."""
    with tempfile.TemporaryDirectory(prefix="digest-engines-") as name:
        engine = kind(Path(name))
        before = curationcost.memory()
        used, wall, held, some = filled(engine, size)
        peak = curationcost.memory() - before
        corpus = relating.Corpus(size, held.total() / size, held)
        given = [asking._affordable(relating.query(one, corpus), corpus, size // 16_384 + 1) for one in some]
        asked = spent(lambda query: engine.nearest(query, 150), given)
        commits = [committed(engine, size, count) for count in COMMITS]
        again = spent(lambda query: engine.nearest(query, 150), given)
        megabytes = engine.size() / 1e6
    times = f"{statistics.mean(asked):.1f} ({ninety_five(asked):.1f})"
    after = f"{statistics.mean(again):.1f}"
    figures = [
        f"{size / used:,.0f} ({size / wall:,.0f})",
        times,
        after,
        *commits,
        f"{megabytes:.0f}",
        f"{peak:.0f}",
    ]
    return [kind.name, f"{size:,}", *figures]


def filled(engine: Any, size: int) -> tuple[float, float, Counter[int], list[Any]]:
    """Index made-up articles; returns computing time, the clock's, who holds each term, some sketches."""
    used = wall = 0.0
    held: Counter[int] = Counter()
    some, batch = [], []
    for n, row in enumerate(curationcost.documents(size), 1):
        batch.append((n, sketch_of(lib.article(row))))
        held.update(batch[-1][1].counts.keys())
        if n % max(1, size // 60) == 0:
            some.append(batch[-1][1])
        if len(batch) == curationcost.BATCH or n == size:
            computing, clock = time.process_time(), time.perf_counter()
            engine.add(batch, NOW)
            used += time.process_time() - computing
            wall += time.perf_counter() - clock
            batch = []
    return used, wall, held, some


def spent(work: Callable[[Any], Any], given: list[Any]) -> list[float]:
    """Give the computing time of each in milliseconds; the first is done before, to open what is needed."""
    work(given[0])
    found = []
    for one in given:
        begun = time.process_time()
        work(one)
        found.append(1000 * (time.process_time() - begun))
    return found


def committed(engine: Any, size: int, count: int) -> str:
    """Commit so many articles, again and again; returns the computing time of one commit (the clock's)."""
    rows = curationcost.documents(count * TIMES, seed=count)
    sketches = [sketch_of(lib.article(row)) for row in rows]
    start = size + 1 + TIMES * sum(earlier for earlier in COMMITS if earlier < count)
    computing, clock = [], []
    for n in range(TIMES):
        part = [(start + n * count + i, sketches[n * count + i]) for i in range(count)]
        begun, at = time.process_time(), time.perf_counter()
        engine.add(part, NOW)
        computing.append(1000 * (time.process_time() - begun))
        clock.append(1000 * (time.perf_counter() - at))
    return f"{statistics.median(computing):.0f} ({statistics.median(clock):.0f})"


def ninety_five(found: list[float]) -> float:
    """Give the time that nineteen of twenty keep."""
    return sorted(found)[int(0.95 * len(found))]


COST_HEAD = [
    "| engine | articles | indexed/s (wall) | 150 candidates, ms (p95) | after 60 commits |"
    + "".join(f" commit of {count}, ms (wall) |" for count in COMMITS)
    + " MB | memory |",
    "|---" * (7 + len(COMMITS)) + "|",
]


def costs(sizes: list[int], kinds: list[Any]) -> list[str]:
    """Measure every engine at every size, each in a process of its own; returns the table."""
    lines = list(COST_HEAD)
    print("\n".join(lines), flush=True)
    for size in sizes:
        for kind in kinds:
            lines.append(f"| {' | '.join(enginecrash.apart(measured, kind, size))} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=curation.numbers, default=curation.numbers("10000,100000"))
    parser.add_argument("--kills", type=int, default=20, help="processes killed for each order of commits")
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument("--quality", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--cost", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--write", action="store_true", help="put what was measured into docs/curation.md")
    given = parser.parse_args()
    if engines.absent():
        return
    kinds = [KINDS[name] for name in given.engines]
    parts = {}
    if given.quality and curation.SET.is_dir():
        parts["engines"] = quality(kinds)
    if given.cost and given.sizes:
        parts["engines-cost"] = costs(given.sizes, kinds)
    if given.kills:
        parts["engines-crash"] = enginecrash.crashes(given.kills)
    for part, lines in parts.items():
        print("", *lines, sep="\n", flush=True)
        if given.write:
            curation.write(part, lines, "", "")


if __name__ == "__main__":
    main()
