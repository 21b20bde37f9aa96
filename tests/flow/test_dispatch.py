"""``digest send`` as cron runs it: nobody else is there to tell the operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.flow import desk, dispatch
from digest.store.schema import metadata
from digest.testing.house import Clock, House, articles
from digest.testing.smtp import Fault, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEVEN = datetime(2026, 7, 5, 7, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as made:
        yield made


@pytest.fixture
def house(database_url: str, tmp_path: Path, server: SmtpServer) -> Iterator[House]:
    made = House(
        tmp_path, database_url, Clock(SEVEN), server.port,
        newsletters={"morning": {"schedule": "0 7 * * *"}},
        more={"alerts_to": ["ops@harbourpost.example"], "alerts_sender": "spare",
              "alerts_from": "digest@harbourpost.example"},
    )  # fmt: skip
    relay = {"type": "smtp", "host": server.host, "port": server.port}
    made.restart(senders={"relay": relay, "spare": {"type": "maildir", "path": "alerts"}})
    metadata.create_all(made.ctx.store.engine)
    made.enrol("morning", 80)
    made.print(articles(SEVEN - timedelta(days=1), SEVEN, timedelta(hours=2)))
    yield made
    made.close()


def told(house: House) -> list[str]:
    """Return the alerts that were mailed."""
    folder = house.root / "alerts" / "new"
    return [file.read_text() for file in folder.iterdir()] if folder.is_dir() else []


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (("dot", "550 5.7.1 looks like spam"), "held", "refused by policy"),
        (("rcpt", "550 5.1.1 no such user"), "held", "were refused"),
        (("rcpt", "451 4.3.0 try later"), "held", "were deferred"),
        (("connect", "554 5.7.1 your address is blocked"), "paused", "your address is blocked"),
        (("mail", "530 5.7.0 authentication required"), "paused", "authentication required"),
    ],
)
def test_whatever_stops_an_edition_is_mailed_to_the_operator(
    house: House, server: SmtpServer, fault: tuple[str, str], state: str, words: str
) -> None:
    """The breaker, a policy, a sender that refuses us: one mail, with the service's words and what to do."""
    server.faults.append(Fault(fault[0], reply=fault[1]))
    done = dispatch.send(house.ctx, "morning", SEVEN)
    assert done.state == state
    assert words in done.reason
    (mail,) = told(house)
    assert "To: ops@harbourpost.example" in mail
    assert words.rsplit(maxsplit=1)[-1] in mail
    dispatch.send_slot(house.ctx, "morning", SEVEN)
    assert len(told(house)) == 1
    if state == "held" and "5.7.1" in fault[1]:
        server.faults.clear()
        desk.release(house.ctx, done.edition)
        assert dispatch.send(house.ctx, "morning", SEVEN).submitted == 80
        assert len(server.recipients) == len(set(server.recipients)) == 80
