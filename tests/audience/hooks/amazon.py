"""Notifications as Amazon SNS signs them, with a certificate of our own."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from digest.audience import sns

TOPIC = "arn:aws:sns:eu-west-1:1:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/cert.pem"
KEY = rsa.generate_private_key(65537, 2048)


def pem() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=400))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def bounce(message_id: str, address: str = "ann@example.org") -> bytes:
    """Write what SES says of an unknown user."""
    said = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": address, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
        },
        "mail": {
            "source": "news@post.example",
            "destination": [address],
            "headers": [{"name": "Message-ID", "value": f"<{message_id}>"}],
        },
    }
    return json.dumps(said).encode()


def wrap(payload: bytes, number: str, at: datetime, version: str = "2", **more: str) -> dict[str, str]:
    """Make a signed notification of SNS around a payload."""
    message = {
        "Type": "Notification",
        "MessageId": number,
        "TopicArn": TOPIC,
        "Message": payload.decode("latin-1"),
        "SigningCertURL": CERTIFICATE,
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        **more,
    }
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    made = KEY.sign(sns.signed_text(message), padding.PKCS1v15(), algorithm)
    return {**message, "Signature": base64.b64encode(made).decode()}


def sign(payload: bytes, number: str, at: datetime) -> tuple[dict[str, str], bytes]:
    """Make the request of such a notification."""
    return {"Content-Type": "text/plain"}, json.dumps(wrap(payload, number, at)).encode()
