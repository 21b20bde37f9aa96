"""How fast the command line answers: ``make bench-cli``.

``digest --help`` must answer within 0.3 s, ``digest plan`` on an archive of 100,000 articles within 1 s. Each
is a process of its own, started as an operator starts it; the figure is the median of several. The exit code
is 1 when one is over its limit.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SLOT = datetime(2026, 7, 5, 7, tzinfo=UTC)
WORDS = [
    "harbour",
    "council",
    "budget",
    "storm",
    "ferry",
    "school",
    "hospital",
    "election",
    "bridge",
    "museum",
    "river",
    "market",
    "strike",
    "concert",
    "library",
    "railway",
    "drought",
    "festival",
    "airport",
    "wildfire",
    "parliament",
    "treaty",
    "vaccine",
    "glacier",
    "orchestra",
    "stadium",
]


def digest(*arguments: str, folder: Path) -> float:
    """Run one command in a process of its own and return its seconds."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "digest", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"digest {' '.join(arguments)} failed: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return seconds


def median(*arguments: str, folder: Path, runs: int) -> float:
    """Return the median seconds of a command, after one run that warms the disk's cache."""
    digest(*arguments, folder=folder)
    return statistics.median(digest(*arguments, folder=folder) for _ in range(runs))


def feed(count: int, at: datetime, seed: int) -> dict[str, object]:
    """Make a JSON feed of invented articles, spread over the minutes before ``at``."""
    chance = random.Random(seed)
    items = []
    for number in range(count):
        headline = " ".join(chance.choices(WORDS, k=7)).capitalize()
        items.append(
            {
                "id": f"{seed}-{number}",
                "url": f"https://news.example/{at:%Y/%m/%d}/{seed}-{number}",
                "title": f"{headline} {seed}-{number}",
                "summary": " ".join(chance.choices(WORDS, k=30)).capitalize() + ".",
                "date_published": (at - timedelta(minutes=chance.randrange(1440))).isoformat(),
                "language": "en",
            }
        )
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Harbour Post",
        "home_page_url": "https://news.example/",
        "items": items,
    }


def archive(folder: Path, articles: int) -> None:
    """Fill a working folder with articles: half a day's worth of news on each of many days."""
    digest("init", ".", folder=folder)
    config = folder / "config" / "digest.toml"
    config.write_text(config.read_text("utf-8").replace("# max_items = 500", "max_items = 2000"), "utf-8")
    feeds = folder / "feeds"
    feeds.mkdir()
    per_day = 500
    for day in range(articles // per_day):
        text = json.dumps(feed(per_day, SLOT - timedelta(days=day), day), ensure_ascii=False)
        (feeds / f"{day:04}.json").write_text(text, "utf-8")
    digest("ingest", "--from", str(feeds), folder=folder)


def main() -> None:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        found = {"help": (median("--help", folder=folder, runs=options.runs), 0.3)}
        started = time.perf_counter()
        archive(folder, options.articles)
        filling = time.perf_counter() - started
        at = SLOT.isoformat()
        found["check"] = (median("check", folder=folder, runs=options.runs), 1.0)
        found["plan"] = (median("plan", "daily", "--at", at, "--json", folder=folder, runs=options.runs), 1.0)
    if options.json:
        print(
            json.dumps(
                {name: round(seconds, 3) for name, (seconds, _) in found.items()}
                | {"articles": options.articles}
            )
        )
    else:
        print(f"archive of {options.articles} articles, ingested in {filling:.1f} s")
        for name, (seconds, limit) in found.items():
            verdict = "ok" if seconds <= limit else "TOO SLOW"
            print(f"digest {name:8} {seconds:.3f} s (limit {limit} s) {verdict}")
    sys.exit(any(seconds > limit for seconds, limit in found.values()))


if __name__ == "__main__":
    main()
