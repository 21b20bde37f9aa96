"""Webhooks: only what Amazon signed, for our topic, and fresh, is believed; and once."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from digest import tokens
from digest.audience import sns
from digest.errors import TokenInvalid
from digest.flow.messages import keyring
from digest.store import subscribers
from digest.web.hooks import Hooks, fetch

TOPIC = "arn:aws:sns:eu-west-1:1:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/cert.pem"
KEY = rsa.generate_private_key(65537, 2048)


def pem():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=400))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def hooks(context):
    web = context.settings.web.model_copy(update={"sns_topics": (TOPIC,)})
    settings = context.settings.model_copy(update={"web": web})
    fetched = []

    def fetcher(url):
        fetched.append(url)
        return pem()

    made = Hooks(type(context)(settings, context.store, context.now), fetcher)
    made.fetched = fetched
    return made


def notice(context, reader, version="2", **more):
    left = tokens.message_id(keyring(context), "a" * 12, reader.id)
    said = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": reader.address,
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
        },
        "mail": {
            "source": "news@post.example",
            "destination": [reader.address],
            "headers": [{"name": "Message-ID", "value": f"<{left}@post.example>"}],
        },
    }
    message = {
        "Type": "Notification",
        "MessageId": "m1",
        "TopicArn": TOPIC,
        "Message": json.dumps(said),
        "SigningCertURL": CERTIFICATE,
        "Timestamp": context.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        **more,
    }
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    message["Signature"] = base64.b64encode(
        KEY.sign(sns.signed_text(message), padding.PKCS1v15(), algorithm)
    ).decode()
    return message


def mailed(context):
    with context.store.read() as conn:
        return [each.address for each in subscribers.candidates(conn, "daily", context.now())]


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_genuine_bounce_suppresses(hooks, context, reader, version):
    """Both signature versions; the certificate is fetched once; a replay changes nothing."""
    body = json.dumps(notice(context, reader, version)).encode()
    assert [hooks.take(body), hooks.take(body)] == [200, 200]
    assert hooks.fetched == [CERTIFICATE]
    assert mailed(context) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Message": "{}"}, 403),
        ({"TopicArn": "arn:aws:sns:eu-west-1:2:other"}, 403),
        ({"Timestamp": "2026-07-05T04:00:00.000Z"}, 403),
        ({"Timestamp": "yesterday"}, 403),
        ({"Signature": "AAAA"}, 403),
        ({"Signature": "%"}, 403),
        ({"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/cert.pem"}, 403),
        ({"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/cert.pem"}, 403),
        ({"SigningCertURL": "https://user@sns.eu-west-1.amazonaws.com/"}, 403),
        ({"Type": "Other"}, 403),
    ],
)
def test_what_is_not_genuine_ours_and_fresh_is_refused(hooks, context, reader, change, status):
    """Altered after signing, of another topic, too old, or with a certificate from elsewhere."""
    assert hooks.take(json.dumps({**notice(context, reader), **change}).encode()) == status
    assert mailed(context) == [reader.address]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
def test_nonsense_is_refused(hooks, body):
    """No body makes it fail."""
    assert hooks.take(body) in (400, 403)


def test_an_old_but_rightly_signed_notification_is_a_replay(hooks, context, reader):
    """Its signature is right; its time is not."""
    message = notice(
        context, reader, Timestamp=(context.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    )
    assert hooks.take(json.dumps(message).encode()) == 403


def test_nothing_is_fetched_from_elsewhere():
    """A subscription's confirmation address must be Amazon's too."""
    with pytest.raises(TokenInvalid):
        fetch("https://evil.example/")
