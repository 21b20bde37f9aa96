"""Opening a database: SQLite with the settings that make it safe, or PostgreSQL through psycopg 3."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DisconnectionError

from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDLE = 2.0  # seconds after which a connection to PostgreSQL is asked whether it still lives
_CACHE, _LITTLE = -16_000, -2_000  # KiB of pages that a connection to SQLite keeps


def _prepare_sqlite(engine: Engine, busy_timeout: float) -> None:
    """WAL, full synchronisation, foreign keys; write transactions take the lock when they begin."""

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions are begun by the listener below, not by sqlite3
        cursor = raw.cursor()
        for pragma in (
            f"busy_timeout={round(busy_timeout * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size={_CACHE}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("near"):
            connection.exec_driver_sql(f"BEGIN {'IMMEDIATE' if options.get('writes') else 'DEFERRED'}")


def _engine(url: str, busy_timeout: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"check_same_thread": False}, pool_use_lifo=True)
        _prepare_sqlite(engine, busy_timeout)
        return engine
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(parsed)
    except ImportError as error:
        msg = "PostgreSQL needs the package psycopg: install newsdigest[postgres]"
        raise StoreError(msg) from error
    _ask_the_idle(engine)
    return engine


def _ask_the_idle(engine: Engine) -> None:
    """Ask a connection that lay idle for a while whether it still lives, before it is lent again.

    SQLAlchemy's own ``pool_pre_ping`` asks each time: a tenth of what a short transaction takes.
    """

    @event.listens_for(engine, "checkin")
    def _given_back(_raw: Any, record: Any) -> None:
        record.info["idle since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _lent(raw: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle since", time.monotonic()) < _IDLE:
            return
        try:
            engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


class Store:
    """One database. ``read()`` and ``write()`` give a connection inside one transaction.

    Verbs live in ``digest.store.<noun>`` and take that connection first. A write transaction
    commits when its block ends and is undone when the block raises. ``busy_timeout`` is how many seconds
    an embedded database waits for another writer.
    """

    def __init__(self, url: str, busy_timeout: float = 30) -> None:
        self.url = url
        self.engine = _engine(url, busy_timeout)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path:
        """The embedded database's file."""
        assert self.engine.url.database
        return Path(self.engine.url.database)

    @property
    def where(self) -> str:
        """The database as it may be printed: the file, or the address without its password."""
        return str(self.file) if self.is_sqlite else self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading: one consistent picture, however long it takes."""
        options = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction for writing; on SQLite it holds the write lock from its beginning."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def walks(self, conn: Connection, *, on: bool = True) -> None:
        """Let a connection keep few pages while it walks through tables once, as sending does."""
        if self.is_sqlite and conn.info.get("walks", False) is not on:
            conn.exec_driver_sql(f"PRAGMA cache_size={_LITTLE if on else _CACHE}")
            conn.info["walks"] = on

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


class Near(Store):
    """A store seen through one connection that stays open: for short reads from one thread, without a pool.

    Only for the embedded database, whose readers wait for no writer (write-ahead log): an event loop may ask
    it by key without a thread. Each statement sees a picture of its own. What cannot be answered at once
    raises SQLAlchemy's ``OperationalError``.
    """

    def __init__(self, store: Store) -> None:
        self.url = store.url
        self.engine = store.engine
        self._connection: Connection | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend the one connection for a statement that reads."""
        if self._connection is None:
            self._connection = self.engine.connect().execution_options(near=True)
            with self._connection.begin():
                self._connection.exec_driver_sql("PRAGMA busy_timeout=0")
        with self._connection.begin():
            yield self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.invalidate()  # it has a setting of its own
            self._connection.close()
            self._connection = None
