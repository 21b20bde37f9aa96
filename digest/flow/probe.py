"""Looking at servers as others see them: certificates (TLS), the mail service's greeting, the right time."""

from __future__ import annotations

import smtplib
import socket
import ssl
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.audience.records import Finding
from digest.deliver.smtp import options as settings
from digest.errors import DigestError

if TYPE_CHECKING:
    from pathlib import Path

SOON = timedelta(days=14)
"""A certificate that ends within this is told."""
WAIT = 10.0
"""Seconds a server has to answer."""
SKEW = timedelta(seconds=30)
"""A clock may be wrong by so much; links and signatures carry times in seconds."""
_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)  # of NTP


def certificate(host: str, port: int, now: datetime, trusted: ssl.SSLContext | None = None) -> Finding:
    """Judge the TLS certificate of a host: valid, for this name, and for how long; says what to do."""
    check = f"TLS {host}"
    try:
        context = trusted or ssl.create_default_context()
        with (
            socket.create_connection((host, port), timeout=WAIT) as raw,
            context.wrap_socket(raw, server_hostname=host) as tls,
        ):
            found = tls.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Finding(check, "bad", _refused(host, error))
    except OSError as error:
        text = f"{host}:{port} does not speak TLS ({error}); check that the web server runs and is reachable"
        return Finding(check, "bad", text)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    if ends - now < SOON:
        text = f"the certificate ends on {ends:%Y-%m-%d}; renew it, and see why it does not renew itself"
        return Finding(check, "warn", text)
    return Finding(check, "ok", f"valid until {ends:%Y-%m-%d}")


_EXPIRED, _NOT_YET, _SELF_SIGNED, _UNKNOWN_ISSUER, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 18, 20, 62, 64
_CAUSES = {  # OpenSSL's X509_V_ERR_…: what it is, and what to do
    _EXPIRED: "has expired; renew it",
    _NOT_YET: "is not valid yet; check the clock of this machine and of the one that made it",
    _SELF_SIGNED: "is signed by itself, so nobody trusts it; get one from a public authority",
    19: "is signed by an authority of your own, which readers do not know; get one from a public authority",
    _UNKNOWN_ISSUER: "comes without the certificates between it and its authority; serve the full chain",
    21: "comes without the certificates between it and its authority; serve the full chain",
    _OTHER_NAME: "is for another name; get one that names {host}",
    _OTHER_ADDRESS: "is for another name; get one that names {host}",
}


def _refused(host: str, error: ssl.SSLCertVerificationError) -> str:
    cause = _CAUSES.get(error.verify_code, f"is not valid ({error.verify_message}); get a new one")
    return f"the certificate {cause.format(host=host)}: mail programs refuse links and unsubscription"


def mail_service(check: str, kind: str, options: settings.SmtpOptions, root: Path) -> Finding:
    """Greet a mail service as the sender does: connect, secure, log in; nothing is mailed."""
    where = f"{options.host}:{options.port}"
    try:
        with _greeted(kind, options, root) as session:
            said = "logged in" if options.username else "answers"
            secured = "over TLS" if isinstance(session.sock, ssl.SSLSocket) else "in the open"
    except ssl.SSLCertVerificationError as error:
        return Finding(
            check, "bad", f"{where}: the certificate is refused ({error.verify_message}); set ca_file"
        )
    except smtplib.SMTPAuthenticationError as error:
        reply = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else ""
        return Finding(check, "bad", f"{where} refuses username or password ({error.smtp_code} {reply})")
    except DigestError as error:
        return Finding(check, "bad", str(error))
    except (smtplib.SMTPException, OSError) as error:
        text = f"{where} does not answer as a mail service ({error}); check host, port, tls and firewall"
        return Finding(check, "bad", text)
    return Finding(check, "ok", f"{where} {said} {secured}")


def _greeted(kind: str, options: settings.SmtpOptions, root: Path) -> smtplib.SMTP:
    how = settings.security(options)
    tls = settings.context(options, root) if how != "none" else None
    if how == "implicit":
        session: smtplib.SMTP = smtplib.SMTP_SSL(options.host, options.port, timeout=WAIT, context=tls)
    else:
        session = (smtplib.LMTP if kind == "lmtp" else smtplib.SMTP)(options.host, options.port, timeout=WAIT)
    try:
        if how == "starttls":
            session.starttls(context=tls)
        if options.username:
            session.login(options.username, options.password.get_secret_value())
    except (OSError, smtplib.SMTPException):
        session.close()
        raise
    return session


def offset(server: str, now: datetime, port: int = 123, wait: float = 3.0) -> timedelta:
    """Return by how much a time server's clock is ahead of ``now`` (SNTP, RFC 5905 section 14).

    The way there and back is not taken off: it is far below what is looked for. Raises ``OSError`` if the
    server does not answer in ``wait`` seconds or does not know the time itself.
    """
    family, *_, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.connect(address)
        sock.send(b"\x23" + bytes(47))  # version 4, client
        answer = sock.recv(512)
    if len(answer) < 48 or answer[0] & 7 != 4 or not 0 < answer[1] < 16:  # noqa: PLR2004 (a server's answer)
        raise OSError(f"{server} does not know the time")
    seconds, fraction = struct.unpack("!II", answer[40:48])
    return _EPOCH + timedelta(seconds=seconds + fraction / 2**32) - now
