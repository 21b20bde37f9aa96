"""Readers come and go: adding, leaving, pausing. Joins the audience's rules to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest import tokens
from digest.audience.addresses import normalise
from digest.errors import UsageError
from digest.flow.messages import keyring
from digest.model import Event, EventKind, SubscriptionState, SuppressionReason
from digest.store import consents, enrolment, events, exports, subscribers, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.store import Connection


def add(ctx: Context, address: str, newsletter: str, consent: str, name: str = "") -> str:
    """Enrol one reader on an operator's word; return what became of them: new, present, left or suppressed.

    Raises ``AddressInvalid``, ``NewsletterUnknown``.
    """
    ctx.newsletter(newsletter)
    found = normalise(address)
    ring = keyring(ctx)
    reader = enrolment.NewReader(
        found.address, found.key, tokens.address_hash(ring, found.key), name or found.name
    )
    with ctx.store.write() as conn:
        record = {"source": "operator", "wording": consent}
        done = enrolment.enrol(conn, [reader], newsletter, ctx.now(), record)
    return next(word for word in done._fields if getattr(done, word))


# ── leaving ───────────────────────────────────────────────────────────────────────────


def leave(ctx: Context, subscription: int, source: str, reason: str = "") -> bool:
    """End one subscription at once, also for messages still queued; tell whether it was not yet ended.

    ``source`` says how: page, one-click, mail, operator. Doing it twice changes nothing.
    """
    with ctx.store.write() as conn:
        return end(conn, subscription, ctx.now(), source, reason)


def end(conn: Connection, subscription: int, now: datetime, source: str, reason: str = "") -> bool:
    """Do what ``leave`` says within a transaction of the caller's."""
    found = subscribers.subscription(conn, subscription)
    if found is None:
        return False
    hashed = subscribers.hash_of(conn, found.subscriber)
    if hashed is not None:
        why = SuppressionReason.UNSUBSCRIBED
        suppressions.add(conn, hashed, why, now, scope=found.newsletter, detail=source)
    if not subscribers.move(conn, subscription, SubscriptionState.UNSUBSCRIBED, now):
        return False
    more = {"detail": {"reason": reason}} if reason else {}
    consents.record(conn, found.subscriber, found.newsletter, "unsubscribed", now, source=source, **more)
    events.add(
        conn,
        Event(
            source=source,
            dedupe_key=f"{subscription}:{now.isoformat()}",
            kind=EventKind.UNSUBSCRIBED,
            at=now,
            subscriber=found.subscriber,
            detail={"newsletter": found.newsletter},
        ),
    )
    return True


def remove(ctx: Context, address: str, newsletter: str = "") -> list[str]:
    """Unsubscribe an address from one newsletter, or from all; return those it left.

    Raises ``UsageError`` if there is no such subscriber.
    """
    with ctx.store.write() as conn:
        reader = _known(conn, address)
        mine = subscribers.subscriptions_of(conn, reader.id)
        chosen = [each for each in mine if newsletter in ("", each.newsletter)]
        now = ctx.now()
        return [each.newsletter for each in chosen if end(conn, each.id, now, "operator")]


def leave_everything(ctx: Context, subscriber: int, source: str, reason: str = "") -> int:
    """End every subscription of a subscriber; return how many were not yet ended."""
    with ctx.store.write() as conn:
        mine = subscribers.subscriptions_of(conn, subscriber)
        return sum(end(conn, each.id, ctx.now(), source, reason) for each in mine)


def pause(ctx: Context, subscription: int, until: datetime, source: str) -> bool:
    """Pause a confirmed subscription until a time; it goes on by itself. Tell whether anything changed."""
    with ctx.store.write() as conn:
        found = subscribers.subscription(conn, subscription)
        if found is None or found.state not in (SubscriptionState.CONFIRMED, SubscriptionState.PAUSED):
            return False
        now = ctx.now()
        if not subscribers.move(conn, subscription, SubscriptionState.PAUSED, now, until=until):
            return False
        detail = {"until": until.isoformat()}
        consents.record(conn, found.subscriber, found.newsletter, "paused", now, source=source, detail=detail)
        return True


def choose_days(ctx: Context, subscription: int, weekdays: int) -> None:
    """Set the days on which a reader wants a newsletter: bit 0 Monday to bit 6 Sunday, at least one."""
    with ctx.store.write() as conn:
        subscribers.set_weekdays(conn, subscription, (weekdays & 127) or 127, ctx.now())


def standing(ctx: Context, subscription: int) -> tuple[Subscriber, Subscription] | None:
    """Return a subscription and its subscriber, or None where there is none (any more)."""
    with ctx.store.read() as conn:
        found = subscribers.subscription(conn, subscription)
        reader = subscribers.get(conn, found.subscriber) if found else None
    return (reader, found) if reader and found else None


def standings(ctx: Context, numbers: Sequence[int]) -> dict[int, tuple[Subscriber, Subscription]]:
    """Return many subscriptions with their subscribers by number, with one look at the store."""
    with ctx.store.read() as conn:
        return subscribers.standings(conn, numbers)


def _known(conn: Connection, address: str) -> Subscriber:
    reader = subscribers.find(conn, normalise(address).key)
    if reader is None:
        msg = f"no subscriber has the address {address!r}; `digest subscribers list` shows those there are"
        raise UsageError(msg)
    return reader


def listed(
    ctx: Context, newsletter: str = "", states: Sequence[SubscriptionState] = ()
) -> Iterator[dict[str, object]]:
    """Give subscriptions with their subscribers, streamed; times are aware datetimes."""
    with ctx.store.read() as conn:
        yield from subscribers.listed(conn, newsletter, states)


def exported(ctx: Context, what: str, newsletter: str = "") -> Iterator[dict[str, object]]:
    """Give an export's rows, streamed: subscribers, subscriptions, suppressions, deliveries, consents."""
    with ctx.store.read() as conn:
        if what == "suppressions":
            yield from suppressions.listed(conn, newsletter)
        else:
            yield from exports.rows(conn, what, newsletter)
