"""A small news house with a clock of one's own: settings, store, articles, readers, and a worker's round.

For scenario tests and measurements: everything is real but the time, which moves only when told.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.flow import importing, work
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.tick import tick
from digest.flow.watch import watch
from digest.model import Article
from digest.settings import Settings
from digest.store import Store, editions
from digest.store import articles as stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from digest.model import Edition
    from digest.testing.mailbox import Received

NEWSLETTER: dict[str, Any] = {
    "title": "The Morning Tide",
    "site": "The Harbour Post",
    "from": "The Harbour Post <morning@harbourpost.example>",
    "postal_address": "4 Old Quay, Port Merrow",
    "minimum": 1,
}
KEYS = [
    {"id": 1, "purpose": "links", "secret": "l" * 32},
    {"id": 2, "purpose": "addresses", "secret": "a" * 32},
]
_SYLLABLES = (
    "ba",
    "cor",
    "dan",
    "el",
    "fim",
    "gar",
    "hol",
    "ist",
    "jum",
    "kel",
    "lor",
    "mir",
    "ost",
    "pel",
    "ros",
    "sul",
)


class Clock:
    """A clock that stands where it is put; call it for the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def forward(self, **span: float) -> None:
        """Move on by a span, as ``timedelta`` names it; negative goes back."""
        self.now += timedelta(**span)


@dataclass(slots=True)
class House:
    """One news house. ``restart`` stands for a new process: nothing survives it but the store."""

    root: Path
    database: str
    clock: Clock
    smtp_port: int
    newsletters: dict[str, dict[str, Any]] = field(default_factory=lambda: {"morning": {}})
    more: dict[str, Any] = field(default_factory=dict)
    ctx: Context = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def _open(self) -> None:
        letters = {
            name: {**NEWSLETTER, "name": name, "sender": "relay", **each}
            for name, each in self.newsletters.items()
        }
        values: dict[str, Any] = {
            "root": self.root,
            "database": self.database,
            "base_url": "https://mail.harbourpost.example",
            "senders": {"relay": {"type": "smtp", "host": "127.0.0.1", "port": self.smtp_port}},
            "secret_keys": KEYS,
            "newsletters": letters,
        }
        settings = Settings.model_validate(values | self.more)
        self.ctx = Context(settings, Store(self.database), self.clock)

    def close(self) -> None:
        """Let go of the store."""
        self.ctx.store.close()

    def restart(self, **more: Any) -> None:
        """Begin anew as another process would, with settings changed by ``more``."""
        self.close()
        self.more |= more
        self._open()

    def print(self, articles: Iterable[Article]) -> None:
        """Keep articles, as a refresh does."""
        batch = list(articles)
        with self.ctx.store.write() as conn:
            saved = stored.save(conn, batch, self.clock())
            learn(conn, [*saved.new, *saved.changed], self.clock())

    def enrol(self, newsletter: str, count: int, prefix: str = "reader") -> None:
        """Import confirmed subscribers."""
        table = io.BytesIO(
            ("email\n" + "".join(f"{prefix}{n:04d}@example.com\n" for n in range(count))).encode()
        )
        how = importing.Importing(newsletter=newsletter, consent="a test's own")
        importing.import_readers(self.ctx, table, how, _refuse)

    def round(self) -> None:
        """Do what a process does when it looks round: tick, build, send, watch."""
        tick(self.ctx)
        work.build_due(self.ctx)
        work.send_due(self.ctx)
        watch(self.ctx)

    def editions(self, newsletter: str = "") -> list[Edition]:
        """Return the editions, earliest slot first."""
        with self.ctx.store.read() as conn:
            return editions.listed(conn, newsletter, limit=100_000)[::-1]

    def picks(self, edition: int) -> list[str]:
        """Return the addresses of an edition's picks."""
        with self.ctx.store.read() as conn:
            return [item["url"] for item in editions.items(conn, edition) if item["role"] == "pick"]


def _refuse(bad: object) -> None:
    raise ValueError(f"a reader was refused: {bad}")


def articles(start: datetime, end: datetime, every: timedelta) -> list[Article]:
    """Make articles on ever different things, one each ``every`` from ``start`` until before ``end``."""
    made: list[Article] = []
    at = start.astimezone(UTC)
    while at < end:
        made.append(_article(at))
        at += every
    return made


def _words(dice: random.Random, count: int) -> str:
    return " ".join("".join(dice.choices(_SYLLABLES, k=dice.randint(2, 3))) for _ in range(count))


def _article(at: datetime) -> Article:
    """Make the article of one minute: the same each time, in words no other article has."""
    dice = random.Random(int(at.timestamp()))
    url = f"https://harbourpost.example/{at:%Y/%m/%d/%H%M}"
    return Article(
        url=url,
        url_key=url,
        source="post",
        headline=_words(dice, 7).capitalize(),
        summary=_words(dice, 24).capitalize() + ".",
        published=at,
        seen_at=at,
        language="en",
        section="City",
    )


def arrivals(messages: Iterable[Received]) -> Counter[tuple[str, str]]:
    """Count what arrived by (recipient, Message-ID): every number should be one."""
    return Counter((message.recipient, str(message.parsed()["Message-ID"])) for message in messages)
