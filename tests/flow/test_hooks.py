"""What a webhook's notices do: to the reader our signature names, once, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest import tokens
from digest.audience.hooks import Hook
from digest.audience.hooks.signed import SignedHook, SignedOptions, signature
from digest.errors import HookRefused
from digest.flow import audience
from digest.flow.hooks import Hooks
from digest.flow.messages import keyring
from digest.model import SubscriptionState
from digest.settings.models import HookSettings
from digest.store import events, subscribers
from tests.audience.hooks import amazon

SECRET = "a secret of more than 24 bytes"


@pytest.fixture
def ann(context):
    """Give the number of a confirmed reader."""
    audience.add(context, "ann@example.org", "daily", "form")
    with context.store.read() as conn:
        return subscribers.find(conn, "ann@example.org").id


@pytest.fixture
def take(context):
    """Give a function that hands notices to a signed hook and returns the effects."""
    hooks = Hooks(context, {"desk": SignedHook("desk", SignedOptions(secret=SECRET), Path())})

    def hand_over(rows, number="n1"):
        body, time = json.dumps(rows).encode(), str(int(context.now().timestamp()))
        headers = {
            "webhook-id": number,
            "webhook-timestamp": time,
            "webhook-signature": signature(SECRET, number, time, body),
        }
        return dict(hooks.take("desk", headers, body).effects)

    return hand_over


def about(context, ann, **more):
    left = tokens.message_id(keyring(context), "a" * 12, ann)
    return {"kind": "bounced", "code": "5.1.1", "message_id": f"<{left}@post.example>", **more}


def mailed(context):
    with context.store.read() as conn:
        return [each.address for each in subscribers.candidates(conn, "daily", context.now())]


def state(context, ann):
    with context.store.read() as conn:
        return [each.state.value for each in subscribers.subscriptions_of(conn, ann)]


def known(context, ann):
    with context.store.read() as conn:
        return [(each.source, each.kind.value) for each in events.of(conn, ann)]


def test_a_replay_changes_nothing(context, ann, take):
    """The same id twice, in one request or in two, is one event."""
    said = about(context, ann)
    assert take(said) == {"suppressed": 1}
    assert take(said) == {"known already": 1}
    assert take([{**said, "id": "7"}, {**said, "id": "7"}], "n2") == {"suppressed": 1, "known already": 1}
    assert known(context, ann) == [("hook:desk", "bounced")] * 2
    assert mailed(context) == []


def test_identity_comes_from_our_signature_alone(context, ann, take):
    """An address, a number or a Message-ID that we did not sign names nobody, even in a signed request."""
    right = about(context, ann)
    forged = [
        {**right, "message_id": "<0.1.AAAAAAAAAAAAAAAA@post.example>", "recipient": "ann@example.org"},
        {**right, "message_id": right["message_id"].replace("<", "<0"), "subscriber": ann},
        {**right, "message_id": "", "return_path": "ann@example.org"},
    ]
    assert take(forged) == {"not ours": 3}
    assert mailed(context) == ["ann@example.org"]
    assert known(context, ann) == []


def test_the_return_path_names_a_reader_too(context, ann, take):
    """Where a provider gives the envelope but not the headers."""
    path = tokens.bounce(keyring(context), "a" * 12, ann) + "@bounces.example"
    assert take({"kind": "complained", "return_path": f"<{path}>"}) == {"suppressed": 1}
    assert mailed(context) == []


def test_one_who_left_at_the_provider_has_left(context, ann, take):
    """An unsubscription ends the subscription; a repetition after the reader came back does not."""
    said = about(context, ann, kind="unsubscribed")
    assert take(said) == {"left": 1}
    assert state(context, ann) == ["unsubscribed"]
    with context.store.write() as conn:
        [mine] = subscribers.subscriptions_of(conn, ann)
        subscribers.move(conn, mine.id, SubscriptionState.CONFIRMED, context.now())
    assert take(said) == {"known already": 1}
    assert state(context, ann) == ["confirmed"]


def test_what_only_informs_is_noted(context, ann, take):
    """Delivered and deferred are kept as events and do nothing; a policy block never blames the reader."""
    rows = [about(context, ann, kind=kind) for kind in ("delivered", "deferred")]
    blocked = about(context, ann, code="5.7.1", reason="554 5.7.1 your network is listed as a source of spam")
    assert take([*rows, blocked]) == {"noted": 3}
    assert [kind for _, kind in known(context, ann)] == ["delivered", "deferred", "bounced"]
    assert mailed(context) == ["ann@example.org"]


def test_text_that_no_database_holds_does_no_harm(context, ann, take):
    """NUL and half a surrogate pair may stand in JSON; a provider would repeat such a request for days."""
    assert take(about(context, ann, reason="550 no\x00\ud800\nsuch user")) == {"suppressed": 1}
    with context.store.read() as conn:
        [event] = events.of(conn, ann)
    assert event.detail["reason"] == "550 no   such user"
    assert take(about(context, ann, id="n\x00"), "n2") == {}
    assert take({**about(context, ann), "message_id": "\ud800@\x00"}, "n3") == {"not ours": 1}


class Repeating(Hook):
    """Refuses in the words of whoever wrote."""

    def hear(self, headers, body, now):
        raise HookRefused(body.decode())


def test_what_a_stranger_wrote_cannot_forge_a_line(context, caplog):
    """A refusal is one line of printable characters, in the answer and in the log."""
    hooks = Hooks(context, {"loud": Repeating("loud", None, Path())})
    answer = hooks.take("loud", {}, b"no\nhook desk: 1 suppressed\x1b[2J" + b"x" * 1000)
    [line] = [record.getMessage() for record in caplog.records]
    assert line.isprintable()
    assert answer.refused.startswith("no hook desk: 1 suppressed [2J")
    assert len(answer.refused) == 300


def test_the_configured_hooks_are_made(context):
    """By their type and options; a name that is not configured is none."""
    made = {
        "desk": HookSettings.model_validate({"type": "signed", "secret": SECRET}),
        "cloud": HookSettings.model_validate({"type": "ses", "topics": [amazon.TOPIC]}),
    }
    settings = context.settings.model_copy(update={"hooks": made})
    hooks = Hooks(type(context)(settings, context.store, context.now))
    assert ["desk" in hooks, "cloud" in hooks, "ses" in hooks] == [True, True, False]
    assert SECRET not in repr(settings.hooks["desk"])
    answer = hooks.take("cloud", {}, b"{}")
    assert (answer.status, answer.effects) == (403, {})
