"""LMTP, the sendmail program and Amazon SES keep the contract too."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

import pytest

from digest.deliver.sender import make
from digest.deliver.senders.lmtp import LmtpSender
from digest.deliver.senders.sendmail import SendmailSender
from digest.deliver.senders.ses import SesSender
from digest.errors import SenderError
from digest.model import Deferred, RefusedRecipient, Submitted, Unavailable
from digest.testing.senders import Case, SenderContract, hand_over, messages
from digest.testing.smtp import Features, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestLmtp(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[Case]:
        place = tmp_path / "lmtp.sock"
        with SmtpServer(Features(lmtp=True), unix=place) as server:
            sender = make("store", "lmtp", {"host": f"unix:{place}"}, tmp_path)
            assert isinstance(sender, LmtpSender)
            yield Case(sender, lambda: server.recipients)

    def test_it_says_lhlo(self, tmp_path: Path) -> None:
        """LMTP has a greeting of its own."""
        with SmtpServer(Features(lmtp=True)) as server:
            sender = make("store", "lmtp", {"host": server.host, "port": server.port}, tmp_path)
            asyncio.run(hand_over(sender, messages(1)))
            assert server.counts["lhlo"] == 1
            assert server.counts["ehlo"] == 0


PROGRAM = """#!/bin/sh
printf '%s\\n' "$*" >> {out}/arguments
cat > {out}/message.$$
case "$5" in
  r97@*) echo "no such user" >&2; exit 67 ;;
  r98@*) exit 75 ;;
  r99@*) sleep 5 ;;
esac
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write a program that behaves as sendmail does, and keeps what it was given."""
    file = tmp_path / "sendmail"
    file.write_text(PROGRAM.format(out=tmp_path))
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


class TestSendmail(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path, program: Path) -> Case:
        def accepted() -> list[str]:
            lines = (tmp_path / "arguments").read_text().splitlines()
            return [line.rpartition(" ")[2] for line in lines]

        sender = make("local", "sendmail", {"path": str(program)}, tmp_path)
        assert isinstance(sender, SendmailSender)
        return Case(sender, accepted)

    def test_it_hands_over_envelope_and_bytes(self, case: Case, tmp_path: Path) -> None:
        """The return path and the recipient are arguments, the message is its input."""
        self.run(case.sender, 1)
        assert (tmp_path / "arguments").read_text() == "-i -f bounces+1@news.example -- r1@reader.example\n"
        (file,) = tmp_path.glob("message.*")
        assert file.read_bytes() == messages(1)[0].as_bytes().replace(b"\r\n", b"\n")

    def test_exit_codes_are_understood(self, tmp_path: Path, program: Path) -> None:
        """No such user is a refusal, "try later" a deferral, no end at all uncertain."""
        sender = make("local", "sendmail", {"path": str(program), "timeout": 0.5}, tmp_path)
        heard = asyncio.run(hand_over(sender, messages(99)[95:]))
        assert [type(o).__name__ for o in heard] == ["Submitted", "RefusedRecipient", "Deferred", "Uncertain"]
        assert isinstance(heard[1], RefusedRecipient)
        assert heard[1].enhanced == "5.1.1"
        assert isinstance(heard[2], Deferred)

    def test_a_program_that_is_not_there(self, tmp_path: Path) -> None:
        """The error names what was looked for."""
        sender = make("local", "sendmail", {"path": "no-such-sendmail"}, tmp_path)
        with pytest.raises(SenderError, match="no-such-sendmail"):
            asyncio.run(sender.open())


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """Start a server that answers as SES does."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


KEYS = {"region": "eu-west-1", "access_key": "AKIA", "secret_key": "x" * 20}


def verify(endpoint: str, domain: str) -> None:
    import boto3

    client = boto3.client(
        "sesv2", "eu-west-1", endpoint_url=endpoint, aws_access_key_id="AKIA", aws_secret_access_key="x" * 20
    )
    client.create_email_identity(EmailIdentity=domain)
    client.close()


def taken() -> list[tuple[str, bytes]]:
    """Return the recipient and the bytes of all that the server accepted."""
    from moto.ses.models import ses_backends

    backend = ses_backends["123456789012"]["eu-west-1"]
    return [(str(one.destinations[0]), one.raw_data.encode()) for one in backend.sent_messages]


class TestSes(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path, aws: str) -> Case:
        verify(aws, "news.example")
        verify(aws, "news@news.example")
        sender = make("cloud", "ses", {**KEYS, "endpoint": aws}, tmp_path)
        assert isinstance(sender, SesSender)
        before = len(taken())
        return Case(sender, lambda: [to for to, _ in taken()[before:]])

    def test_the_bytes_are_the_message_s(self, case: Case) -> None:
        """SES gets the message as any relay would: byte for byte, so that a signature holds."""
        self.run(case.sender, 2, name="Zoë 🌊 العربي")
        assert [data for _, data in taken()[-2:]] == [m.as_bytes() for m in messages(2, "Zoë 🌊 العربي")]

    def test_the_receipt_is_its_message_id(self, case: Case) -> None:
        """What SES answers is kept, so that its notifications can be matched."""
        (outcome,) = self.run(case.sender, 1)
        assert isinstance(outcome, Submitted)
        assert len(outcome.receipt) > 10


def test_an_unverified_domain_burns_nobody(tmp_path: Path, aws: str) -> None:
    """A From that SES does not know is the sender's trouble, not the recipient's."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{aws}/moto-api/reset", method="POST")).close()
    heard = asyncio.run(hand_over(make("cloud", "ses", {**KEYS, "endpoint": aws}, tmp_path), messages(1)))
    assert isinstance(heard[0], Unavailable), heard
    assert heard[0].final


def test_ses_that_cannot_be_reached(tmp_path: Path) -> None:
    """Nobody is burnt when the service is not there."""
    options = {**KEYS, "endpoint": "http://127.0.0.1:1"}
    heard = asyncio.run(hand_over(make("cloud", "ses", options, tmp_path), messages(2)))
    assert [type(outcome) for outcome in heard] == [Unavailable, Unavailable]
