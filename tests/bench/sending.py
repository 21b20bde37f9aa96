"""Measure sending: ours against smtp-source, smtplib and the naive way; what K costs; memory; kills.

    make bench                                      some twenty minutes
    QUICK=1 make bench                              within a minute
    READERS=100000,1000000 make bench-sending       only memory and time at so many readers
    CASES='K=200,source' make bench-sending         only the cases whose names hold one of these words

Rounds are interleaved, so that a noisy machine disturbs all alike: read the ratios. Its last line is JSON.
Needs ``cc`` for the sink; ``smtp-source`` (of Postfix) gives the measure, without it ratios are left out.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sendinglib as lib

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = bool(os.environ.get("QUICK"))  # noqa: TID251 (a setting of this tool)
CASES = [w for w in os.environ.get("CASES", "").split(",") if w]  # noqa: TID251 (a setting of this tool)
ONLY = os.environ.get("READERS", "")  # noqa: TID251 (a setting of this tool)
N = 2000 if QUICK else 20_000
ROUNDS = 2 if QUICK else 5
KS = (1, 50, 100, 200, 1000)
FAR = 20  # milliseconds of a long line
WIDE = 50  # connections over it

Case = tuple[str, "Callable[[], dict[str, Any]]"]


class Bench:
    """The sinks, the databases and what was found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pem = str(lib.certificate(folder))
        self.log = folder / "arrived.log"
        self.sinks = {
            "": lib.Sink(folder),
            "bdat": lib.Sink(folder, "chunking"),
            "far": lib.Sink(folder, f"delay={FAR}"),
            "tls": lib.Sink(folder, f"tls={self.pem}"),
        }
        self.lite, self.few = lib.Sqlite(folder, N), lib.Sqlite(folder, 200 if QUICK else 500)
        self.some = lib.Sqlite(folder, 1000 if QUICK else 10_000)
        self.server = lib.Postgres(folder, N)
        self.found: dict[str, list[dict[str, Any]]] = {}
        self.source = shutil.which("smtp-source")

    def port(self, name: str = "") -> int:
        return self.sinks[name].port

    def ours(self, base: Any, k: int, sink: str = "", **more: Any) -> dict[str, Any]:
        """Send one edition; the milliseconds of a commit are measured just before."""
        commit = lib.commit_ms(self.folder, 20)
        given = {**base.fresh(), "kind": "ours", "port": self.port(sink), "k": k, **more}
        return {**lib.child(given), "commit_ms": commit}

    def checked(self) -> dict[str, Any]:
        """Send to the sink that keeps a log, and compare it with what each reader was to get."""
        with lib.Sink(self.folder, f"log={self.log}") as sink:
            given = {**self.some.fresh(), "kind": "ours", "port": sink.port, "k": 200}
            done = lib.child(given)
        wrong = lib.faults(self.log, self.some.n)
        return {**done, "checked": sink.taken, "wrong": wrong[:5], "faults": len(wrong)}

    def library(self, sink: str, n: int, **more: Any) -> dict[str, Any]:
        """Send with the standard library."""
        return lib.child({"kind": "smtplib", "port": self.port(sink), "n": n, **more})

    def naive(self) -> dict[str, Any]:
        """Send as a first script does."""
        n = 20 if QUICK else 100
        return lib.child({"kind": "naive", "port": self.port(), "n": n, "folder": str(self.folder)})

    def cases(self) -> list[Case]:
        """Return the cases of a round, in order."""
        n, port = N, self.port
        found: list[Case] = []
        if self.source:
            found.append(("smtp-source", lambda: lib.smtp_source(port(), n)))
        for k in KS:
            base = self.few if k == 1 else self.lite
            found.append((f"sqlite K={k}", lambda base=base, k=k: self.ours(base, k)))  # type: ignore[misc]
        found += [
            ("postgresql K=200", lambda: self.ours(self.server, 200)),
            ("sqlite K=200 asyncio", lambda: self.ours(self.lite, 200, loop="asyncio")),
            ("postgresql K=200 asyncio", lambda: self.ours(self.server, 200, loop="asyncio")),
            ("sqlite K=200 bdat", lambda: self.ours(self.lite, 200, "bdat", chunking=True)),
            ("sqlite K=200 tls", lambda: self.ours(self.some, 200, "tls", tls=self.pem)),
            ("smtplib tls", lambda: self.library("tls", n // 20, tls=self.pem)),
        ]  # fmt: skip
        wide = {"connections": WIDE}
        if self.source:
            found.append((f"{FAR} ms smtp-source", lambda: lib.smtp_source(port("far"), n // 5, WIDE)))
        found += [
            (f"{FAR} ms sqlite K=200", lambda: self.ours(self.some, 200, "far", **wide)),
            (f"{FAR} ms smtplib", lambda: self.library("far", 500, **wide)),
            ("sqlite K=200 checked", self.checked),
            ("smtplib", lambda: self.library("", n // 10)),
            ("naive", self.naive),
            ("splice", lambda: lib.child({"kind": "splice", "n": 20_000})),
        ]  # fmt: skip
        return [case for case in found if not CASES or any(word in case[0] for word in CASES)]

    def note(self, name: str, figures: dict[str, Any]) -> None:
        """Keep and show a run's figures."""
        self.found.setdefault(name, []).append(figures)
        line = (
            f"  {name:<28}{figures['rate']:>9.0f}/s{figures['cpu_us']:>9.0f} µs{figures['rss_mb']:>8.0f} MB"
        )
        line += f"   a commit {figures['commit_ms']:.2f} ms" if "commit_ms" in figures else ""
        print(line + "".join(f"\n    WRONG: {each}" for each in figures.get("wrong", ())), flush=True)

    def play(self) -> None:
        """Run every case once a round; in a quick run the odd ones come once only."""
        for number in range(ROUNDS):
            print(f"round {number + 1}", flush=True)
            for name, run in self.cases():
                if QUICK and number and not name.startswith(("smtp-source", "sqlite K=200", "naive")):
                    continue
                if QUICK and number and name.endswith(("asyncio", "bdat", "tls", "checked")):
                    continue
                self.note(name, run())
        if self.source and shutil.which("smtp-sink") and not QUICK:
            with lib.slow_sink() as port:
                for _ in range(3):
                    self.note("smtp-sink: smtp-source", lib.smtp_source(port, 5000))
                    given = {**self.some.fresh(), "kind": "ours", "port": port, "k": 200}
                    self.note("smtp-sink: sqlite K=200", lib.child(given))

    def close(self) -> dict[str, float]:
        """Stop everything; return the µs a message that each sink used."""
        self.server.close()
        for sink in self.sinks.values():
            sink.__exit__()
        return {name or "plain": round(sink.cpu_us, 1) for name, sink in self.sinks.items()}


def memory(folder: Path, readers: list[int]) -> dict[str, float]:
    """Return peak memory, time and processor time of sending to so many readers."""
    found = {}
    with lib.Sink(folder) as sink:
        for n in readers:
            base = lib.Sqlite(folder, n)
            done = lib.child({**base.fresh(), "kind": "ours", "port": sink.port, "k": 200})
            for name in ("rss_mb", "seconds", "cpu_us"):
                found[f"{name}_{n}"] = round(done[name], 1)
            print(
                f"  {n} readers: {done['rss_mb']:.0f} MB, {done['seconds']:.0f} s, {done['cpu_us']:.0f} µs",
                flush=True,
            )
            base.template.unlink()
    return found


def kills() -> dict[str, Any]:
    """Kill the sending process some twenty times; return what the chaos tool found."""
    chaos = lib.HERE.parent / "chaos" / "chaos.py"
    command = ["env", "KILLS=20", sys.executable, str(chaos)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, end="", flush=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


# ── the last line ─────────────────────────────────────────────────────────────────────


def median(runs: list[dict[str, Any]], name: str) -> float:
    """Return the middle of the runs' figures."""
    return round(statistics.median(run[name] for run in runs), 2)


def case_summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one case's medians and spread."""
    rates = [run["rate"] for run in runs]
    found = {
        "rate": median(runs, "rate"), "rate_low": round(min(rates), 1), "rate_high": round(max(rates), 1),
        "cpu_us": median(runs, "cpu_us"), "cpu_low": round(min(run["cpu_us"] for run in runs), 1),
        "cpu_high": round(max(run["cpu_us"] for run in runs), 1), "rss_mb": median(runs, "rss_mb"),
    }  # fmt: skip
    if "commit_ms" in runs[0]:
        found["commit_ms"] = median(runs, "commit_ms")
    if "checked" in runs[0]:
        found |= {"checked": sum(r["checked"] for r in runs), "faults": sum(r["faults"] for r in runs)}
    return found


def ratios(found: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Return each case's rate over smtp-source's on the same sink in the same round, the median of rounds."""
    done = {}
    for name, runs in found.items():
        base = "".join(part for part in ("smtp-sink: ", f"{FAR} ms ") if name.startswith(part))
        measure = found.get(f"{base}smtp-source")
        if measure and "smtp-source" not in name and name not in ("naive", "splice", "smtplib tls"):
            pairs = zip(runs, measure, strict=False)
            done[name] = round(statistics.median(ours["rate"] / theirs["rate"] for ours, theirs in pairs), 2)
    return done


def summary(found: dict[str, list[dict[str, Any]]], more: dict[str, Any]) -> dict[str, Any]:
    """Return medians, spread, ratios to smtp-source and to the naive way, and which targets are met."""
    cases = {name: case_summary(runs) for name, runs in found.items()}
    done: dict[str, Any] = {"n": N, "rounds": ROUNDS, "cases": cases, "vs_smtp_source": ratios(found), **more}
    if "naive" in cases and "sqlite K=200" in cases:
        done["naive_cpu_ratio"] = round(cases["naive"]["cpu_us"] / cases["sqlite K=200"]["cpu_us"], 1)
    done["targets"] = targets(done)
    return done


def targets(done: dict[str, Any]) -> dict[str, bool]:
    """Tell which of the aims are reached; those not measured are left out."""
    against, cases = done["vs_smtp_source"], done["cases"]
    aims = {
        "sqlite K=200 ≥ 0.7 × smtp-source": (against.get("sqlite K=200"), 0.7),
        "sqlite K=100 ≥ 0.45 × smtp-source": (against.get("sqlite K=100"), 0.45),
        "postgresql K=200 ≥ 0.5 × smtp-source": (against.get("postgresql K=200"), 0.5),
        "naive way ≥ 150 × the processor time": (done.get("naive_cpu_ratio"), 150),
    }
    met = {name: figure >= aim for name, (figure, aim) in aims.items() if figure is not None}
    if "sqlite K=200" in cases:
        met["≤ 150 µs of processor time a message"] = cases["sqlite K=200"]["cpu_us"] <= 150
    sizes = sorted(int(name.removeprefix("rss_mb_")) for name in done if name.startswith("rss_mb_"))
    if len(sizes) > 1:
        small, large = (done[f"rss_mb_{n}"] for n in (sizes[0], sizes[-1]))
        met[f"≤ 64 MB at {sizes[-1]} readers"] = large <= 64
        met[f"no growth from {sizes[0]} to {sizes[-1]}"] = large <= small * 1.05
    return met


def main() -> None:
    """Run it all."""
    readers = [int(word) for word in (ONLY or "100000,1000000").split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        more: dict[str, Any] = {"commit_ms": round(lib.commit_ms(folder), 2), "load": os.getloadavg()[0]}
        found: dict[str, list[dict[str, Any]]] = {}
        if not ONLY:
            bench = Bench(folder)
            bench.play()
            found, more["sink_cpu_us"] = bench.found, bench.close()
        if ONLY or not (QUICK or CASES):
            more |= memory(folder, readers)
        if not (ONLY or QUICK or CASES):
            more["kills"] = kills()
        more["commit_ms_after"], more["load_after"] = round(lib.commit_ms(folder), 2), os.getloadavg()[0]
        print(json.dumps(summary(found, more)))


if __name__ == "__main__":
    main()
