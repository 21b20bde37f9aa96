"""Facts: small named values the process keeps about itself, such as index versions and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

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
    changed = connection.execute(update(facts).where(facts.c.key == key).values(value=value, at=now))
    if not changed.rowcount:
        connection.execute(facts.insert().values(key=key, value=value, at=now))


def changed_at(connection: Connection, key: str) -> datetime | None:
    """Return when a key's value was last kept."""
    return connection.execute(select(facts.c.at).where(facts.c.key == key)).scalar()


def forget(connection: Connection, key: str) -> None:
    """Remove a key, if it is there."""
    connection.execute(delete(facts).where(facts.c.key == key))
