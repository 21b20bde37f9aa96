"""Bringing a database to the present schema: the embedded one by itself, PostgreSQL when told to.

At the present version nothing but one row is read, and alembic is not imported. An upgrade runs in one
transaction that holds the database's write lock (SQLite: ``BEGIN IMMEDIATE``, PostgreSQL: an advisory lock):
whoever comes second waits and then finds it done. The embedded database is copied first.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from digest.errors import StoreBusy, StoreError, StoreOutdated
from digest.store.backup import copy_sqlite
from digest.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from digest.settings import Settings


@dataclass(frozen=True, slots=True)
class History:
    """A folder of migrations and the version they lead to."""

    folder: Path
    head: str


HISTORY = History(Path(__file__).parent / "migrations", "0001")
"""Ours; a test compares its head with the folder's newest file."""

_LOCK = 13_699_671  # any number will do, the same for every Digest


def _read(connection: Connection) -> str | None:
    """Return the version noted in the database; None where there is none."""
    with contextlib.suppress(OperationalError, ProgrammingError), connection.begin_nested():
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    return None


def version(store: Store) -> str | None:
    """Return the database's version; None where it is empty."""
    with store.read() as connection:
        return _read(connection)


@contextlib.contextmanager
def _locked(store: Store) -> Iterator[Connection]:
    """Open the one write transaction an upgrade may use."""
    if not store.is_sqlite:
        with store.write() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
        return
    with store.engine.connect().execution_options(writes=True) as connection:
        # SQLite alters tables by copying them: references are checked at the end, not on the way
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                _check_references(connection)
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        msg = (
            f"the upgrade was undone: it would leave {len(broken)} broken references, first in {broken[0][0]}"
        )
        raise StoreError(msg)


def _run(connection: Connection, history: History = HISTORY) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(history.folder))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def create(connection: Connection) -> None:
    """Make every table in an empty database and note the version: the same as all migrations, but faster."""
    from digest.store.schema import metadata

    metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HISTORY.head}
    )


def _refuse_newer(found: str | None, head: str) -> None:
    if found is not None and found > head:
        msg = f"the database has version {found}, newer than this program's {head}; install the newer Digest"
        raise StoreOutdated(msg)


def _refuse_older(found: str | None, head: str) -> None:
    msg = f"the database has version {found or 'none'}, this program needs {head}; run `digest db upgrade`"
    raise StoreOutdated(msg)


def upgrade(store: Store, history: History = HISTORY) -> tuple[str | None, Path | None]:
    """Bring the database to the present version.

    Returns the version found and the copy made of an embedded database (None where there was nothing to do).
    Raises ``StoreOutdated`` for a database of a newer program; whatever fails is undone as a whole.
    """
    with _told(store), _locked(store) as connection:
        found = _read(connection)
        _refuse_newer(found, history.head)
        if found is None:
            create(connection)
        elif found < history.head:
            saved = _copy(store, history)
            _run(connection, history)
            return found, saved
    return found, None


def _copy(store: Store, history: History) -> Path | None:
    if not store.is_sqlite:
        return None
    return copy_sqlite(store, store.file.with_name(f"{store.file.name}.before-{history.head}"), replace=True)


@contextlib.contextmanager
def _told(store: Store) -> Iterator[None]:
    """Say in our words that the database cannot be reached."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        if "locked" in reason:
            msg = f"{store.where} is held by another process; stop it, or wait and try again"
            raise StoreBusy(msg) from error
        msg = f"{store.where} cannot be opened: {reason}"
        raise StoreError(msg) from error


def open_ready(store: Store, history: History = HISTORY) -> Store:
    """Bring an open store to the present version if it is embedded; close it where it cannot be used."""
    try:
        with _told(store):
            found = version(store)
        _refuse_newer(found, history.head)
        if found != history.head:
            upgrade(store, history) if store.is_sqlite else _refuse_older(found, history.head)
    except BaseException:
        store.close()
        raise
    return store


def ready(settings: Settings, history: History = HISTORY) -> Store:
    """Open the store; the embedded database is made or upgraded.

    Raises ``StoreOutdated`` where PostgreSQL has another version, ``StoreBusy`` where another process holds
    the embedded database for longer than the busy timeout, ``StoreError`` where it cannot be opened.
    """
    return open_ready(Store(settings.database_url), history)
