"""The SQL that is each database's own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from digest.store.dialect import dialect_of

if TYPE_CHECKING:
    from digest.store import Store


def test_each_database_has_its_own_insert(store: Store) -> None:
    with store.read() as connection:
        assert dialect_of(connection).__name__ == f"sqlalchemy.dialects.{connection.dialect.name}"


def test_the_embedded_database_does_not_import_the_drivers_of_the_other() -> None:
    program = "import sys, pkgutil, importlib, digest.store as s\n"
    program += (
        "for m in pkgutil.iter_modules(s.__path__): importlib.import_module(f'digest.store.{m.name}')\n"
    )
    program += "print('sqlalchemy.dialects.postgresql' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
