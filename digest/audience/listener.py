"""A small SMTP or LMTP server for returned mail alone: it takes what is addressed to us and keeps nothing.

Meant behind a mail server (Postfix: ``transport_maps``), or on port 25 of a domain of its own. RFC 5321
and RFC 2033, as much as returned mail needs: no TLS, no login, no relaying.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LARGEST = 10_000_000
"""Bytes of a message; larger ones are refused (RFC 1870)."""
MOST = 50
"""Connections at a time."""
RECIPIENTS = 20
LINE = 2048
"""Bytes of a command; RFC 5321, section 4.5.3.1.4, asks for 512."""
PATIENCE = 60.0
"""Seconds a client may be silent."""
_ERRORS = 10
"""Mistakes after which a conversation is ended."""
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>(?P<rest>.*)", re.IGNORECASE)
_SIZE = re.compile(r"\bSIZE=(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Takes:
    """What the server does with mail."""

    expected: Callable[[str], bool]  # is this recipient one of ours?
    take: Callable[[str, bytes], Awaitable[None]]  # recipient, message; raises where it could not be kept
    name: str = "localhost"
    lmtp: bool = False


@dataclass(slots=True)
class _Envelope:
    open: bool = False
    recipients: list[str] = field(default_factory=list)


class _TooLarge(Exception):
    """The message is larger than is taken; its rest was read and left."""


class Listener:
    """Serves any number of conversations; ``start`` gives the server, which the caller closes."""

    def __init__(self, takes: Takes) -> None:
        self._takes = takes
        self._open = 0

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen; port 0 takes a free one. Raises ``OSError`` where that cannot be had."""
        return await asyncio.start_server(self._serve, host, port, limit=65_536)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        conversation = _Conversation(self._takes, reader, writer)
        try:
            if self._open > MOST:
                await conversation.say("421 4.3.2 too many connections; try again later")
            else:
                await conversation.hold()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError):
            pass
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Conversation:
    def __init__(self, takes: Takes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._takes, self._reader, self._writer = takes, reader, writer
        self._envelope = _Envelope()
        self._errors = 0
        self._verbs: dict[str, Callable[[str], Awaitable[str]]] = {
            ("LHLO" if takes.lmtp else "EHLO"): self._greet,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._reset,
            "NOOP": self._nothing,
            "VRFY": self._vague,
        }
        if not takes.lmtp:
            self._verbs["HELO"] = self._hello

    async def say(self, text: str) -> None:
        self._writer.write(text.encode("ascii", "replace") + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            await self._writer.drain()

    async def _line(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readuntil(b"\n")

    async def hold(self) -> None:
        """Answer until the client leaves, or makes too many mistakes."""
        await self.say(f"220 {self._takes.name} {'LMTP' if self._takes.lmtp else 'ESMTP'}")
        while self._errors < _ERRORS:
            line = (await self._line())[:LINE].decode("utf-8", "replace").strip()
            verb, _, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                await self.say("221 2.0.0 bye")
                return
            answer = await self._verbs.get(verb.upper(), self._unknown)(rest.strip())
            self._errors += answer[:1] == "5"
            await self.say(answer)
        await self.say("421 4.7.0 too many mistakes")

    async def _greet(self, _rest: str) -> str:
        self._envelope = _Envelope()
        features = [self._takes.name, f"SIZE {LARGEST}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        lines = [f"250-{each}" for each in features]
        return "\r\n".join([*lines, "250 ENHANCEDSTATUSCODES"])

    async def _hello(self, _rest: str) -> str:
        self._envelope = _Envelope()
        return f"250 {self._takes.name}"

    async def _unknown(self, _rest: str) -> str:
        return "500 5.5.2 command not known"

    async def _nothing(self, _rest: str) -> str:
        return "250 2.0.0 ok"

    async def _vague(self, _rest: str) -> str:
        return "252 2.5.0 send some mail, and see"

    async def _reset(self, _rest: str) -> str:
        self._envelope = _Envelope()
        return "250 2.0.0 ok"

    async def _mail(self, rest: str) -> str:
        found = _PATH.match(rest)
        if found is None or not rest.upper().startswith("FROM"):
            return "501 5.5.4 write MAIL FROM:<address>"
        size = _SIZE.search(found["rest"])
        if size and int(size[1][:12]) > LARGEST:
            return f"552 5.3.4 larger than {LARGEST} bytes"
        self._envelope = _Envelope(open=True)
        return "250 2.1.0 ok"

    async def _rcpt(self, rest: str) -> str:
        found = _PATH.match(rest)
        if not self._envelope.open:
            return "503 5.5.1 MAIL first"
        if found is None or not rest.upper().startswith("TO"):
            return "501 5.5.4 write RCPT TO:<address>"
        if len(self._envelope.recipients) >= RECIPIENTS:
            return "452 4.5.3 too many recipients; the rest in another message"
        if not self._takes.expected(found[1]):
            return "550 5.1.1 only returned mail to our own signed addresses is taken here"
        self._envelope.recipients.append(found[1])
        return "250 2.1.5 ok"

    async def _data(self, _rest: str) -> str:
        if not self._envelope.recipients:
            return "503 5.5.1 RCPT first"
        await self.say("354 end with a line that holds a dot alone")
        recipients, self._envelope = self._envelope.recipients, _Envelope()
        try:
            data = await self._message()
        except _TooLarge:
            answers = [f"552 5.3.4 larger than {LARGEST} bytes"] * len(recipients)
        else:
            answers = [await self._taken(each, data) for each in recipients]
        if self._takes.lmtp:
            return "\r\n".join(answers)
        return next((each for each in answers if not each.startswith("250")), answers[0])

    async def _taken(self, recipient: str, data: bytes) -> str:
        try:
            await self._takes.take(recipient, data)
        except Exception:  # noqa: BLE001 (whatever it is, the client keeps the mail and comes again)
            return "451 4.3.0 it could not be kept; try again later"
        return "250 2.0.0 taken"

    async def _message(self) -> bytes:
        """Read to the dot; raises ``_TooLarge`` only after it, so that the conversation can go on.

        Only CR LF ends a line (RFC 5321, 2.3.8): a dot between others is the message's, else who writes it
        could smuggle in a second message after it.
        """
        lines: list[bytes] = []
        size, ended = 0, True
        while (line := await self._line()) != b".\r\n" or not ended:
            size, ended = size + len(line), line.endswith(b"\r\n")
            if size <= LARGEST:
                lines.append(line[1:] if line.startswith(b".") else line)
        if size > LARGEST:
            raise _TooLarge
        return b"".join(lines)
