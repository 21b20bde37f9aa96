"""Signatures that two independent verifiers accept, and that break when anything that matters is touched."""

from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from digest.deliver import dkim
from digest.errors import SenderError
from digest.model import Message
from digest.testing.senders import messages
from tests.conftest import need

if TYPE_CHECKING:
    from pathlib import Path

DOMAIN = "news.example"


def pem(key: object) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def keys() -> dict[str, object]:
    return {"rsa": rsa.generate_private_key(65537, 2048), "ed": ed25519.Ed25519PrivateKey.generate()}


@pytest.fixture(scope="module")
def records(keys: dict[str, object]) -> dict[str, str]:
    """Give what stands in DNS."""
    der = (
        keys["rsa"]
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    raw = keys["ed"].public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {
        f"rsa._domainkey.{DOMAIN}": f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}",
        f"ed._domainkey.{DOMAIN}": f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}",
    }


@pytest.fixture(scope="module", params=[["rsa"], ["ed"], ["rsa", "ed"]], ids="+".join)
def signed(request: pytest.FixtureRequest, keys: dict[str, object]) -> bytes:
    signer = dkim.Signer(DOMAIN, [(name, keys[name]) for name in request.param])
    return signer.sign(messages(1, name="Zoë العربي")[0]).as_bytes()


def verifies(data: bytes, records: dict[str, str]) -> bool:
    """Ask dkimpy about every signature in the message."""
    count = data.count(b"DKIM-Signature:")

    def lookup(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    try:
        return all(dkimpy.DKIM(data).verify(idx=index, dnsfunc=lookup) for index in range(count))
    except dkimpy.ValidationError:
        return False


def test_dkimpy_accepts(signed: bytes, records: dict[str, str]) -> None:
    """An independent verifier accepts every signature."""
    assert verifies(signed, records)


@pytest.mark.external
def test_opendkim_accepts(signed: bytes, records: dict[str, str], tmp_path: Path) -> None:
    """OpenDKIM accepts the message as well."""
    program = need("opendkim", "DKIM signatures accepted by OpenDKIM")
    (tmp_path / "message").write_bytes(signed)
    (tmp_path / "dns").write_text("".join(f"{name} {value}\n" for name, value in records.items()))
    (tmp_path / "conf").write_text(f"Mode v\nTestDNSData {tmp_path}/dns\nSyslog no\n")
    done = subprocess.run(
        [program, "-x", str(tmp_path / "conf"), "-t", str(tmp_path / "message"), "-vv"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "verification (s=" in said, said
    assert "failed" not in said, said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"From: ", b"From: evil "),
        (b"storms", b"storm5"),
        (b"List-Unsubscribe-Post: ", b"List-Unsubscribe-Post: x"),
        (b"MIME-Version", b"List-Unsubscribe: <https://evil.example>\r\nMIME-Version"),
        (b"MIME-Version", b"From: evil@evil.example\r\nMIME-Version"),
        (b"MIME-Version", b"Feedback-ID: a:b:c:evil\r\nMIME-Version"),
        (b"MIME-Version", b"Reply-To: evil@evil.example\r\nMIME-Version"),
        (b"MIME-Version", b"Cc: evil@evil.example\r\nMIME-Version"),
    ],
)
def test_what_is_altered_or_added_breaks_it(
    signed: bytes, records: dict[str, str], old: bytes, new: bytes
) -> None:
    """Changing a signed header or the body breaks the signature; so does adding one that was not there."""
    head, _, rest = signed.rpartition(b"DKIM-Signature:")
    tail = rest.replace(old, new, 1) if old in rest else rest
    assert tail != rest
    assert not verifies(head + b"DKIM-Signature:" + tail, records)


def test_a_relay_may_refold_and_add_trace_headers(signed: bytes, records: dict[str, str]) -> None:
    """Relaxed form survives what relays do: Received on top, other white space, other folding."""
    moved = b"Received: from a by b; Sun, 05 Jul 2026 07:00:01 +0000\r\n" + signed
    moved = moved.replace(b"Subject: Harbour reopens,", b"subject:  Harbour\r\n\treopens,")
    assert verifies(moved, records)


def test_both_unsubscribe_headers_are_covered(signed: bytes) -> None:
    """RFC 8058 section 4: List-Unsubscribe and List-Unsubscribe-Post stand in h=, no l= anywhere."""
    tags = re.sub(rb"\s", b"", signed.partition(b"\r\nFrom:")[0])
    assert b":list-unsubscribe:" in tags
    assert b":list-unsubscribe-post:" in tags
    assert b";l=" not in tags


def test_keys_that_must_not_be_used(tmp_path: Path) -> None:
    """A key others can read, a weak one, one of another kind, and none at all are refused with the reason."""
    file = tmp_path / "key.pem"
    with pytest.raises(SenderError, match=r"key\.pem"):
        dkim.load_key(file)
    file.write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    file.chmod(0o644)
    with pytest.raises(SenderError, match="chmod 600"):
        dkim.load_key(file)
    file.chmod(0o600)
    assert isinstance(dkim.load_key(file), rsa.RSAPrivateKey)
    for key, words in (
        (rsa.generate_private_key(65537, 1024), "1024"),
        (ec.generate_private_key(ec.SECP256R1()), "neither"),
    ):
        file.write_bytes(pem(key))
        with pytest.raises(SenderError, match=words):
            dkim.load_key(file)


def test_an_empty_body_and_a_body_of_blank_lines() -> None:
    """The relaxed body of nothing is nothing; blank lines at the end count for nothing (RFC 6376 3.4.4)."""
    assert dkim.canonical_body(b"") == b""
    assert dkim.canonical_body(b"\r\n\r\n") == b""
    assert dkim.canonical_body(b"a \t b \r\n\r\n\r\n") == b"a b\r\n"
    message = Message(
        key=(1, 1), envelope_from="", to="a@b", message_id="m", segments=(b"From: a@b\r\n\r\n",)
    )
    assert dkim.Signer("b", []).sign(message).as_bytes() == message.as_bytes()
