"""Looking at servers: real TLS, SMTP and time servers with every fault an operator meets."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.clock import utc_now
from digest.deliver.smtp.options import SmtpOptions
from digest.flow import doctor, probe
from digest.testing.smtp import Features, SmtpServer

NOW = utc_now().replace(microsecond=0)  # TLS looks at the clock of this machine
DAY = timedelta(days=1)
PEM = serialization.Encoding.PEM


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@cache
def authority():
    """Make an authority: key and certificate."""
    return signed("Test authority", None, NOW - 400 * DAY, NOW + 400 * DAY)


def signed(name, by, begin, end):
    """Make a certificate for a name, signed by an authority or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer, issuer = by or (key, None)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.subject if issuer else _name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    over = signer.public_key()
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(over), critical=False)
    return key, made.sign(signer, hashes.SHA256())


def serving_with(tmp_path, key, certificate):
    """Give how a server with this certificate speaks TLS."""
    file = tmp_path / "server.pem"
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(PEM, form, none) + certificate.public_bytes(PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextmanager
def tls_server(context):
    """Serve TLS on a port of this machine: greet, and say no more."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            try:
                raw.settimeout(5)
                context.wrap_socket(raw, server_side=True).close()
            except OSError:
                raw.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def trusting(*certificates):
    """Give how one who trusts these authorities speaks TLS."""
    context = ssl.create_default_context()
    for each in certificates:
        context.load_verify_locations(cadata=each.public_bytes(PEM).decode())
    return context


@pytest.mark.parametrize(
    ("name", "days", "level", "words"),
    [
        ("localhost", (-10, 60), "ok", "valid until"),
        ("localhost", (-80, 5), "warn", "renew"),
        ("localhost", (-80, -1), "bad", "has expired; renew it"),
        ("localhost", (1, 60), "bad", "not valid yet"),
        ("elsewhere.example", (-10, 60), "bad", "get one that names localhost"),
    ],
)
def test_a_certificate_is_judged(tmp_path, name, days, level, words):
    """Valid, about to end, ended, too early, for another name: each is told with what to do."""
    made = signed(name, authority(), NOW + days[0] * DAY, NOW + days[1] * DAY)
    with tls_server(serving_with(tmp_path, *made)) as port:
        finding = probe.certificate("localhost", port, NOW, trusting(authority()[1]))
    assert (finding.check, finding.level) == ("TLS localhost", level)
    assert words in finding.text


def test_a_certificate_nobody_vouches_for_is_bad(tmp_path):
    """Signed by itself, or by an authority the world does not know."""
    own = signed("localhost", None, NOW - DAY, NOW + 60 * DAY)
    with tls_server(serving_with(tmp_path, *own)) as port:
        finding = probe.certificate("localhost", port, NOW)
    assert (finding.level, "signed by itself" in finding.text) == ("bad", True)
    private = signed("localhost", authority(), NOW - DAY, NOW + 60 * DAY)
    with tls_server(serving_with(tmp_path, *private)) as port:
        finding = probe.certificate("localhost", port, NOW)
    assert (finding.level, "full chain" in finding.text) == ("bad", True)


def test_a_server_without_tls_is_bad():
    """Nobody listens, or what listens speaks something else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert probe.certificate("localhost", port, NOW).level == "bad"
    with SmtpServer() as plain:
        finding = probe.certificate("localhost", plain.port, NOW)
    assert (finding.level, "does not speak TLS" in finding.text) == ("bad", True)


# ── the mail service ──────────────────────────────────────────────────────────────────


def options(server, **more):
    return SmtpOptions.model_validate({"host": "localhost", "port": server.port, **more})


def test_a_mail_service_is_greeted_as_the_sender_does(tmp_path):
    """In the open on this machine, over STARTTLS with its authority known, with name and password."""
    made = signed("localhost", authority(), NOW - DAY, NOW + 60 * DAY)
    (tmp_path / "ca.pem").write_bytes(authority()[1].public_bytes(PEM))
    secured = {"tls": "starttls", "ca_file": "ca.pem", "username": "digest", "password": "right"}
    with SmtpServer() as plain:
        finding = probe.mail_service("sender a", "smtp", options(plain), tmp_path)
        assert (finding.level, "in the open" in finding.text) == ("ok", True)
        assert plain.messages == []
    features = Features(tls=serving_with(tmp_path, *made), login=("digest", "right"))
    with SmtpServer(features) as server:
        finding = probe.mail_service("sender a", "smtp", options(server, **secured), tmp_path)
        assert (finding.level, "logged in over TLS" in finding.text) == ("ok", True)
        wrong = {**secured, "password": "s3same"}
        finding = probe.mail_service("sender a", "smtp", options(server, **wrong), tmp_path)
        assert (finding.level, "username or password" in finding.text) == ("bad", True)
        assert "s3same" not in finding.text
        missing = {**secured, "ca_file": "none.pem"}
        finding = probe.mail_service("sender a", "smtp", options(server, **missing), tmp_path)
        assert (finding.level, "none.pem" in finding.text) == ("bad", True)


def test_a_mail_service_nobody_vouches_for_is_bad(tmp_path):
    """Its authority is unknown: the setting that makes it known is named."""
    made = signed("localhost", authority(), NOW - DAY, NOW + 60 * DAY)
    with tls_server(serving_with(tmp_path, *made)) as port:
        given = SmtpOptions.model_validate({"host": "localhost", "port": port, "tls": "implicit"})
        finding = probe.mail_service("sender a", "smtp", given, tmp_path)
    assert (finding.level, "set ca_file" in finding.text) == ("bad", True)


def test_a_mail_service_that_is_not_there_is_bad(tmp_path):
    """With what to look at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone = SmtpOptions.model_validate({"host": "localhost", "port": port})
    finding = probe.mail_service("sender a", "smtp", gone, tmp_path)
    assert (finding.level, "firewall" in finding.text) == ("bad", True)


# ── the time ──────────────────────────────────────────────────────────────────────────


@contextmanager
def time_server(at, *, stratum=2, mode=4, size=48):
    """Answer one question for the time (RFC 5905) with a given one."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(5)

    def serve():
        try:
            asked, peer = server.recvfrom(512)
        except OSError:
            return
        assert (len(asked), asked[0]) == (48, 0x23)
        seconds = int((at - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds())
        answer = bytes([0x20 | mode, stratum]) + bytes(38) + struct.pack("!II", seconds, 1 << 31)
        server.sendto(answer[:size], peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.close()
    thread.join(6)


def test_a_time_server_tells_how_wrong_the_clock_is():
    """To the fraction of a second."""
    with time_server(NOW + timedelta(seconds=90)) as port:
        assert probe.offset("127.0.0.1", NOW, port) == timedelta(seconds=90.5)


@pytest.mark.parametrize("broken", [{"stratum": 0}, {"stratum": 16}, {"mode": 3}, {"size": 20}])
def test_a_server_that_does_not_know_the_time_is_not_believed(broken):
    """An unsynchronised one, a kiss of death, half an answer."""
    with time_server(NOW, **broken) as port, pytest.raises(OSError, match="does not know"):
        probe.offset("127.0.0.1", NOW, port)


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (0, "ok", "as 127.0.0.1"),
        (25, "ok", "as 127"),
        (-120, "bad", "seconds fast"),
        (600, "bad", "seconds slow"),
    ],
)
def test_the_doctor_compares_the_clock(sqlite_context, ahead, level, words):
    """Half a minute either way is well; more is told with the command that mends it."""
    with time_server(sqlite_context.now() + timedelta(seconds=ahead)) as port:
        finding = doctor._clock(sqlite_context, f"127.0.0.1:{port}")
    assert (finding.check, finding.level) == ("clock", level)
    assert words in finding.text


def test_a_time_server_that_does_not_answer_is_no_fault_of_the_clock(sqlite_context):
    """The finding says that nobody could be asked."""
    finding = doctor._clock(sqlite_context, "time.invalid")
    assert (finding.level, "did not answer" in finding.text) == ("ok", True)


def test_a_clock_that_went_back_is_noticed_without_any_server(sqlite_context):
    """The store remembers an edition that was sent at a time that is still to come."""
    from sqlalchemy import text

    from digest.testing.editions import frozen

    frozen(sqlite_context.store)
    with sqlite_context.store.write() as conn:
        conn.execute(text("UPDATE editions SET sent_at = '2030-01-01 00:00:00.000000'"))
    finding = doctor._clock(sqlite_context, "")
    assert (finding.level, "2030-01-01" in finding.text) == ("bad", True)
