"""Every hook passes the contract, and the contract catches hooks that break it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.audience.hooks import Hook, Notice
from digest.audience.hooks.ses import SesHook, SesOptions
from digest.audience.hooks.signed import SignedHook, SignedOptions, signature
from digest.errors import HookRefused
from digest.model import EventKind
from digest.testing.hooks import Case, HookContract
from tests.audience.hooks import amazon

SECRET = "whsec_" + "QUJD" * 12


def told(message_id: str) -> bytes:
    """Write a bounce as the hook ``signed`` takes it."""
    return json.dumps({"kind": "bounced", "code": "5.1.1", "message_id": f"<{message_id}>"}).encode()


def sign(payload, number, at):
    time = str(int(at.timestamp()))
    headers = {
        "webhook-id": number,
        "webhook-timestamp": time,
        "webhook-signature": signature(SECRET, number, time, payload),
    }
    return headers, payload


def signed(kind=SignedHook) -> Case:
    return Case(kind("desk", SignedOptions(secret=SECRET), Path()), told, sign)


class TestSes(HookContract):
    @pytest.fixture
    def case(self):
        hook = SesHook("ses", SesOptions(topics=(amazon.TOPIC,)), Path(), fetch=lambda _url: amazon.pem())
        return Case(hook, amazon.bounce, amazon.sign)


class TestSigned(HookContract):
    @pytest.fixture
    def case(self):
        return signed()


class Trusting(Hook):
    """Believes whatever it is told."""

    Options = SignedOptions

    def hear(self, headers, body, now):
        said = json.loads(body)
        return [
            Notice(
                id=headers.get("webhook-id", "x"),
                kind=EventKind(said["kind"]),
                message_id=said["message_id"],
                classed="address",
            )
        ]


class Forgetful(SignedHook):
    """Gives notices another id each time."""

    count = 0

    def hear(self, headers, body, now):
        self.count += 1
        return [
            Notice(id=f"{self.count}", kind=each.kind, message_id=each.message_id, classed=each.classed)
            for each in super().hear(headers, body, now)
        ]


class Raw(SignedHook):
    """Lets out whatever goes wrong, and reads any size."""

    def read(self, headers, body, now):
        try:
            return self.hear({key.lower(): value for key, value in headers.items()}, body, now)
        except HookRefused as error:
            raise ValueError(str(error)) from None


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (Trusting, "test_a_changed_body_is_refused"),
        (Trusting, "test_what_is_too_old_or_too_new_is_refused"),
        (Forgetful, "test_the_same_again_counts_once"),
        (Raw, "test_no_content_does_harm"),
        (Raw, "test_a_huge_body_is_refused_before_it_is_read"),
    ],
)
def test_the_contract_catches_a_hook_that_breaks_it(kind, broken):
    """Each promise fails for a hook that does not keep it."""
    with pytest.raises((AssertionError, ValueError)):
        getattr(HookContract(), broken)(signed(kind))


def test_all_are_tested():
    """No hook is installed that is not tested here."""
    from digest import plugins

    assert plugins.names(plugins.HOOKS) == ("ses", "signed")
    assert plugins.load(plugins.HOOKS, "ses") is SesHook
    assert plugins.load(plugins.HOOKS, "signed") is SignedHook
