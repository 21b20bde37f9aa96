"""Greeting, securing and logging in: what happens on a connection before the first message."""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
from functools import cache
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from digest.deliver.sender import Options
from digest.deliver.smtp.session import Session
from digest.errors import SenderError

if TYPE_CHECKING:
    from pathlib import Path

    from digest.deliver.smtp.pool import Pool
    from digest.deliver.smtp.replies import Reply

IMPLICIT = 465


class SmtpOptions(Options):
    """What can be set of an smtp sender."""

    host: str = Field("localhost", description="The relay's name, or unix:/path/of/a/socket.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with STARTTLS, 465 with TLS, 25 plain.")
    tls: Literal["auto", "starttls", "implicit", "none"] = Field(
        "auto",
        description="auto: implicit on port 465, none on this machine, else STARTTLS, which must succeed.",
    )
    verify: bool = Field(default=True, description="Check the relay's certificate and name.")
    ca_file: str = Field("", description="Certificates to trust besides the system's, as a PEM file.")
    username: str = Field("", description="Log in with this name; no login when empty.")
    password: SecretStr = Field(SecretStr(""), description="The password.")
    helo: str = Field("", description="How we introduce ourselves; this machine's name when empty.")
    connections: int = Field(10, ge=1, le=500, description="Connections at once, at most.")
    per_connection: int = Field(0, ge=0, description="Messages on one connection, at most; 0 means no limit.")
    pipelining: bool = Field(default=True, description="Use PIPELINING where it is offered.")
    chunking: bool = Field(default=True, description="Use CHUNKING (BDAT) where it is offered.")
    timeout: float = Field(30.0, gt=0, description="Seconds to connect, secure and log in.")
    pause: float = Field(
        600.0, ge=0, description="Seconds to leave it alone when it says that we are too fast."
    )


class SetupFailed(Exception):
    """A connection could not be made ready; ``final`` when trying again will not help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def is_local(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host.startswith("unix:") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def security(options: SmtpOptions) -> str:
    """Return starttls, implicit or none."""
    if options.tls != "auto":
        return options.tls
    if options.port == IMPLICIT:
        return "implicit"
    return "none" if is_local(options.host) else "starttls"


def context(options: SmtpOptions, root: Path) -> ssl.SSLContext | None:
    """Return how to speak TLS, or None where it is not spoken: the system's certificates take megabytes.

    Raises ``SenderError`` when the certificates cannot be read.
    """
    if security(options) == "none" and not options.ca_file:
        return None
    try:
        made = ssl.create_default_context()
        if options.ca_file:
            made.load_verify_locations(root / options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SenderError(f"the certificates in {options.ca_file!r} cannot be read: {error}") from error
    if not options.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


async def connect(pool: Pool) -> Session:
    """Open a connection and make it ready; raises ``SetupFailed``."""
    options, kind = pool.options, security(pool.options)
    session = Session(pool)
    try:
        if options.host.startswith("unix:"):
            path = str(pool.root / options.host.removeprefix("unix:"))
            await pool.loop.create_unix_connection(lambda: session, path)
        else:
            tls = pool.tls if kind == "implicit" else None
            await pool.loop.create_connection(lambda: session, options.host, options.port, ssl=tls)
        await _greet(session, options, pool, starttls=kind == "starttls")
    except ssl.SSLCertVerificationError as error:
        session.abort("not trusted")
        raise SetupFailed(f"its certificate is not trusted: {error.verify_message}", final=True) from error
    except (OSError, ssl.SSLError) as error:
        session.abort("not ready")
        raise SetupFailed(f"{options.host}:{options.port} cannot be reached: {error}") from error
    except BaseException:
        session.abort("not ready")
        raise
    session.begin(session.features, pipelining=options.pipelining, chunking=options.chunking)
    return session


async def _greet(session: Session, options: SmtpOptions, pool: Pool, *, starttls: bool) -> None:
    assert session.greeting is not None
    _need(await session.greeting, "the greeting")
    session.features = await _hello(session, options, pool)
    if starttls:
        if "STARTTLS" not in session.features:
            raise SetupFailed(
                'it offers no STARTTLS; with tls = "none" mail would travel in the open', final=True
            )
        _need(await session.command("STARTTLS"), "STARTTLS")
        # what somebody between us put in now would be read as if it had come through TLS
        if not session.clean or session.transport.is_closing():
            raise SetupFailed("something was sent in the open after its answer to STARTTLS", final=True)
        assert pool.tls is not None
        session.transport = await pool.loop.start_tls(
            session.transport, session, pool.tls, server_hostname=options.host
        )
        session.features = await _hello(session, options, pool)
    if options.username:
        await _login(session, options, secure=starttls or security(options) == "implicit")


def _need(reply: Reply, what: str) -> None:
    if not reply.ok:
        final = reply.code >= 500  # noqa: PLR2004 (RFC 5321 4.2.1)
        raise SetupFailed(f"{what} was answered {reply.code} {reply.text}", final=final)


@cache
def _own_name() -> str:
    """Return this machine's name; asking may take a resolver's patience, so it is asked once, in a thread."""
    return socket.getfqdn()


async def _hello(session: Session, options: SmtpOptions, pool: Pool) -> dict[str, str]:
    """Introduce ourselves; return what the server offers, by keyword."""
    name = options.helo or await pool.loop.run_in_executor(None, _own_name)
    reply = await session.command(f"{pool.hello} {name}")
    if reply.code in (500, 502, 504) and pool.hello == "EHLO":
        _need(await session.command(f"HELO {name}"), "HELO")
        return {}
    _need(reply, pool.hello)
    offered = (line.strip().upper().partition(" ") for line in reply.lines[1:])
    return {keyword: values for keyword, _, values in offered}


async def _login(session: Session, options: SmtpOptions, *, secure: bool) -> None:
    if not secure and not is_local(options.host):
        raise SetupFailed(
            'a password is never sent in the open; set tls = "starttls" or "implicit"', final=True
        )
    offered = session.features.get("AUTH", "").split()
    user, password = options.username, options.password.get_secret_value()
    if "PLAIN" in offered:
        reply = await session.command(f"AUTH PLAIN {_b64(f'{chr(0)}{user}{chr(0)}{password}')}")
    elif "LOGIN" in offered:
        for line in ("AUTH LOGIN", _b64(user)):
            reply = await session.command(line)
            if reply.code != 334:  # noqa: PLR2004 (go on, RFC 4954)
                break
        else:
            reply = await session.command(_b64(password))
    else:
        raise SetupFailed(
            f"it offers no login we know (AUTH {' '.join(offered) or 'is not offered'})", final=True
        )
    if not reply.ok:
        final = reply.code >= 500  # noqa: PLR2004 (RFC 5321 4.2.1)
        raise SetupFailed(f"the login was answered {reply.code} {reply.text}", final=final)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
