"""Notifications of Amazon SNS: the signature (version 1 or 2) is checked before a word is believed."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from digest.errors import TokenInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST = timedelta(hours=1)
"""A notification older than this is refused: it may be a replay."""
_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]


def trusted(url: str) -> bool:
    """Tell whether an address is one of Amazon's own: nothing is fetched from any other."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))


def signed_text(message: dict[str, Any]) -> bytes:
    """Return what the signature covers: names and values of the fields, each on its own line."""
    names = _SIGNED.get(str(message.get("Type")), ())
    present = [name for name in names if message.get(name) is not None]
    return "".join(f"{name}\n{message[name]}\n" for name in present).encode()


def check(
    message: dict[str, Any], topics: tuple[str, ...], now: datetime, certificate: Callable[[str], bytes]
) -> None:
    """Raise ``TokenInvalid`` unless a message is genuine, ours and fresh.

    ``topics`` are the ARNs expected; ``certificate`` fetches the PEM certificate at a trusted address.
    """
    if str(message.get("Type")) not in _SIGNED or str(message.get("TopicArn")) not in topics:
        raise TokenInvalid("the notification is not of a topic named in the hook's topics")
    url = str(message.get("SigningCertURL") or "")
    if not trusted(url):
        raise TokenInvalid("the certificate is not at an address of Amazon's")
    try:
        sent = datetime.fromisoformat(str(message.get("Timestamp")))
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key = x509.load_pem_x509_certificate(certificate(url)).public_key()
    except ValueError as error:
        raise TokenInvalid(f"the notification is malformed: {error}") from None
    if sent.tzinfo is None or abs(now - sent) > OLDEST:
        raise TokenInvalid("the notification is too old: it may be a replay")
    algorithm = hashes.SHA256() if str(message.get("SignatureVersion")) == "2" else hashes.SHA1()  # noqa: S303 (theirs)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TokenInvalid("the certificate's key is not RSA")
    try:
        key.verify(signature, signed_text(message), padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise TokenInvalid("the signature is wrong") from None
