"""How the sources fare: last success, new per day, usual rhythm, silence, the error with its excerpt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.flow.refresh import CUT, configured
from digest.ingest.rhythm import silent
from digest.model import Source
from digest.store import sources

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.store.sources import SourceState

_SPAN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One source's health. ``state``: new, ok, silent, failing, paused; ``interval``: usual seconds."""

    source: str
    url: str
    name: str
    kind: str
    state: str
    success_at: datetime | None
    new_at: datetime | None
    checked_at: datetime | None
    next_at: datetime | None
    failures: int
    per_day: float
    interval: float | None
    error: str
    excerpt: str
    note: str


def health(ctx: Context) -> list[Health]:
    """Return the health of every source configured, and of those known only from ``--from``."""
    with ctx.store.read() as conn:
        known = sources.states(conn)
        counts = sources.counts(conn, ctx.now() - _SPAN)
    own = {one.key: one for one in configured(ctx)}
    every = own | {key: Source(key=key, url=state.url) for key, state in known.items() if key not in own}
    return [
        _health(one, known.get(key, sources.SourceState(key=key)), counts.get(key, 0), ctx.now(), key in own)
        for key, one in every.items()
    ]


def _health(source: Source, state: SourceState, brought: int, now: datetime, own: bool) -> Health:
    quiet = own and silent(state.success_at, state.new_at, state.interval, now)
    return Health(
        source=source.key,
        url=source.url,
        name=source.name or state.name,
        kind=state.kind or source.kind,
        state=_word(state, quiet=quiet),
        success_at=state.success_at,
        new_at=state.new_at,
        checked_at=state.checked_at,
        next_at=state.next_at,
        failures=state.failures,
        per_day=round(brought / _SPAN.days, 2),
        interval=state.interval,
        error=state.error,
        excerpt=state.excerpt,
        note=_note(state, quiet=quiet, own=own),
    )


def _word(state: SourceState, *, quiet: bool) -> str:
    if state.paused_at is not None:
        return "paused"
    if state.failures:
        return "failing"
    return "silent" if quiet else "ok" if state.checked_at else "new"


def _note(state: SourceState, *, quiet: bool, own: bool) -> str:
    if state.error:
        return state.error
    if quiet:
        return "silent for longer than usual"
    moved = str(state.state.get("moved") or "")
    if moved:
        return f"it has moved for good to {moved}; change its url"
    if state.state.get("cut"):
        return CUT
    return "" if own else "not configured; read with --from"
