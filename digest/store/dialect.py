"""The SQL that is each database's own: an INSERT that knows ON CONFLICT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def dialect_of(connection: Connection) -> Any:
    """Return SQLAlchemy's module for this connection's database; both have ``insert`` with ON CONFLICT."""
    return sqlite if connection.dialect.name == "sqlite" else postgresql
