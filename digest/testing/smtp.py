"""A real SMTP server in this process: for the demo, for tests, and for plugin authors.

It speaks SMTP or LMTP over TCP or a unix socket in a thread of its own, keeps what it accepted (or writes it
into a maildir) and can be told to misbehave at any stage: ``Fault``. It checks what clients must not do
(bare line ends, undotted lines, commands out of order) and lists offences in ``offences``.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from digest.testing.mailbox import Maildir, Received

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot")
_LIMIT = 64 * 1024 * 1024


@dataclass(slots=True)
class Fault:
    """A misbehaviour: at ``stage``, from its ``first`` time on, ``times`` often, if recipients ``match``.

    With ``each`` it strikes every recipient ``times`` often. Actions:
    ``reply``: answer this instead. ``drop``: close the connection before answering. ``late``: at the final
    dot, keep the message and close before answering. ``half``: send half of the answer, then close.
    ``slow``: wait ``seconds`` first. ``garbage``: answer what is no SMTP. ``then_drop``: answer, close.
    """

    stage: str
    action: str = "reply"
    reply: str = "451 4.3.0 try again later"
    first: int = 1
    times: int = 1_000_000_000
    match: str = ""
    seconds: float = 0.0
    each: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def applies(self, stage: str, recipient: str) -> bool:
        """Tell whether it strikes now; counts its chances."""
        if stage != self.stage or (self.match and not re.search(self.match, recipient)):
            return False
        who = recipient if self.each else ""
        self.seen[who] += 1
        return self.first <= self.seen[who] < self.first + self.times


@dataclass(slots=True)
class Features:
    """What the server offers."""

    pipelining: bool = True
    chunking: bool = False
    eightbit: bool = True
    smtputf8: bool = True
    size: int = 30_000_000
    enhanced: bool = True
    tls: ssl.SSLContext | None = None  # offers STARTTLS; with implicit, speaks TLS at once
    implicit: bool = False
    login: tuple[str, str] | None = None  # name and password; required where given
    mechanisms: str = "PLAIN LOGIN"
    lmtp: bool = False
    delay: float = 0.0  # seconds before every answer: a round trip


@dataclass(slots=True)
class _Envelope:
    sender: str | None = None
    recipient: str = ""
    body: bytearray = field(default_factory=bytearray)


class SmtpServer:
    """``with SmtpServer() as server: … server.host, server.port … server.messages``."""

    def __init__(
        self,
        features: Features | None = None,
        faults: tuple[Fault, ...] | list[Fault] = (),
        *,
        maildir: Path | None = None,
        unix: Path | None = None,
        port: int = 0,
    ) -> None:
        self.features = features or Features()
        self.faults = list(faults)
        self.host, self.port = "127.0.0.1", port
        self.unix = unix
        self.messages: list[Received] = []
        self.offences: list[str] = []
        self.counts: Counter[str] = Counter()
        self.open_now = self.most_open = 0
        self.carrying: Counter[str] = Counter()  # conversations with a message under way, by domain
        self.most_carrying: Counter[str] = Counter()
        self.most_on_one: Counter[str] = Counter()  # messages on one connection, by domain
        self.on_message: Callable[[Received], None] | None = None
        self.on_stage: Callable[[str], None] | None = None  # told a stage before its answer, and "replied"
        self._maildir = Maildir(maildir) if maildir else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server", daemon=True)
        self._server: asyncio.AbstractServer | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        tls = self.features.tls if self.features.implicit else None
        if self.unix:
            self._server = await asyncio.start_unix_server(self._serve, str(self.unix), limit=_LIMIT)
            return
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=_LIMIT, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def recipients(self) -> list[str]:
        """Return who got a message, in order, as often as they did."""
        return [message.recipient for message in self.messages]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await _Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, _Gone):
            pass
        finally:
            self.open_now -= 1
            writer.close()
            with contextlib.suppress(Exception):
                await writer.wait_closed()

    def told(self, stage: str) -> None:
        """Tell whoever watches that a conversation came to a stage."""
        if self.on_stage:
            self.on_stage(stage)

    def keep(self, message: Received) -> None:
        """Keep an accepted message; checks that its bytes are as a client must write them."""
        bare = message.data.replace(b"\r\n", b"")
        if b"\n" in bare or b"\r" in bare:
            self.offences.append(f"bare line end in the message to {message.recipient}")
        if self._maildir:
            self._maildir.add(message)
        else:
            self.messages.append(message)
        self.counts["messages"] += 1
        if self.on_message:
            self.on_message(message)


class _Gone(Exception):
    """The conversation is over."""


class _Conversation:
    """One client."""

    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.envelope = _Envelope()
        self.secure = server.features.implicit
        self.logged_in = False
        self.carried: Counter[str] = Counter()

    async def run(self) -> None:
        await self.answer("connect", "220 test.example ESMTP")
        while line := await self.reader.readline():
            if not line.endswith(b"\r\n"):
                self.server.offences.append(f"a command without CRLF: {line[:60]!r}")
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            self.server.counts[verb.lower()] += 1
            handler = _VERBS.get(verb.upper())
            if handler is None:
                await self.say("502 5.5.1 unknown command")
            else:
                await handler(self, rest.strip())

    async def say(self, line: str) -> None:
        if self.server.features.delay:
            await asyncio.sleep(self.server.features.delay)
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()

    async def answer(self, stage: str, usual: str) -> bool:
        """Answer, or misbehave; True when the usual answer was given."""
        self.server.told(stage)
        for fault in self.server.faults:
            if fault.applies(stage, self.envelope.recipient):
                return await self._misbehave(fault, usual)
        await self.say(usual)
        return True

    async def _misbehave(self, fault: Fault, usual: str) -> bool:
        self.server.counts[f"fault:{fault.stage}"] += 1
        if fault.action == "slow":
            await asyncio.sleep(fault.seconds)
            await self.say(usual)
            return True
        if fault.action in ("drop", "late"):
            raise _Gone
        if fault.action == "half":
            self.writer.write(usual.encode()[:2])
            await self.writer.drain()
            raise _Gone
        await self.say("\x00\x01 not smtp" if fault.action == "garbage" else fault.reply)
        if fault.action == "then_drop" or fault.reply.startswith("421"):
            raise _Gone
        return False

    # ── commands ──────────────────────────────────────────────────────────────────────

    async def hello(self, _rest: str) -> None:
        self.envelope = _Envelope()
        features = self.server.features
        offered = ["test.example"]
        offered += ["PIPELINING"] * features.pipelining + ["CHUNKING"] * features.chunking
        offered += ["8BITMIME"] * features.eightbit + ["SMTPUTF8"] * features.smtputf8
        offered += ["ENHANCEDSTATUSCODES"] * features.enhanced + [f"SIZE {features.size}"] * bool(
            features.size
        )
        offered += ["STARTTLS"] * (features.tls is not None and not self.secure)
        offered += [f"AUTH {features.mechanisms}"] * (features.login is not None)
        lines = [f"250-{line}" for line in offered[:-1]] + [f"250 {offered[-1]}"]
        await self.answer("ehlo", "\r\n".join(lines))

    async def starttls(self, _rest: str) -> None:
        tls = self.server.features.tls
        if tls is None:
            await self.say("502 5.5.1 no TLS here")
        elif await self.answer("starttls", "220 2.0.0 go ahead"):
            await self.writer.start_tls(tls)
            self.secure = True

    async def auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            _, name, password = base64.b64decode(initial).decode().split("\0")
        else:
            name, password = [await self._ask(word) for word in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")]
        self.logged_in = (name, password) == self.server.features.login
        usual = "235 2.7.0 welcome" if self.logged_in else "535 5.7.8 wrong name or password"
        await self.answer("auth", usual)

    async def _ask(self, prompt: str) -> str:
        await self.say(f"334 {prompt}")
        return base64.b64decode(await self.reader.readline()).decode()

    async def mail(self, rest: str) -> None:
        if self.server.features.login and not self.logged_in:
            await self.say("530 5.7.0 authentication required")
            return
        if self.envelope.sender is not None:
            self.server.counts["nested"] += 1
            await self.say("503 5.5.1 nested MAIL command")
            return
        found = re.match(r"FROM:<([^>]*)>(.*)", rest, re.IGNORECASE)
        if not found:
            await self.say("501 5.5.4 syntax")
            return
        size = re.search(r"SIZE=(\d+)", found[2])
        if size and self.server.features.size and int(size[1]) > self.server.features.size:
            await self.say("552 5.3.4 too big")
        elif await self.answer("mail", "250 2.1.0 ok"):
            self.envelope.sender = found[1]

    async def rcpt(self, rest: str) -> None:
        found = re.match(r"TO:<([^>]*)>", rest, re.IGNORECASE)
        if self.envelope.sender is None or not found:
            await self.say("503 5.5.1 need MAIL first")
            return
        self.envelope.recipient = found[1]
        if not await self.answer("rcpt", "250 2.1.5 ok"):
            self.envelope.recipient = ""
            return
        domain, server = self.envelope.recipient.rpartition("@")[2], self.server
        self.carried[domain] += 1
        server.carrying[domain] += 1
        server.most_carrying[domain] = max(server.most_carrying[domain], server.carrying[domain])
        server.most_on_one[domain] = max(server.most_on_one[domain], self.carried[domain])

    async def data(self, _rest: str) -> None:
        if not self.envelope.recipient:
            await self.say(
                "554 5.5.1 no valid recipients" if self.envelope.sender is not None else "503 5.5.1 need MAIL"
            )
            return
        if not await self.answer("data", "354 go ahead"):
            return
        body = await self._body()
        await self._accept(body)

    async def _body(self) -> bytes:
        first = await self.reader.readline()
        if first == b".\r\n":
            return b""
        rest = first + await self.reader.readuntil(b"\r\n.\r\n")
        body = rest[: -len(b".\r\n")]
        if b"\r\n." in body or body.startswith(b"."):
            body = re.sub(rb"(^|\r\n)\.", rb"\1", body)
        return body

    async def _accept(self, body: bytes) -> None:
        sender, recipient = self.envelope.sender or "", self.envelope.recipient
        self.server.carrying[recipient.rpartition("@")[2]] -= 1
        received = Received(sender, recipient, bytes(body))
        for fault in self.server.faults:
            if fault.stage == "dot" and fault.applies("dot", recipient):
                if fault.action in ("late", "half", "garbage", "slow") or fault.reply.startswith("2"):
                    self.server.keep(received)
                self.envelope = _Envelope()
                await self._misbehave(fault, "250 2.0.0 queued")
                return
        self.server.keep(received)
        self.envelope = _Envelope()
        self.server.told("dot")
        await self.say(f"250 2.0.0 queued as {self.server.counts['messages']}")
        self.server.told("replied")

    async def bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        chunk = await self.reader.readexactly(int(size))
        if not self.envelope.recipient:
            await self.say("554 5.5.1 no valid recipients")
            return
        self.envelope.body += chunk
        if last.strip().upper() == "LAST":
            await self._accept(bytes(self.envelope.body))
        else:
            await self.say("250 2.0.0 go on")

    async def rset(self, _rest: str) -> None:
        self.envelope = _Envelope()
        await self.say("250 2.0.0 ok")

    async def noop(self, _rest: str) -> None:
        await self.say("250 2.0.0 ok")

    async def quit(self, _rest: str) -> None:
        await self.say("221 2.0.0 bye")
        raise _Gone


_VERBS: dict[str, Any] = {
    "EHLO": _Conversation.hello, "HELO": _Conversation.hello, "LHLO": _Conversation.hello,
    "STARTTLS": _Conversation.starttls, "AUTH": _Conversation.auth, "MAIL": _Conversation.mail,
    "RCPT": _Conversation.rcpt, "DATA": _Conversation.data, "BDAT": _Conversation.bdat,
    "RSET": _Conversation.rset, "NOOP": _Conversation.noop, "QUIT": _Conversation.quit,
}  # fmt: skip
