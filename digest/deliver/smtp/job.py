"""What passes between the connections of an smtp sender and the pool that owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from digest.deliver.smtp.options import SmtpOptions
    from digest.model import Message, Outcome


class Job:
    """One message with the callback for its outcome, and how far it came."""

    __slots__ = ("body_left", "failed", "group", "mail_failed", "message", "report", "tries")

    def __init__(self, message: Message, report: Callable[[Outcome], None]) -> None:
        self.message, self.report = message, report
        self.failed: Outcome | None = None
        self.mail_failed = False
        self.body_left = False  # its last byte was given to the connection
        self.tries = 0
        self.group: Any = None  # the share of its recipient's domain in the connections, where it has one


class Carrier(Protocol):
    """A connection as the shares of groups see it."""

    tired: bool

    def __hash__(self) -> int:
        """Tell connections apart by which they are."""


class Owner(Protocol):
    """What a connection needs of the pool that owns it, while it is set up and afterwards."""

    options: SmtpOptions
    root: Path
    hello: str
    tls: ssl.SSLContext | None
    loop: asyncio.AbstractEventLoop
    asked: float

    def next_job(self, session: Any) -> Job | None:
        """Give the connection its next message."""

    def serve(self, session: Any) -> None:
        """Give a connection that was just answered its next messages."""

    def feed(self) -> None:
        """Give every connection that can take one a message."""

    def over(self, job: Job, session: Any) -> None:
        """Note that a message is no longer under way on the connection."""

    def again(self, job: Job, why: str) -> None:
        """Take back a message that was certainly not accepted."""

    def submitted(self) -> None:
        """Note that a message was accepted."""

    def slow(self, why: str, enhanced: str) -> None:
        """Stop for a while: the server said that we are too fast, or 421."""

    def gone(self, session: Any) -> None:
        """Forget the connection: it ended."""
