"""Enrolling readers by the thousand: a batch is one transaction of a few statements, on both databases.

Each batch is loaded into a temporary table and worked off there by statements over sets, none of them for a
single row. What is written is what must be: three rows for each new reader.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)

from digest.model import SubscriptionState
from digest.store import suppressions
from digest.store.dialect import dialect_of
from digest.store.schema import consents, subscribers, subscriptions
from digest.store.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Insert
    from sqlalchemy.engine import Connection

    from digest.store.engine import Store

    _Work = Callable[[Connection, Sequence["NewReader"], "Enrolment"], "Enrolled"]

BATCH = 1000
"""Readers in one batch: under 1 MB."""

_BOUND = 500
"""Readers SQLite is given by one statement, six values of each."""

TOGETHER = 15
"""Batches in one transaction: each writes the pages of the indices it touched, and most touch them all."""

_COLUMNS = ("address", "address_key", "address_hash", "name", "language", "zone")
_TEMPORARY = MetaData()
_ENTRANTS = Table("entrants", _TEMPORARY, *(Column(name, Text) for name in _COLUMNS), prefixes=["TEMPORARY"])
_TOLD = Table("told", _TEMPORARY, Column("address_key", Text, primary_key=True), prefixes=["TEMPORARY"])
_BY_KEY = subscribers.c.address_key == _ENTRANTS.c.address_key
_DECIDED = subscriptions.c.state != SubscriptionState.PENDING


class NewReader(NamedTuple):
    """One reader to enrol; the address is normalised and ``address_key`` is unique in its batch."""

    address: str
    address_key: str
    address_hash: str
    name: str = ""
    language: str = ""
    zone: str = ""


class Enrolled(NamedTuple):
    """What became of a batch, in readers; the counts add up to its size."""

    new: int  # their subscription became confirmed
    present: int  # they had it already
    left: int  # they unsubscribed before and are left in peace
    suppressed: int  # their address must not be mailed
    twice: int = 0  # an earlier batch brought them


class Enrolment(NamedTuple):
    """What all readers of a table have in common."""

    newsletter: str
    now: datetime
    consent: dict[str, Any]  # source, wording
    since: int = 1 << 62  # the highest subscription before the table; later ones are the table's own


class Enroller:
    """Enrols a table batch by batch, ``TOGETHER`` of them in a transaction.

    What breaks off leaves what was committed; between transactions others get at the database.
    """

    def __init__(self, conn: Connection, what: Enrolment, work: _Work) -> None:
        self._conn, self._what, self._work = conn, what, work
        self._open = ExitStack()
        self._batches = 0

    def enrol(self, readers: Sequence[NewReader]) -> Enrolled:
        """Enrol one batch, ``BATCH`` readers at most."""
        if self._batches == 0:
            self._open.enter_context(self._conn.begin())
        done = self._work(self._conn, readers, self._what)
        self._batches += 1
        if self._batches == TOGETHER:
            self.commit()
        return done

    def commit(self) -> None:
        """End the transaction now: call it before waiting for more."""
        self._open.close()
        self._batches = 0

    def undo(self) -> None:
        """Give up what was not committed."""
        self._open.pop_all()
        self._conn.rollback()


@contextmanager
def enrolling(store: Store, what: Enrolment, *, dry_run: bool = False) -> Iterator[Enroller]:
    """Give what enrols one table; memory does not grow with the table.

    A dry run says the same and keeps nothing; on SQLite it takes no lock either.
    """
    with store.engine.connect().execution_options(writes=not dry_run) as conn:
        with conn.begin():
            highest = conn.execute(select(func.coalesce(func.max(subscriptions.c.id), 0))).scalar_one()
        restore = _thrifty(conn)
        enroller = Enroller(conn, what._replace(since=highest), _rehearse if dry_run else _enrol)
        try:
            yield enroller
            enroller.commit()
        except BaseException:
            enroller.undo()
            raise
        finally:
            restore()


def enrol(
    conn: Connection, readers: Sequence[NewReader], newsletter: str, now: datetime, consent: dict[str, Any]
) -> Enrolled:
    """Give readers a confirmed subscription, with its consent record (``source``, ``wording``).

    Who unsubscribed stays so; whose address is suppressed is not stored at all. Doing it twice changes
    nothing. Existing subscribers keep the name, language and zone they have.
    """
    return _enrol(conn, readers, Enrolment(newsletter, now, consent))


def _thrifty(conn: Connection) -> Callable[[], None]:
    """Let SQLite keep less in memory for this work and write temporary tables to disk; return the undoing."""
    if conn.dialect.name != "sqlite":
        with conn.begin():
            conn.execute(text("DROP TABLE IF EXISTS told"))
        return lambda: None
    raw: Any = conn.connection.driver_connection
    before = raw.execute("PRAGMA cache_size").fetchone()[0]
    raw.execute(f"PRAGMA cache_size={_CACHE}")
    raw.execute("PRAGMA temp_store=FILE")

    def undo() -> None:
        raw.execute(f"PRAGMA cache_size={before}")
        raw.execute("PRAGMA temp_store=MEMORY")  # drops what is temporary

    return undo


_CACHE = -2000
"""SQLite's cache in KB while importing: the pages of one batch."""


def _enrol(conn: Connection, readers: Sequence[NewReader], what: Enrolment) -> Enrolled:
    _load(conn, readers)
    left, suppressed = _drop_blocked(conn, what.newsletter)
    asked = len(readers) - left - suppressed
    new = _fresh(conn, what)
    if new == asked:
        return Enrolled(new, 0, left, suppressed)
    gone, ours = _standing(conn, what)
    twice = max(0, ours - new)
    new += _joined(conn, what)
    return Enrolled(new, asked - new - twice - gone, left + gone, suppressed, twice)


def _rehearse(conn: Connection, readers: Sequence[NewReader], what: Enrolment) -> Enrolled:
    """Say what ``_enrol`` would do; only temporary tables are written."""
    _load(conn, readers)
    left, suppressed = _drop_blocked(conn, what.newsletter)
    gone, _ = _standing(conn, what)
    decided = conn.execute(delete(_ENTRANTS).where(_held(what.newsletter, _DECIDED))).rowcount
    conn.execute(text("CREATE TEMP TABLE IF NOT EXISTS told (address_key text PRIMARY KEY)"))
    first = (
        dialect_of(conn)
        .insert(_TOLD)
        .from_select(["address_key"], select(_ENTRANTS.c.address_key).where(text("true")))
    )
    new = _counted(conn, first.on_conflict_do_nothing())
    twice = len(readers) - left - suppressed - decided - new
    return Enrolled(new, decided - gone, left + gone, suppressed, twice)


# ── the temporary table ───────────────────────────────────────────────────────────────


def _load(conn: Connection, readers: Sequence[NewReader]) -> None:
    """Put the batch into the temporary table, by the fastest way each driver has."""
    if conn.dialect.name == "sqlite":
        raw: Any = conn.connection.driver_connection
        raw.execute(f"CREATE TEMP TABLE IF NOT EXISTS entrants ({', '.join(_COLUMNS)})")
        raw.execute("DELETE FROM entrants")
        for at in range(0, len(readers), _BOUND):
            part = readers[at : at + _BOUND]
            row = f"({', '.join('?' * len(_COLUMNS))})"
            cells = [cell for reader in part for cell in reader]
            raw.execute(f"INSERT INTO entrants VALUES {', '.join([row] * len(part))}", cells)  # noqa: S608 (marks only)
        return
    columns = ", ".join(f"{name} text" for name in _COLUMNS)
    # nothing is known of a temporary table: let no plan read a whole table for it
    for setting in ("enable_hashjoin = off", "enable_mergejoin = off", "client_min_messages = warning"):
        conn.execute(text(f"SET LOCAL {setting}"))
    conn.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS entrants ({columns}) ON COMMIT DELETE ROWS"))
    conn.execute(delete(_ENTRANTS))
    cursor: Any = conn.connection.cursor()
    with cursor.copy("COPY entrants FROM STDIN") as copy:
        for reader in readers:
            copy.write_row(reader)


def _drop_blocked(conn: Connection, newsletter: str) -> tuple[int, int]:
    """Take out who left this newsletter and who must not be mailed; return how many of each."""
    column = _ENTRANTS.c.address_hash
    left = conn.execute(delete(_ENTRANTS).where(suppressions.holds_only_unsubscribed(newsletter, column)))
    blocked = conn.execute(delete(_ENTRANTS).where(suppressions.holds(newsletter, column)))
    return left.rowcount, blocked.rowcount


# ── writing ───────────────────────────────────────────────────────────────────────────


def _people(conn: Connection, now: datetime) -> Any:
    """Return the statement that makes a subscriber of everyone who is none."""
    moment = literal(now, UtcDateTime)
    people = dialect_of(conn).insert(subscribers)
    people = people.from_select([*_COLUMNS, "created_at"], select(*_ENTRANTS.c, moment).where(text("true")))
    return people.on_conflict_do_nothing(index_elements=["address_key"])


def _subscribing(conn: Connection, what: Enrolment, chosen: Any) -> Any:
    """Return the statement that gives those chosen (numbers of subscribers) a confirmed subscription."""
    moment = literal(what.now, UtcDateTime)
    state = literal(SubscriptionState.CONFIRMED.value)
    rows = chosen.add_columns(literal(what.newsletter), state, moment, moment)
    columns = ["subscriber", "newsletter", "state", "created_at", "changed_at"]
    statement = dialect_of(conn).insert(subscriptions).from_select(columns, rows)
    return statement.on_conflict_do_update(
        index_elements=["subscriber", "newsletter"],
        set_={"state": SubscriptionState.CONFIRMED.value, "changed_at": what.now},
        where=subscriptions.c.state == SubscriptionState.PENDING,
    )


def _consenting(what: Enrolment, chosen: Any) -> Insert:
    """Return the statement that writes down the same consent for those chosen."""
    same = {"newsletter": what.newsletter, "act": "imported", "at": what.now, **what.consent}
    values = [literal(value, consents.c[name].type) for name, value in same.items()]
    return insert(consents).from_select(["subscriber", *same], chosen.add_columns(*values))


def _fresh(conn: Connection, what: Enrolment) -> int:
    """Enrol those who were no subscribers at all; return how many. No look-up: the numbers are just made."""
    if conn.dialect.name != "sqlite":
        made = _people(conn, what.now).returning(subscribers.c.id).cte("made")
        subscribed = (
            _subscribing(conn, what, select(made.c.id))
            .returning(subscriptions.c.subscriber)
            .cte("subscribed")
        )
        statement = _consenting(what, select(subscribed.c.subscriber)).add_cte(made, subscribed)
        return _counted(conn, statement)
    highest = conn.execute(select(func.coalesce(func.max(subscribers.c.id), 0))).scalar_one()
    conn.execute(_people(conn, what.now))
    made = select(subscribers.c.id).where(subscribers.c.id > highest)  # nobody else writes meanwhile
    conn.execute(_subscribing(conn, what, made))
    return _counted(conn, _consenting(what, made))


def _joined(conn: Connection, what: Enrolment) -> int:
    """Enrol those who were subscribers already, but not of this newsletter; return how many."""
    number = select(subscribers.c.id).where(_BY_KEY).scalar_subquery()  # everyone in the batch has one now
    known = select(number).select_from(_ENTRANTS).where(text("true"))
    statement = _subscribing(conn, what, known).returning(subscriptions.c.subscriber)
    numbers = conn.execute(statement).scalars().all()
    _record(conn, numbers, what)
    return len(numbers)


def _record(conn: Connection, numbers: Sequence[int], what: Enrolment) -> None:
    """Write the same consent for all, by one statement that is given their numbers as a JSON array."""
    bound = bindparam("numbers", json.dumps(list(numbers)), type_=Text)
    if conn.dialect.name == "sqlite":
        each = func.json_each(bound).table_valued("value")
    else:
        each = func.json_array_elements_text(cast(bound, JSON)).table_valued("value")
    conn.execute(_consenting(what, select(cast(each.c.value, BigInteger))))


def _counted(conn: Connection, statement: Insert) -> int:
    """Execute an INSERT and return how many rows it made."""
    return conn.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


# ── counting ──────────────────────────────────────────────────────────────────────────


def _held(newsletter: str, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition "this entrant has such a subscription": asked row by row, by key.

    As a join it would leave the order of tables to a planner that knows nothing of a temporary one.
    """
    mine = select(subscriptions.c.id).join(subscribers, subscriptions.c.subscriber == subscribers.c.id)
    mine = mine.where(_BY_KEY, subscriptions.c.newsletter == newsletter, *which)
    return exists(mine.correlate(_ENTRANTS))


def _standing(conn: Connection, what: Enrolment) -> tuple[int, int]:
    """Count the batch's subscriptions: how many are ended, and how many were made since the table began."""
    gone = _held(what.newsletter, subscriptions.c.state == SubscriptionState.UNSUBSCRIBED)
    ours = _held(what.newsletter, subscriptions.c.id > what.since)
    query = select(func.count().filter(gone), func.count().filter(ours)).select_from(_ENTRANTS)
    found = conn.execute(query).one()
    return found[0], found[1]
