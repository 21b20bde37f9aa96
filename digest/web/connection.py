"""A connection that does not wait for ever: slow or silent clients must not keep readers out.

A server that waits without end for the rest of a request is held by a few thousand connections that send a
byte now and then. Here the head of a request has ten seconds; and where connections become too many, the one
that has waited longest without asking for anything goes. Bodies are timed by ``digest.web.guard``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

HEAD_SECONDS = 10.0
"""Seconds that the line and headers of a request may take to come."""
CROWD = 900
"""Connections from which on those that ask for nothing must give way to new ones."""


class Connection(H11Protocol):
    """One connection to the pages."""

    head_seconds = HEAD_SECONDS
    crowd = CROWD
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the first request must come soon."""
        super().connection_made(transport)
        if len(self.connections) > self.crowd:
            self._make_room()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; the head of a request that is not complete is timed from its first byte."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_came()
        elif self._deadline is None and (before is None or before.response_complete):
            self._await_head()

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()

    def _make_room(self) -> None:
        waiting = [each for each in self.connections if isinstance(each, Connection) and each._deadline]  # noqa: SLF001 (of this class)
        if waiting:
            min(waiting, key=lambda each: each._deadline.when() if each._deadline else 0.0)._too_slow()  # noqa: SLF001 (of this class)
