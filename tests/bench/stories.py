"""Group a stream of labelled articles through the product's own code and measure it pair by pair.

stories.py FILE.jsonl [--titles-only] [--characters N] [--batch N] [--database URL]

FILE holds articles in time order with their gold `story`; those without one are grouped, not judged.
The last line holds pairwise precision, recall and F1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import curationlib as lib


def arguments(given=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--titles-only", action="store_true")
    parser.add_argument("--characters", type=int, default=0, help="take this much of each text; 0 takes all")
    parser.add_argument("--batch", type=int, default=lib.BATCH, help="articles saved and learnt at once")
    parser.add_argument(
        "--database", default="", help="an empty PostgreSQL database instead of a temporary file"
    )
    return parser.parse_args(given)


def pairs(count):
    """Count the pairs among so many."""
    return count * (count - 1) // 2


def judge(gold, found):
    """Give precision, recall and F1 over pairs of judged articles."""
    same = sum(map(pairs, Counter(zip(gold, found, strict=True)).values()))
    told = sum(map(pairs, Counter(found).values()))
    true = sum(map(pairs, Counter(gold).values()))
    precision, recall = same / max(1, told), same / max(1, true)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main():
    """Run from the command line."""
    asked = arguments()
    rows = sorted(lib.read(asked.file), key=lambda row: lib.moment(row["published"]))
    if asked.characters:
        rows = [{**row, "body": (row.get("body") or "")[: asked.characters]} for row in rows]
    with lib.opened(asked.database) as store:
        shelf = lib.fill(store, rows, titles_only=asked.titles_only, batch=asked.batch)
        labels = lib.stories_of(shelf)
    judged = [row for row in rows if row.get("story") is not None]
    precision, recall, f1 = judge([row["story"] for row in judged], [labels[row["id"]] for row in judged])
    rate = len(rows) / shelf.seconds
    print(f"{len(rows)} articles, {len(judged)} judged, {len(set(labels.values()))} stories")
    print(f"{rate:,.0f} articles saved, indexed and grouped a second of computing")
    print(f"precision={precision:.3f} recall={recall:.3f} F1={f1:.3f}")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(__doc__)
    else:
        main()
