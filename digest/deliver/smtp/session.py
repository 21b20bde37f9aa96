"""One connection: envelopes pipelined behind bodies, answers handled by callbacks as they come.

With PIPELINING a message costs one write: ``body . MAIL RCPT DATA`` (RFC 2920 3.1 lets DATA close a group).
With CHUNKING the body follows its envelope at once (``BDAT n LAST``, RFC 3030) and several messages are under
way. Without either it goes step by step. What was answered when decides an outcome: before the final dot a
message may go elsewhere, after it and before its answer it is uncertain.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from digest.deliver import retry
from digest.deliver.smtp.envelope import Envelope
from digest.deliver.smtp.job import Job
from digest.deliver.smtp.replies import Garbage, Parser, Reply
from digest.model import Deferred, RefusedRecipient, Submitted, Unavailable, Uncertain

if TYPE_CHECKING:
    from digest.deliver.smtp.job import Owner
    from digest.model import Message, Outcome

SETUP, RSET, MAIL, RCPT, DATA, DOT, VOID = range(7)
PHASE = ("setup", "rset", "mail", "rcpt", "data", "dot", "dot")
TIMEOUT = (300.0, 300.0, 300.0, 300.0, 120.0, 600.0, 600.0)  # seconds, RFC 5321 4.5.3.2
CLOSING = 421  # the server goes away, now
OK = 250
DEPTH = 4  # messages under way on one connection with BDAT


class Session(asyncio.Protocol):
    """One connection to a server, once it is set up a slave of its pool."""

    def __init__(self, pool: Owner) -> None:
        self.pool = pool
        self.transport: Any = None
        self.features: dict[str, str] = {}
        self.envelope = Envelope({})
        self.count = 0
        self.deadline = 0.0
        self.lost: asyncio.Future[None] = pool.loop.create_future()
        self.ready = False
        self.greeting: asyncio.Future[Reply] | None = None
        self._parser = Parser()
        self._waiting: deque[tuple[int, Any]] = deque()
        self._envelope: Job | None = None  # its DATA is not answered yet
        self._under_way = 0
        self._dirty = False  # a transaction failed and must be reset
        self._full = False
        self._ending = False
        self._why = ""
        self.tired = False  # a group of recipients had its fill of this connection
        self._pipelining = self._chunking = False

    # ── asyncio ───────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: Any) -> None:
        """Keep the transport, after STARTTLS another one; await the greeting: it may come at once."""
        self.transport = transport
        if self.greeting is None:
            self.greeting = self.expect()

    def data_received(self, data: bytes) -> None:
        """Hand every complete answer to whoever waits for it."""
        try:
            replies = self._parser.feed(data)
        except Garbage as error:
            self.abort(str(error))
            return
        for reply in replies:
            if not self._waiting:
                self._unasked(reply)
                return
            stage, job = self._waiting.popleft()
            if reply.code == OK and self._pipelining and RSET <= stage <= RCPT:
                continue  # as hoped: nothing follows from it
            if reply.code == CLOSING and stage != SETUP:
                self._closing(reply)
            _HANDLERS[stage](self, job, reply)
        self._watch()
        if self.ready:
            self.pool.serve(self)

    def pause_writing(self) -> None:
        """Take no more messages while the network is slower than we are."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        if self.ready:
            self.pool.feed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle what was under way: before the final dot it may go elsewhere, after it nobody knows."""
        self.ready, self._ending = False, True
        why = self._why or (f"the connection was lost: {exc}" if exc else "the server closed the connection")
        jobs: dict[int, Job] = {}
        while self._waiting:
            stage, job = self._waiting.popleft()
            if stage == SETUP and not job.done():
                job.set_exception(ConnectionResetError(why))
            elif isinstance(job, Job):
                jobs[id(job)] = job
        self._under_way = 0
        for job in jobs.values():
            self._abandon(job, why)
        if not self.lost.done():
            self.lost.set_result(None)
        self.pool.gone(self)

    def _abandon(self, job: Job, why: str) -> None:
        if job.failed is not None:
            job.report(job.failed)
        elif job.body_left:
            job.report(Uncertain(job.message.key, f"after the final dot {why}"))
        else:
            self.pool.again(job, why)

    def abort(self, why: str) -> None:
        """Give the connection up at once."""
        self._why = self._why or why
        if self.transport is not None:
            self.transport.abort()

    # ── setting up ────────────────────────────────────────────────────────────────────

    def expect(self) -> asyncio.Future[Reply]:
        """Return a future for the next answer."""
        future: asyncio.Future[Reply] = self.pool.loop.create_future()
        self._waiting.append((SETUP, future))
        self._watch()
        return future

    @property
    def clean(self) -> bool:
        """Tell whether nothing was received beyond the last answer."""
        return self._parser.clean

    async def command(self, line: str) -> Reply:
        """Send one command and wait for its answer."""
        answer = self.expect()
        self.transport.write(line.encode("utf-8") + b"\r\n")
        return await answer

    def begin(self, features: dict[str, str], *, pipelining: bool, chunking: bool) -> None:
        """Start taking messages."""
        self.features = features
        self._pipelining = pipelining and "PIPELINING" in features
        self._chunking = chunking and self._pipelining and "CHUNKING" in features
        self.envelope = Envelope(features)
        self.ready = True

    def _watch(self) -> None:
        self.deadline = self.pool.loop.time() + TIMEOUT[self._waiting[0][0]] if self._waiting else 0.0

    @property
    def waiting_for(self) -> str:
        """Name the command whose answer is awaited."""
        return PHASE[self._waiting[0][0]] if self._waiting else ""

    # ── taking messages ───────────────────────────────────────────────────────────────

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self._under_way == 0

    def can_take(self) -> bool:
        """Tell whether another message may be begun now."""
        if not self.ready or self._ending or self._full or self._worn():
            return False
        if self._chunking:
            return self._under_way < DEPTH
        return self._envelope is None if self._pipelining else self._under_way == 0

    def _worn(self) -> bool:
        return self.tired or 0 < self.pool.options.per_connection <= self.count

    def take(self, job: Job) -> None:
        """Begin a message: write its envelope, with BDAT its body too."""
        self._start(job, [])

    def _start(self, job: Job, before: list[bytes]) -> None:
        self.count += 1
        self._under_way += 1
        if self._dirty or self._chunking:  # with BDAT a follower leaves before we know that its leader failed
            before.append(b"RSET\r\n")
            self._waiting.append((RSET, None))
            self._dirty = False
        mail = self.envelope.mail(job.message)
        if not self._pipelining:
            self._waiting.append((MAIL, job))
            before.append(mail)
        else:
            self._waiting += ((MAIL, job), (RCPT, job))
            self._group(job, before, mail + b"RCPT TO:<" + job.message.to.encode("utf-8") + b">\r\n")
        self._write(before)
        self._watch()

    def _group(self, job: Job, before: list[bytes], envelope: bytes) -> None:
        if self._chunking:
            size = sum(map(len, job.message.segments))
            before.append(envelope + b"BDAT %d LAST\r\n" % size)
            before.extend(job.message.segments)
            job.body_left = True
            self._waiting.append((DOT, job))
        else:
            before.append(envelope + b"DATA\r\n")
            self._waiting.append((DATA, job))
            self._envelope = job

    def _write(self, segments: list[bytes]) -> None:
        if len(segments) == 1:
            self.transport.write(segments[0])
        else:
            self.transport.writelines(segments)

    # ── answers ───────────────────────────────────────────────────────────────────────

    def _on_setup(self, future: asyncio.Future[Reply], reply: Reply) -> None:
        if not future.done():
            future.set_result(reply)

    def _on_rset(self, _job: None, reply: Reply) -> None:
        if not reply.ok:
            self.abort(f"RSET was answered {reply.code} {reply.text}")

    def _on_mail(self, job: Job, reply: Reply) -> None:
        if not reply.ok:
            job.mail_failed = True
            self._fail(job, MAIL, reply)
        if self._pipelining:
            return
        if job.failed:
            self._finish(job, job.failed)
        else:
            self._step(job, RCPT, b"RCPT TO:<" + job.message.to.encode("utf-8") + b">\r\n")

    def _on_rcpt(self, job: Job, reply: Reply) -> None:
        if not reply.ok:
            self._fail(job, RCPT, reply)
        if self._pipelining:
            return
        if job.failed:
            self._finish(job, job.failed)
        else:
            self._step(job, DATA, b"DATA\r\n")

    def _step(self, job: Job, stage: int, line: bytes) -> None:
        self._waiting.append((stage, job))
        self.transport.write(line)

    def _on_data(self, job: Job, reply: Reply) -> None:
        self._envelope = None
        if reply.code != 354:  # noqa: PLR2004 (go ahead)
            if job.failed is None:
                self._fail(job, DATA, reply)
            self._finish(job, job.failed)
        elif job.mail_failed:  # whose transaction is this? nothing must go into it
            self._finish(job, job.failed)
            self.abort("DATA was accepted after MAIL was refused")
        elif job.failed is not None:  # it would take a body without a recipient (RFC 2920 3.1)
            self._waiting.append((VOID, None))
            self.transport.write(b".\r\n")
            self._finish(job, job.failed)
        else:
            job.body_left = True
            self._waiting.append((DOT, job))
            parts = [*self._body(job.message), b".\r\n"]
            coming = self.pool.next_job(self) if self._pipelining else None
            if coming is not None:
                self._start(coming, parts)
            else:
                self._write(parts)

    def _body(self, message: Message) -> tuple[bytes, ...]:
        """Return a body for DATA: editions' messages have no line that begins with a dot, others may."""
        if message.key[0] != 0:
            return message.segments
        data = b"\r\n" + message.as_bytes()
        return (data.replace(b"\r\n.", b"\r\n..")[2:],)

    def _on_dot(self, job: Job, reply: Reply) -> None:
        if not reply.ok:
            self._fail(job, DOT, reply)
            self._finish(job, job.failed)
            return
        self._under_way -= 1
        self.pool.over(job, self)
        self.pool.submitted()
        job.report(Submitted(job.message.key, f"{reply.code} {reply.text}"))
        self._maybe_quit()

    def _on_void(self, _job: None, _reply: Reply) -> None:
        """Pass over the answer to an empty body."""

    def _finish(self, job: Job, outcome: Outcome | None) -> None:
        self._under_way -= 1
        self.pool.over(job, self)
        self._dirty = True
        assert outcome is not None
        if isinstance(outcome, Unavailable) and not outcome.final and not outcome.wait:
            job.failed, job.body_left, job.mail_failed = None, False, False
            self.pool.again(job, outcome.reason)
        else:
            job.report(outcome)
        self._maybe_quit()

    def _fail(self, job: Job, stage: int, reply: Reply) -> None:
        """Note what the first refusal of a message means; later ones only follow from it."""
        if job.failed is None:
            job.failed = self._meaning(job, stage, reply)

    def _meaning(self, job: Job, stage: int, reply: Reply) -> Outcome:
        code, enhanced, text, key = reply.code, reply.enhanced, reply.text, job.message.key
        if code == CLOSING:
            return Unavailable(key, f"{code} {text}", code, enhanced, self.pool.asked)
        if stage == MAIL and code == 503:  # noqa: PLR2004 (an earlier message of the group failed: start anew)
            return Unavailable(key, f"{code} {text}", code, enhanced)
        if retry.is_temporary(code, enhanced, text):
            if retry.slow_down(code, enhanced):
                self.pool.slow(f"{code} {text}", enhanced)
            return Deferred(key, code, enhanced, text, PHASE[stage])
        cause = retry.cause(code, enhanced, text)
        if cause == "us" or (stage == MAIL and cause != "content"):
            return Unavailable(
                key, f"{PHASE[stage].upper()} was answered {code} {text}", code, enhanced, final=True
            )
        return RefusedRecipient(key, code, enhanced, text, cause, PHASE[stage])

    # ── ending ────────────────────────────────────────────────────────────────────────

    def _closing(self, reply: Reply) -> None:
        """Take nothing more: the server says that it is closing the connection."""
        self._ending = True
        self._why = f"{reply.code} {reply.text}"
        self.pool.slow(self._why, reply.enhanced)

    def _unasked(self, reply: Reply) -> None:
        if reply.code == CLOSING:  # tired of waiting: open another one when there is need
            self._ending = True
            self.transport.close()
        else:
            self.abort(f"the server said {reply.code} {reply.text} unasked")

    def _maybe_quit(self) -> None:
        if self._worn() or self._ending:
            self._ending = True
            if self._under_way == 0 and not self._waiting:
                self.quit()

    def quit(self) -> None:
        """Say goodbye and close; whatever was sent has been answered."""
        self.ready, self._ending = False, True
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(b"QUIT\r\n")
            self.transport.close()


_HANDLERS: tuple[Any, ...] = (
    Session._on_setup,  # noqa: SLF001 (its own)
    Session._on_rset,  # noqa: SLF001 (its own)
    Session._on_mail,  # noqa: SLF001 (its own)
    Session._on_rcpt,  # noqa: SLF001 (its own)
    Session._on_data,  # noqa: SLF001 (its own)
    Session._on_dot,  # noqa: SLF001 (its own)
    Session._on_void,  # noqa: SLF001 (its own)
)
