"""Copies of a database while it is in use: SQLite's online backup, or pg_dump."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING

from digest.errors import StoreError, UsageError
from digest.settings import environment

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store.engine import Store


def copy_sqlite(store: Store, target: Path, *, replace: bool = False) -> Path:
    """Copy the embedded database as last committed, private to its owner, checked; writers need not stop.

    Raises ``UsageError`` where the target exists (unless ``replace``), ``StoreError`` for a broken copy.
    """
    if not store.file.is_file():
        msg = f"{store.file}: there is no database yet; nothing to copy"
        raise StoreError(msg)
    partial = _start(target, replace=replace)
    try:
        with (
            contextlib.closing(sqlite3.connect(store.file)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            msg = f"the copy of {store.file} is not whole: {verdict}; check the disk"
            raise StoreError(msg)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _start(target: Path, *, replace: bool) -> Path:
    if target.exists() and not replace:
        msg = f"{target} exists already; choose another name with --to"
        raise UsageError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return partial


def dump_postgres(store: Store, target: Path) -> Path:
    """Write a pg_dump archive (restore it with pg_restore).

    Raises ``StoreError`` with the command to run where pg_dump is not installed or fails.
    """
    url = store.engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string()
    program = shutil.which("pg_dump")
    if program is None:
        advice = f"pg_dump --format=custom --file={target.name} '{address}'"
        msg = f"pg_dump is not installed here; where it is, run: {advice}"
        raise StoreError(msg)
    partial = _start(target, replace=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    command = [program, "--format=custom", "--no-password", f"--file={partial}", f"--dbname={address}"]
    try:
        done = subprocess.run(  # noqa: S603 (the program was found on the path, its arguments are ours)
            command, env=environment.for_child(secret), capture_output=True, text=True, check=False
        )
        if done.returncode:
            msg = f"pg_dump failed: {done.stderr.strip()}; {_next_step(done.stderr)}"
            raise StoreError(msg)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def backup(store: Store, target: Path) -> Path:
    """Copy the database to a new file; returns it."""
    return copy_sqlite(store, target) if store.is_sqlite else dump_postgres(store, target)


def _next_step(said: str) -> str:
    """Return what to do about a failure of pg_dump's."""
    if "version mismatch" in said:
        return (
            "pg_dump must not be older than the server: install the client package of the server's version"
            " (postgresql-client-N), put its folder first in PATH, and try again"
        )
    if "permission denied" in said:
        return "the database's user must be allowed to read every table: dump as the owner"
    return "see that the database in config/digest.toml answers (psql with the same address), and try again"
