"""Bringing a database to the present schema: the embedded one by itself, PostgreSQL when told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from digest.errors import StoreOutdated
from digest.store.engine import Store
from digest.store.schema import metadata

if TYPE_CHECKING:
    from digest.settings import Settings

HEAD = "0001"
"""The newest migration; a test compares it with the folder's."""


def version(store: Store) -> str | None:
    """Return the database's version, None where it is empty."""
    from sqlalchemy import inspect

    with store.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def create(store: Store) -> None:
    """Make every table in an empty database, and note the version."""
    with store.write() as connection:
        metadata.create_all(connection)
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def ready(settings: Settings) -> Store:
    """Open the store; an empty embedded database is made. Raises ``StoreOutdated`` for an outdated one."""
    store = Store(settings.database_url)
    found = version(store)
    if found == HEAD:
        return store
    if store.is_sqlite and found is None:
        create(store)
        return store
    store.close()
    msg = f"the database has version {found or 'none'}, this program needs {HEAD}; run `digest db upgrade`"
    raise StoreOutdated(msg)
