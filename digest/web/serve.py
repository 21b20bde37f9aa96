"""Serving the pages with uvicorn, until told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

from digest.web.app import create

if TYPE_CHECKING:
    import threading

    from digest.flow.context import Context

_HEADERS = 16_384
"""Bytes of a request's line and headers, at most."""


def server(ctx: Context, host: str, port: int) -> uvicorn.Server:
    """Make the server; it listens once it is run."""
    config = uvicorn.Config(
        create(ctx),
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # addresses hold tokens
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(ctx.settings.web.proxies),
        h11_max_incomplete_event_size=_HEADERS,
        limit_concurrency=1000,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=10,
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve(ctx: Context, host: str, port: int, stop: threading.Event) -> None:
    """Serve until ``stop`` is set; requests in hand are finished. Runs in any thread.

    Raises ``OSError`` if the address is taken.
    """
    asyncio.run(_serve(server(ctx, host, port), stop))


async def _serve(running: uvicorn.Server, stop: threading.Event) -> None:
    task = asyncio.create_task(running._serve())  # noqa: SLF001 (serve() would take over the process's signals)
    while not task.done() and not stop.is_set():  # noqa: ASYNC110 (the event belongs to another thread)
        await asyncio.sleep(0.1)
    running.should_exit = True
    await task
