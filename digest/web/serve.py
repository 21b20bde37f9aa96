"""Serving the pages with uvicorn, until told to stop."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import uvicorn

from digest.web.app import create
from digest.web.connection import Connection

if TYPE_CHECKING:
    import threading

    from digest.flow.context import Context

LETTERS = 60.0
"""Seconds between looks for letters that could not be sent at once."""
CLICKS = 5.0
"""Seconds between two times that counted clicks are written down; a kill loses at most three times that."""
REFUSALS = 10.0
"""Seconds between two times that refused reports of mail services are written down."""
_LOOK = 0.1
_HEADERS = 16_384
"""Bytes of a request's line and headers, at most."""
_MOST = 1000
"""Requests and connections at the same time; the next are told to come back."""
GRACE = 10
"""Seconds that requests in hand may take once the server was asked to stop."""


def server(ctx: Context, host: str, port: int) -> uvicorn.Server:
    """Make the server; it listens once it is run."""
    config = uvicorn.Config(
        create(ctx),
        host=host,
        port=port,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,  # addresses hold tokens
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(ctx.settings.web.proxies),
        h11_max_incomplete_event_size=_HEADERS,
        limit_concurrency=_MOST,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve(ctx: Context, host: str, port: int, stop: threading.Event, *, share: bool = False) -> None:
    """Serve until ``stop`` is set; requests in hand are finished. Runs in any thread, on uvloop if installed.

    ``share`` lets other processes that say so listen on the same address; the system shares readers out among
    them. Raises ``OSError`` if the address is taken.
    """
    listening = _listen(host, port, share=share)
    running = server(ctx, host, port)
    with listening, asyncio.Runner(loop_factory=running.config.get_loop_factory()) as runner:
        runner.run(_serve(running, stop, listening))


def _listen(host: str, port: int, *, share: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048, reuse_port=share)


async def _serve(running: uvicorn.Server, stop: threading.Event, listening: socket.socket) -> None:
    task = asyncio.create_task(running._serve([listening]))  # noqa: SLF001 (serve() would take over the process's signals)
    state = running.config.app.state  # type: ignore[union-attr]
    chores = {LETTERS: state.send_letters, CLICKS: state.write_clicks, REFUSALS: state.write_refusals}
    waited = dict.fromkeys(chores, 0.0)
    while not task.done() and not stop.is_set():
        await asyncio.sleep(_LOOK)
        for every, chore in chores.items():
            waited[every] += _LOOK
            if waited[every] >= every:
                waited[every] = 0.0
                await asyncio.to_thread(chore)
    running.should_exit = True
    await task
    state.write_clicks(everything=True)  # nobody waits for an answer any more
    state.write_refusals()
