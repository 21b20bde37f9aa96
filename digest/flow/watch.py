"""Watch: look for what an operator should hear of, and close what is no longer so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.flow import alerts, refresh, refusals
from digest.model import EditionState
from digest.store import alerts as told
from digest.store import editions, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Edition
    from digest.store.sources import SourceState

LATE = timedelta(minutes=10)
"""How long after its slot an edition that has not begun to go out is late."""

LOOK_BACK = timedelta(days=2)
"""Editions of older slots are history, not news."""

FAILURES = 3
"""Failures in a row before a source that cannot be read is told of; single ones are everyday."""

UNREAD = timedelta(hours=6)
"""How long a source may have been unreadable."""

REFUSED = 5
"""Reports in a row that a hook refused before it is told of; one taken ends the row."""

SILENT = timedelta(hours=24)
"""How long a source may bring nothing new, at least; rare ones get eight times their usual interval."""

Cause = tuple[str, str, str]
"""Cause, subject, body."""


def watch(ctx: Context) -> int:
    """Raise what is wrong, clear what no longer is, mail what is untold; return how many mails went out."""
    wrong = [*_editions(ctx), *_sources(ctx), *_hooks(ctx)]
    for cause, subject, body in wrong:
        alerts.raise_alert(ctx, cause, subject, body)
    standing = {cause for cause, _, _ in wrong}
    with ctx.store.read() as conn:
        gone = [
            cause
            for prefix in ("late:", "source:", "silent:", "hook:")
            for cause in told.open_causes(conn, prefix)
            if cause not in standing
        ]
    for cause in gone:
        alerts.clear(ctx, cause)
    return alerts.tell(ctx)


def _editions(ctx: Context) -> Iterator[Cause]:
    now = ctx.now()
    with ctx.store.read() as conn:
        states = (EditionState.DRAFT, EditionState.READY, EditionState.HELD, EditionState.MISSED)
        found = editions.in_state(conn, *states)
    for edition in found:
        if edition.state is not EditionState.MISSED and now - LOOK_BACK <= edition.slot.at <= now:
            yield from _edition(edition, now)
    for run in _runs(edition for edition in found if edition.state is EditionState.MISSED):
        if now - LOOK_BACK <= run[-1].slot.at:
            yield _missed(run)


def _runs(missed: Iterable[Edition]) -> list[list[Edition]]:
    """Put missed editions that follow one another together: one outage, one cause."""
    runs: dict[str, list[list[Edition]]] = {}
    for edition in missed:
        mine = runs.setdefault(edition.newsletter, [])
        if mine and mine[-1][-1].slot.at == edition.slot.window.start:
            mine[-1].append(edition)
        else:
            mine.append([edition])
    return [run for each in runs.values() for run in each]


def _missed(run: list[Edition]) -> Cause:
    name, first, last = run[0].newsletter, run[0], run[-1]
    what = "an edition was" if len(run) == 1 else f"{len(run)} editions were"
    body = "".join(f"{edition.slot.local:%A %Y-%m-%d %H:%M %Z}: {edition.reason}.\n" for edition in run)
    body += f"\nTo make the last one all the same: `digest send {name} --at {last.slot.at:%Y-%m-%dT%H:%MZ}`."
    return f"missed:{first.id}", f"{name}: {what} missed", body


def _edition(edition: Edition, now: datetime) -> Iterator[Cause]:
    when = f"{edition.slot.local:%A %Y-%m-%d %H:%M %Z}"
    name, number = edition.newsletter, edition.id
    if edition.state is EditionState.HELD:
        body = f"The edition for {when} is held: {edition.reason or 'no reason given'}.\n\n"
        body += f"Look at it with `digest editions show {number}`, then `digest editions release {number}`."
        yield f"held:{number}", f"{name}: an edition is held", body
    elif edition.slot.at + LATE <= now:
        body = f"The edition for {when} should have gone out and is still {edition.state}.\n\n"
        body += "Is `digest run` working? Its log says what it waits for."
        yield f"late:{number}", f"{name}: an edition is late", body


def _sources(ctx: Context) -> Iterator[Cause]:
    with ctx.store.read() as conn:
        states = sources.states(conn)
    for source in refresh.configured(ctx):
        state = states.get(source.key)
        if state is not None and state.paused_at is None:
            yield from _source(state)


def _source(state: SourceState) -> Iterator[Cause]:
    """Judge a source by when it was last asked, not by the clock: while nobody asks, nobody is silent."""
    name = state.name or state.key
    asked = state.checked_at
    if asked is None:
        return
    if state.failures >= FAILURES and (state.success_at is None or asked - state.success_at >= UNREAD):
        since = f"since {state.success_at:%Y-%m-%d %H:%M} UTC" if state.success_at else "since it was added"
        body = f"{name} ({state.url}) could not be read {since}, {state.failures} times in a row:"
        body += f"\n\n{state.error}\n\n"
        body += f"Try `digest sources test {state.key}`; pause it with `digest sources pause {state.key}`."
        yield f"source:{state.key}", f"a source cannot be read: {name}", body
    elif state.new_at is not None and asked - state.new_at >= _patience(state):
        since = f"{state.new_at:%Y-%m-%d %H:%M} UTC"
        body = f"{name} ({state.url}) answers, but has brought nothing new since {since}.\n\n"
        body += f"Has its address changed? See `digest sources show {state.key}`."
        yield f"silent:{state.key}", f"a source has gone silent: {name}", body


def _hooks(ctx: Context) -> Iterator[Cause]:
    for one in refusals.listed(ctx):
        if one.number >= REFUSED:
            until = f"{one.at:%Y-%m-%d %H:%M} UTC"
            body = f"The last {one.number} reports to /hooks/{one.hook} were refused, until {until}:\n\n"
            body += f"{one.why}\n\nUntil this is mended, bounces and complaints are not learnt from it."
            body += f" Compare the secret and options in [hooks.{one.hook}] with those at the mail service."
            yield f"hook:{one.hook}", f"a mail service's reports are refused: {one.hook}", body


def _patience(state: SourceState) -> timedelta:
    usual = timedelta(seconds=8 * (state.interval or 0.0))
    return max(SILENT, usual)
