"""A month of real feeds, end to end: ``make real-month`` or ``python tests/bench/real_month.py FOLDER``.

FOLDER holds feeds named ``YYYY-MM-DD-SOURCE.rss``. All of them are ingested; then each day's 07:00 edition
(Europe/London) is frozen and sent to the readers through an SMTP server in a process of its own, which keeps
every message as a file. The last line is JSON, counted from those files alone:

    {"editions", "expected", "received", "twice", "missing", "repeated_picks"}

and the measured figures: articles per second ingested, seconds per edition, messages per second, peak memory.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import re
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.clock import utc_now
from digest.flow import build, due, importing, refresh, send
from digest.settings.write import toml_value
from digest.testing import demo
from digest.testing.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

LONDON = ZoneInfo("Europe/London")
NEWSLETTER = {
    "title": "The Morning Tide",
    "site": "The Harbour Post",
    "timezone": "Europe/London",
    "schedule": "0 7 * * *",
    "languages": ["en"],
    "from": "The Harbour Post <morning@harbourpost.example>",
    "postal_address": "4 Old Quay, Port Merrow",
    "sender": "local",
}


def serve(maildir: str, port: Any, done: Any) -> None:
    """Run the SMTP server until told; in a process of its own, so that it is not measured."""
    with SmtpServer(maildir=Path(maildir)) as server:
        port.put(server.port)
        done.wait()


@contextmanager
def relay(maildir: Path) -> Iterator[int]:
    """Give the port of a running server."""
    spawn = multiprocessing.get_context("spawn")
    port, done = spawn.Queue(), spawn.Event()
    process = spawn.Process(target=serve, args=(str(maildir), port, done), daemon=True)
    process.start()
    try:
        yield port.get(timeout=60)
    finally:
        done.set()
        process.join(30)


def write_folder(folder: Path, port: int, database: str) -> None:
    """Write the working folder."""
    demo.write_folder(folder, [], port)
    for name in demo.NEWSLETTERS:
        (folder / "config" / "newsletters" / f"{name}.toml").unlink()
    text = "\n".join(f"{key} = {toml_value(value)}" for key, value in NEWSLETTER.items())
    (folder / "config" / "newsletters" / "morning.toml").write_text(text + "\n")
    if database:
        config = folder / "config" / "digest.toml"
        config.write_text(f"database = {toml_value(database)}\n{config.read_text()}")


def ingest(folder: Path, feeds: Path) -> dict[str, Any]:
    """Read every file of the month, in order of their days."""
    with demo.opened(folder, utc_now) as ctx:
        report = refresh.refresh(ctx, inputs=[str(file) for file in sorted(feeds.glob("*.rss"))])
    refused = Counter(one.reason for source in report.sources for one in source.refused)
    failed = [f"{source.source}: {source.error}" for source in report.sources if source.error]
    return {
        "articles": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": dict(refused.most_common(5)),
        "failed": failed,
        "seconds": report.seconds,
        "articles_per_second": round((report.new + report.changed + report.unchanged) / report.seconds),
    }


def edition(folder: Path, day: datetime) -> dict[str, Any]:
    """Freeze and send one morning's edition, with the clock of that morning."""
    with demo.opened(folder, lambda: day) as ctx:
        began = time.monotonic()
        made = build.build(ctx, "morning", due.slot_for(ctx, "morning", day))
        built = time.monotonic() - began
        totals = send.send_edition(ctx, made.id) if made.state.value == "ready" else None
    return {
        "slot": day.isoformat(),
        "state": totals.state if totals else made.state.value,
        "reason": made.reason,
        "submitted": totals.submitted if totals else 0,
        "build": round(built, 3),
        "send": totals.seconds if totals else 0.0,
    }


def count(maildir: Path, mornings: int, readers: int) -> dict[str, Any]:
    """Count what arrived, by edition (its id in Feedback-ID) and address, and what each edition printed."""
    parser = BytesParser(policy=policy.SMTP)
    arrived: Counter[tuple[str, str]] = Counter()
    picks: dict[str, list[str]] = {}
    for file in (maildir / "new").iterdir():
        with file.open("rb") as stream:
            message = parser.parse(stream, headersonly=True)
        public = str(message["Feedback-ID"]).partition(":")[0]
        arrived[public, str(message["Delivered-To"])] += 1
        if public not in picks:
            text = parser.parsebytes(file.read_bytes()).get_body(("plain",))
            assert text is not None
            stories = text.get_content().partition("\n-- ")[0].partition("\nMore headlines")[0]
            picks[public] = re.findall(r"^https?://\S+", stories, re.MULTILINE)
    printed = Counter(url for urls in picks.values() for url in set(urls))
    expected = mornings * readers
    return {
        "editions": len(picks),
        "expected": expected,
        "received": arrived.total(),
        "twice": sum(n - 1 for n in arrived.values()),
        "missing": expected - len(arrived),
        "repeated_picks": sum(n - 1 for n in printed.values()),
        "picks": sum(len(urls) for urls in picks.values()),
    }


def main() -> int:
    """Run the month; 0 if every reader has every edition once and no pick was printed twice."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "feeds-2022-07"
    parser.add_argument(
        "feeds", nargs="?", type=Path, default=beside, help="folder of YYYY-MM-DD-SOURCE.rss files"
    )
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--days", type=int, default=0, help="only the first mornings")
    parser.add_argument("--keep", type=Path, help="work in this folder")
    parser.add_argument("--database", default="", help="another database's URL")
    chosen = parser.parse_args()
    files = sorted(chosen.feeds.glob("*.rss"))
    if not files:
        print(f"no feeds in {chosen.feeds}; give a folder of YYYY-MM-DD-SOURCE.rss files", file=sys.stderr)
        return 2
    days = sorted({file.name[:10] for file in files})[: chosen.days or None]
    mornings = [datetime.fromisoformat(f"{day}T07:00").replace(tzinfo=LONDON).astimezone(UTC) for day in days]
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="digest-real-month-"))
    folder.mkdir(parents=True, exist_ok=True)
    maildir = folder / "maildir"
    with relay(maildir) as port:
        write_folder(folder, port, chosen.database)
        read = ingest(folder, chosen.feeds)
        print(f"ingested: {json.dumps(read)}", flush=True)
        with demo.opened(folder, lambda: mornings[0] - timedelta(days=1)) as ctx:
            rows = "".join(f"reader{n:05d}@example.com\n" for n in range(chosen.readers))
            how = importing.Importing(newsletter="morning", consent="made up to measure")
            importing.import_readers(ctx, io.BytesIO(f"email\n{rows}".encode()), how, print)
        made = []
        for morning in mornings:
            made.append(edition(folder, morning))
            print(json.dumps(made[-1]), flush=True)
    return report(made, read, count(maildir, len(mornings), chosen.readers), folder)


def report(made: list[dict[str, Any]], read: dict[str, Any], counted: dict[str, Any], folder: Path) -> int:
    """Print the figures, the counts last."""
    states: dict[str, int] = defaultdict(int)
    for one in made:
        states[one["state"]] += 1
    sending = sum(one["send"] for one in made)
    figures = {
        "articles_per_second": read["articles_per_second"],
        "seconds_per_edition": round(statistics.mean(one["build"] + one["send"] for one in made), 3),
        "seconds_to_build": round(statistics.median(one["build"] for one in made), 3),
        "messages_per_second": round(sum(one["submitted"] for one in made) / sending) if sending else 0,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_memory_of_readers_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "states": dict(states),
        "folder": str(folder),
    }
    print(json.dumps({"figures": figures}))
    print(json.dumps(counted))
    return 0 if not (counted["twice"] or counted["missing"] or counted["repeated_picks"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
