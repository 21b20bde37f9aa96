"""The hook ``ses``: only what Amazon signed, for our topic, and fresh, is believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.audience.hooks.ses import SesHook, SesOptions, fetch
from digest.errors import HookRefused, TokenInvalid
from digest.model import EventKind
from tests.audience.hooks import amazon

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)


@pytest.fixture
def fetched():
    return []


@pytest.fixture
def hook(fetched):
    def fetcher(url):
        fetched.append(url)
        return amazon.pem()

    return SesHook("ses", SesOptions(topics=(amazon.TOPIC,)), Path(), fetch=fetcher)


def read(hook, message):
    return hook.read({}, json.dumps(message).encode(), NOW)


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_signature_versions_are_read(hook, fetched, version):
    """SHA-1 is SNS's default still; the certificate is fetched once."""
    for number in ("m1", "m2"):
        [notice] = read(hook, amazon.wrap(amazon.bounce("m@x"), number, NOW, version))
        assert (notice.id, notice.kind, notice.classed) == (number, EventKind.BOUNCED, "address")
        assert (notice.message_id, notice.return_path) == ("m@x", "news@post.example")
    assert fetched == [amazon.CERTIFICATE]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "{}"},
        {"TopicArn": "arn:aws:sns:eu-west-1:2:other"},
        {"Timestamp": "2026-07-05T04:00:00.000Z"},
        {"Timestamp": "yesterday"},
        {"Signature": "AAAA"},
        {"Signature": "%"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/cert.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/cert.pem"},
        {"SigningCertURL": "https://user@sns.eu-west-1.amazonaws.com/"},
        {"Type": "Other"},
    ],
)
def test_what_is_not_genuine_ours_and_fresh_is_refused(hook, change):
    """Altered after signing, of another topic, too old, or with a certificate from elsewhere."""
    with pytest.raises(HookRefused) as caught:
        read(hook, {**amazon.wrap(amazon.bounce("m@x"), "m1", NOW), **change})
    assert caught.value.status == 403


def test_an_old_but_rightly_signed_notification_is_a_replay(hook):
    """Its signature is right; its time is not."""
    with pytest.raises(HookRefused, match="too old"):
        read(hook, amazon.wrap(amazon.bounce("m@x"), "m1", NOW - timedelta(hours=2)))


def test_a_subscription_is_confirmed_only_when_genuine(hook, fetched):
    """The address to confirm at is fetched after the signature was checked, not before."""
    asked = {
        "Type": "SubscriptionConfirmation",
        "Token": "t",
        "SubscribeURL": "https://sns.x.amazonaws.com/?a",
    }
    message = amazon.wrap(b"You have chosen", "m1", NOW, **asked)
    assert read(hook, message) == ()
    assert fetched == [amazon.CERTIFICATE, "https://sns.x.amazonaws.com/?a"]
    with pytest.raises(HookRefused):
        read(hook, {**message, "SubscribeURL": "https://sns.x.amazonaws.com/?b"})
    assert len(fetched) == 2


@pytest.mark.parametrize("kind", ["Delivery", "Send", "Open", ""])
def test_what_counts_for_nothing_becomes_no_notice(hook, kind):
    """SES may be set to tell more than is wanted."""
    said = json.dumps({"notificationType": kind, "mail": {"destination": ["a@b.example"]}}).encode()
    assert read(hook, amazon.wrap(said, "m1", NOW)) == ()


def test_a_complaint_and_a_delay(hook):
    """Both bear the kind of the glossary."""
    complaint = {"notificationType": "Complaint", "complaint": {"complainedRecipients": [{}]}, "mail": {}}
    delay = {"eventType": "DeliveryDelay", "mail": {"destination": ["a@b.example"]}}
    kinds = [
        read(hook, amazon.wrap(json.dumps(said).encode(), "m1", NOW))[0].kind for said in (complaint, delay)
    ]
    assert kinds == [EventKind.COMPLAINED, EventKind.DEFERRED]


def test_nothing_is_fetched_from_elsewhere():
    """A certificate's and a subscription's address must be Amazon's."""
    for url in ("https://evil.example/", "http://sns.eu-west-1.amazonaws.com/", "file:///etc/passwd"):
        with pytest.raises(TokenInvalid):
            fetch(url)
