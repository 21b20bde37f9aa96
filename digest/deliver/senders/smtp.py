"""Sender ``smtp``: to a mail relay or a provider's submission port, as fast as it takes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from digest.deliver.sender import Limits, Options
from digest.deliver.smtp.options import SmtpOptions
from digest.deliver.smtp.pool import Pool
from digest.errors import SenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.deliver.sender import Group
    from digest.model import Message, Outcome

__all__ = ["SmtpOptions", "SmtpSender"]


class SmtpSender:
    """Many messages over few connections; see ``digest.deliver.smtp``."""

    Options: ClassVar[type[Options]] = SmtpOptions
    reaches_network: ClassVar[bool] = True
    hello: ClassVar[str] = "EHLO"

    def __init__(self, name: str, options: SmtpOptions, root: Path) -> None:
        self.name, self.options, self.root = name, options, root
        self.limits = Limits(max_batch=1000, in_flight=max(100, 40 * options.connections))
        self._pool: Pool | None = None
        self._groups: tuple[Group, ...] = ()

    def keep(self, groups: Sequence[Group]) -> None:
        """Keep limits on connections for groups of recipient domains, from the next opening on."""
        self._groups = tuple(groups)

    async def open(self) -> None:
        """Check what can be checked without the server; connections are made when there is need."""
        if self.options.username and not self.options.password.get_secret_value():
            raise SenderError(f"senders.{self.name}: there is a username but no password")
        if self._pool is None:
            self._pool = Pool(self.options, self.root, self.hello, self._groups)

    async def close(self, grace: float) -> None:
        """Finish what is under way and say goodbye."""
        if self._pool is not None:
            await self._pool.close(grace)
            self._pool = None

    async def send(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        """Send over the pool; returns when every message has its outcome."""
        assert self._pool is not None, "open the sender first"
        left, done = len(batch), asyncio.get_running_loop().create_future()

        def count(outcome: Outcome) -> None:
            nonlocal left
            left -= 1
            report(outcome)
            if left == 0 and not done.done():
                done.set_result(None)

        self._pool.put(batch, count)
        if left:
            await done

    async def look_up(self, message_id: str) -> Outcome | None:  # noqa: ARG002 (SMTP cannot tell)
        """Tell nothing: SMTP has no such question."""
        return None
