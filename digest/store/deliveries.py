"""Deliveries of an edition: queue them once, count them, settle what is left, let a person decide.

The hot path (reserve, arm, record) is in ``ledger``. Every move changes ``tallies`` in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, literal, select, update

from digest.model import DeliveryState
from digest.store import subscribers as readers
from digest.store.schema import deliveries, logbook, subscribers, subscriptions, tallies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

OPEN = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
"""States from which a message may still go out."""
_PAGE = 20_000
_TALLIES = 7411  # names our advisory locks on PostgreSQL


# ── the queue ─────────────────────────────────────────────────────────────────────────


def _domain(conn: Connection) -> ColumnElement[str]:
    address = func.lower(subscribers.c.address)
    if conn.dialect.name == "sqlite":
        return func.substr(address, func.instr(address, "@") + 1)
    return func.split_part(address, "@", 2)


def queue(  # noqa: PLR0913 (an edition's identity and its readers')
    conn: Connection,
    edition: int,
    newsletter: str,
    variant: str,
    due_at: datetime,
    *,
    weekday: int | None = None,
    own: Sequence[tuple[dict[str, object], str]] = (),
) -> tuple[int, str]:
    """Insert a delivery for everyone who is to get the edition; return their number and digest.

    ``weekday`` (0 Monday, in the newsletter's zone) leaves out readers who do not want it on that day.
    ``own`` are (preferences, key of their variant); readers with preferences whose key is empty get nothing.
    """
    keys = [(subscriptions.c.prefs == prefs, literal(key)) for prefs, key in own if key]
    eligible = readers.eligible(newsletter, due_at, weekday)
    for prefs, key in own:
        if not key:
            eligible = eligible.where(subscriptions.c.prefs.is_distinct_from(prefs))
    chosen = eligible.with_only_columns(
        literal(edition),
        subscribers.c.id,
        subscriptions.c.id,
        case(*keys, else_=literal(variant)) if keys else literal(variant),
        literal(DeliveryState.QUEUED.value),
        literal(due_at, type_=deliveries.c.due_at.type),
        _domain(conn),
    )
    columns = ["edition", "subscriber", "subscription", "variant", "state", "due_at", "domain_group"]
    conn.execute(insert(deliveries).from_select(columns, chosen.order_by(subscribers.c.id)))
    total, sha = candidates(conn, edition)
    tally(conn, edition, {DeliveryState.QUEUED: total})
    return total, sha


def candidates(conn: Connection, edition: int) -> tuple[int, str]:
    """Return the number and the SHA-256 of an edition's rows: who they are for, not what became of them."""
    digest, total, last = hashlib.sha256(), 0, -1
    query = (
        select(deliveries.c.subscriber, deliveries.c.subscription, deliveries.c.variant)
        .where(deliveries.c.edition == edition)
        .order_by(deliveries.c.subscriber)
        .limit(_PAGE)
    )
    while rows := conn.execute(query.where(deliveries.c.subscriber > last)).all():
        digest.update("".join(f"{row[0]}:{row[1]}:{row[2]}\n" for row in rows).encode())
        total, last = total + len(rows), rows[-1][0]
    return total, digest.hexdigest()


# ── counting ──────────────────────────────────────────────────────────────────────────


def _one_at_a_time(conn: Connection, edition: int) -> None:
    """Wait until no other transaction counts this edition, and keep others waiting until this one ends.

    A transaction that records and arms counts twice; two of them would lock rows crosswise on PostgreSQL.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_TALLIES, edition)))


def tally(conn: Connection, edition: int, changes: Mapping[Any, int]) -> None:
    """Add to the number of deliveries in each state; call it with every move, in the same transaction."""
    rows = sorted((str(state), n) for state, n in changes.items() if n)
    if not rows:
        return
    given = [v for row in rows for v in (edition, *row)]
    lite = conn.dialect.name == "sqlite"
    values = ", ".join(["(?, ?, ?)" if lite else "(%s, %s, %s)"] * len(rows))
    if lite:
        conn.exec_driver_sql(_TALLY.format(values=values), tuple(given))
    else:
        conn.exec_driver_sql(_TALLY_POSTGRESQL.format(values=values), (_TALLIES, edition, *given))


_TALLY = (
    "INSERT INTO tallies (edition, state, n) VALUES {values}"
    " ON CONFLICT (edition, state) DO UPDATE SET n = tallies.n + excluded.n"
)
_TALLY_POSTGRESQL = (  # _one_at_a_time without a round trip of its own: no row comes before the lock is held
    "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(%s, %s))"
    " INSERT INTO tallies (edition, state, n)"
    " SELECT given.* FROM alone CROSS JOIN (VALUES {values}) AS given(edition, state, n)"
    " ON CONFLICT (edition, state) DO UPDATE SET n = tallies.n + excluded.n"
)


def tallied(conn: Connection, edition: int) -> dict[str, int]:
    """Return how many deliveries are in each state, as tallied: one small read however many there are."""
    rows = conn.execute(select(tallies.c.state, tallies.c.n).where(tallies.c.edition == edition))
    return {row.state: row.n for row in rows if row.n}


def counted(conn: Connection, edition: int) -> dict[str, int]:
    """Return how many deliveries are in each state, by counting the rows."""
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.edition == edition)
        .group_by(deliveries.c.state)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def refusals(conn: Connection, edition: int) -> list[dict[str, Any]]:
    """Return what mail services answered, most frequent first: state, code, enhanced code, reply, number."""
    query = (
        select(
            deliveries.c.state,
            deliveries.c.code,
            deliveries.c.enhanced,
            func.min(deliveries.c.reply).label("reply"),
            func.count().label("n"),
        )
        .where(deliveries.c.edition == edition, deliveries.c.state.in_(["refused", "deferred", "unknown"]))
        .group_by(deliveries.c.state, deliveries.c.code, deliveries.c.enhanced)
        .order_by(func.count().desc())
        .limit(50)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


# ── moving many at once ───────────────────────────────────────────────────────────────


def settle(conn: Connection, edition: int, to: DeliveryState, now: datetime, *, reply: str = "") -> int:
    """Move what has not gone out and nobody holds to ``expired`` or ``cancelled``; return how many."""
    changes: Counter[str] = Counter()
    for state in OPEN:
        done = conn.execute(
            update(deliveries)
            .where(deliveries.c.edition == edition, deliveries.c.state == state, deliveries.c.owner == "")
            .values(state=to, reply=reply, at=now),
        ).rowcount
        changes[state] -= done
        changes[to] += done
    tally(conn, edition, changes)
    return changes[to]


def unburn(conn: Connection, edition: int, subscribers_: Sequence[int], now: datetime) -> int:
    """Queue again what was refused by policy before the edition was held for it; return how many."""
    done = 0
    for at in range(0, len(subscribers_), 1000):
        done += conn.execute(
            update(deliveries)
            .where(
                deliveries.c.edition == edition,
                deliveries.c.subscriber.in_(list(subscribers_[at : at + 1000])),
                deliveries.c.state == DeliveryState.REFUSED,
            )
            .values(state=DeliveryState.QUEUED, code=None, enhanced="", at=now, owner=""),
        ).rowcount
    tally(conn, edition, {DeliveryState.REFUSED: -done, DeliveryState.QUEUED: done})
    return done


def held_by(conn: Connection, edition: int) -> list[str]:
    """Return the owners that hold deliveries of an edition."""
    query = select(deliveries.c.owner).where(deliveries.c.edition == edition, deliveries.c.owner != "")
    return sorted(conn.execute(query.distinct()).scalars())


def next_due(conn: Connection, edition: int) -> datetime | None:
    """Return when the earliest deferred delivery is tried again, or None."""
    query = select(func.min(deliveries.c.next_at)).where(
        deliveries.c.edition == edition,
        deliveries.c.state == DeliveryState.DEFERRED,
    )
    return conn.execute(query).scalar()


# ── what is unknown ───────────────────────────────────────────────────────────────────


def unknown(conn: Connection, edition: int) -> list[dict[str, Any]]:
    """Return the deliveries of which nobody knows whether they were accepted."""
    query = (
        select(
            deliveries.c.subscriber,
            deliveries.c.attempt,
            deliveries.c.sender,
            deliveries.c.reply,
            deliveries.c.at,
            subscribers.c.address,
        )
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber)
        .where(deliveries.c.edition == edition, deliveries.c.state == DeliveryState.UNKNOWN)
        .order_by(deliveries.c.subscriber)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def resolve(  # noqa: PLR0913 (who, what, when and on what ground)
    conn: Connection,
    edition: int,
    subscribers_: Sequence[int],
    to: DeliveryState,
    now: datetime,
    *,
    receipt: str = "",
) -> int:
    """Settle unknown deliveries: submitted (with what shows it) or queued again; return how many."""
    done = 0
    for subscriber in subscribers_:
        done += conn.execute(
            update(deliveries)
            .where(
                deliveries.c.edition == edition,
                deliveries.c.subscriber == subscriber,
                deliveries.c.state == DeliveryState.UNKNOWN,
            )
            .values(state=to, receipt=receipt if to is DeliveryState.SUBMITTED else "", at=now, owner=""),
        ).rowcount
    tally(conn, edition, {DeliveryState.UNKNOWN: -done, to: done})
    return done


# ── the audit ─────────────────────────────────────────────────────────────────────────


def audit(conn: Connection, edition: int) -> dict[str, Any]:
    """Weigh the rows against what was frozen, the tallies and the receipts; all in one consistent read."""
    total, sha = candidates(conn, edition)
    mine = deliveries.c.edition == edition
    submitted = deliveries.c.state == DeliveryState.SUBMITTED
    receipts = {
        "submitted without receipt": (submitted, deliveries.c.receipt == ""),
        "receipt without submission": (~submitted, deliveries.c.receipt != ""),
        "never tried, yet answered": (deliveries.c.attempt == 0, deliveries.c.code.is_not(None)),
    }
    wrong = {
        name: conn.execute(select(func.count()).select_from(deliveries).where(mine, *rules)).scalar_one()
        for name, rules in receipts.items()
    }
    return {
        "rows": total,
        "sha": sha,
        "states": counted(conn, edition),
        "tallies": tallied(conn, edition),
        "wrong": {name: n for name, n in wrong.items() if n},
    }


def submitted(conn: Connection, edition: int) -> Iterator[tuple[int, str, str]]:
    """Give (subscriber, state, receipt) of every delivery of an edition, by subscriber."""
    last = -1
    query = (
        select(deliveries.c.subscriber, deliveries.c.state, deliveries.c.receipt)
        .where(deliveries.c.edition == edition)
        .order_by(deliveries.c.subscriber)
        .limit(_PAGE)
    )
    while rows := conn.execute(query.where(deliveries.c.subscriber > last)).all():
        for row in rows:
            yield row[0], row[1], row[2]
        last = rows[-1][0]


def recount(conn: Connection, edition: int) -> None:
    """Make the tallies agree with the rows; only for the ledger, when another process moved its rows."""
    _one_at_a_time(conn, edition)
    conn.execute(delete(tallies).where(tallies.c.edition == edition))
    tally(conn, edition, counted(conn, edition))


def note(conn: Connection, now: datetime, act: str, edition: int, reason: str = "") -> None:
    """Write into the logbook what a person did to an edition."""
    detail = {"reason": reason} if reason else None
    subject = f"edition:{edition}"
    conn.execute(insert(logbook).values(at=now, actor="operator", act=act, subject=subject, detail=detail))
