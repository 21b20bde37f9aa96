"""A reader's choices: newsletters, days, sections, pauses, language, zone; changed as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.flow import tailor
from digest.flow.audience import end
from digest.model import SubscriptionState as State
from digest.store import consents, subscribers, suppressions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.store import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a reader chose."""

    weekdays: Mapping[str, int] = field(default_factory=dict)  # newsletters wanted, and on which days (bits)
    paused_until: datetime | None = None  # nothing at all until then
    language: str = ""
    ip: str = ""
    wording: Mapping[str, str] = field(default_factory=dict)  # newsletter → what was agreed to
    sections: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # newsletter → those wanted; none: all
    zone: str | None = None  # of the reader's days, an IANA name; None leaves it as it is


def of(ctx: Context, subscriber: int) -> tuple[Subscriber, dict[str, Subscription]] | None:
    """Return a reader and their subscriptions by newsletter; None once erased."""
    with ctx.store.read() as conn:
        reader = subscribers.get(conn, subscriber)
        if reader is None or not reader.address:
            return None
        return reader, {each.newsletter: each for each in subscribers.subscriptions_of(conn, subscriber)}


def of_many(ctx: Context, numbers: Sequence[int]) -> dict[int, tuple[Subscriber, dict[str, Subscription]]]:
    """Do what ``of`` does for many readers with one look at the store; the erased are left out."""
    with ctx.store.read() as conn:
        return {
            number: found for number, found in subscribers.choices(conn, numbers).items() if found[0].address
        }


def save(ctx: Context, subscriber: int, chosen: Choices) -> None:
    """Make a reader's subscriptions what they chose; every change is recorded as consent or leaving."""
    with ctx.store.write() as conn:
        more = {} if chosen.zone is None else {"zone": chosen.zone}
        subscribers.change(conn, subscriber, language=chosen.language, **more)
        mine = {each.newsletter: each for each in subscribers.subscriptions_of(conn, subscriber)}
        now = ctx.now()
        for name in ctx.settings.newsletters:
            days = chosen.weekdays.get(name, 0) & subscribers.EVERY_DAY
            if days:
                _want(conn, subscriber, name, mine.get(name), (chosen, days, now))
            elif name in mine and mine[name].state is not State.UNSUBSCRIBED:
                end(conn, mine[name].id, now, "preferences")


def _want(
    conn: Connection, who: int, name: str, mine: Subscription | None, how: tuple[Choices, int, datetime]
) -> None:
    chosen, days, now = how
    number = mine.id if mine else subscribers.subscribe(conn, who, name, State.PENDING, now)
    if mine is None or mine.state in (State.PENDING, State.UNSUBSCRIBED):
        hashed = subscribers.hash_of(conn, who) or ""
        suppressions.lift(conn, hashed, scope=name, reasons=suppressions.LIFTED_BY_CONSENT)
        more = {"source": "preferences", "wording": chosen.wording.get(name, ""), "ip": chosen.ip or None}
        consents.record(conn, who, name, "confirmed", now, **more)
    until = chosen.paused_until if chosen.paused_until and chosen.paused_until > now else None
    state = State.PAUSED if until else State.CONFIRMED
    if subscribers.move(conn, number, state, now, until=until) and mine:
        before = mine.state is State.PAUSED
        if before is not (until is not None):
            act = "resumed" if before else "paused"
            consents.record(conn, who, name, act, now, source="preferences")
    subscribers.set_weekdays(conn, number, days, now)
    sections = tailor.canonical(chosen.sections.get(name, ()))
    subscribers.set_prefs(conn, number, {"sections": list(sections)} if sections else {}, now)
