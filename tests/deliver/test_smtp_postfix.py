"""Real mail software: a private Postfix accepts, bounces with a real DSN, speaks TLS and UTF-8."""

from __future__ import annotations

import asyncio
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.audience.bounces import classify
from digest.deliver.sender import make
from digest.flow.audit import arrivals
from digest.model import RefusedRecipient, Submitted
from digest.testing.senders import hand_over, messages
from tests.conftest import need

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.external

MAIN = """
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {base}/log
maillog_file_prefixes = /
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.reader.example
mydestination =
virtual_mailbox_domains = reader.example, news.example
virtual_mailbox_base = {base}/mail
virtual_mailbox_maps = regexp:{base}/maps
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = check_recipient_access regexp:{base}/access, permit_mynetworks, reject
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {certificate}
smtpd_tls_security_level = may
smtputf8_enable = yes
message_size_limit = 300000
virtual_mailbox_limit = 400000
transport_maps = regexp:{base}/transport
delay_warning_time = 1s
minimal_backoff_time = 1s
queue_run_delay = 1s
"""
NEXT = """
127.0.0.1:{next} inet n - n - - smtpd
    -o myhostname=mx.next.example
    -o message_size_limit=20000
    -o smtpd_reject_unlisted_recipient=yes
    -o smtpd_restriction_classes=host,sender
    -o {{ host = check_client_access static:REJECT }}
    -o {{ sender = check_sender_access static:REJECT }}
    -o {{ smtpd_recipient_restrictions = check_recipient_access regexp:{base}/next, permit }}
"""
"""The next mail server on the way: it knows its recipients, takes small messages, and refuses some."""
SERVICES = (
    "cleanup unix n - n - 0", "qmgr unix n - n 300 1", "tlsmgr unix - - n 1000? 1",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
    "verify unix - - n - 1", "flush unix n - n 1000? 0", "proxymap unix - - n - -", "smtp unix - - n - -",
    "error unix - - n - -", "retry unix - - n - - error", "discard unix - - n - -", "virtual unix - n n - -",
    "anvil unix - - n - 1", "scache unix - - n - 1", "postlog unix-dgram n - n - 1 postlogd",
)  # fmt: skip


@dataclass
class Postfix:
    """A running instance."""

    base: Path
    port: int

    def mailbox(self, name: str) -> list[bytes]:
        folder = self.base / "mail" / name / "new"
        return [file.read_bytes() for file in sorted(folder.iterdir())] if folder.is_dir() else []

    def wait(self, name: str, n: int) -> list[bytes]:
        """Wait until a mailbox holds n messages."""
        until = time.monotonic() + 20
        while len(self.mailbox(name)) < n and time.monotonic() < until:
            time.sleep(0.05)
        return self.mailbox(name)

    def log(self) -> str:
        return (self.base / "log").read_text() if (self.base / "log").exists() else ""


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        number: int = door.getsockname()[1]
    return number


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Postfix]:
    program = need("postfix", "sending through real mail software")
    try:
        owner = pwd.getpwnam("postfix")
    except KeyError:
        pytest.skip("needs postfix: its user is not there")
    base = Path("/tmp") / f"postfix-{tmp_path_factory.mktemp('pf').name}-{time.time_ns()}"
    for part in ("queue", "data", "mail", "etc"):
        (base / part).mkdir(parents=True)
    base.chmod(0o755)
    for part in ("data", "mail"):
        shutil.chown(base / part, "postfix")
    port, following = free_port(), free_port()
    copied = base / "tls.pem"
    copied.write_bytes(certificate.read_bytes())
    daemons = subprocess.run(
        ["postconf", "-d", "-h", "daemon_directory"], capture_output=True, text=True, check=True
    ).stdout.strip()
    values = {
        "base": base,
        "daemons": daemons,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "certificate": copied,
        "next": following,
    }
    (base / "etc" / "main.cf").write_text(MAIN.format(**values))
    lines = [f"127.0.0.1:{port} inet n - n - - smtpd"]
    for service in SERVICES:
        fields = service.split()
        lines.append(" ".join(fields[:7]) + " " + (fields[7] if len(fields) > 7 else fields[0]))
    (base / "etc" / "master.cf").write_text("\n".join(lines) + NEXT.format(**values))
    (base / "maps").write_text(
        "/^r[0-9]+@reader/ reader/\n/rg@reader/ reader/\n/@news/ bounces/\n/^full@reader/ full\n"
    )
    (base / "mail" / "full").write_bytes(b"x" * 399_999)
    shutil.chown(base / "mail" / "full", "postfix")
    (base / "transport").write_text(
        f"/^loop@/ smtp:[127.0.0.1]:{port}\n/@next|^moved@/ smtp:[127.0.0.1]:{following}\n"
    )
    (base / "next").write_text("/^policy@/ host\n/^sender@/ sender\n/^busy@/ 450 4.2.1 mailbox busy\n")
    (base / "access").write_text("/^refused@/ 550 5.1.1 no such user here\n/^later@/ 450 4.2.1 try later\n")
    started = subprocess.run(
        [program, "-c", str(base / "etc"), "start"], capture_output=True, text=True, check=False
    )
    if started.returncode:
        pytest.skip(f"needs postfix: it did not start here ({started.stderr.strip()[-200:]})")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield Postfix(base, port)
    subprocess.run([program, "-c", str(base / "etc"), "stop"], capture_output=True, check=False)
    shutil.rmtree(base, ignore_errors=True)


def send(postfix: Postfix, batch: list, **options: object) -> list:
    sender = make("relay", "smtp", {"host": "127.0.0.1", "port": postfix.port, **options}, Path())
    return asyncio.run(hand_over(sender, batch))


@pytest.mark.parametrize("chunking", [True, False])
def test_postfix_accepts_and_delivers(postfix: Postfix, chunking: bool) -> None:
    """Pipelined or with BDAT: each message is queued under its own id and stands in the mailbox unchanged."""
    before = len(postfix.mailbox("reader"))
    heard = send(postfix, messages(40), chunking=chunking)
    assert [type(outcome) for outcome in heard] == [Submitted] * 40
    assert all("queued as" in outcome.receipt for outcome in heard)
    got = postfix.wait("reader", before + 40)
    assert len(got) == before + 40
    body = messages(1)[0].as_bytes().partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")
    assert any(message.partition(b"\n\n")[2] == body.replace(b"leave1", b"leave1") for message in got)


def test_refused_and_deferred_at_the_door(postfix: Postfix) -> None:
    """Postfix's own answers are kept with their codes."""
    first, second, third = messages(3)
    heard = send(
        postfix,
        [first._replace(to="refused@reader.example"), second._replace(to="later@reader.example"), third],
    )
    by_key = {outcome.key[1]: outcome for outcome in heard}
    assert isinstance(by_key[1], RefusedRecipient)
    assert (by_key[1].enhanced, by_key[1].cause) == ("5.1.1", "address")
    assert (by_key[2].code, by_key[2].enhanced) == (450, "4.2.1")
    assert isinstance(by_key[3], Submitted)


def test_an_unknown_user_bounces_with_a_real_dsn(postfix: Postfix) -> None:
    """Accepted first, bounced later: the DSN comes to the message's own return path and names the status."""
    (message,) = messages(1)
    heard = send(
        postfix, [message._replace(to="gone@reader.example", envelope_from="bounces+xyz@news.example")]
    )
    assert isinstance(heard[0], Submitted)
    bounced = [data for data in postfix.wait("bounces", 1) if b"gone@reader.example" in data]
    assert bounced, postfix.log()[-2000:]
    parsed = message_from_bytes(bounced[0], policy=SMTP)
    assert parsed.get_content_type() == "multipart/report"
    assert "bounces+xyz@news.example" in str(parsed["Delivered-To"]) + str(parsed["To"])
    assert b"Status: 5.1.1" in bounced[0]


def test_every_kind_of_bounce_is_classified(postfix: Postfix) -> None:
    """What real mail software writes of each fate is understood, and comes to the return path we gave it."""
    fates = {
        "gone@reader.example": ("bounce", "address", "5.1.1"),  # unknown here
        "moved@reader.example": ("bounce", "address", "5.1.1"),  # unknown to the next server
        "full@reader.example": ("bounce", "mailbox", "5.2.2"),
        "large@next.example": ("bounce", "content", "5.3.4"),
        "policy@next.example": ("bounce", "policy", "5.7.1"),
        "sender@next.example": ("bounce", "policy", "5.7.1"),
        "loop@next.example": ("bounce", "mailbox", "5.4.0"),  # too many hops: not reachable now
        "busy@next.example": ("delay", "mailbox", "4.2.1"),
    }
    batch = []
    for number, (message, to) in enumerate(zip(messages(len(fates)), fates, strict=True)):
        more = (b"x" * 70 + b"\r\n") * (500 if to.startswith("large") else 0)
        changed = message._replace(to=to, envelope_from=f"bounces+fate{number}@news.example")
        batch.append(changed._replace(segments=(*message.segments, more)))
    before = len(postfix.mailbox("bounces"))
    assert [type(outcome) for outcome in send(postfix, batch)] == [Submitted] * len(fates)
    postfix.wait("bounces", before + len(fates))
    reports = [classify(data) for data in postfix.mailbox("bounces")]
    found = {
        each.recipient: (each.kind, each.classed, each.code)
        for each in reports
        if "+fate" in each.delivered_to
    }
    assert found == fates, postfix.log()[-2000:]
    for report in reports:
        if "+fate" in report.delivered_to:
            number = list(fates).index(report.recipient)
            assert report.delivered_to == f"bounces+fate{number}@news.example"
            assert report.original.message_id == f"m{number + 1}.contract@news.example"


def test_the_audit_reads_postfix_s_own_log(postfix: Postfix) -> None:
    """What its log calls sent has arrived; what it bounced has not, though it was accepted."""
    first, second = (each._replace(message_id=f"log{each.key[1]}.contract") for each in messages(2))
    parts = [first.as_bytes(), second._replace(to="gone@reader.example").as_bytes()]
    batch = [
        each._replace(segments=(data.replace(b"<m", b"<log", 1),), to=to)
        for each, data, to in zip(
            (first, second), parts, ("r1@reader.example", "gone@reader.example"), strict=True
        )
    ]
    before = len(postfix.mailbox("bounces"))
    assert [type(outcome) for outcome in send(postfix, batch)] == [Submitted] * 2
    postfix.wait("bounces", before + 1)
    until = time.monotonic() + 10
    while "log1.contract@" not in " ".join(arrivals(postfix.base / "log")) and time.monotonic() < until:
        time.sleep(0.1)
    arrived = [each.partition("@")[0] for each in arrivals(postfix.base / "log")]
    assert "log1.contract" in arrived
    assert "log2.contract" not in arrived


def test_postfix_over_tls(postfix: Postfix, certificate: Path) -> None:
    """STARTTLS with verification against real mail software."""
    heard = send(postfix, messages(3), tls="starttls", ca_file=str(certificate))
    assert [type(outcome) for outcome in heard] == [Submitted] * 3


def test_postfix_takes_utf8_addresses(postfix: Postfix) -> None:
    """SMTPUTF8 is negotiated and the message delivered."""
    (message,) = messages(1)
    before = len(postfix.mailbox("reader"))
    heard = send(postfix, [message._replace(to="jörg@reader.example")])
    assert isinstance(heard[0], Submitted), heard
    assert len(postfix.wait("reader", before + 1)) == before + 1


def test_postfix_size_limit(postfix: Postfix) -> None:
    """A message beyond its limit is refused before it is sent."""
    (message,) = messages(1)
    heard = send(postfix, [message._replace(segments=(*message.segments, b"x" * 70 + b"\r\n") * 5000)])
    assert isinstance(heard[0], RefusedRecipient)
    assert (heard[0].enhanced, heard[0].cause) == ("5.3.4", "content")
