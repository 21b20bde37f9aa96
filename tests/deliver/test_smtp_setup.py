"""Securing and logging in: TLS verified, passwords never in the open, every failure with its reason."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.deliver.sender import make
from digest.deliver.senders.smtp import SmtpOptions
from digest.deliver.smtp.options import is_local, security
from digest.model import Unavailable
from digest.testing.senders import hand_over, messages
from digest.testing.smtp import Fault, Features

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.mark.parametrize("implicit", [False, True])
def test_mail_travels_over_tls(
    deliver: Callable, tls: ssl.SSLContext, certificate: Path, implicit: bool
) -> None:
    """STARTTLS and implicit TLS both work with a certificate we trust."""
    kind = "implicit" if implicit else "starttls"
    told = deliver(20, features=Features(tls=tls, implicit=implicit), tls=kind, ca_file=str(certificate))
    assert told.words == {"Submitted": 20}
    if not implicit:
        assert told.server.counts["starttls"] == told.server.counts["connections"]


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_we_do_not_trust_stops_everything(
    deliver: Callable, tls: ssl.SSLContext, implicit: bool
) -> None:
    """Verification is on by default: nothing is sent, the reason names the certificate."""
    told = deliver(
        3, features=Features(tls=tls, implicit=implicit), tls="implicit" if implicit else "starttls"
    )
    assert told.words == {"Unavailable": 3}
    assert told.outcomes[0].final
    assert "certificate is not trusted" in told.outcomes[0].reason
    assert told.server.counts["mail"] == 0


def test_a_certificate_for_another_name_is_not_trusted(
    deliver: Callable, tls: ssl.SSLContext, certificate: Path
) -> None:
    """The certificate must be the host's own."""
    told = deliver(
        2, features=Features(tls=tls), tls="starttls", ca_file=str(certificate), host="ip6-localhost-x"
    )
    assert told.words == {"Unavailable": 2}


def test_without_starttls_nothing_travels_in_the_open(deliver: Callable) -> None:
    """A server that offers no STARTTLS, or strips it, gets no mail where TLS was asked for."""
    told = deliver(2, features=Features(), tls="starttls")
    assert told.words == {"Unavailable": 2}
    assert "offers no STARTTLS" in told.outcomes[0].reason
    assert told.server.counts["mail"] == 0


def test_a_tls_failure_is_told(deliver: Callable, tls: ssl.SSLContext, certificate: Path) -> None:
    """A server that answers STARTTLS with an error gets no mail."""
    faults = [Fault("starttls", reply="454 4.7.0 TLS not available")]
    told = deliver(2, faults, Features(tls=tls), tls="starttls", ca_file=str(certificate))
    assert told.words == {"Unavailable": 2}
    assert "STARTTLS was answered 454" in told.outcomes[0].reason


@pytest.mark.parametrize("injected", [b"250-evil.example\r\n", b"250 evil", b"250 evil.example\r\n"])
def test_what_was_put_in_before_tls_is_never_believed(
    tls: ssl.SSLContext, certificate: Path, injected: bytes
) -> None:
    """Bytes in the open after the answer to STARTTLS end the connection: no mail, no password."""
    heard: list[bytes] = []

    def serve(door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            plain, _ = door.accept()
            plain.sendall(b"220 mx\r\n")
            heard.append(plain.recv(1000))
            plain.sendall(b"250-mx\r\n250 STARTTLS\r\n")
            heard.append(plain.recv(1000))
            plain.sendall(b"220 go ahead\r\n" + injected)
            plain.settimeout(3)
            with tls.wrap_socket(plain, server_side=True) as safe:
                heard.append(safe.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,))
        thread.start()
        options = {
            "host": "127.0.0.1", "port": door.getsockname()[1], "tls": "starttls", "username": "me",
            "ca_file": str(certificate), "password": "secret",
        }  # fmt: skip
        outcomes = asyncio.run(hand_over(make("out", "smtp", options, Path()), messages(1)))
        thread.join()
    assert isinstance(outcomes[0], Unavailable)
    assert outcomes[0].final
    assert "in the open after its answer to STARTTLS" in outcomes[0].reason
    assert not any(b"EHLO" in line or b"AUTH" in line for line in heard[2:] if line)


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "PLAIN", "CRAM-MD5 LOGIN"])
def test_login(deliver: Callable, mechanisms: str) -> None:
    """PLAIN and LOGIN both work, with names and passwords of any characters."""
    features = Features(login=("ünï", "p w\u00df"), mechanisms=mechanisms)
    told = deliver(5, features=features, username="ünï", password="p w\u00df")
    assert told.words == {"Submitted": 5}


@pytest.mark.parametrize(
    ("mechanisms", "password", "words"),
    [
        ("PLAIN", "wrong", "535 5.7.8"),
        ("LOGIN", "wrong", "535 5.7.8"),
        ("CRAM-MD5", "right", "no login we know"),
    ],
)
def test_a_login_that_fails_burns_nobody(
    deliver: Callable, mechanisms: str, password: str, words: str
) -> None:
    """A wrong password is final for the sender; the reason says what was answered, never the password."""
    features = Features(login=("me", "right"), mechanisms=mechanisms)
    told = deliver(5, features=features, username="me", password=password)
    assert told.words == {"Unavailable": 5}
    outcome = told.outcomes[0]
    assert isinstance(outcome, Unavailable)
    assert outcome.final
    assert words in outcome.reason
    assert "wrong" not in outcome.reason or "wrong name or password" in outcome.reason


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("smtp.example.com", 587, "starttls"),
        ("smtp.example.com", 465, "implicit"),
        ("localhost", 25, "none"),
        ("127.0.0.1", 587, "none"),
        ("unix:/run/x", 25, "none"),
        ("10.0.0.5", 25, "starttls"),
        ("::1", 25, "none"),
    ],
)
def test_security_is_chosen_safely(host: str, port: int, expected: str) -> None:
    """By default mail leaves this machine only over TLS."""
    assert security(SmtpOptions(host=host, port=port)) == expected
    assert is_local(host) is (host in ("localhost", "127.0.0.1", "unix:/run/x", "::1"))
