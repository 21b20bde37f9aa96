"""Databases with the whole schema on one PostgreSQL server, lent to one test at a time.

A database costs many times as much to make as to empty. So one that comes back is emptied and lent again,
unless the test changed more than rows.
"""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS_OUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_FILLED = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    AND pg_relation_size(oid) > 0
"""
_RESTARTED = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
WHERE last_value IS NOT NULL
"""
_SHAPE = """
SELECT (SELECT string_agg(version_num, ' ') FROM alembic_version),
    (SELECT md5(string_agg(format('%s.%s %s', attrelid::regclass, attname, atttypid), ',' ORDER BY attrelid, attnum))
     FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT md5(string_agg(pg_get_constraintdef(oid), ',' ORDER BY oid)) FROM pg_constraint WHERE oid >= 16384)
"""  # noqa: E501
"""The version, columns of tables and indexes, constraints; below 16384 is what PostgreSQL itself owns."""


class Databases:
    """``with databases.lent() as url``: a database with the schema of the template and without a row."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        with self._connected(template) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """Give the URL of a database that nobody else uses meanwhile."""
        name = self._free.pop() if self._free else self._made()
        yield self._url(name)
        if self._emptied(name):
            self._free.append(name)
        else:
            with self._connected("postgres") as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")

    def _connected(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self._url(name), autocommit=True)

    def _made(self) -> str:
        name = f"t{uuid.uuid4().hex}"
        with self._connected("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def _emptied(self, name: str) -> bool:
        """Take out all rows; tell whether the database is now as the template is."""
        try:
            with self._connected(name) as connection:
                connection.execute(_OTHERS_OUT)
                filled = [table for (table,) in connection.execute(_FILLED).fetchall()]
                if filled:
                    connection.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")
                connection.execute(_RESTARTED)
                return connection.execute(_SHAPE).fetchone() == self._shape
        except psycopg.Error:
            return False
