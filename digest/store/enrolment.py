"""Enrolling readers by the thousand: three statements a batch, whatever its size, on both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import JSON, BigInteger, Text, and_, bindparam, case, cast, func, insert, literal, select

from digest.model import SubscriptionState
from digest.store import suppressions
from digest.store.dialect import dialect_of
from digest.store.schema import consents, subscribers, subscriptions
from digest.store.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause
    from sqlalchemy.engine import Connection

_COLUMNS = ("address", "address_key", "address_hash", "name", "language", "zone")


class NewReader(NamedTuple):
    """One reader to enrol; the address is normalised and ``address_key`` is unique in its batch."""

    address: str
    address_key: str
    address_hash: str
    name: str = ""
    language: str = ""
    zone: str = ""


class Enrolled(NamedTuple):
    """What became of a batch, in readers."""

    new: int  # their subscription became confirmed
    present: int  # they had it already
    left: int  # they unsubscribed before and are left in peace
    suppressed: int  # their address must not be mailed


def _each(conn: Connection, name: str) -> FromClause:
    """Return the elements of a JSON array, bound as text under a name, as rows with one column ``value``."""
    bound = bindparam(name, type_=Text)
    if conn.dialect.name == "sqlite":
        return func.json_each(bound).table_valued("value")
    return func.json_array_elements(cast(bound, JSON)).table_valued("value")


def _rows(conn: Connection) -> FromClause:
    """Return the batch as a table: the bound JSON text ``readers``, an array of arrays of texts."""
    each = _each(conn, "readers")
    cells: list[ColumnElement[Any]]
    if conn.dialect.name == "sqlite":
        cells = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(_COLUMNS))]
    else:
        cells = [each.c.value.op("->>")(place) for place in range(len(_COLUMNS))]
    named = [cast(cell, Text).label(name) for cell, name in zip(cells, _COLUMNS, strict=True)]
    return select(*named).subquery("r")


def enrol(
    conn: Connection,
    readers: Sequence[NewReader],
    newsletter: str,
    now: datetime,
    consent: dict[str, Any],
) -> Enrolled:
    """Give readers a confirmed subscription, with its consent record (``source``, ``wording``).

    Who unsubscribed stays so; whose address is suppressed is not stored at all. Doing it twice changes
    nothing. Existing subscribers keep the name, language and zone they have.
    """
    rows = _rows(conn)
    payload = {"readers": json.dumps(readers, ensure_ascii=False)}
    blocked = suppressions.holds(newsletter, rows.c.address_hash)
    dialect = dialect_of(conn)
    moment = literal(now, UtcDateTime)

    columns = [rows.c[name] for name in _COLUMNS]
    people = dialect.insert(subscribers).from_select(
        [*_COLUMNS, "created_at"], select(*columns, moment).where(~blocked)
    )
    conn.execute(people.on_conflict_do_nothing(index_elements=["address_key"]), payload)

    state = literal(SubscriptionState.CONFIRMED.value)
    chosen = (
        select(subscribers.c.id, literal(newsletter), state, moment, moment)
        .join(rows, rows.c.address_key == subscribers.c.address_key)
        .where(~blocked)
    )
    standing = dialect.insert(subscriptions).from_select(
        ["subscriber", "newsletter", "state", "created_at", "changed_at"], chosen
    )
    standing = standing.on_conflict_do_update(
        index_elements=["subscriber", "newsletter"],
        set_={"state": SubscriptionState.CONFIRMED.value, "changed_at": now},
        where=subscriptions.c.state == SubscriptionState.PENDING,
    )
    new = conn.execute(standing.returning(subscriptions.c.subscriber), payload).scalars().all()
    _record(conn, new, {"newsletter": newsletter, "act": "imported", "at": now, **consent})
    return _counted(conn, payload, newsletter, len(new), len(readers))


def _record(conn: Connection, readers: Sequence[int], values: dict[str, Any]) -> None:
    """Write the same consent for all, by one statement."""
    each = _each(conn, "numbers")
    same = [literal(value, consents.c[name].type) for name, value in values.items()]
    chosen = select(cast(cast(each.c.value, Text), BigInteger), *same)
    conn.execute(
        insert(consents).from_select(["subscriber", *values], chosen), {"numbers": json.dumps(list(readers))}
    )


def _counted(conn: Connection, payload: dict[str, str], newsletter: str, new: int, total: int) -> Enrolled:
    """Find out why readers of a batch were not enrolled; an unsubscription is told from other reasons."""
    if new == total:
        return Enrolled(new, 0, 0, 0)
    rows = _rows(conn)
    blocked = suppressions.holds(newsletter, rows.c.address_hash)
    gone = suppressions.holds_only_unsubscribed(newsletter, rows.c.address_hash)
    counts = select(
        func.count(case((and_(blocked, ~gone), 1))).label("suppressed"),
        func.count(case((gone, 1))).label("left"),
    )
    found = conn.execute(counts.select_from(rows), payload).one()
    return Enrolled(new, total - new - found.left - found.suppressed, found.left, found.suppressed)
