"""Collecting returned mail from a Dovecot: a real server's IMAP, in clear on this machine and over TLS."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.audience import mailboxes
from digest.errors import UsageError
from tests.conftest import need

pytestmark = pytest.mark.external
NOW = datetime(2026, 7, 5, tzinfo=UTC)
LETTERS = {
    "1": b"Subject: one\n\nA first line.\n",
    "2": b"Subject: two\n\n{12}\n) A002 OK\n.\n\n" + "ü".encode() * 5000 + b"\n",
    "3": b"\n",
}
FOLDER = ".R&APw-ckl&AOQ-ufer &- more"
"""How a server writes the name of the folder "Rückläufer & more" (RFC 3501, 5.1.3)."""
CONFIG = """
base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {inside}
default_internal_group = {group}
default_login_user = {outside}
first_valid_uid = 1
mail_location = maildir:{at}/mail
mail_privileged_group =
disable_plaintext_auth = no
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = <{at}/cert.pem
ssl_key = <{at}/key.pem
passdb {{
  driver = static
  args = password=a/b@c
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {clear}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def certificate(folder: Path) -> None:
    """Write a key and a certificate for this machine that is its own authority."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=9000))
        .not_valid_after(NOW + timedelta(days=9000))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))


def free_ports() -> list[int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return [one.getsockname()[1], two.getsockname()[1]]


@pytest.fixture(scope="module")
def dovecot():
    """Start a Dovecot of our own; give its folder and the ports for IMAP in clear and over TLS."""
    program = need("dovecot", "mailboxes over IMAP")
    me = pwd.getpwuid(os.geteuid())
    root = me.pw_uid == 0
    at = Path(tempfile.mkdtemp(prefix="digest-imap-"))
    at.chmod(0o755)  # its own users must reach it
    certificate(at)
    clear, tls = free_ports()
    mine = pwd.getpwnam("nobody") if root else me
    group = "dovecot" if root else grp.getgrgid(me.pw_gid).gr_name
    users = {"inside": "dovecot" if root else me.pw_name, "outside": "dovenull" if root else me.pw_name}
    said = CONFIG.format(at=at, clear=clear, tls=tls, uid=mine.pw_uid, gid=mine.pw_gid, group=group, **users)
    (at / "dovecot.conf").write_text(said)
    (at / "mail").mkdir()
    for folder in ("mail", f"mail/{FOLDER}"):
        for each in ("", "cur", "new", "tmp"):
            place = at / folder / each
            place.mkdir(exist_ok=True)
            os.chown(place, mine.pw_uid, mine.pw_gid)
    process = subprocess.Popen([program, "-F", "-c", at / "dovecot.conf"], start_new_session=True)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", clear), 1).close()
            break
        except OSError:
            assert process.poll() is None, (at / "log").read_text()
            time.sleep(0.05)
    yield at, clear, tls, mine.pw_uid
    os.killpg(process.pid, signal.SIGKILL)  # and its children: an orderly end takes a second
    process.wait(20)
    shutil.rmtree(at, ignore_errors=True)


@pytest.fixture(scope="module")
def delivered(dovecot):
    """Give a function that delivers the letters into a folder."""
    at, _, _, owner = dovecot
    number = count()

    def deliver(folder=""):
        for name, data in LETTERS.items():
            file = at / "mail" / folder / "new" / f"{name}.{next(number)}.host"
            file.write_bytes(data)
            os.chown(file, owner, -1)

    return deliver


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def test_each_message_comes_once_when_it_was_dealt_with(dovecot, delivered):
    """Whatever stands in it, byte for byte; what was not marked comes again, and looking marks nothing."""
    delivered()
    url = f"imap://news%40post.example:a%2Fb%40c@127.0.0.1:{dovecot[1]}"
    for _ in range(2):
        assert [data for _, data, _ in mailboxes.imap(url)] == [crlf(each) for each in LETTERS.values()]
    for name, _, done in mailboxes.imap(f"{url}/INBOX"):
        if not name.endswith("#2"):
            done()
    assert [name for name, _, _ in mailboxes.imap(url)] == ["127.0.0.1#2"]


def test_a_folder_of_any_name_is_read_over_tls(dovecot, delivered, monkeypatch):
    """With a certificate that is trusted; one that is not is refused before a password is said."""
    delivered(FOLDER)
    url = f"imaps://news:a%2Fb%40c@localhost:{dovecot[2]}/{quote('Rückläufer & more')}"
    with pytest.raises(UsageError, match="certificate verify failed"):
        next(mailboxes.imap(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot[0] / "cert.pem"))
    assert ssl.get_default_verify_paths().cafile == str(dovecot[0] / "cert.pem")
    assert len(list(mailboxes.imap(url))) == len(LETTERS)


def test_a_wrong_password_or_folder_is_told_by_a_real_server(dovecot):
    """As one's own words; a server's refusal never ends in a traceback."""
    with pytest.raises(UsageError, match="no folder 'Missing'"):
        next(mailboxes.imap(f"imap://news:a%2Fb%40c@127.0.0.1:{dovecot[1]}/Missing"))
    for password, said in (("wrong", "refuses user and password"), ("%C3%BC", "must be ASCII")):
        with pytest.raises(UsageError, match=said):
            next(mailboxes.imap(f"imap://news:{password}@127.0.0.1:{dovecot[1]}/INBOX"))
