"""Returned mail that is handed over by SMTP or LMTP: acted on before it is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

from digest.audience.listener import Listener, Takes
from digest.errors import UsageError
from digest.flow import returns

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context

log = logging.getLogger("digest.bounces")


def takes(ctx: Context, *, lmtp: bool = False) -> Takes:
    """Return what a listener does with mail: act on it, one after the other, then acknowledge it.

    What could not be acted on is refused for the time being, so that the mail server keeps it.
    """
    turn = asyncio.Lock()

    async def take(recipient: str, data: bytes) -> None:
        async with turn:
            try:
                done = await asyncio.to_thread(returns.receive_at, ctx, recipient, data)
            except Exception:
                log.exception("a returned message could not be acted on; the mail server keeps it")
                raise
        log.info("%s: %s", done.kind, done.effect)

    return Takes(lambda address: returns.is_ours(ctx, address), take, socket.gethostname(), lmtp)


async def listen(
    ctx: Context,
    place: tuple[str, int],
    ready: Callable[[str, int], None],
    stop: asyncio.Event,
    *,
    lmtp: bool,
) -> None:
    """Serve at (host, port) until ``stop`` is set; ``ready`` is told where. Raises ``UsageError``."""
    host, port = place
    try:
        server = await Listener(takes(ctx, lmtp=lmtp)).start(host, port)
    except OSError as error:
        text = f"nothing can listen at {host} port {port}: {error.strerror or error}; choose another --port"
        raise UsageError(text) from None
    async with server:
        ready(*server.sockets[0].getsockname()[:2])
        await stop.wait()
