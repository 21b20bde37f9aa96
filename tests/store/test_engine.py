"""Opening a database: transactions, and two processes on one embedded file."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from digest.store import Store
from digest.store.schema import facts

if TYPE_CHECKING:
    from pathlib import Path


KEPT = text("INSERT INTO facts (key, value, at) VALUES ('k', '1', '2026-07-05 07:00:00')")


def test_a_write_is_undone_when_its_block_raises(store: Store) -> None:
    def fail() -> None:
        with store.write() as connection:
            connection.execute(KEPT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as connection:
        assert connection.execute(select(facts)).all() == []


def test_a_reader_sees_one_picture_while_others_write(store: Store) -> None:
    count = select(facts.c.key)
    with store.read() as reader:
        assert reader.execute(count).all() == []
        with store.write() as writer:
            writer.execute(
                text("INSERT INTO facts (key, value, at) VALUES ('k', '1', '2026-07-05 07:00:00')")
            )
        assert reader.execute(count).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nothing_is_written_where_only_reading_was_meant(store: Store) -> None:
    with store.read() as connection, pytest.raises(DBAPIError, match="read-only"):
        connection.execute(KEPT)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30000)],
)
def test_the_embedded_database_is_opened_safely(tmp_path: Path, pragma: str, value: object) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    with store.read() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    store.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_threads_that_read_then_write_wait_for_each_other(store: Store) -> None:
    """A read that turns into a write fails at once in SQLite unless the lock was taken at the beginning."""
    with store.write() as connection:
        connection.execute(KEPT)

    def work() -> None:
        for _ in range(20):
            with store.write() as connection:
                count = connection.execute(select(facts.c.value)).scalar_one()
                connection.execute(facts.update().values(value=count + 1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert connection.execute(select(facts.c.value)).scalar_one() == 81


def test_two_processes_on_one_embedded_database_lose_nothing(tmp_path: Path) -> None:
    """Each counts to 50 by reading and writing in one transaction; both open the file that did not exist."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    program = f"""
        from sqlalchemy import select
        from digest.clock import utc_now
        from digest.settings import Settings
        from digest.store.migrate import ready
        from digest.store.schema import facts
        store = ready(Settings(database={url!r}))
        for _ in range(50):
            with store.write() as connection:
                count = connection.execute(select(facts.c.value)).scalar()
                if count is None:
                    connection.execute(facts.insert().values(key="n", value=1, at=utc_now()))
                else:
                    connection.execute(facts.update().values(value=count + 1))
        store.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[1] for process in running] == ["", ""]
    store = Store(url)
    with store.read() as connection:
        assert connection.execute(select(facts.c.value)).scalar_one() == 100
    store.close()


def test_sending_keeps_few_pages_in_memory_and_gives_the_connection_back_as_it_was(tmp_path: Path) -> None:
    """While a connection walks, its cache is an eighth; afterwards it is what every other one has."""
    made = Store(f"sqlite:///{tmp_path / 'a.db'}")
    sizes = []
    for on in (False, True, True, False):
        with made.write() as conn:
            made.walks(conn, on=on)
            sizes.append(conn.exec_driver_sql("PRAGMA cache_size").scalar_one())
    made.close()
    assert sizes == [-16_000, -2_000, -2_000, -16_000]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_died_while_idle_is_replaced(store: Store) -> None:
    """The server closed it: whoever asks next is lent a new one and notices nothing."""
    with store.read() as connection:
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = Store(store.url)
    with other.write() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (before,))
    other.close()
    time.sleep(2.1)  # what counts as idle
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != before
