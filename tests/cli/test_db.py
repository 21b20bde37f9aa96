"""``digest db``."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from digest.cli import run
from digest.store.migrate import HISTORY

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]


@pytest.fixture
def new(tmp_path: Path, capsys: Capture) -> Path:
    run(["init", str(tmp_path)])
    capsys.readouterr()
    return tmp_path


def test_upgrade_makes_the_database_and_is_safe_to_run_again(new: Path, capsys: Capture) -> None:
    assert run(["db", "upgrade", "--config", str(new)]) == 0
    assert f"upgraded from nothing to {HISTORY.head}" in capsys.readouterr().out
    assert run(["db", "upgrade", "--config", str(new), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"from": HISTORY.head, "to": HISTORY.head, "copy": None}


def test_backup_writes_one_whole_file(new: Path, capsys: Capture) -> None:
    run(["db", "upgrade", "--config", str(new)])
    target = new / "copy.db"
    assert run(["--config", str(new), "db", "backup", "--to", str(target)]) == 0
    assert "checked" in capsys.readouterr().out
    with sqlite3.connect(target) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(HISTORY.head,)]
    assert run(["--config", str(new), "db", "backup", "--to", str(target)]) == 2


def test_backup_names_its_file_by_the_time(new: Path, capsys: Capture) -> None:
    run(["db", "upgrade", "--config", str(new)])
    capsys.readouterr()
    assert run(["--config", str(new), "db", "backup", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [file] = (new / "var" / "backup").iterdir()
    assert (told["file"], told["bytes"]) == (str(file), file.stat().st_size)


def test_backup_of_nothing_is_told(new: Path, capsys: Capture) -> None:
    assert run(["--config", str(new), "db", "backup"]) == 1
    assert "there is no database yet" in capsys.readouterr().err
