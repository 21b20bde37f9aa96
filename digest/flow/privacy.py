"""A reader's own data: show it, hand it out, forget it; and what is forgotten by itself every night."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from digest.audience.addresses import normalise
from digest.errors import UsageError
from digest.flow.messages import keyring
from digest.model import SuppressionReason
from digest.store import asks, clicks, consents, events, personal, subscribers, suppressions
from digest.tokens import address_hash

if TYPE_CHECKING:
    from digest.flow.context import Context


def find(ctx: Context, address: str) -> int:
    """Return the number of the subscriber with an address; raises ``UsageError`` where there is none."""
    with ctx.store.read() as conn:
        found = subscribers.find(conn, normalise(address).key)
    if found is None:
        msg = (
            f"no subscriber has the address {address!r}; whether it is suppressed: `digest subscribers show`"
        )
        raise UsageError(msg)
    return found.id


def everything(ctx: Context, subscriber: int) -> dict[str, Any]:
    """Return all that is kept of a subscriber, as JSON can hold it (times are aware datetimes)."""
    with ctx.store.read() as conn:
        reader = subscribers.get(conn, subscriber)
        if reader is None:
            return {}
        hashed = subscribers.hash_of(conn, subscriber)
        held = suppressions.of(conn, hashed) if hashed else []
        return {
            "subscriber": asdict(reader),
            "subscriptions": [asdict(each) for each in subscribers.subscriptions_of(conn, subscriber)],
            "consents": consents.of(conn, subscriber),
            "suppressions": [{"scope": scope, "reason": why.value, "at": at} for scope, why, at in held],
            "events": [asdict(event) for event in events.of(conn, subscriber)],
            "deliveries": personal.deliveries_of(conn, subscriber),
        }


def standing(ctx: Context, address: str) -> list[dict[str, Any]]:
    """Return why an address is suppressed, also where nothing else is known of it (any more)."""
    with ctx.store.read() as conn:
        held = suppressions.of(conn, address_hash(keyring(ctx), normalise(address).key))
    return [{"scope": scope, "reason": why.value, "at": at} for scope, why, at in held]


def kept(ctx: Context, address: str) -> dict[str, Any]:
    """Return all that is kept of an address; only suppressions where it was erased, nothing if unknown."""
    held = standing(ctx, address)
    with ctx.store.read() as conn:
        found = subscribers.find(conn, normalise(address).key)
    if found:
        return everything(ctx, found.id)
    return {"suppressions": held} if held else {}


def forget(ctx: Context, subscriber: int, source: str) -> bool:
    """Erase a subscriber: what is personal goes, their no stays as a hash. False if nothing was left.

    The row and the deliveries keep their numbers, so that audits still balance; neither names anyone.
    """
    with ctx.store.write() as conn:
        hashed = subscribers.hash_of(conn, subscriber)
        if hashed is None:
            return False
        now = ctx.now()
        suppressions.add(conn, hashed, SuppressionReason.ERASED, now)
        for each in subscribers.subscriptions_of(conn, subscriber):
            consents.record(conn, subscriber, each.newsletter, "erased", now, source=source)
        personal.end_all(conn, subscriber, now)
        consents.anonymise(conn, subscriber)
        events.forget(conn, subscriber)
        asks.forget(conn, subscriber)
        personal.blank_replies(conn, subscriber)
        subscribers.erase(conn, subscriber, now)
    return True


def retain(ctx: Context) -> dict[str, int]:
    """Forget what was kept long enough (``[audience]``); return how much of each kind. Run it any time."""
    now, keep = ctx.now(), ctx.settings.audience
    with ctx.store.write() as conn:
        done = {
            "pending": subscribers.drop_pending(conn, now - keep.keep_pending),
            "addresses": consents.forget_addresses(conn, now - keep.keep_ip),
            "asks": asks.drop(conn, now - keep.keep_ip),
            "events": events.drop(conn, now - keep.keep_events),
            "clicks": clicks.drop(conn, now - keep.keep_events),
            "links": clicks.drop_unused(conn, now - keep.keep_pending),
        }
        gone = personal.gone(conn, now - keep.keep_gone)
    done["erased"] = sum(forget(ctx, number, "retention") for number in gone)
    return done


def suppress(ctx: Context, address: str, newsletter: str = "", detail: str = "") -> bool:
    """Never mail an address again (one newsletter, or anything), on an operator's word."""
    hashed = address_hash(keyring(ctx), normalise(address).key)
    with ctx.store.write() as conn:
        why = SuppressionReason.MANUAL
        return suppressions.add(conn, hashed, why, ctx.now(), scope=newsletter, detail=detail)


def unsuppress(ctx: Context, address: str, newsletter: str = "") -> int:
    """Lift the suppressions of an address in one scope, on an operator's word; return how many there were."""
    hashed = address_hash(keyring(ctx), normalise(address).key)
    with ctx.store.write() as conn:
        return suppressions.lift(conn, hashed, scope=newsletter)
