"""Greeting, securing and logging in: what happens on a connection before the first message."""

from __future__ import annotations

import base64
import socket
import ssl
from functools import cache
from typing import TYPE_CHECKING

from digest.deliver.smtp.options import SmtpOptions, is_local, security
from digest.deliver.smtp.session import Session

if TYPE_CHECKING:
    from digest.deliver.smtp.job import Owner
    from digest.deliver.smtp.replies import Reply


class SetupFailed(Exception):
    """A connection could not be made ready; ``final`` when trying again will not help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


async def connect(pool: Owner) -> Session:
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


async def _greet(session: Session, options: SmtpOptions, pool: Owner, *, starttls: bool) -> None:
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


async def _hello(session: Session, options: SmtpOptions, pool: Owner) -> dict[str, str]:
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
