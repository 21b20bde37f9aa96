"""Quality on the development set and cost at several sizes, as tables and plots of docs/curation.md.

curation.py [--sizes 10000,100000,1000000] [--pg-sizes 10000] [--no-quality] [--write]

Quality: each labelled task through the product's own store and code, naive FTS5 beside it, and the streams of
stories. Cost: see curationcost.py. A part that is not measured keeps what the page says of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import curationcost
import curationplot
import related as ranking

ROOT = Path(__file__).resolve().parents[2]
SET = ROOT.parent / "shared" / "related"
PAGE = ROOT / "docs" / "curation.md"
PICTURES = ROOT / "docs" / "pictures"
PG_MOST = 100_000
"""The largest size that PostgreSQL is measured at unless more is asked for."""

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
HEAD = ("| task | text | metric | naive FTS5 | Digest | dup10 |", "|---|---|---|---|---|---|")
STREAM_HEAD = ("", "| stream | precision, recall, F1 |", "|---|---|")


def quality() -> tuple[list[str], list[tuple[str, float, float]]]:
    """Run every task and stream of the development set; returns the tables and the bars of the plot."""
    lines, bars = [*HEAD], []
    print("\n".join(HEAD), flush=True)
    for task, titles, dedup, metric in TASKS:
        naive, ours = (answered(engine, task, titles=titles, dedup=dedup) for engine in ("fts5", "index"))
        words = "titles" if titles else "title and body"
        figures = f"{naive[metric]:.3f} | {ours[metric]:.3f} | {ours['dup10']:.3f}"
        lines.append(f"| {task} | {words} | {metric} | {figures} |")
        bars.append((f"{task}, {words}", naive[metric], ours[metric]))
        print(lines[-1], flush=True)
    lines += STREAM_HEAD
    for name, options in STREAMS:
        lines.append(f"| {' '.join([name, *options])} | {grouped(name, options)} |")
        print(lines[-1], flush=True)
    return lines, bars


def answered(engine: str, task: str, *, titles: bool, dedup: bool) -> dict[str, float]:
    """Rank one task and ask the scorer."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
        given = [str(SET / "dev"), task, out.name, "--engine", engine]
        given += ["--titles-only"] * titles + ["--dedup" if dedup else "--no-dedup"]
        ranking.run(ranking.arguments(given))
        return json.loads(spoken(SET / "score.py", str(SET / "dev"), task, out.name))


def grouped(name: str, options: list[str]) -> str:
    """Group one stream; returns the last line, which holds precision, recall and F1."""
    script = Path(__file__).with_name("stories.py")
    return spoken(script, str(SET / "dev" / name), *options).strip().splitlines()[-1]


def spoken(script: Path, *words: str) -> str:
    """Run a script of its own and return what it prints."""
    command = [sys.executable, str(script), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def costs(sizes: list[int], pg_sizes: list[int]) -> tuple[list[str], list[curationcost.Cost]]:
    """Measure every size; returns the table with what it was measured on, and the figures."""
    where = (
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the beginning, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}. Articles have {curationcost.WORDS}"
        " words by Zipf's law; times are of computing but for (wall); each size has a process of its own."
    )
    found = curationcost.costs(sizes, pg_sizes)
    lines = [*curationcost.HEAD, *map(curationcost.line, found), "", where, *curationcost.growth(found)]
    print("\n".join(lines[-2:]), flush=True)
    return lines, found


def write(part: str, lines: list[str], picture: str, drawn: str) -> None:
    """Put a table, and its plot where there is one, between the part's marks on the page."""
    if drawn:
        (PICTURES / f"{picture}.svg").write_text(drawn, encoding="utf-8")
        lines = [*lines, "", f"![{drawn.split('title>')[1][:-2]}](pictures/{picture}.svg)"]
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    between = "\n".join(lines)
    PAGE.write_text(f"{before}{begin}\n\n{between}\n\n{end}{after}", encoding="utf-8")


def numbers(text: str) -> list[int]:
    """Read sizes as they are given: 10000,100000; nothing for none."""
    return [int(part.replace("_", "")) for part in text.split(",") if part.strip()]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=numbers, default=numbers("10000,100000"), help='articles; "" for none'
    )
    parser.add_argument(
        "--pg-sizes",
        type=numbers,
        help=f'the same on PostgreSQL; else the sizes up to {PG_MOST:,}; "" for none',
    )
    parser.add_argument("--quality", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--write", action="store_true", help="put tables and plots into docs/")
    asked = parser.parse_args()
    if asked.pg_sizes is None:
        asked.pg_sizes = [size for size in asked.sizes if size <= PG_MOST]
    return asked


def main() -> None:
    """Run from the command line."""
    asked = arguments()
    if asked.quality and not SET.is_dir():
        print(f"{SET} is not there: quality is not measured")
    elif asked.quality:
        lines, bars = quality()
        if asked.write:
            write("quality", lines, "curation-quality", curationplot.quality(bars))
    if asked.sizes or asked.pg_sizes:
        lines, found = costs(asked.sizes, asked.pg_sizes)
        if asked.write:
            write("cost", lines, "curation-cost", curationplot.times(found))


if __name__ == "__main__":
    main()
