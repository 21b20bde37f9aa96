"""The worker's round: a builder that was killed is followed at once, and an edition's end is told once."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.flow import work
from digest.flow.context import Context
from digest.flow.tick import tick
from digest.store import editions
from digest.store.schema import metadata
from digest.testing.house import Clock, House, articles
from digest.testing.smtp import SmtpServer
from digest.testing.website import Website
from tests.conftest import newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator

SEVEN = datetime(2026, 7, 5, 7, tzinfo=UTC)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    with SmtpServer() as server:
        made = House(
            tmp_path, database_url, Clock(SEVEN - timedelta(hours=1)), server.port,
            newsletters={"morning": {"schedule": "0 7 * * *"}},
        )  # fmt: skip
        metadata.create_all(made.ctx.store.engine)
        made.enrol("morning", 40)
        made.print(articles(SEVEN - timedelta(days=1), SEVEN - timedelta(hours=1), timedelta(hours=2)))
        tick(made.ctx)
        made.clock.now = SEVEN - timedelta(minutes=5)
        tick(made.ctx)
        yield made
        made.close()


def taken(house: House, owner: str) -> None:
    """Let a process take the draft, as one that builds does."""
    (edition,) = house.editions()
    now = house.ctx.now()
    with house.ctx.store.write() as conn:
        assert editions.claim(conn, edition.id, owner, now, now + work.LEASE)


def named(process: subprocess.Popen[bytes]) -> str:
    """Return the name under which a process takes editions."""
    started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{socket.gethostname()}:{process.pid}:{started}:1"


def test_a_killed_builder_is_followed_at_once(house: House) -> None:
    """Its lease would run ten minutes; on the same machine it is known to be gone."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    taken(house, named(process))
    assert work.build_due(house.ctx) == 0  # it is alive: it builds
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert work.build_due(house.ctx) == 1
    assert [edition.state for edition in house.editions()] == ["ready"]


def test_a_builder_elsewhere_has_its_lease(house: House) -> None:
    """Of a process on another machine nothing is known until its lease is over."""
    taken(house, "elsewhere:1:1:1")
    assert work.build_due(house.ctx) == 0
    house.clock.forward(minutes=11)
    assert work.build_due(house.ctx) == 1


def test_the_end_is_told_once(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Of two that send one edition together, one says that it is sent."""
    work.build_due(house.ctx)
    house.clock.now = SEVEN
    with caplog.at_level(logging.INFO), ThreadPoolExecutor(2) as two:
        list(two.map(lambda _: work.send_due(house.ctx), range(2)))
        work.send_due(house.ctx)
    told = [record.getMessage() for record in caplog.records if "is sent" in record.getMessage()]
    assert told == [f"edition {house.editions()[0].id} of morning is sent: 40 submitted"]


def test_what_became_of_a_source_is_logged_once(
    sqlite_context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    """Cut, failing, read again and whole: each turn is one line, whatever number of visits."""
    line, clock = '{"url": "https://post.example/%d", "title": "A headline of news"}\n', Clock(SEVEN)
    turns = [("".join(line % n for n in range(60)), 200), ("", 500), (line % 1, 200)]
    with Website() as site:
        sources = [{"key": "post", "url": site.url("/f"), "allow_private": True}]
        settings = newsroom(sqlite_context.settings.root, sources=sources, ingest={"max_bytes": 1500})
        ctx = Context(settings, sqlite_context.store, clock)
        for body, status in turns:
            site.put("/f", body, status=status)
            for _ in range(2):
                work.read_sources(ctx)
                clock.forward(days=1)
    assert [record.getMessage().partition(" http")[0] for record in caplog.records] == [
        "source post: larger than ingest.max_bytes: only its beginning is read",
        "source post: it cannot be read:",
        "source post: it can be read again; it is read whole",
    ]
