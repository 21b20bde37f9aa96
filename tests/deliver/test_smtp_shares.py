"""Limits on connections for groups of recipient domains, against a server that counts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.deliver.sender import Group, keep, make
from digest.deliver.senders.smtp import SmtpOptions, SmtpSender
from digest.errors import SenderError
from digest.model import Outcome, Submitted
from digest.testing.senders import messages
from digest.testing.smtp import Fault, Features, SmtpServer

if TYPE_CHECKING:
    from digest.model import Message


def batch(n: int) -> list[Message]:
    """Make messages of which every other goes to a domain that is slow."""
    return [
        message._replace(to=message.to.replace("reader.example", "slow.example" if i % 2 else "fast.example"))
        for i, message in enumerate(messages(n))
    ]


def sent(group: dict[str, int], n: int = 60, **features: Any) -> tuple[list[Outcome], SmtpServer]:
    async def story(server: SmtpServer) -> list[Outcome]:
        options = SmtpOptions(host=server.host, port=server.port, connections=6)
        sender, heard = SmtpSender("out", options, Path()), []
        keep("out", sender, [Group("slow", frozenset({"slow.example"}), **group)])
        await sender.open()
        await asyncio.wait_for(sender.send(batch(n), heard.append), 20)
        await sender.close(2.0)
        return heard

    slow = [Fault("data", "slow", seconds=0.03)]
    with SmtpServer(Features(delay=0.002, **features), slow) as server:
        heard = asyncio.run(story(server))
    assert all(isinstance(outcome, Submitted) for outcome in heard)
    assert len(set(server.recipients)) == len(server.recipients) == n
    return heard, server


@pytest.mark.parametrize("limit", [1, 2])
def test_connections_of_a_group(limit: int) -> None:
    """No more connections than allowed carry a group's messages at once; the others use all there are."""
    _, server = sent({"connections": limit})
    assert server.most_carrying["slow.example"] == limit
    assert server.most_carrying["fast.example"] > limit


def test_connections_of_a_group_with_chunking() -> None:
    """Several messages under way on one connection count as one connection."""
    _, server = sent({"connections": 1}, chunking=True)
    assert server.most_carrying["slow.example"] == 1


def test_messages_of_a_group_on_one_connection() -> None:
    """A connection that had its fill of a group ends, and the rest goes over new ones."""
    _, server = sent({"per_connection": 4})
    assert server.most_on_one["slow.example"] == 4
    assert server.counts["connections"] >= 30 / 4


def test_without_limits_a_group_uses_every_connection() -> None:
    """The measure works: unlimited, both domains are carried by several connections."""
    _, server = sent({})
    assert server.most_carrying["slow.example"] > 2


def test_a_sender_without_connections_says_so(tmp_path: Path) -> None:
    """A limit that nobody would keep is an error, not a silence."""
    sender = make("out", "maildir", {"path": "out"}, tmp_path)
    with pytest.raises(SenderError, match=r"senders\.out\.groups\.slow: .* keeps no connections"):
        keep("out", sender, [Group("slow", frozenset({"slow.example"}), connections=2)])
