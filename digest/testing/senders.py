"""The contract every sender passes. In a plugin's tests: subclass, say how to make one, run pytest.

    class TestMySender(SenderContract):
        @pytest.fixture
        def case(self, tmp_path):
            with my_local_server() as server:
                yield Case(MySender("mine", MyOptions(port=server.port), tmp_path), server.addresses)

``accepted`` returns the recipients of everything the service accepted so far.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from digest.compose import segments
from digest.model import Deferred, Recipient, RefusedRecipient, Submitted, Unavailable, Uncertain
from digest.testing.editions import variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.deliver.sender import Sender
    from digest.model import Message, Outcome

OUTCOMES = (Submitted, Deferred, RefusedRecipient, Unavailable, Uncertain)


@dataclass(slots=True)
class Case:
    """A sender to try, and how to learn what its service accepted (None: it cannot be asked)."""

    sender: Sender
    accepted: Callable[[], list[str]] | None = None


def messages(n: int, name: str = "") -> list[Message]:
    """Make n messages of one edition, to ``r1@reader.example`` and so on."""
    compiled = variant()
    return [
        segments.splice(
            compiled,
            Recipient(
                subscriber=i,
                subscription=i,
                address=f"r{i}@reader.example",
                name=name,
                leave=f"leave{i}",
                preferences=f"prefs{i}",
                bounce=f"bounces+{i}",
                message_id=f"m{i}.contract",
            ),
            edition=1,
        )
        for i in range(1, n + 1)
    ]


async def hand_over(sender: Sender, batch: list[Message]) -> list[Outcome]:
    """Open, send in batches the sender allows, close; return what was reported, in order."""
    heard: list[Outcome] = []
    await sender.open()
    try:
        size = sender.limits.max_batch
        for at in range(0, len(batch), size):
            await sender.send(batch[at : at + size], heard.append)
    finally:
        await sender.close(5.0)
    return heard


class SenderContract:
    """Subclass it and give the fixture ``case``; each test is one promise of the interface."""

    @staticmethod
    def run(sender: Sender, n: int, name: str = "") -> list[Outcome]:
        """Hand over n messages in a fresh event loop."""
        return asyncio.run(hand_over(sender, messages(n, name)))

    def test_it_says_what_it_is(self, case: Case) -> None:
        """It exports a pydantic model of its options, says whether it reaches the network, and has limits."""
        kind: Any = type(case.sender)
        assert issubclass(kind.Options, BaseModel)
        assert kind.reaches_network in (True, False)
        assert case.sender.limits.max_batch >= 1
        assert case.sender.limits.in_flight >= 1

    def test_every_message_gets_exactly_one_outcome(self, case: Case) -> None:
        """However many messages it is given, each is reported once, none is invented."""
        heard = self.run(case.sender, 25)
        assert Counter(outcome.key for outcome in heard) == Counter((1, i) for i in range(1, 26))
        assert all(isinstance(outcome, OUTCOMES) for outcome in heard)

    def test_submitted_carries_a_receipt(self, case: Case) -> None:
        """What it accepted it can show: a receipt that is not empty."""
        heard = self.run(case.sender, 3)
        assert [type(outcome) for outcome in heard] == [Submitted] * 3
        assert all(outcome.receipt for outcome in heard if isinstance(outcome, Submitted))

    def test_what_is_submitted_was_accepted(self, case: Case) -> None:
        """Each recipient reported as submitted has the message exactly once."""
        heard = self.run(case.sender, 12)
        if case.accepted is None:
            return
        submitted = [
            f"r{outcome.key[1]}@reader.example" for outcome in heard if isinstance(outcome, Submitted)
        ]
        assert Counter(case.accepted()) == Counter(submitted)

    def test_it_can_be_opened_again(self, case: Case) -> None:
        """After closing it works again: a worker opens it for each edition."""
        first = self.run(case.sender, 2)
        again = self.run(case.sender, 2)
        assert len(first) == len(again) == 2  # noqa: PLR2004 (the number above)

    def test_closing_twice_does_no_harm(self, case: Case) -> None:
        """It may be closed without having been used, and twice."""

        async def story() -> None:
            await case.sender.open()
            await case.sender.close(1.0)
            await case.sender.close(1.0)

        asyncio.run(story())

    def test_names_and_addresses_of_any_kind(self, case: Case) -> None:
        """A name outside ASCII goes through like any other."""
        heard = self.run(case.sender, 2, name="Zoë 🌊 العربي")
        assert all(isinstance(outcome, Submitted) for outcome in heard)

    def test_it_only_promises_to_look_up_what_it_can(self, case: Case) -> None:
        """With ``can_look_up`` it finds what it accepted and denies what it never had; else it is silent."""

        async def story() -> tuple[Outcome | None, Outcome | None]:
            await hand_over(case.sender, messages(1))
            await case.sender.open()
            answers = await case.sender.look_up("m1.contract"), await case.sender.look_up("never.sent")
            await case.sender.close(1.0)
            return answers

        there, absent = asyncio.run(story())
        if case.sender.limits.can_look_up:
            assert isinstance(there, Submitted)
            assert isinstance(absent, Deferred)
        else:
            assert absent is None
