"""Opening a store: made when new, upgraded when embedded and old, refused when it cannot be right."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from digest.errors import StoreBusy, StoreError, StoreOutdated
from digest.settings import Settings
from digest.store import Store, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    with op.batch_alter_table("facts") as batch:
        batch.add_column(sa.Column("extra", sa.Text(), server_default="x", nullable=False))
    {more}
"""


def settings_of(url: str) -> Settings:
    return Settings(root=Path("/"), database=url)


@pytest.fixture
def later(tmp_path: Path) -> migrate.History:
    """Give a history with one migration more."""
    return history(tmp_path, "pass")


def history(folder: Path, more: str) -> migrate.History:
    target = folder / "migrations"
    shutil.copytree(migrate.HISTORY.folder, target)
    (target / "versions" / "0002_more.py").write_text(SECOND.format(more=more))
    return migrate.History(target, "0002")


def remember(store: Store) -> None:
    with store.write() as connection:
        connection.execute(
            text("INSERT INTO facts (key, value, at) VALUES ('k', '1', '2026-07-05 07:00:00')")
        )


def columns(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(text("SELECT * FROM facts")).keys())


class TestReady:
    def test_a_new_embedded_database_is_made(self, tmp_path: Path) -> None:
        store = migrate.ready(settings_of(f"sqlite:///{tmp_path / 'var' / 'new.db'}"))
        assert migrate.version(store) == migrate.HISTORY.head
        store.close()

    def test_opening_at_the_present_version_does_not_import_alembic(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.db'}"
        program = f"""
            import sys
            from digest.settings import Settings
            from digest.store.migrate import ready
            ready(Settings(database={url!r})).close()
            ready(Settings(database={url!r})).close()
            print([name for name in sys.modules if name.startswith("alembic")])
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
        )
        assert done.stdout == "[]\n"

    def test_an_old_embedded_database_is_copied_then_upgraded(
        self, tmp_path: Path, later: migrate.History
    ) -> None:
        settings = settings_of(f"sqlite:///{tmp_path / 'digest.db'}")
        store = migrate.ready(settings)
        remember(store)
        store.close()
        store = migrate.ready(settings, later)
        assert migrate.version(store) == "0002"
        assert columns(store) == ["key", "value", "at", "extra"]
        store.close()
        saved = tmp_path / "digest.db.before-0002"
        with sqlite3.connect(saved) as copy:
            assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
            assert copy.execute("SELECT key FROM facts").fetchall() == [("k",)]
        assert saved.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
    def test_an_outdated_postgresql_is_refused_until_it_is_upgraded(
        self, empty_database_url: str, later: migrate.History
    ) -> None:
        store = Store(empty_database_url)
        with pytest.raises(StoreOutdated, match="digest db upgrade"):
            migrate.ready(settings_of(empty_database_url))
        assert migrate.upgrade(store) == (None, None)
        migrate.ready(settings_of(empty_database_url)).close()
        with pytest.raises(StoreOutdated, match=r"0001.*0002.*digest db upgrade"):
            migrate.ready(settings_of(empty_database_url), later)
        assert migrate.upgrade(store, later) == ("0001", None)
        assert columns(store) == ["key", "value", "at", "extra"]
        store.close()

    def test_a_database_of_a_newer_program_is_refused(self, database_url: str) -> None:
        store = Store(database_url)
        with store.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreOutdated, match="install the newer Digest"):
            migrate.ready(settings_of(database_url))
        with pytest.raises(StoreOutdated):
            migrate.upgrade(store)
        store.close()

    def test_a_file_that_is_no_database_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "x.db").write_text("this is no database at all, " * 40)
        with pytest.raises(StoreError, match=r"x.db cannot be opened: file is not a database"):
            migrate.ready(settings_of(f"sqlite:///{tmp_path / 'x.db'}"))

    def test_a_server_that_is_away_is_told_without_the_password(self) -> None:
        with pytest.raises(StoreError, match="cannot be opened") as caught:
            migrate.ready(settings_of("postgresql://me:hunter2@127.0.0.1:1/x"))
        assert "hunter2" not in str(caught.value)


class TestUpgrade:
    @pytest.fixture
    def present(self, database_url: str) -> Iterator[Store]:
        store = Store(database_url)
        remember(store)
        yield store
        store.close()

    def test_a_failing_migration_is_undone_as_a_whole(self, present: Store, tmp_path: Path) -> None:
        broken = history(tmp_path, "raise RuntimeError('half way')")
        with pytest.raises(RuntimeError, match="half way"):
            migrate.upgrade(present, broken)
        assert migrate.version(present) == "0001"
        assert columns(present) == ["key", "value", "at"]

    def test_a_migration_that_breaks_references_is_undone(self, tmp_path: Path) -> None:
        store = migrate.ready(settings_of(f"sqlite:///{tmp_path / 'digest.db'}"))
        values = "'k', 7"
        broken = history(tmp_path, f'op.execute("INSERT INTO article_keys (key, article) VALUES ({values})")')
        with pytest.raises(StoreError, match="1 broken references, first in article_keys"):
            migrate.upgrade(store, broken)
        assert migrate.version(store) == "0001"
        store.close()

    def test_two_processes_upgrade_once(self, tmp_path: Path, later: migrate.History) -> None:
        url = f"sqlite:///{tmp_path / 'digest.db'}"
        migrate.ready(settings_of(url)).close()
        program = f"""
            from pathlib import Path
            from digest.settings import Settings
            from digest.store.migrate import History, ready
            ready(Settings(database={url!r}), History(Path({str(later.folder)!r}), "0002")).close()
        """
        command = [sys.executable, "-c", textwrap.dedent(program)]
        racing = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        assert [process.communicate()[1] for process in racing] == ["", "", ""]
        assert [process.returncode for process in racing] == [0, 0, 0]
        store = Store(url)
        assert columns(store) == ["key", "value", "at", "extra"]
        store.close()

    def test_a_database_held_too_long_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "digest.db"
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        store = Store(f"sqlite:///{file}", busy_timeout=0.1)
        with pytest.raises(StoreBusy, match=r"digest.db is held by another process"):
            migrate.open_ready(store)
        store.close()
        holder.close()
