"""What comes back: bounces, complaints and mailed unsubscriptions become events, and events have effects.

Who is meant stands in the signed return path or the signed Message-ID, never in what a message's body says:
anyone can send us a bounce about anyone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest import tokens
from digest.audience import scores
from digest.audience.bounces import Kind, Report, classify
from digest.audience.bounces.codes import classed
from digest.errors import TokenInvalid
from digest.flow import brakes
from digest.flow.audience import end
from digest.flow.messages import keyring
from digest.model import Event, EventKind, SuppressionReason
from digest.store import editions, events, subscribers, suppressions
from digest.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.flow.context import Context
    from digest.store import Connection

_LEAVE = re.compile(r"^\W*(?:re:\s*)?(?:unsubscribe|leave|stop|remove)\b", re.IGNORECASE)
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done about one message."""

    kind: str
    effect: str  # suppressed, counted, left, noted, known already, not ours
    subscriber: int | None = None


def receive(ctx: Context, data: bytes) -> Applied:
    """Take one message that came back: conclude, find out whom it is about, act. Twice changes nothing."""
    report = classify(data)
    if report.kind is Kind.OTHER and _LEAVE.match(report.reason):
        return _leave_by_mail(ctx, report)
    return act(ctx, report, "mail:" + hashlib.sha256(data).hexdigest()[:32])


def is_ours(ctx: Context, address: str) -> bool:
    """Tell whether an address is a return path we signed."""
    try:
        tokens.read_bounce(keyring(ctx), address.partition("@")[0])
    except TokenInvalid:
        return False
    return True


def receive_at(ctx: Context, address: str, data: bytes) -> Applied:
    """Take one message as it came in at an address: the envelope's, which its headers need not name."""
    return receive(ctx, b"X-Original-To: " + address.encode("utf-8", "replace") + b"\r\n" + data)


def act(ctx: Context, report: Report, key: str) -> Applied:
    """Apply one conclusion; ``key`` is SOURCE:ID and tells a repetition."""
    if report.kind in (Kind.AUTO_REPLY, Kind.OTHER):
        return Applied(report.kind, "noted")
    about = identify(ctx, report)
    if about is None:
        return Applied(report.kind, "not ours")
    public_id, subscriber = about
    kinds = {
        Kind.BOUNCE: EventKind.BOUNCED,
        Kind.DELAY: EventKind.DEFERRED,
        Kind.COMPLAINT: EventKind.COMPLAINED,
    }
    source, _, dedupe = key.partition(":")
    event = Event(
        source=source,
        dedupe_key=dedupe,
        kind=kinds[report.kind],
        at=ctx.now(),
        subscriber=subscriber,
        detail={
            "class": report.classed,
            "code": report.code,
            "reason": without_addresses(report.reason),
            "edition": public_id,
        },
    )
    return Applied(report.kind, apply_event(ctx, event, public_id), subscriber)


def without_addresses(text: str) -> str:
    """Return a diagnostic without the addresses in it: events outlive the people they name."""
    return re.sub(r"[^\s<>()\"';:,]+@[^\s<>()\"';:,]+", "…", text)[:300]


def identify(ctx: Context, report: Report) -> tuple[str, int] | None:
    """Return (edition, subscriber) as signed in return path, Message-ID or leave link; or None."""
    ring = keyring(ctx)
    for address in (report.delivered_to, report.original.return_path):
        try:
            return tokens.read_bounce(ring, address.partition("@")[0])
        except TokenInvalid:
            continue
    try:
        return tokens.read_message_id(ring, report.original.message_id.partition("@")[0])
    except TokenInvalid:
        pass
    found = _LINK.search(report.original.unsubscribe)
    if found is None:
        return None
    try:
        number = tokens.read(ring, Purpose.LEAVE, found[1], ctx.now())
    except TokenInvalid:
        return None
    with ctx.store.read() as conn:
        mine = subscribers.subscription(conn, number)
    return ("", mine.subscriber) if mine else None


def apply_event(ctx: Context, event: Event, public_id: str = "") -> str:
    """Keep an event and do what follows from it; return what was done. The same event twice changes nothing.

    A complaint suppresses at once. A bounce counts by its class: the address, its mailbox, or not at all.
    Bounces by policy or for a fault of ours may hold the edition: see ``brakes``.
    """
    with ctx.store.write() as conn:
        if public_id and event.edition is None:
            event = replace(event, edition=_edition(conn, public_id))
        if not events.add(conn, event):
            return "known already"
        effect = _effect(conn, event)
    return brakes.heard(ctx, event) or effect


def _effect(conn: Connection, event: Event) -> str:
    """Do what follows from an event for its reader; return what was done."""
    if event.subscriber is None:
        return "noted"
    hashed = subscribers.hash_of(conn, event.subscriber)
    if event.kind is EventKind.COMPLAINED and hashed:
        suppressions.add(conn, hashed, SuppressionReason.COMPLAINED, event.at)
        return "suppressed"
    if event.kind is EventKind.BOUNCED:
        return _bounced(conn, event, hashed)
    if event.kind is EventKind.UNSUBSCRIBED:
        return _left(conn, event.subscriber, event.edition, event.at, event.source)
    return "noted"


def _edition(conn: Connection, public_id: str) -> int | None:
    from digest.errors import EditionUnknown

    try:
        return editions.get(conn, public_id).id
    except EditionUnknown:
        return None


def _bounced(conn: Connection, event: Event, hashed: str | None) -> str:
    what = str(event.detail.get("class", ""))
    if what not in ("address", "mailbox") or hashed is None or event.subscriber is None:
        return "noted"
    known = events.of(conn, event.subscriber, [EventKind.BOUNCED])
    bounces = [
        scores.Bounce(e.at, str(e.detail.get("class", "")), str(e.detail.get("code", ""))) for e in known
    ]
    why = scores.suppress(bounces, event.at)
    if not why:
        return "counted"
    suppressions.add(conn, hashed, SuppressionReason.BOUNCED, event.at, detail=why)
    return "suppressed"


def _leave_by_mail(ctx: Context, report: Report) -> Applied:
    """Honour a mailed unsubscription: it came to a signed return path, so it is the reader's."""
    about = identify(ctx, report)
    if about is None:
        return Applied("unsubscribe", "not ours")
    public_id, subscriber = about
    with ctx.store.write() as conn:
        number = _edition(conn, public_id) if public_id else None
        effect = _left(conn, subscriber, number, ctx.now(), "mail")
    return Applied("unsubscribe", effect, subscriber)


def _left(conn: Connection, subscriber: int, edition: int | None, at: datetime, source: str) -> str:
    """End the subscription to an edition's newsletter, or to all where it is not known which."""
    name = editions.get(conn, edition).newsletter if edition else ""
    mine = [each for each in subscribers.subscriptions_of(conn, subscriber) if name in ("", each.newsletter)]
    left = [end(conn, each.id, at, source) for each in mine]
    return "left" if any(left) else "known already"


def receive_all(ctx: Context, messages: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, Applied]]:
    """Take messages one after the other; one that cannot be handled stops nothing."""
    for name, data in messages:
        yield name, receive(ctx, data)


def count_refusals(ctx: Context) -> int:
    """Make bounces of what mail services refused while sending in the last two days; return how many.

    A refusal in the SMTP dialogue says the same as a bounce that comes back later, and counts the same.
    """
    with ctx.store.read() as conn:
        rows = events.uncounted_refusals(conn, ctx.now() - timedelta(days=2))
    for row in rows:
        code = row.enhanced or str(row.code or "")
        detail = {
            "class": classed(code, row.reply).value,
            "code": code,
            "reason": without_addresses(row.reply),
        }
        event = Event(
            source=events.REFUSALS,
            dedupe_key=f"{row.edition}:{row.subscriber}",
            kind=EventKind.BOUNCED,
            at=row.at,
            edition=row.edition,
            subscriber=row.subscriber,
            detail=dict(detail),
        )
        apply_event(ctx, event)
    return len(rows)
