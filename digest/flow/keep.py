"""One writer for many readers.

What visits found is stored in groups, each source's share undone alone if it fails.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from digest.errors import SourceError, StoreError
from digest.flow.learn import learn
from digest.store import articles, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.model import Article
    from digest.store import Connection, Store
    from digest.store.sources import SourceState

_GROUP = 64
_MANY = 2_000  # articles in one transaction, about


@dataclass(frozen=True, slots=True)
class _Share:
    found: Sequence[Article]
    state: SourceState
    done: asyncio.Future[articles.Saved]


class Keeper:
    """``async with Keeper(store, now) as keeper: saved = await keeper.keep(found, state)``.

    While one group is being written, the next gathers; so five hundred unchanged sources cost a few
    transactions.
    """

    def __init__(self, store: Store, now: datetime) -> None:
        self._store, self._now = store, now
        self._waiting: asyncio.Queue[_Share | None] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writer is not None
        self._waiting.put_nowait(None)
        await self._writer

    async def keep(self, found: Sequence[Article], state: SourceState) -> articles.Saved:
        """Store what a visit found. Raises ``SourceError`` when this source's share cannot be stored."""
        share = _Share(found, state, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(share)
        return await share.done

    async def _write(self) -> None:
        while (first := await self._waiting.get()) is not None:
            group = [first, *self._more(len(first.found))]
            try:
                results = await asyncio.to_thread(self._commit, group)
            except Exception as error:  # noqa: BLE001 (the waiting sources learn of it; the writer goes on)
                results = [_as_error(error) for _ in group]
            for share, result in zip(group, results, strict=True):
                if isinstance(result, BaseException):
                    share.done.set_exception(result)
                else:
                    share.done.set_result(result)

    def _more(self, count: int) -> list[_Share]:
        """Take what else is waiting, up to one transaction's worth."""
        taken: list[_Share] = []
        while len(taken) < _GROUP and count < _MANY and not self._waiting.empty():
            share = self._waiting.get_nowait()
            if share is None:
                self._waiting.put_nowait(None)
                break
            taken.append(share)
            count += len(share.found)
        return taken

    def _commit(self, group: Sequence[_Share]) -> list[articles.Saved | Exception]:
        results: list[articles.Saved | Exception] = []
        with self._store.write() as conn:
            for share in group:
                try:
                    with conn.begin_nested():
                        results.append(self._keep(conn, share))
                except Exception as error:  # noqa: BLE001 (one source's odd article must not undo the others)
                    results.append(_as_error(error))
        return results

    def _keep(self, conn: Connection, share: _Share) -> articles.Saved:
        saved = articles.save(conn, share.found, self._now)
        if saved.new or saved.changed:
            learn(conn, [*saved.new, *saved.changed], self._now)
        sources.note(conn, [replace(share.state, new_at=self._now) if saved.new else share.state])
        return saved


def _as_error(error: Exception) -> Exception:
    if isinstance(error, StoreError):
        return error
    first = str(error).partition("\n")[0]
    return SourceError(f"its articles could not be stored: {type(error).__name__}: {first}"[:300])
