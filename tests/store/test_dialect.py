"""The SQL that is each database's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.store.dialect import dialect_of

if TYPE_CHECKING:
    from digest.store import Store


def test_each_database_has_its_own_insert(store: Store) -> None:
    with store.read() as connection:
        assert dialect_of(connection).__name__ == f"sqlalchemy.dialects.{connection.dialect.name}"
