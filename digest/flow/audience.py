"""Readers come and go: importing, adding, leaving, pausing. Joins the audience's rules to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING

from digest import tokens
from digest.audience.addresses import normalise
from digest.audience.table import BadRow, Reader, Table
from digest.errors import UsageError
from digest.flow.messages import keyring
from digest.model import Event, EventKind, SubscriptionState, SuppressionReason
from digest.store import consents, enrolment, events, subscribers, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.store import Connection

BATCH = 2000
"""Readers written by one set of statements; a batch is under 1 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """How a table is to be imported."""

    newsletter: str
    consent: str  # where and in which words the readers agreed
    columns: Mapping[str, str] = field(default_factory=dict)  # field → column's name
    dry_run: bool = False


@dataclass(slots=True)
class Imported:
    """What became of a table's rows; the counts add up to ``rows``."""

    rows: int = 0
    new: int = 0
    present: int = 0
    left: int = 0
    suppressed: int = 0
    twice: int = 0  # the address stood further up in the same batch
    refused: int = 0


class _DryRunError(Exception):
    """Undoes the transaction of a dry run; never leaves this module."""


def import_readers(
    ctx: Context,
    stream: IO[bytes],
    how: Importing,
    on_bad: Callable[[BadRow], None],
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Enrol every good row of a table in one transaction; each bad row goes to ``on_bad`` and stops nothing.

    ``progress`` is told how many rows were read so far. Raises ``UsageError`` for a table without addresses,
    ``NewsletterUnknown``, and ``UsageError`` where the consent is not told.
    """
    ctx.newsletter(how.newsletter)
    if not how.consent.strip():
        raise UsageError('say where the readers agreed: --consent "sign-up form on our site, 2026-05"')
    table = Table(stream, how.columns)
    total = Imported()
    try:
        with ctx.store.write() as conn:
            _enrol_all(ctx, conn, how, table, _Told(total, on_bad, progress))
            _undo_if(how.dry_run)
    except _DryRunError:
        pass
    return total


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _DryRunError


@dataclass(frozen=True, slots=True)
class _Told:
    total: Imported
    on_bad: Callable[[BadRow], None]
    progress: Callable[[int], None]


def _enrol_all(ctx: Context, conn: Connection, how: Importing, table: Table, told: _Told) -> None:
    ring, now, total = keyring(ctx), ctx.now(), told.total
    consent = {"source": "import", "wording": how.consent}
    good = _good(table, told)
    while batch := list(islice(good, BATCH)):
        unique: dict[str, Reader] = {}
        for reader in batch:
            unique.setdefault(reader.key, reader)
        total.twice += len(batch) - len(unique)
        rows = [
            enrolment.NewReader(
                r.address, r.key, tokens.address_hash(ring, r.key), r.name, r.language, r.zone
            )
            for r in unique.values()
        ]
        done = enrolment.enrol(conn, rows, how.newsletter, now, consent)
        total.new += done.new
        total.present += done.present
        total.left += done.left
        total.suppressed += done.suppressed
        told.progress(total.rows)


def _good(table: Table, told: _Told) -> Iterator[Reader]:
    for row in table.rows():
        told.total.rows += 1
        if isinstance(row, BadRow):
            told.total.refused += 1
            told.on_bad(row)
        else:
            yield row


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
    """Give the rows of an export, streamed: ``subscriptions`` or ``suppressions``."""
    with ctx.store.read() as conn:
        if what == "suppressions":
            yield from suppressions.listed(conn)
        else:
            yield from subscribers.listed(conn, newsletter)
