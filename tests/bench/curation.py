"""Quality on the development set and cost at several sizes; writes the tables of docs/curation.md.

curation.py [--sizes 10000 100000] [--database URL] [--quality/--no-quality] [--write]

Cost: per size the time to index, the CPU time of a related query (mean, p95), its ratio to naive FTS5
on the same archive (raw text, the title as query) and the growth. Skips quality where the set is absent.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import curationlib as lib
import related as ranking

from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.store import archive
from digest.store.schema import articles

ROOT = Path(__file__).resolve().parents[2]
SET = ROOT.parent / "shared" / "related"
PAGE = ROOT / "docs" / "curation.md"
KEPT = ("url", "url_key", "source", "kind", "headline", "published", "basis", "seen_at")
MARKS = ("<!-- measured: begin -->", "<!-- measured: end -->")
TASKS = (
    ("ar_story", True, False, "nDCG10"),
    ("ar_story", False, True, "nDCG10d"),
    ("en_story", True, False, "nDCG10"),
    ("en_body", True, False, "nDCG10"),
    ("en_body", False, False, "nDCG10"),
    ("en_topic", False, True, "nDCG10d"),
)
STREAMS = (
    ("en_stream.jsonl", ["--titles-only"]),
    ("ar_story.jsonl", ["--characters", "300"]),
    ("ar_story.jsonl", []),
)


def quality():
    """Run every task of the development set through the product and the scorer."""
    lines = ["| task | text | metric | naive FTS5 | Digest | dup10 |", "|---|---|---|---|---|---|"]
    for task, titles, dedup, metric in TASKS:
        scores = {}
        for engine in ("fts5", "index"):
            with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
                given = [str(SET / "dev"), task, out.name, "--engine", engine]
                given += ["--titles-only"] * titles + ["--dedup" if dedup else "--no-dedup"]
                ranking.run(ranking.arguments(given))
                scores[engine] = scored(task, out.name)
        mine = scores["index"]
        text = "titles" if titles else "title and body"
        figures = f"{scores['fts5'][metric]:.3f} | {mine[metric]:.3f} | {mine['dup10']:.3f}"
        lines.append(f"| {task} | {text} | {metric} | {figures} |")
        print(lines[-1], flush=True)
    lines += ["", "| stream | precision, recall, F1 |", "|---|---|"]
    for name, options in STREAMS:
        command = [
            sys.executable,
            str(Path(__file__).with_name("stories.py")),
            str(SET / "dev" / name),
            *options,
        ]
        last = (
            subprocess.run(command, check=True, capture_output=True, text=True)
            .stdout.strip()
            .splitlines()[-1]
        )
        lines.append(f"| {name} {' '.join(options)} | {last} |")
        print(lines[-1], flush=True)
    return lines


def scored(task, out):
    """Ask the scorer."""
    command = [sys.executable, str(SET / "score.py"), str(SET / "dev"), task, out]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def synthetic(count, seed=7):
    """Make documents with a vocabulary like a language's: Zipf's law, some 60 words each."""
    chance = random.Random(seed)
    words = [f"w{n:x}" for n in range(60_000)]
    weights = [1 / (n + 8) for n in range(len(words))]
    start = lib.moment("2020-01-01T00:00:00")
    pool = iter(())
    for n in range(count):
        if n % 2000 == 0:
            pool = iter(chance.choices(words, weights, k=2000 * 60))
        text = [next(pool) for _ in range(60)]
        published = (start + timedelta(minutes=5 * n)).isoformat()
        yield {
            "id": str(n),
            "lang": "en",
            "published": published,
            "title": " ".join(text[:9]),
            "body": " ".join(text[9:]),
        }


def cost(size, url):
    """Index ``size`` documents and time queries; returns a row of figures."""
    rows = list(synthetic(size))
    with lib.opened(url) as store:
        begun = time.process_time()
        wall = time.perf_counter()
        insert(store, rows)
        indexed, wall = time.process_time() - begun, time.perf_counter() - wall
        chance = random.Random(3)
        asked = [lib.article(row) for row in chance.sample(rows, 60)]
        mine = []
        with store.read() as conn:
            for one in asked:
                begun = time.process_time()
                related(conn, sketch_of(one), Wish(limit=10))
                mine.append(1000 * (time.process_time() - begun))
            held = archive.size(conn)["bytes"]
    naive = lib.Naive(rows)
    theirs = []
    for row in chance.sample(rows, 60):
        begun = time.process_time()
        naive.ranked(row)
        theirs.append(1000 * (time.process_time() - begun))
    return {
        "size": size,
        "rate": size / indexed,
        "rate_wall": size / wall,
        "mean": sum(mine) / len(mine),
        "p95": sorted(mine)[int(0.95 * len(mine))],
        "ratio": sum(mine) / max(1e-9, sum(theirs)),
        "megabytes": held / 1e6,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def insert(store, rows):
    """Index in batches through the index's own verb; the articles' rows are the least the keys need."""
    for start in range(0, len(rows), 1000):
        made = [lib.article(row) for row in rows[start : start + 1000]]
        with store.write() as conn:
            values = [
                {
                    **{name: getattr(a, name) for name in KEPT},
                    "id": start + n,
                    "tags": [],
                    "authors": [],
                    "hash": "",
                }
                for n, a in enumerate(made, 1)
            ]
            conn.execute(articles.insert(), values)
            archive.add(
                conn, [archive.Entry(start + n, a.published, sketch_of(a)) for n, a in enumerate(made, 1)]
            )


def costs(sizes, url):
    """Make the table of costs."""
    lines = [
        "| articles | indexed per CPU s | query, CPU ms (p95) | ratio to naive FTS5 | index, MB | peak, MB |",
        "|---|---|---|---|---|---|",
    ]
    for size in sizes:
        row = cost(size, url)
        lines.append(
            f"| {size:,} | {row['rate']:,.0f} | {row['mean']:.1f} ({row['p95']:.1f}) | {row['ratio']:.2f} |"
            f" {row['megabytes']:.0f} | {row['rss']:.0f} |"
        )
        print(lines[-1], flush=True)
    return lines


def write(lines):
    """Put the tables between the marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n\n" + "\n".join(lines) + f"\n\n{MARKS[1]}{after}", encoding="utf-8")


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--database", default="")
    parser.add_argument("--quality", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/curation.md")
    asked = parser.parse_args()
    lines = quality() if asked.quality and SET.is_dir() else []
    if asked.sizes:
        lines += ["", *costs(asked.sizes, asked.database)]
    if asked.write:
        write(lines)


if __name__ == "__main__":
    main()
