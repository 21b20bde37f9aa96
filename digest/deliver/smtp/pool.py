"""The connections of one smtp sender: begin with one, widen with success, slow down when asked to.

Gmail's rule for 4.7.28 holds for every service: stop, wait, go on with one connection, add one at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from digest.deliver.smtp import setup
from digest.deliver.smtp.job import Job
from digest.deliver.smtp.options import context
from digest.deliver.smtp.shares import Shares
from digest.model import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.deliver.sender import Group
    from digest.deliver.smtp.options import SmtpOptions
    from digest.deliver.smtp.session import Session
    from digest.model import Message, Outcome

AGAIN = 3  # connections one message may be lost with before its first byte
SHORT = 15.0  # seconds to leave a server alone that said 421 without a reason of policy
CAUTIOUS = 20  # messages accepted per connection added, after it asked us to slow down


class Pool:
    """Takes messages, spreads them over connections, reports outcomes."""

    def __init__(
        self, options: SmtpOptions, root: Path, hello: str = "EHLO", groups: Sequence[Group] = ()
    ) -> None:
        self.options, self.root, self.hello = options, root, hello
        self.shares = Shares(groups) if groups else None
        self.tls = context(options, root)  # None where nothing is secured
        self.loop = asyncio.get_running_loop()
        self.asked = 0.0  # seconds the server wants to be left alone
        self.allowed = 1  # connections at present
        self._step = 1  # messages accepted per connection added
        self._good = 0
        self._until = 0.0
        self._jobs: deque[Job] = deque()
        self._sessions: set[Session] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._closing = ""
        self._ticker = self.loop.call_later(1.0, self._tick)

    # ── messages ──────────────────────────────────────────────────────────────────────

    def put(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        """Take messages."""
        jobs = [Job(message, report) for message in batch]
        if self.shares is not None:
            for job in jobs:
                job.group = self.shares.of(job.message.to)
        self._jobs.extend(jobs)
        self.feed()

    def next_job(self, session: Session) -> Job | None:
        """Give a connection its next message; one this server cannot carry is refused on the way."""
        while self._jobs and session.can_take() and not self._resting():
            if self.shares is None:
                job = self._jobs.popleft()
            else:
                place = self.shares.pick(self._jobs, session)
                if place < 0:
                    return None
                job = self._jobs[place]
                del self._jobs[place]
            refused = session.envelope.unfit(job.message)
            if refused is None:
                if job.group is not None:
                    job.group.take(session)
                return job
            job.report(refused)
        return None

    def over(self, job: Job, session: Session) -> None:
        """Note that a message is no longer under way on a connection."""
        if job.group is not None:
            job.group.done(session)

    def serve(self, session: Session) -> None:
        """Give a connection that was just answered its next messages, and others where there is reason."""
        if not self._jobs:
            return
        if self._closing or self._until or self.shares or len(self._sessions) < self.allowed:
            self.feed()
            return
        while (job := self.next_job(session)) is not None:
            session.take(job)

    def feed(self) -> None:
        """Give every connection that can take one a message; open more connections where allowed."""
        if not self._jobs:
            return
        if self._closing or self._resting():
            self._give_back(self._closing or "the server asked to be left alone", self._left())
            return
        for session in self._sessions:
            while (job := self.next_job(session)) is not None:
                session.take(job)
        wanted = min(self.allowed, len(self._sessions) + len(self._opening) + len(self._jobs))
        while self._jobs and len(self._sessions) + len(self._opening) < wanted:
            task = self.loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def again(self, job: Job, why: str) -> None:
        """Take back a message that was certainly not accepted; after some tries the ledger gets it."""
        job.tries += 1
        if job.tries >= AGAIN or self._closing:
            job.report(Unavailable(job.message.key, why))
        else:
            self._jobs.appendleft(job)
            self.loop.call_soon(self.feed)

    def _give_back(self, why: str, wait: float = 0.0, *, final: bool = False) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            job.report(Unavailable(job.message.key, why, wait=wait, final=final))

    # ── connections ───────────────────────────────────────────────────────────────────

    async def _open(self) -> None:
        try:
            session = await asyncio.wait_for(setup.connect(self), self.options.timeout)
        except Exception as error:  # noqa: BLE001 (whatever it is, the messages must not wait for ever)
            reason = str(error) or f"no connection within {self.options.timeout:g} s"
            if not self._sessions:
                self._give_back(reason, final=getattr(error, "final", False))
            self.allowed = max(1, len(self._sessions))
            return
        if self._closing:
            session.quit()
            return
        self._sessions.add(session)
        self.feed()

    def gone(self, session: Session) -> None:
        """Forget a connection that ended."""
        self._sessions.discard(session)
        if self.shares is not None:
            self.shares.forget(session)
        if self._jobs:
            self.loop.call_soon(self.feed)

    def submitted(self) -> None:
        """Widen: one connection more for each message accepted, slowly after being told to slow down."""
        self._good += 1
        if self.allowed < self.options.connections and self._good >= self._step:
            self._good = 0
            self.allowed += 1

    def slow(self, why: str, enhanced: str) -> None:
        """Stop, wait, go on with one connection: the server said that we are too fast, or 421."""
        self.asked = (
            self.options.pause if enhanced.startswith(("4.7.", "5.7.")) else min(SHORT, self.options.pause)
        )
        self.allowed, self._step, self._good = 1, CAUTIOUS, 0
        self._until = self.loop.time() + self.asked
        self._give_back(why, self.asked)

    def _resting(self) -> bool:
        return self._until > 0 and self.loop.time() < self._until

    def _left(self) -> float:
        return max(0.0, self._until - self.loop.time())

    def _tick(self) -> None:
        """Give up connections that did not answer in time (RFC 5321 4.5.3.2)."""
        now = self.loop.time()
        for session in list(self._sessions):
            if session.deadline and now > session.deadline:
                session.abort(f"no answer to {session.waiting_for.upper()} in time")
        self._ticker = self.loop.call_later(1.0, self._tick)

    async def close(self, grace: float) -> None:
        """Give back what was not begun, let the rest finish within ``grace`` seconds, say goodbye."""
        self._closing = "stopping"
        self._give_back(self._closing)
        until = self.loop.time() + grace
        # only when stopping: an event for every message would cost more
        while any(not s.idle for s in self._sessions) and self.loop.time() < until:  # noqa: ASYNC110 (above)
            await asyncio.sleep(0.01)
        for session in list(self._sessions):
            if session.idle:
                session.quit()
            else:
                session.abort("it took too long when stopping")
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        self._ticker.cancel()
        waiting = [session.lost for session in self._sessions]
        if waiting:
            await asyncio.wait(waiting, timeout=1.0)
        await asyncio.sleep(0)  # transports that were aborted close in the next turn of the loop
