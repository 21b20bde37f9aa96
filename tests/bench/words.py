"""Time from text to terms: articles a CPU second by set, and the ratio to finding the words alone.

words.py [DIR]      DIR holds the labelled sets; without it, texts are made up

A new process knows no word yet: the first pass fills the spellings, the second shows what stays.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from digest.text import terms
from digest.text.words import words

HERE = Path(__file__).resolve()
SET = HERE.parents[2].parent / "shared" / "related" / "dev"
CHARACTERS = 385
"""Of each text: a headline and a summary."""


def texts(folder):
    """Give (name, language, texts) of each set."""
    if not folder.is_dir():
        yield (
            "made up",
            "en",
            [f"The harbour of town{n % 900} opens on day{n % 70} again" * 7 for n in range(10_000)],
        )
        return
    for path in sorted(folder.glob("*_story.jsonl")) + sorted(folder.glob("*_topic.jsonl")):
        with path.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        yield path.stem, rows[0]["lang"], [f"{row['title']}\n{row['body']}"[:CHARACTERS] for row in rows]


def timed(work, given):
    """Give the CPU seconds of doing it for each."""
    begun = time.process_time()
    for one in given:
        work(one)
    return time.process_time() - begun


def main():
    """Run from the command line."""
    print("| set | articles | s per 10,000, new words | s per 10,000, known words | ratio to finding words |")
    print("|---|---|---|---|---|")
    for name, language, given in texts(Path(sys.argv[1]) if len(sys.argv) > 1 else SET):
        terms("ready", language)
        first, again = (timed(lambda text: terms(text, language), given) for _ in range(2))  # noqa: B023
        bare = timed(words, given)
        scale = 10_000 / len(given)
        print(f"| {name} | {len(given):,} | {first * scale:.2f} | {again * scale:.2f} | {again / bare:.1f} |")


if __name__ == "__main__":
    main()
