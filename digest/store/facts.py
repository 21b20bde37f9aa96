"""Facts: small named values the process keeps about itself, such as index versions and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, cast, delete, select, type_coerce

from digest.store.dialect import dialect_of
from digest.store.schema import facts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


def get(connection: Connection, key: str, default: Any = None) -> Any:
    """Return the value kept under a key, else ``default``."""
    row = connection.execute(select(facts.c.value).where(facts.c.key == key)).first()
    return default if row is None else row.value


def put(connection: Connection, key: str, value: Any, now: datetime) -> None:
    """Keep a value (anything JSON can hold) under a key, in place of the one before."""
    dialect = dialect_of(connection)
    query = dialect.insert(facts).values(key=key, value=value, at=now)
    kept = {"value": query.excluded.value, "at": query.excluded.at}
    connection.execute(query.on_conflict_do_update(index_elements=["key"], set_=kept))


def add(connection: Connection, key: str, more: int, now: datetime) -> None:
    """Add to the number kept under a key, from any number of processes at once; a new key begins at 0."""
    dialect = dialect_of(connection)
    sum_ = cast(cast(type_coerce(facts.c.value, Text), Integer) + more, Text)
    query = dialect.insert(facts).values(key=key, value=more, at=now)
    kept = {"value": sum_, "at": query.excluded.at}
    connection.execute(query.on_conflict_do_update(index_elements=["key"], set_=kept))


def changed_at(connection: Connection, key: str) -> datetime | None:
    """Return when a key's value was last kept."""
    return connection.execute(select(facts.c.at).where(facts.c.key == key)).scalar()


def forget(connection: Connection, key: str) -> None:
    """Remove a key, if it is there."""
    connection.execute(delete(facts).where(facts.c.key == key))
