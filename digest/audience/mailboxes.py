"""Where returned mail is collected: a Maildir or an IMAP folder. What was taken is not taken twice."""

from __future__ import annotations

import imaplib
import re
import ssl
from base64 import b64encode
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from digest.audience.bounces.files import LARGEST
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def maildir(folder: Path) -> Iterator[tuple[str, bytes, Callable[[], None]]]:
    """Give each message of ``new`` with a function that moves it to ``cur``; call it once it is applied."""
    if not (folder / "new").is_dir():
        msg = f"{folder} is no Maildir (it has no folder new)"
        raise UsageError(msg)
    (folder / "cur").mkdir(exist_ok=True)
    for file in sorted((folder / "new").iterdir()):
        if file.is_file() and not file.name.startswith("."):
            target = folder / "cur" / f"{file.name.partition(':')[0]}:2,S"
            yield str(file), _read(file), lambda file=file, target=target: _move(file, target)  # type: ignore[misc]


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST)


def _move(file: Path, target: Path) -> None:
    file.rename(target)


def imap(address: str) -> Iterator[tuple[str, bytes, Callable[[], None]]]:
    """Give each unseen message of ``imaps://user:password@host/FOLDER``, with a function to mark it.

    ``imap://`` is for this machine only: passwords do not travel in clear. Raises ``UsageError``.
    """
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not parts.username or (parts.scheme == "imap" and not local):
        raise UsageError("write imaps://USER:PASSWORD@HOST/FOLDER")
    with _session(parts.scheme, parts.hostname, parts.port) as session:
        _login(session, unquote(parts.username), unquote(parts.password or ""))
        status, _ = session.select(_quoted(unquote(parts.path.lstrip("/")) or "INBOX"))
        if status != "OK":
            raise UsageError(f"there is no folder {parts.path.lstrip('/')!r} on {parts.hostname}")
        _, found = session.uid("SEARCH", "UNSEEN")
        for uid in (found[0] or b"").split():
            _, data = session.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")
            body = next((each[1] for each in data if isinstance(each, tuple)), None)
            if body is not None:  # none where someone else removed it meanwhile
                yield f"{parts.hostname}#{uid.decode()}", body, lambda uid=uid: _seen(session, uid)  # type: ignore[misc]


def _login(session: imaplib.IMAP4, name: str, password: str) -> None:
    try:
        session.login(name, password)
    except UnicodeEncodeError:
        raise UsageError(f"user and password for {session.host} must be ASCII: IMAP takes no other") from None
    except imaplib.IMAP4.error as error:
        raise UsageError(f"{session.host} refuses user and password for {name!r}: {error}") from None


def _quoted(folder: str) -> str:
    """Write a folder's name as the protocol has it: in modified UTF-7 (RFC 3501, 5.1.3), quoted."""
    name = re.sub(r"[^ -%'-~]+", lambda found: f"&{_base64(found[0])}-", folder)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base64(letters: str) -> str:
    if letters == "&":
        return ""
    return b64encode(letters.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _seen(session: imaplib.IMAP4, uid: bytes) -> None:
    try:
        status, _ = session.uid("STORE", uid.decode(), "+FLAGS", "(\\Seen)")
    except (imaplib.IMAP4.error, OSError) as error:
        raise _broken(session.host, error) from None
    if status != "OK":
        raise UsageError(f"{session.host} does not let messages be marked as seen; may the user write there?")


def _broken(host: str, error: Exception) -> UsageError:
    return UsageError(f"{host} broke off: {error}; what was not dealt with comes again the next time")


@contextmanager
def _session(scheme: str, host: str, port: int | None) -> Iterator[imaplib.IMAP4]:
    try:
        session = _connected(scheme, host, port)
    except OSError as error:
        raise UsageError(f"{host} cannot be reached: {error}; is the address right?") from None
    try:
        yield session
    except (imaplib.IMAP4.error, OSError) as error:
        raise _broken(host, error) from None
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            session.logout()


def _connected(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        trust = ssl.create_default_context()
        return imaplib.IMAP4_SSL(host, port or 993, ssl_context=trust, timeout=60)
    return imaplib.IMAP4(host, port or 143, timeout=60)
