"""All migrations make the schema, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, Table, Text, text

from digest.store import Store, migrate
from digest.store.schema import metadata
from tests.migrations.catalogue import dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Store]:
    store = Store(empty_database_url)
    yield store
    store.close()


def forget(store: Store) -> None:
    with store.write() as connection:
        doomed = MetaData()
        doomed.reflect(connection)
        doomed.drop_all(connection)


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HISTORY.head]


def migrated(connection: Connection) -> list[str]:
    migrate._run(connection)
    return dump(connection)


def test_all_migrations_make_the_schema(empty: Store) -> None:
    with migrate._locked(empty) as connection:
        by_migrations = migrated(connection)
    forget(empty)
    with empty.write() as connection:
        migrate.create(connection)
        by_schema = dump(connection)
    assert by_migrations == by_schema
    assert any("CHECK" in line for line in by_schema)
    assert any("WHERE" in line for line in by_schema)


def variant(change: str) -> MetaData:
    """One table, changed in a way that alembic's own comparison does not see."""
    made = MetaData()
    Table(
        "thing",
        made,
        Column("id", Integer, primary_key=True),
        Column("state", Text, nullable=False, server_default="b" if change == "default" else "a"),
        CheckConstraint(f"state IN ('a', '{'c' if change == 'check' else 'b'}')", name="ck_state"),
        Index("ix_state", "state", unique=True, **_where("b" if change == "predicate" else "a")),
        sqlite_autoincrement=change == "autoincrement",
        sqlite_with_rowid=change != "rowid",
    )
    return made


def _where(state: str) -> dict[str, object]:
    condition = text(f"state = '{state}'")
    return {"sqlite_where": condition, "postgresql_where": condition}


@pytest.mark.parametrize("change", ["default", "check", "predicate", "autoincrement", "rowid"])
def test_the_dump_sees_what_alembic_does_not(empty: Store, change: str) -> None:
    dumps = []
    for which in ("", change):
        with empty.write() as connection:
            variant(which).create_all(connection)
            dumps.append(dump(connection))
        forget(empty)
    only_sqlite = change in ("autoincrement", "rowid") and not empty.is_sqlite
    assert (dumps[0] == dumps[1]) is only_sqlite


def test_every_column_is_in_the_dump(store: Store) -> None:
    with store.read() as connection:
        lines = dump(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            assert any(table.name in line and column.name in line for line in lines), column
