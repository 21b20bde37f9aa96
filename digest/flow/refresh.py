"""Refresh: ask the sources, read what they answer, keep what is new. One bad source never stops the others.

Fetching is concurrent, reading happens in worker processes, saving is one writer (``keep``): each source's
articles are stored together with what the archive learns of them and the source's state.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest import __version__
from digest.clock import utc_now
from digest.errors import SourceError, UsageError
from digest.flow import visit
from digest.flow.keep import Keeper
from digest.ingest.pool import Pool
from digest.model import Refused, Source
from digest.net import Fetcher
from digest.store import articles, sources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from digest.flow.context import Context
    from digest.model import Article
    from digest.store.sources import SourceState


_AHEAD = 16


@dataclass(slots=True, kw_only=True)
class SourceReport:
    """What became of one source. ``status``: ok, unchanged (304), failed, paused, waiting."""

    source: str
    status: str = "ok"
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    error: str = ""
    excerpt: str = ""
    turn: str = ""  # what became otherwise with this visit, for a log that does not repeat itself

    def add(self, saved: articles.Saved) -> None:
        """Count what was saved."""
        self.new += len(saved.new)
        self.changed += len(saved.changed)
        self.unchanged += len(saved.unchanged)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a refresh did."""

    sources: list[SourceReport] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def new(self) -> int:
        """Articles not known before."""
        return sum(one.new for one in self.sources)

    @property
    def changed(self) -> int:
        """Articles with a new version."""
        return sum(one.changed for one in self.sources)

    @property
    def unchanged(self) -> int:
        """Articles known as they are."""
        return sum(one.unchanged for one in self.sources)

    @property
    def refused(self) -> int:
        """Items that were not taken."""
        return sum(len(one.refused) for one in self.sources)

    @property
    def failed(self) -> bool:
        """Whether there were sources and every one failed."""
        asked = [one for one in self.sources if one.status not in ("paused", "waiting")]
        return bool(asked) and all(one.status == "failed" for one in asked)


def refresh(  # noqa: PLR0913 (what to read, how to tell; all have defaults)
    ctx: Context,
    *,
    only: Sequence[str] = (),
    inputs: Sequence[str] = (),
    due: bool = False,
    allow_private: bool = False,
    progress: Callable[[SourceReport], None] | None = None,
) -> Report:
    """Read sources and store their articles.

    ``only`` limits to these keys; ``inputs`` (paths, addresses, "-") replace the configured sources; ``due``
    asks only those whose time has come, as the schedule does. ``allow_private`` opens private networks for
    ``inputs``. Raises ``UsageError`` for an unknown key; a source's own failure is in the report.
    """
    started = time.monotonic()
    run = _Run(ctx, due=due, allow_private=allow_private, progress=progress)
    asyncio.run(run.inputs(inputs) if inputs else run.configured(_chosen(ctx, only)))
    run.report.seconds = round(time.monotonic() - started, 3)
    return run.report


def configured(ctx: Context) -> list[Source]:
    """Return the configured sources as the stages know them."""
    return [
        Source(
            key=one.key or visit.key_of(one.url),
            url=one.url,
            kind=one.kind,
            name=one.name,
            weight=one.weight,
            section=one.section,
            language=one.language,
            allow_private=one.allow_private,
            own=one.own,
            options=dict(one.options),
        )
        for one in ctx.settings.sources
    ]


def _chosen(ctx: Context, only: Sequence[str]) -> list[Source]:
    every = configured(ctx)
    unknown = sorted(set(only) - {one.key for one in every})
    if unknown:
        known = ", ".join(sorted(one.key for one in every)) or "none"
        raise UsageError(f"no source is named {', '.join(unknown)}; configured: {known}")
    if not every:
        raise UsageError(
            "no sources are configured; add one with `digest sources add URL`, or use --from PATH|URL|-"
        )
    return [one for one in every if not only or one.key in only]


class _Run:
    """One refresh: the open connections, the report, and the one writer."""

    def __init__(
        self,
        ctx: Context,
        *,
        due: bool,
        allow_private: bool,
        progress: Callable[[SourceReport], None] | None,
    ) -> None:
        self.ctx, self.due, self.allow_private, self.progress = ctx, due, allow_private, progress
        self.now = ctx.now()
        # without --at the clock runs: files are read after the fact, as if each had been seen when it was
        # published
        self.replay = ctx.now is utc_now and not due
        self.report = Report()
        self._keeper = Keeper(ctx.store, self.now)
        self._known: dict[str, SourceState] = {}
        self._saving: list[asyncio.Task[None]] = []
        self._by_key: dict[str, SourceReport] = {}

    async def configured(self, chosen: Sequence[Source]) -> None:
        with self.ctx.store.read() as conn:
            known = sources.states(conn)
        gate = asyncio.Semaphore(self.ctx.settings.ingest.concurrency)
        async with (
            self._keeper,
            Fetcher(self.ctx.settings.ingest, __version__) as fetcher,
            self._pool() as pool,
        ):
            visitor = visit.Visitor(self.ctx, fetcher, pool, self.now, self.replay)

            async def one(source: Source) -> None:
                async with gate:
                    await self._source(
                        visitor, source, known.get(source.key) or sources.SourceState(key=source.key)
                    )

            await asyncio.gather(*(one(source) for source in chosen))
        self.report.sources.sort(key=lambda told: told.source)

    async def _source(self, visitor: visit.Visitor, source: Source, state: SourceState) -> None:
        told = SourceReport(source=source.key)
        if state.paused_at is not None:
            told.status = "paused"
        elif self.due and state.next_at is not None and state.next_at > self.now:
            told.status = "waiting"
        else:
            outcome = await visitor.visit(source, state)
            told.status, told.error, told.excerpt = outcome.status, outcome.state.error, outcome.state.excerpt
            told.refused = list(outcome.refused)
            told.turn = _turn(state, outcome.state)
            await self._save(told, outcome.articles, outcome.state)
        self._tell(told)

    async def inputs(self, given: Sequence[str]) -> None:
        async with (
            self._keeper,
            Fetcher(self.ctx.settings.ingest, __version__) as fetcher,
            self._pool() as pool,
        ):
            visitor = visit.Visitor(self.ctx, fetcher, pool, self.now, self.replay)
            every = configured(self.ctx)
            with self.ctx.store.read() as conn:
                self._known = sources.states(conn)
            for one in given:
                async for outcome in self._outcomes(visitor, one, every):
                    await self._take(outcome)
            await asyncio.gather(*self._saving)
        for told in self._by_key.values():
            self._tell(told)

    def _outcomes(
        self, visitor: visit.Visitor, given: str, every: Sequence[Source]
    ) -> AsyncIterator[visit.Outcome]:
        if given.startswith(("http://", "https://")):
            known = next((one for one in every if one.url == given), None)
            source = known or Source(key="", url=given, allow_private=self.allow_private)
            return visitor.address(source, self._known.get(source.key))
        return visitor.files(given, Source(key="", url=given))

    async def _take(self, outcome: visit.Outcome) -> None:
        told = self._by_key.setdefault(outcome.state.key, SourceReport(source=outcome.state.key))
        told.refused += outcome.refused
        if outcome.status == "failed":
            told.refused.append(
                Refused(where=outcome.where, reason=outcome.state.error, excerpt=outcome.state.excerpt)
            )
            if not (told.new or told.changed or told.unchanged):
                told.status, told.error, told.excerpt = "failed", outcome.state.error, outcome.state.excerpt
            return
        told.status, told.error, told.excerpt = "ok", "", ""
        state = self._merged(outcome.state)
        self._saving.append(asyncio.create_task(self._save(told, outcome.articles, state)))
        if (
            len(self._saving) >= _AHEAD
        ):  # the writer keeps their order; several wait, so that it can group them
            await asyncio.gather(*self._saving)
            self._saving.clear()

    def _merged(self, state: SourceState) -> SourceState:
        """Leave what is known of a source as it is when something else of the same name was read."""
        known = self._known.get(state.key)
        if known is None or known.url == state.url:
            return state
        return replace(known, checked_at=state.checked_at, success_at=state.success_at)

    async def _save(self, told: SourceReport, found: Sequence[Article], state: SourceState) -> None:
        try:
            told.add(await self._keeper.keep(found, state))
        except SourceError as error:
            told.status, told.error = "failed", str(error)

    def _pool(self) -> Pool:
        return Pool(cpu_seconds=max(1, round(self.ctx.settings.ingest.parse_time.total_seconds())))

    def _tell(self, told: SourceReport) -> None:
        self.report.sources.append(told)
        if self.progress is not None:
            self.progress(told)


def _turn(before: SourceState, after: SourceState) -> str:
    """Say what a visit changed for the worse or the better; empty where all is as it was."""
    turns = []
    if bool(before.failures) != bool(after.failures):
        turns.append(f"it cannot be read: {after.error}" if after.failures else "it can be read again")
    if bool(before.state.get("cut")) != bool(after.state.get("cut")):
        turns.append(CUT if after.state.get("cut") else "it is read whole")
    return "; ".join(turns)


CUT = "larger than ingest.max_bytes: only its beginning is read"

ASK_AT_MOST = 10
"""Seconds an article's site is waited for before freezing."""

NOWHERE = (".example", ".test", ".invalid")
"""Names that never lead anywhere (RFC 6761): bundled and test articles."""


def check_withdrawn(ctx: Context, addresses: Sequence[str]) -> list[str]:
    """Ask for each address once and mark those answered with 404 or 410 as withdrawn; returns them.

    Used before an edition is frozen. A site that does not answer, or refuses us, proves nothing and
    changes nothing.
    """
    if not addresses:
        return []
    gone = asyncio.run(_gone(ctx, list(dict.fromkeys(addresses))))
    with ctx.store.write() as conn:
        found = [articles.by_url(conn, address) for address in gone]
        articles.withdraw(conn, [one.id for one in found if one], ctx.now())
    return gone


async def _gone(ctx: Context, addresses: list[str]) -> list[str]:
    private = {visit.host(one.url) for one in configured(ctx) if one.allow_private}

    async def one(fetcher: Fetcher, address: str) -> bool:
        if visit.host(address).endswith(NOWHERE):
            return False
        try:
            async with asyncio.timeout(ASK_AT_MOST):
                answer = await fetcher.get(address, allow_private=visit.host(address) in private)
        except (SourceError, TimeoutError):
            return False
        return answer.status in (404, 410)

    async with Fetcher(ctx.settings.ingest, __version__) as fetcher:
        answers = await asyncio.gather(*(one(fetcher, address) for address in addresses))
    return [address for address, gone in zip(addresses, answers, strict=True) if gone]
