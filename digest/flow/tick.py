"""Tick: turn the passing of time into rows. Every slot that came due gets its edition, once.

Short enough to run every few seconds in any number of processes: rows are unique by (newsletter, slot,
kind), and the mark of how far time was looked at moves in the same transaction as the rows it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from digest import slots
from digest.flow.due import edition_of, rule, span
from digest.model import EditionState
from digest.store import editions, facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.flow.context import Context
    from digest.model import Edition, Slot
    from digest.settings import NewsletterSettings
    from digest.store import Connection

MISSED_AT_MOST = 50
"""Slots recorded as missed in one go for one newsletter; of a longer absence only the latest are."""

TURNED_BACK = timedelta(minutes=5)
"""A mark further ahead than this was made by a clock that has since been turned back."""


@dataclass(slots=True)
class Ticked:
    """What one tick found."""

    due: list[Edition] = field(default_factory=list)
    missed: list[Edition] = field(default_factory=list)
    passed_over: int = 0  # missed slots beyond MISSED_AT_MOST, not recorded one by one


def tick(ctx: Context) -> Ticked:
    """Insert an edition for every slot that came due since the last tick, for every newsletter.

    A slot is due ``build_before`` ahead of its time. Of the slots that passed while nobody ticked, the latest
    is made if it is within ``grace``; the others are recorded as missed, because readers want one mail about
    what happened, not one for each hour of an outage. A newsletter seen for the first time starts now.
    """
    found = Ticked()
    for newsletter in ctx.settings.newsletters.values():
        if _looked_at(ctx, newsletter):
            continue
        with ctx.store.write() as conn:
            _tick_one(conn, newsletter, ctx.now(), found)
    return found


def _mark(name: str) -> str:
    return f"tick:{name}"


def _looked_at(ctx: Context, newsletter: NewsletterSettings) -> bool:
    """Tell, by reading only, whether there is nothing new: most ticks write nothing."""
    now = ctx.now()
    with ctx.store.read() as conn:
        mark = _marked(conn, newsletter.name)
    if mark is None or mark > now + newsletter.build_before + TURNED_BACK:
        return False
    return slots.next(rule(newsletter), mark).at > now + newsletter.build_before


def _marked(conn: Connection, name: str) -> datetime | None:
    found = facts.get(conn, _mark(name))
    return datetime.fromisoformat(found).astimezone(UTC) if isinstance(found, str) else None


def _tick_one(conn: Connection, newsletter: NewsletterSettings, now: datetime, found: Ticked) -> None:
    horizon = now + newsletter.build_before
    mark = _marked(conn, newsletter.name)
    if mark is None:
        mark = now
    elif mark > horizon + TURNED_BACK:  # the clock was ahead: what it recorded as missed is still to come
        _reopen(conn, newsletter, now)
        mark = now
    coming = list(_bounded(newsletter, mark, horizon, found))
    latest_past = max((slot.at for slot in coming if slot.at <= now), default=None)
    for slot in coming:
        reason = _missed(newsletter, slot, now, latest_past)
        state = EditionState.MISSED if reason else EditionState.DRAFT
        before = editions.by_slot(conn, newsletter.name, slot.at)
        edition = before or editions.insert_due(conn, edition_of(newsletter, slot, state, reason), now)
        if before is None:
            (found.missed if reason else found.due).append(edition)
    facts.put(conn, _mark(newsletter.name), horizon.isoformat(), now)


def _bounded(
    newsletter: NewsletterSettings, mark: datetime, horizon: datetime, found: Ticked
) -> Iterator[Slot]:
    """Give the slots in (mark, horizon], the latest only where there are too many to record."""
    when = rule(newsletter)
    passing = list(islice(slots.between(when, mark, horizon), MISSED_AT_MOST + 1))
    if len(passing) <= MISSED_AT_MOST:
        yield from passing
        return
    slot = slots.current(when, horizon)
    latest: list[Slot] = []
    while len(latest) < MISSED_AT_MOST:
        latest.append(slot)
        slot = slots.previous(when, slot.at)
    found.passed_over += sum(1 for _ in slots.between(when, mark, slot.at))
    yield from reversed(latest)


def _missed(newsletter: NewsletterSettings, slot: Slot, now: datetime, latest_past: datetime | None) -> str:
    """Say why a slot can no longer be made; empty when it can."""
    if slot.at > now:
        return ""
    if now - slot.at > newsletter.grace:
        grace = span(newsletter.grace)
        return f"nothing ran when it was due, and more than the grace of {grace} has passed since"
    if latest_past is not None and slot.at < latest_past:
        return "nothing ran when it was due, and a later slot has come due since"
    return ""


def _reopen(conn: Connection, newsletter: NewsletterSettings, now: datetime) -> None:
    for edition in editions.in_state(conn, EditionState.MISSED):
        if edition.newsletter == newsletter.name and edition.slot.at > now:
            editions.move(conn, edition.id, EditionState.DRAFT, allowed=(EditionState.MISSED,), reason="")
