"""Many waiting requests, one look at the store: what keeps pages quick when a whole edition's readers come.

While one look is under way in its thread, requests that come in wait together for the next one. Each is
answered from a transaction that began after it came, so nobody sees a state older than their own request.
An embedded database is asked right here, without a thread: two short statements by key, which wait for no
writer. What it cannot answer at once is asked again in a thread.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from digest.store import Near

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.flow.context import Context

T = TypeVar("T")

MOST = 200
"""Numbers in one look, at most: the statement stays short, and nobody waits for a thousand others."""


class Gather(Generic[T]):
    """Asks ``look(context, numbers) -> {number: found}``; one event loop at a time uses it."""

    def __init__(self, ctx: Context, look: Callable[[Context, Sequence[int]], Mapping[int, T]]) -> None:
        self._ctx = ctx
        self._near = replace(ctx, store=Near(ctx.store)) if ctx.store.is_sqlite else None
        self._look = look
        self._waiting: dict[int, asyncio.Future[T | None]] = {}
        self._busy: asyncio.Task[None] | None = None

    async def get(self, number: int) -> T | None:
        """Return what the store knows of a number, None if nothing; raises what the look raised."""
        loop = asyncio.get_running_loop()
        mine = self._waiting.get(number)
        if mine is None or mine.get_loop() is not loop:
            mine = self._waiting[number] = loop.create_future()
        if self._busy is None or self._busy.done() or self._busy.get_loop() is not loop:
            self._busy = loop.create_task(self._work())
        return await asyncio.shield(mine)  # one who goes away takes nobody's answer along

    async def _work(self) -> None:
        while self._waiting:
            batch = dict(list(self._waiting.items())[:MOST])
            for number in batch:
                del self._waiting[number]
            try:
                found = self._at_once(list(batch))
                if found is None:
                    found = await asyncio.to_thread(self._look, self._ctx, list(batch))
            except Exception as error:  # noqa: BLE001 (it is given to every request that waited for it)
                self._fail(batch, error)
            else:
                for number, future in batch.items():
                    future.set_result(found.get(number))

    def _at_once(self, numbers: list[int]) -> Mapping[int, T] | None:
        if self._near is None:
            return None
        try:
            return self._look(self._near, numbers)
        except Exception:  # noqa: BLE001 (whatever it is, the thread meets it again and tells)
            return None

    def _fail(self, batch: dict[int, asyncio.Future[T | None]], error: Exception) -> None:
        for future in batch.values():
            future.set_exception(error)
            future.exception()  # seen, even if the one who asked went away
