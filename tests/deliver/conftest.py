"""Running the real SMTP client against the real in-process server."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.deliver.senders.smtp import SmtpOptions, SmtpSender
from digest.testing.senders import messages
from digest.testing.smtp import Fault, Features, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.model import Message, Outcome


@dataclass
class Told:
    """What came of one run."""

    outcomes: list[Outcome]
    server: SmtpServer
    words: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.words = Counter(type(outcome).__name__ for outcome in self.outcomes)


async def _hand_over(sender: SmtpSender, batch: Sequence[Message]) -> list[Outcome]:
    heard: list[Outcome] = []
    await sender.open()
    try:
        await asyncio.wait_for(sender.send(list(batch), heard.append), 20)
    finally:
        await sender.close(2.0)
    return heard


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Told]:
    """Send n messages (or those given) to a server with features and faults; options go to the client."""

    def run(
        n: int | list[Message] = 20,
        faults: Sequence[Fault] = (),
        features: Features | None = None,
        **options: object,
    ) -> Told:
        batch = messages(n) if isinstance(n, int) else n
        unix = tmp_path / "sock" if options.pop("unix", False) else None
        with SmtpServer(features, list(faults), unix=unix) as server:
            given = {
                "host": f"unix:{unix}" if unix else server.host,
                "port": server.port or 25,
                "pause": 0.05,
                **options,
            }
            sender = SmtpSender("relay", SmtpOptions.model_validate(given), Path())
            return Told(asyncio.run(_hand_over(sender, batch)), server)

    return run
