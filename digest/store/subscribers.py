"""Subscribers and their subscriptions: who gets which newsletter, one by one and by the million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from digest.model import Subscriber, Subscription, SubscriptionState
from digest.store import suppressions
from digest.store.schema import subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

EVERY_DAY = 127


class Candidate(NamedTuple):
    """A reader who gets the newsletter, as a message needs them."""

    subscriber: int
    subscription: int
    address: str
    name: str
    language: str


# ── who gets an edition ───────────────────────────────────────────────────────────────


def wanted(
    newsletter: str | ColumnElement[str],
    at: datetime | ColumnElement[datetime],
    weekday: int | None = None,
) -> ColumnElement[bool]:
    """Return the SQL condition "this reader is to get this newsletter at this time": THE rule of mailing.

    For statements that join ``subscribers`` and ``subscriptions``. Confirmed, or paused until a time that is
    over; the day of the week (0 Monday, in the newsletter's zone) is one they want; the address is known and
    not suppressed. Ask it again right before a message leaves: a reader may have gone meanwhile.
    """
    state, until = subscriptions.c.state, subscriptions.c.paused_until
    back = and_(state == SubscriptionState.PAUSED, until.is_not(None), until <= at)
    rules = [
        subscriptions.c.newsletter == newsletter,
        or_(state == SubscriptionState.CONFIRMED, back),
        subscribers.c.address.is_not(None),
        ~suppressions.holds(newsletter),
    ]
    if weekday is not None:
        rules.append(subscriptions.c.weekdays.op("&")(1 << weekday) != 0)
    return and_(*rules)


def eligible(newsletter: str, at: datetime, weekday: int | None = None) -> Select[Any]:
    """Return the statement that selects the ``Candidate`` of every reader who is to get an edition."""
    return (
        select(
            subscribers.c.id.label("subscriber"),
            subscriptions.c.id.label("subscription"),
            subscribers.c.address,
            subscribers.c.name,
            subscribers.c.language,
        )
        .join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
        .where(wanted(newsletter, at, weekday))
    )


def candidates(
    conn: Connection,
    newsletter: str,
    at: datetime,
    weekday: int | None = None,
    page: int = 5000,
) -> Iterator[Candidate]:
    """Give every reader who is to get an edition, ordered by subscriber, read in pages by key."""
    query = eligible(newsletter, at, weekday).order_by(subscribers.c.id).limit(page)
    last = 0
    while rows := conn.execute(query.where(subscribers.c.id > last)).all():
        for row in rows:
            yield Candidate(*row)
        last = rows[-1].subscriber


# ── one reader ────────────────────────────────────────────────────────────────────────


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id, address=row.address or "", name=row.name, language=row.language, zone=row.zone
    )


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        subscriber=row.subscriber,
        newsletter=row.newsletter,
        state=SubscriptionState(row.state),
        prefs=row.prefs or {},
        paused_until=row.paused_until,
        weekdays=row.weekdays,
    )


def find(conn: Connection, address_key: str) -> Subscriber | None:
    """Return the subscriber with an address (normalised), or None."""
    row = conn.execute(select(subscribers).where(subscribers.c.address_key == address_key)).first()
    return _subscriber(row) if row else None


def get(conn: Connection, subscriber: int) -> Subscriber | None:
    """Return a subscriber by number, or None; one who was erased has an empty address."""
    row = conn.execute(select(subscribers).where(subscribers.c.id == subscriber)).first()
    return _subscriber(row) if row else None


def hash_of(conn: Connection, subscriber: int) -> str | None:
    """Return the hash a subscriber's address is suppressed under; None once erased."""
    return conn.execute(select(subscribers.c.address_hash).where(subscribers.c.id == subscriber)).scalar()


def subscription(conn: Connection, number: int) -> Subscription | None:
    """Return a subscription by number, or None."""
    row = conn.execute(select(subscriptions).where(subscriptions.c.id == number)).first()
    return _subscription(row) if row else None


def subscriptions_of(conn: Connection, subscriber: int) -> list[Subscription]:
    """Return every subscription of a subscriber, by newsletter."""
    query = select(subscriptions).where(subscriptions.c.subscriber == subscriber)
    return [_subscription(row) for row in conn.execute(query.order_by(subscriptions.c.newsletter))]


_READER = (
    subscribers.c.id.label("reader"), subscribers.c.address, subscribers.c.name, subscribers.c.language,
    subscribers.c.zone,
)  # fmt: skip
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
# Built once: building such a statement takes longer than asking it.
_STANDINGS = (
    select(subscriptions, *_READER)
    .join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
    .where(subscriptions.c.id.in_(_NUMBERS))
)
_CHOICES = (
    select(*_READER, subscriptions)
    .join_from(subscribers, subscriptions, subscribers.c.id == subscriptions.c.subscriber, isouter=True)
    .where(subscribers.c.id.in_(_NUMBERS))
    .order_by(subscribers.c.id, subscriptions.c.newsletter)
)


def _reader(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.reader, address=row.address or "", name=row.name, language=row.language, zone=row.zone
    )


def standings(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[Subscriber, Subscription]]:
    """Return many subscriptions by number, each with its subscriber, in one statement by key."""
    rows = conn.execute(_STANDINGS, {"numbers": numbers})
    return {row.id: (_reader(row), _subscription(row)) for row in rows}


def choices(
    conn: Connection, numbers: Sequence[int]
) -> dict[int, tuple[Subscriber, dict[str, Subscription]]]:
    """Return many subscribers by number, each with their subscriptions by newsletter, in one statement."""
    found: dict[int, tuple[Subscriber, dict[str, Subscription]]] = {}
    for row in conn.execute(_CHOICES, {"numbers": numbers}):
        _, mine = found.setdefault(row.reader, (_reader(row), {}))
        if row.id is not None:
            mine[row.newsletter] = _subscription(row)
    return found


def add(conn: Connection, values: dict[str, object], now: datetime) -> int:
    """Make a subscriber with these columns and return the number; the address must be new."""
    number = conn.execute(insert(subscribers).values(created_at=now, **values)).inserted_primary_key
    assert number is not None
    return int(number[0])


def change(conn: Connection, subscriber: int, **values: object) -> None:
    """Set columns of a subscriber: name, language, zone."""
    conn.execute(update(subscribers).where(subscribers.c.id == subscriber).values(**values))


def subscribe(
    conn: Connection, subscriber: int, newsletter: str, state: SubscriptionState, now: datetime
) -> int:
    """Make a subscription in a state and return its number; there must be none yet."""
    statement = insert(subscriptions).values(
        subscriber=subscriber, newsletter=newsletter, state=state, created_at=now, changed_at=now
    )
    number = conn.execute(statement).inserted_primary_key
    assert number is not None
    return int(number[0])


def move(
    conn: Connection,
    number: int,
    to: SubscriptionState,
    now: datetime,
    *,
    until: datetime | None = None,
) -> bool:
    """Move a subscription to a state; tell whether it was in another (or paused until another time)."""
    changed = or_(subscriptions.c.state != to, subscriptions.c.paused_until.is_distinct_from(until))
    statement = update(subscriptions).where(subscriptions.c.id == number, changed)
    return conn.execute(statement.values(state=to, changed_at=now, paused_until=until)).rowcount == 1


def set_weekdays(conn: Connection, number: int, weekdays: int, now: datetime) -> None:
    """Set the days on which a reader wants the newsletter, bit 0 Monday."""
    statement = update(subscriptions).where(subscriptions.c.id == number)
    conn.execute(statement.values(weekdays=weekdays, changed_at=now))


def set_prefs(conn: Connection, number: int, prefs: dict[str, object], now: datetime) -> None:
    """Set what else a reader chose of a newsletter: ``sections``, a sorted list of casefolded names."""
    statement = update(subscriptions).where(subscriptions.c.id == number)
    conn.execute(statement.values(prefs=prefs or None, changed_at=now))


def section_sets(conn: Connection, newsletter: str, at: datetime, weekday: int) -> list[list[str]]:
    """Return the sets of sections chosen by readers who are to get an edition, the most chosen first."""
    query = (
        select(subscriptions.c.prefs, func.count())
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        .where(wanted(newsletter, at, weekday), subscriptions.c.prefs.is_not(None))
        .group_by(subscriptions.c.prefs)
        .order_by(func.count().desc(), subscriptions.c.prefs)
    )
    chosen = [(row.prefs or {}).get("sections") for row in conn.execute(query)]
    return [each for each in chosen if each]


def erase(conn: Connection, subscriber: int, now: datetime) -> None:
    """Forget everything personal in a subscriber's row; the row stays, so that numbers are never reused."""
    statement = update(subscribers).where(subscribers.c.id == subscriber)
    blank = {
        "address": None,
        "address_key": None,
        "address_hash": None,
        "name": "",
        "language": "",
        "zone": "",
    }
    conn.execute(statement.values(**blank, erased_at=now))


# ── many readers ──────────────────────────────────────────────────────────────────────


def listed(
    conn: Connection,
    newsletter: str = "",
    states: Sequence[SubscriptionState] = (),
    page: int = 5000,
) -> Iterator[dict[str, Any]]:
    """Give subscriptions with their subscribers, ordered by subscriber, read in pages by key."""
    columns = (
        subscribers.c.id.label("subscriber"),
        subscriptions.c.id.label("subscription"),
        subscribers.c.address.label("email"),
        subscribers.c.name,
        subscribers.c.language,
        subscribers.c.zone,
        subscriptions.c.newsletter,
        subscriptions.c.state,
        subscriptions.c.paused_until,
        subscriptions.c.weekdays,
        subscriptions.c.created_at,
        subscriptions.c.changed_at,
    )
    query = select(*columns).join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
    query = query.where(subscribers.c.address.is_not(None))
    if newsletter:
        query = query.where(subscriptions.c.newsletter == newsletter)
    if states:
        query = query.where(subscriptions.c.state.in_(states))
    query = query.order_by(subscribers.c.id, subscriptions.c.id).limit(page)
    last = (0, 0)
    while rows := conn.execute(query.where(_after(last))).all():
        for row in rows:
            yield dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
        last = (rows[-1].subscriber, rows[-1].subscription)


def _after(last: tuple[int, int]) -> ColumnElement[bool]:
    same = and_(subscribers.c.id == last[0], subscriptions.c.id > last[1])
    return or_(subscribers.c.id > last[0], same)


def counted(conn: Connection, newsletter: str = "") -> dict[str, dict[str, int]]:
    """Return how many subscriptions each newsletter has, by state."""
    query = select(subscriptions.c.newsletter, subscriptions.c.state, func.count())
    if newsletter:
        query = query.where(subscriptions.c.newsletter == newsletter)
    counts: dict[str, dict[str, int]] = {}
    for name, state, number in conn.execute(
        query.group_by(subscriptions.c.newsletter, subscriptions.c.state)
    ):
        counts.setdefault(name, {})[state] = number
    return counts


def drop_pending(conn: Connection, before: datetime) -> int:
    """Delete subscriptions nobody confirmed and subscribers left with none; return how many subscriptions."""
    stale = and_(
        subscriptions.c.state == SubscriptionState.PENDING,
        subscriptions.c.changed_at < before,
    )
    owners = {row[0] for row in conn.execute(select(subscriptions.c.subscriber).where(stale))}
    gone = conn.execute(delete(subscriptions).where(stale)).rowcount
    for owner in owners:
        others = select(subscriptions.c.id).where(subscriptions.c.subscriber == owner)
        if conn.execute(others.limit(1)).first() is None:
            erase(conn, owner, before)
    return gone
