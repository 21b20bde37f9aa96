"""Rank related headlines of a labelled set through the product's own store and code.

related.py DIR TASK OUT.jsonl [--titles-only] [--dedup/--no-dedup] [--engine index|fts5] [--semantic]

Indexes DIR/TASK.jsonl and writes, for each id in DIR/TASK.queries.json, one line
{"query_id": …, "ranked": [ids, best first]}. Near-identical titles are dropped as for readers, but with
--titles-only kept, since plain nDCG, by which headlines are judged, counts each; either flag says otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import curationlib as lib

from digest.text.meaning import encoder


def arguments(given=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--titles-only", action="store_true")
    parser.add_argument("--dedup", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--engine", choices=("index", "fts5"), default="index")
    parser.add_argument("--semantic", action="store_true")
    parser.add_argument(
        "--database", default="", help="an empty PostgreSQL database instead of a temporary file"
    )
    asked = parser.parse_args(given)
    asked.dedup = not asked.titles_only if asked.dedup is None else asked.dedup
    return asked


def run(asked):
    """Index, ask and write; returns how many queries there were."""
    rows = lib.read(asked.folder / f"{asked.task}.jsonl")
    queries = json.loads((asked.folder / f"{asked.task}.queries.json").read_text(encoding="utf-8"))
    by_id = {row["id"]: row for row in rows}
    archive = [row for row in rows if not row.get("query_only")]
    with lib.opened(asked.database) as store, asked.out.open("w", encoding="utf-8") as out:
        if asked.engine == "fts5":
            naive = lib.Naive(archive, titles_only=asked.titles_only)
            ask = naive.ranked
        else:
            shelf = lib.fill(store, archive, titles_only=asked.titles_only)
            chronological = asked.task.startswith(lib.CHRONOLOGICAL)
            encode = encoder() if asked.semantic else None

            def ask(row):
                return lib.ranked(
                    shelf, row, lib.Asked(asked.titles_only, asked.dedup, chronological, encode)
                )

        for query in queries:
            out.write(json.dumps({"query_id": query, "ranked": ask(by_id[query])}) + "\n")
    return len(queries)


def main():
    """Run from the command line."""
    asked = arguments()
    print(f"{run(asked)} queries → {asked.out}")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(__doc__)
    else:
        main()
