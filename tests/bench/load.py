"""Load the public pages while an edition is being sent, against a bare page of the same server.

    make load             wrk, by turns with the bare page; needs wrk and cc
    make load ARGS=50000  an edition of fewer readers

Each page must reach half of the bare page's requests a second, with a p99 of at most five times its own.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import sendinglib

READERS = 200_000
SECONDS, ROUNDS = 2, 3
LEAST, MOST = 0.5, 5.0


def serve(database: str, port: int) -> None:
    """Serve the pages until the process is ended; beside them a bare page, with nothing of ours about it.

    ``/bare`` is the shortest answer of the same framework on the same server, without our headers and limits.
    """
    import contextlib

    from fastapi import FastAPI

    from digest.flow.context import Context
    from digest.store import Store
    from digest.testing.editions import SLOT
    from digest.web.serve import server

    ctx = Context(
        sendinglib.settings({"database": database, "port": 1, "k": 8}), Store(database), lambda: SLOT
    )
    running = server(ctx, "127.0.0.1", port)
    ours, plain = running.config.app, FastAPI()

    @plain.get("/bare")
    async def bare() -> dict[str, str]:
        return {"status": "ok"}

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (plain if scope["path"] == "/bare" else ours)(scope, receive, send)

    running.config.app = either
    with contextlib.suppress(KeyboardInterrupt):
        running.run()


def wrk(url: str, seconds: int) -> dict[str, float]:
    """Load one address; return requests a second and p99 in milliseconds."""
    out = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", url], capture_output=True, text=True, check=True
    ).stdout
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    milliseconds = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return {"rate": rate, "p99_ms": milliseconds, "failed": int(failed[1]) if failed else 0}


def paths(database: str, public_id: str) -> dict[str, str]:
    """Return the pages with links of a real reader."""
    from digest import tokens
    from digest.flow.context import Context
    from digest.flow.messages import keyring
    from digest.store import Store, subscribers
    from digest.testing.editions import SLOT
    from digest.tokens import Purpose

    store = Store(database)
    ctx = Context(sendinglib.settings({"database": database, "port": 1, "k": 8}), store, lambda: SLOT)
    with store.read() as conn:
        first = next(subscribers.candidates(conn, "daily", SLOT))
    leave = tokens.make(keyring(ctx), Purpose.LEAVE, first.subscription)
    chosen = tokens.make(keyring(ctx), Purpose.PREFERENCES, first.subscriber)
    store.close()
    known = {"edition": f"/e/{public_id}", "leave": f"/u/{leave}", "preferences": f"/p/{chosen}"}
    return {**known, "sign up": "/s/daily", "archive": "/a/daily"}


def reachable(port: int) -> None:
    """Wait until the server listens, half a minute at most."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def measure(port: int, pages: dict[str, str], sender: threading.Thread, found: dict[str, Any]) -> None:
    """Load each page and the bare page by turns; what is compared are the medians of the rounds."""
    for page, path in pages.items():
        wrk(f"http://127.0.0.1:{port}{path}", 1)
        rounds = [
            [wrk(f"http://127.0.0.1:{port}{each}", SECONDS) for each in ("/bare", path)]
            for _ in range(ROUNDS)
        ]
        bare, mine = ({k: median(turn[i][k] for turn in rounds) for k in rounds[0][0]} for i in (0, 1))
        failed = sum(turn[1]["failed"] for turn in rounds)
        share, times = mine["rate"] / bare["rate"], mine["p99_ms"] / bare["p99_ms"]
        mine |= {"failed": failed, "bare": bare, "share": round(share, 2), "p99_times": round(times, 2)}
        found[page] = {**mine, "sending": sender.is_alive()}
        print(
            f"{page:12} {share:5.2f} x the bare page's rate, p99 {times:5.2f} x", file=sys.stderr, flush=True
        )


def main() -> None:
    """Run and print the figures as JSON; exit 1 where a page misses."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = sendinglib.Sqlite(folder, readers).fresh()
        database = made["database"]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        here = [sys.executable, __file__, "serve", database, str(port)]
        with sendinglib.Sink(folder) as sink:
            process = subprocess.Popen(here)
            task = {**made, "kind": "ours", "port": sink.port, "k": 8}
            sender = threading.Thread(target=sendinglib.child, args=(task,), daemon=True)
            reachable(port)
            sender.start()
            found: dict[str, Any] = {}
            try:
                measure(port, paths(database, "e00000000001"), sender, found)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(20)
    print(json.dumps(found, indent=1))
    missed = [page for page, f in found.items() if f["share"] < LEAST or f["p99_times"] > MOST or f["failed"]]
    missed += [f"{page} (nothing was being sent)" for page, f in found.items() if not f["sending"]]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main()
