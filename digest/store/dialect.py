"""The SQL that is each database's own: an INSERT that knows ON CONFLICT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def dialect_of(connection: Connection) -> Any:
    """Return SQLAlchemy's module for this connection's database; both have ``insert`` with ON CONFLICT.

    Only the one in use is imported: PostgreSQL's brings all its drivers, which a command on the embedded
    database must not wait for.
    """
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite
    from sqlalchemy.dialects import postgresql

    return postgresql
