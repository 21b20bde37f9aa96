"""The SMTP client against a real server that misbehaves at every stage, in every way of talking."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from digest.compose import segments
from digest.model import Deferred, Message, Recipient, RefusedRecipient, Submitted, Unavailable
from digest.testing.editions import variant
from digest.testing.smtp import Fault, Features

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = {
    "pipelined": Features(),
    "bdat": Features(chunking=True),
    "lock-step": Features(pipelining=False),
    "bare": Features(pipelining=False, eightbit=False, smtputf8=False, size=0, enhanced=False),
}


@pytest.fixture(params=MODES)
def features(request: pytest.FixtureRequest) -> Features:
    return MODES[request.param]


def addressed(*addresses: str) -> list[Message]:
    compiled = variant()
    return [
        segments.splice(
            compiled,
            Recipient(subscriber=i, subscription=i, address=a, message_id=f"m{i}", bounce=f"b{i}", leave="t"),
            edition=1,
        )
        for i, a in enumerate(addresses, 1)
    ]  # fmt: skip


def exact(told) -> None:
    """Check that what was reported as submitted was accepted, once, and nothing else but the uncertain."""
    accepted = Counter(told.server.recipients)
    submitted = {f"r{o.key[1]}@reader.example" for o in told.outcomes if isinstance(o, Submitted)}
    uncertain = {f"r{o.key[1]}@reader.example" for o in told.outcomes if type(o).__name__ == "Uncertain"}
    assert max(accepted.values(), default=0) <= 1
    assert submitted <= set(accepted)
    assert set(accepted) <= submitted | uncertain
    assert len({o.key for o in told.outcomes}) == len(told.outcomes)
    assert told.server.offences == []


def test_everything_arrives_byte_for_byte(deliver: Callable, features: Features) -> None:
    """In every way of talking each message arrives once, its envelope its own, its bytes unchanged."""
    told = deliver(30, features=features)
    exact(told)
    assert told.words == {"Submitted": 30}
    from digest.testing.senders import messages

    sent = {(m.envelope_from, m.to, m.as_bytes()) for m in messages(30)}
    assert {(m.sender, m.recipient, m.data) for m in told.server.messages} == sent


STAGES = ("mail", "rcpt", "data", "dot")


@pytest.mark.parametrize("stage", STAGES)
def test_a_temporary_failure_defers_that_recipient_only(
    deliver: Callable, features: Features, stage: str
) -> None:
    """A 4xx at any command defers one message and leaves the others alone."""
    told = deliver(20, [Fault(stage, reply="451 4.3.0 later", first=8, times=1)], features)
    exact(told)
    if stage == "data" and features.chunking:
        assert told.words == {"Submitted": 20}  # there is no DATA to answer
        return
    assert told.words == {"Submitted": 19, "Deferred": 1}
    (deferred,) = (o for o in told.outcomes if isinstance(o, Deferred))
    assert (deferred.code, deferred.enhanced, deferred.phase) == (451, "4.3.0", stage)


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_a_final_failure_refuses_that_recipient_only(
    deliver: Callable, features: Features, stage: str
) -> None:
    """A 5xx refuses one message, classified by its enhanced code, and leaves the others alone."""
    told = deliver(20, [Fault(stage, reply="550 5.1.1 no such user", first=8, times=1)], features)
    exact(told)
    if stage == "data" and features.chunking:
        return
    assert told.words == {"Submitted": 19, "RefusedRecipient": 1}
    (refused,) = (o for o in told.outcomes if isinstance(o, RefusedRecipient))
    assert (refused.code, refused.cause, refused.phase) == (550, "address", stage)


def test_many_refusals_in_a_row(deliver: Callable, features: Features) -> None:
    """Every second recipient refused: no message lands in another's transaction."""
    told = deliver(60, [Fault("rcpt", reply="550 5.1.1 no", match=r"[13579]@")], features)
    exact(told)
    assert told.words == {"Submitted": 30, "RefusedRecipient": 30}
    for message in told.server.messages:
        assert f"To: {message.recipient}\r\n".encode() in message.data


@pytest.mark.parametrize("action", ["drop", "half", "garbage"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_broken_connection_before_the_dot_loses_nothing(
    deliver: Callable, features: Features, stage: str, action: str
) -> None:
    """A drop, half an answer or garbage at any stage: before the final dot sent again, after it uncertain."""
    told = deliver(20, [Fault(stage, action, first=5, times=1)], features)
    exact(told)
    uncertain = told.words["Uncertain"]
    assert told.words["Submitted"] + uncertain == 20
    if not features.chunking and stage != "dot":
        assert uncertain <= 1  # at most the body before it in the same connection
    if stage == "dot":
        assert uncertain >= 1


def test_an_answer_lost_after_the_dot_is_uncertain(deliver: Callable, features: Features) -> None:
    """The message was accepted but the answer never came: it is neither submitted nor sent again."""
    told = deliver(20, [Fault("dot", "late", first=5, times=1)], features, connections=1)
    exact(told)
    assert told.words["Uncertain"] >= 1
    assert len(told.server.recipients) >= 20 - told.words["Uncertain"] + 1


@pytest.mark.parametrize("stage", STAGES)
def test_421_closes_and_nobody_is_burnt(deliver: Callable, features: Features, stage: str) -> None:
    """421 at any stage: what was not accepted is given back, with how long to wait."""
    told = deliver(20, [Fault(stage, reply="421 4.3.2 going down", first=5, times=1)], features)
    exact(told)
    assert not told.words["RefusedRecipient"]
    assert not told.words["Deferred"]
    if not features.chunking:  # there the answer may be lost with what was already on its way
        assert told.words["Unavailable"] >= 1
        assert any(o.wait > 0 for o in told.outcomes if isinstance(o, Unavailable))
        assert told.words["Uncertain"] == 0


def test_4_7_28_stops_and_goes_on_with_one_connection(deliver: Callable) -> None:
    """Told that it is too fast, the client stops, gives back the rest and asks to wait."""
    told = deliver(200, [Fault("rcpt", reply="450 4.7.28 unusual rate", first=50, times=1)], pause=600)
    exact(told)
    assert told.words["Deferred"] == 1
    waits = [o.wait for o in told.outcomes if isinstance(o, Unavailable)]
    assert waits
    assert max(waits) == 600


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("mail", "550 5.7.1 sender rejected"),
        ("mail", "530 5.7.0 authentication required"),
        ("rcpt", "554 5.7.1 <x>: Relay access denied"),
        ("ehlo", "550 5.7.1 go away"),
        ("connect", "554 5.7.1 no SMTP service here"),
    ],
)
def test_what_every_recipient_would_meet_burns_none(deliver: Callable, stage: str, reply: str) -> None:
    """No relaying, no login, a refused sender or greeting: final for the sender, not for a recipient."""
    told = deliver(20, [Fault(stage, reply=reply)])
    assert told.words == {"Unavailable": 20}
    assert all(o.final for o in told.outcomes)
    assert reply.split(" ", 2)[2] in told.outcomes[0].reason


def test_a_greeting_in_trouble_is_not_final(deliver: Callable) -> None:
    """A server that is busy at the door may be tried again."""
    told = deliver(5, [Fault("connect", reply="421 4.3.2 too many connections")])
    assert told.words == {"Unavailable": 5}
    assert not any(o.final for o in told.outcomes)


def test_a_message_too_big_is_refused_without_sending(deliver: Callable) -> None:
    """SIZE is obeyed: what the server cannot take is refused as content, before a byte of it leaves."""
    told = deliver(2, features=Features(size=500))
    assert {(type(o).__name__, o.enhanced, o.cause) for o in told.outcomes} == {
        ("RefusedRecipient", "5.3.4", "content")
    }
    assert told.server.counts["mail"] == 0


def test_smtputf8_is_used_where_offered(deliver: Callable) -> None:
    """A local part outside ASCII goes out with SMTPUTF8, or is refused where the server has none."""
    batch = addressed("jörg@reader.example", "plain@reader.example")
    told = deliver(batch)
    assert told.words == {"Submitted": 2}
    assert sorted(told.server.recipients) == ["jörg@reader.example", "plain@reader.example"]
    told = deliver(batch, features=Features(smtputf8=False))
    assert told.words == {"Submitted": 1, "RefusedRecipient": 1}


def test_connections_are_renewed_after_so_many_messages(deliver: Callable) -> None:
    """``per_connection`` closes a connection properly and opens another."""
    told = deliver(40, connections=2, per_connection=5)
    exact(told)
    assert told.words == {"Submitted": 40}
    assert told.server.counts["connections"] >= 8
    assert told.server.most_open <= 3


def test_no_more_connections_than_allowed(deliver: Callable) -> None:
    """However many messages wait, the limit holds."""
    told = deliver(200, connections=3)
    assert told.words == {"Submitted": 200}
    assert told.server.most_open <= 3


def test_a_server_that_is_not_there(deliver: Callable) -> None:
    """Nobody listening: every message comes back, nobody is burnt, the reason names the place."""
    told = deliver(5, port=1)
    assert told.words == {"Unavailable": 5}
    assert "127.0.0.1:1 cannot be reached" in told.outcomes[0].reason


def test_a_unix_socket(deliver: Callable) -> None:
    """A relay behind a unix socket works like any other."""
    assert deliver(20, unix=True).words == {"Submitted": 20}


def test_a_message_of_no_edition_gets_its_dots_stuffed(deliver: Callable) -> None:
    """System messages may have lines that begin with a dot; they arrive as they were."""
    data = b"Subject: x\r\n\r\n.first\r\n..second\r\n.\r\nend\r\n"
    told = deliver(
        [Message(key=(0, 1), envelope_from="", to="a@b.example", message_id="m", segments=(data,))]
    )
    assert told.server.messages[0].data == data


def test_an_address_that_could_forge_a_command_never_leaves(deliver: Callable) -> None:
    """Even if such an address got this far, no command is written with it."""
    bad = Message(key=(1, 1), envelope_from="", to="a@b>\r\nDATA", message_id="m", segments=(b"x\r\n",))
    told = deliver([bad])
    assert told.words == {"RefusedRecipient": 1}
    assert told.server.counts["rcpt"] == 0
