"""DKIM signing (RFC 6376, RFC 8463) for relays that do not sign: RSA 2048 and Ed25519, relaxed/relaxed.

Every header a reader or a mailbox provider goes by is signed once more often than it stands in the message,
so that none can be added later (RFC 6376 8.15); the body is signed whole, without ``l=``. RFC 8058 asks
that both List-Unsubscribe headers are covered. The keys of ``cryptography`` sign ten times faster than
pure Python.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from digest.errors import SenderError

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Message

SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "mime-version", "content-type",
    "content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id",
)  # fmt: skip
LEAST_BITS = 2048
_SPACES = re.compile(rb"[ \t]+")
_SPACE_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_FIELD = re.compile(rb"(?m)^([!-9;-~]+)[ \t]*:((?:.*\r\n)(?:[ \t].*\r\n)*)")

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def canonical_body(body: bytes) -> bytes:
    """Return a body in relaxed form (RFC 6376 3.4.4)."""
    body = _SPACES.sub(b" ", _SPACE_AT_END.sub(b"", body))
    body = body.rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def canonical_header(name: bytes, value: bytes) -> bytes:
    """Return a header in relaxed form (RFC 6376 3.4.2), without its line end."""
    unfolded = _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.lower() + b":" + unfolded


def chosen(head: bytes) -> tuple[list[str], bytes]:
    """Return the names for ``h=`` and the canonical headers they stand for, in that order."""
    found: dict[str, list[bytes]] = {}
    for match in _FIELD.finditer(head):
        found.setdefault(match[1].decode("ascii").lower(), []).append(canonical_header(match[1], match[2]))
    names: list[str] = []
    lines: list[bytes] = []
    for name in SIGNED:
        for line in reversed(found.get(name, [])):  # of several the last stands first (RFC 6376 5.4.2)
            names.append(name)
            lines.append(line)
        names.append(name)
    return names, b"".join(line + b"\r\n" for line in lines)


def load_key(file: Path) -> Key:
    """Read a private key; raises ``SenderError`` if it is missing, open to others, weak or unfit."""
    try:
        if file.stat().st_mode & 0o077:
            raise SenderError(f"the DKIM key {file} can be read by others; run: chmod 600 {file}")
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SenderError(f"the DKIM key {file} cannot be read: {error}") from error
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < LEAST_BITS:
            raise SenderError(f"the DKIM key {file} has {key.key_size} bits; make one of {LEAST_BITS}")
        return key
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise SenderError(f"the DKIM key {file} is neither RSA nor Ed25519")
    return key


class Signer:
    """Signs for one domain with one key, or with two: the usual pair is RSA, then Ed25519."""

    def __init__(self, domain: str, keys: list[tuple[str, Key]]) -> None:
        self.domain = domain
        self.keys = keys

    def sign(self, message: Message) -> Message:
        """Return the message with its signatures on top."""
        data = message.as_bytes()
        head, _, body = data.partition(b"\r\n\r\n")
        body_hash = base64.b64encode(hashlib.sha256(canonical_body(body)).digest()).decode("ascii")
        names, lines = chosen(head + b"\r\n")
        signatures = [
            self._signature(selector, key, (names, lines, body_hash)) for selector, key in self.keys
        ]
        return message._replace(segments=(*signatures, data))

    def _signature(self, selector: str, key: Key, parts: tuple[list[str], bytes, str]) -> bytes:
        names, lines, body_hash = parts
        algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ed25519-sha256"
        value = f" v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={self.domain}; s={selector};\r\n"
        value += f" h={_folded(names)};\r\n bh={body_hash};\r\n b="
        signed = lines + canonical_header(b"dkim-signature", value.encode("ascii"))
        if isinstance(key, rsa.RSAPrivateKey):
            raw = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            raw = key.sign(hashlib.sha256(signed).digest())  # RFC 8463 3: the hash is what is signed
        encoded = base64.b64encode(raw).decode("ascii")
        shown = "\r\n ".join(encoded[at : at + 72] for at in range(0, len(encoded), 72))
        return f"DKIM-Signature:{value}{shown}\r\n".encode("ascii")


def _folded(names: list[str]) -> str:
    """Write the list of names in lines of at most 76."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > 70:  # noqa: PLR2004 (room for the tag and a colon)
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n  ".join(lines).removesuffix(":")


def make(domain: str, keys: list[tuple[str, Path]]) -> Signer:
    """Make a signer of (selector, key file) pairs; raises ``SenderError``."""
    return Signer(domain, [(selector, load_key(file)) for selector, file in keys])
