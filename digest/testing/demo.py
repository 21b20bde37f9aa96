"""The demo: the whole path with the bundled newsroom, through real servers on loopback, counted at the end.

Nothing is simulated but the newsroom: sources are fetched over HTTP, messages go out over SMTP into a
maildir, and what is counted is what arrived there.
"""

from __future__ import annotations

import io
import secrets
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError
from digest.flow import due, edit, importing, preview, refresh
from digest.flow import plan as planning
from digest.flow.build import build
from digest.flow.context import Context
from digest.flow.send import send_edition
from digest.model import DecisionKind
from digest.testing.newsroom import ARABIC, ENGLISH, NOW, open_newsroom
from digest.testing.smtp import SmtpServer
from digest.testing.website import Website

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.model import Plan

READERS = {ENGLISH: 150, ARABIC: 50}
"""Subscribers of each newsletter; no address takes both, so that each gets one message."""

SHARED = {
    "timezone": "Europe/London",
    "schedule": "0 7 * * *",
    "sender": "local",
    "bounce_domain": "bounces.harbourpost.example",
    "postal_address": "The Harbour Post, 4 Old Quay, Port Merrow",
}
NEWSLETTERS: dict[str, dict[str, Any]] = {
    ENGLISH: {
        "title": "The Morning Tide",
        "site": "The Harbour Post",
        "site_url": "https://harbourpost.example",
        "tagline": "بريد الميناء",
        "language": "en",
        "languages": ["en"],
        "from": "The Harbour Post <morning@harbourpost.example>",
        "reply_to": "desk@harbourpost.example",
        "list_id": "morning.harbourpost.example",
    },
    ARABIC: {
        "title": "نشرة الصباح",
        "site": "بريد الميناء",
        "site_url": "https://barid.example",
        "tagline": "The Harbour Post",
        "language": "ar",
        "languages": ["ar"],
        "picks": 5,
        "more": 4,
        "from": "بريد الميناء <sabah@harbourpost.example>",
        "reply_to": "desk@harbourpost.example",
        "list_id": "sabah.harbourpost.example",
        "accent": "#0B5A6F",
    },
}


TRAM = "https://harbourpost.example/2026/07/02/line-4-passes-last-test-opens-saturday"
DECISIONS = (
    (DecisionKind.PIN, TRAM, "2"),
    (
        DecisionKind.NOTE,
        "",
        (
            "Good morning. The boards are coming down along the Old Quay, the cranes turn again, and on"
            " Saturday the new tram takes you across the Ferry Bridge for nothing."
            " **Bring a coat; it is cool at last.**"
        ),
    ),
)
"""What the Harbour Post's editor decided about the English edition: (kind, article, value)."""


@dataclass(slots=True)
class Outcome:
    """What the demo did; what arrived is counted from files, not from what the parts say."""

    folder: Path
    articles: int = 0
    editions: dict[str, dict[str, Any]] = field(default_factory=dict)
    expected: int = sum(READERS.values())
    received: int = 0
    distinct: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every reader has exactly one message."""
        return self.received == self.distinct == self.expected

    @property
    def maildir(self) -> Path:
        """Where the messages are."""
        return self.folder / "maildir"

    def previews(self) -> list[Path]:
        """Return the pages to look at."""
        return [self.folder / "preview" / name / "index.html" for name in self.editions]


def write_folder(folder: Path, sources: list[dict[str, Any]], smtp_port: int) -> None:
    """Write the working folder: settings, two newsletters and fresh keys, as an operator would have them."""
    from digest.settings.write import toml_value

    config = folder / "config"
    (config / "newsletters").mkdir(parents=True, exist_ok=True)
    lines = [
        'base_url = "https://mail.harbourpost.example"',
        "",
        "[senders.local]",
        'type = "smtp"',
        'host = "127.0.0.1"',
        f"port = {smtp_port}",
    ]
    for source in sources:
        lines += ["", "[[sources]]", *(f"{key} = {toml_value(value)}" for key, value in source.items())]
    (config / "digest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, values in NEWSLETTERS.items():
        text = "\n".join(f"{key} = {toml_value(value)}" for key, value in (SHARED | values).items())
        (config / "newsletters" / f"{name}.toml").write_text(text + "\n", encoding="utf-8")
    keys = config / "keys.toml"
    keys.touch(mode=0o600)
    purposes = ("links", "addresses")
    keys.write_text(
        "".join(
            f'[[keys]]\nid = {number}\npurpose = "{purpose}"\nsecret = "{secrets.token_urlsafe(32)}"\n'
            for number, purpose in enumerate(purposes, 1)
        ),
        encoding="utf-8",
    )


@contextmanager
def opened(folder: Path, now: Callable[[], datetime]) -> Iterator[Context]:
    """Open a working folder with a clock of one's own."""
    from digest.settings.load import load
    from digest.store.migrate import ready

    settings = load(folder)
    store = ready(settings)
    try:
        yield Context(settings, store, now)
    finally:
        store.close()


def run(folder: Path, note: Callable[[str], None]) -> Outcome:
    """Run the whole path inside ``folder``; ``note`` is told each step as it begins."""
    outcome = Outcome(folder)
    now = NOW.astimezone(UTC)
    with Website() as site, SmtpServer(maildir=outcome.maildir) as server:
        write_folder(folder, open_newsroom(site), server.port)
        with opened(folder, lambda: now) as ctx:
            _Steps(ctx, outcome, note).run()
    _count(outcome)
    return outcome


class _Steps:
    def __init__(self, ctx: Context, outcome: Outcome, note: Callable[[str], None]) -> None:
        self.ctx, self.outcome, self.note = ctx, outcome, note

    @contextmanager
    def step(self, name: str, words: str) -> Iterator[None]:
        self.note(words)
        began = time.monotonic()
        yield
        self.outcome.seconds[name] = round(time.monotonic() - began, 2)

    def run(self) -> None:
        with self.step(
            "ingest", "reading five sources over HTTP: RSS, Atom, JSON Feed, a page, RSS in Arabic"
        ):
            self.ingest()
        with self.step("subscribe", f"importing {self.outcome.expected} subscribers"):
            self.subscribe()
        with self.step("plan", "planning both editions, with a pin and a note from the editor"):
            self.edit()
            plans = {name: self.plan(name) for name in NEWSLETTERS}
        with self.step("preview", "composing and writing previews"):
            for name in NEWSLETTERS:
                self.preview(name)
        with self.step("send", "freezing and sending over SMTP"):
            for name, plan in plans.items():
                self.send(name, plan)

    def ingest(self) -> None:
        report = refresh.refresh(self.ctx)
        failed = [f"{one.source}: {one.error}" for one in report.sources if one.status == "failed"]
        if failed:
            raise DigestError(f"the bundled newsroom could not be read: {'; '.join(failed)}")
        self.outcome.articles = report.new

    def subscribe(self) -> None:
        for name, count in READERS.items():
            language = NEWSLETTERS[name]["language"]
            rows = "".join(f"reader{n:03d}.{language}@example.com,{language}\n" for n in range(1, count + 1))
            table = io.BytesIO(f"email,language\n{rows}".encode())
            how = importing.Importing(newsletter=name, consent="made up for the demo")
            importing.import_readers(self.ctx, table, how, _refuse)

    def edit(self) -> None:
        slot = due.slot_for(self.ctx, ENGLISH, self.ctx.now())
        for wish in DECISIONS:
            edit.decide(self.ctx, ENGLISH, slot, wish, "Ines Harrow")

    def plan(self, name: str) -> Plan:
        return planning.make_plan(self.ctx, name, due.slot_for(self.ctx, name, self.ctx.now()))

    def preview(self, name: str) -> None:
        made = preview.preview(self.ctx, name, self.ctx.now())
        preview.write(made, self.outcome.folder / "preview" / name)

    def send(self, name: str, plan: Plan) -> None:
        edition = build(self.ctx, name, plan.slot)
        totals = send_edition(self.ctx, edition.id) if edition.state.value == "ready" else None
        self.outcome.editions[name] = {
            "title": NEWSLETTERS[name]["title"],
            "slot": plan.slot.at,
            "state": totals.state if totals else edition.state.value,
            "reason": edition.reason,
            "picks": len(plan.picks),
            "related": sum(len(pick.related) + len(pick.timeline) for pick in plan.picks),
            "more": len(plan.more),
            "submitted": totals.submitted if totals else 0,
        }


def _refuse(bad: object) -> None:
    raise DigestError(f"the demo's own list of readers was refused: {bad}")


def _count(outcome: Outcome) -> None:
    """Count the maildir by the address each message was delivered to."""
    parser = BytesHeaderParser(policy=policy.SMTP)
    arrived: Counter[str] = Counter()
    for file in (outcome.maildir / "new").iterdir():
        with file.open("rb") as stream:
            arrived[str(parser.parse(stream)["Delivered-To"])] += 1
    outcome.received, outcome.distinct = arrived.total(), len(arrived)
