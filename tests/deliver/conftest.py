"""Running the real SMTP client against the real in-process server."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.deliver.senders.smtp import SmtpOptions, SmtpSender
from digest.testing.senders import messages
from digest.testing.smtp import Fault, Features, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.model import Message, Outcome


@dataclass
class Told:
    """What came of one run."""

    outcomes: list[Outcome]
    server: SmtpServer
    words: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.words = Counter(type(outcome).__name__ for outcome in self.outcomes)


async def _hand_over(sender: SmtpSender, batch: Sequence[Message]) -> list[Outcome]:
    heard: list[Outcome] = []
    await sender.open()
    try:
        await asyncio.wait_for(sender.send(list(batch), heard.append), 20)
    finally:
        await sender.close(2.0)
    return heard


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Told]:
    """Send n messages (or those given) to a server with features and faults; options go to the client."""

    def run(
        n: int | list[Message] = 20,
        faults: Sequence[Fault] = (),
        features: Features | None = None,
        **options: object,
    ) -> Told:
        batch = messages(n) if isinstance(n, int) else n
        unix = tmp_path / "sock" if options.pop("unix", False) else None
        with SmtpServer(features, list(faults), unix=unix) as server:
            given = {
                "host": f"unix:{unix}" if unix else server.host,
                "port": server.port or 25,
                "pause": 0.05,
                **options,
            }
            sender = SmtpSender("relay", SmtpOptions.model_validate(given), Path())
            return Told(asyncio.run(_hand_over(sender, batch)), server)

    return run


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 and localhost; key and certificate in one file."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=20000))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
