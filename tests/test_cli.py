"""The command line as a whole: exit codes, help, nearest commands, completion."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from digest.cli import COMMANDS, run

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]


def test_help_lists_every_command(capsys: Capture) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in out
        assert text in " ".join(out.split())


def test_an_unknown_command_is_told_with_the_nearest(capsys: Capture) -> None:
    assert run(["plna"]) == 2
    assert "there is no command 'plna'; did you mean 'plan'?" in capsys.readouterr().err
    assert run(["xyzzy"]) == 2
    assert "`digest --help` lists them" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["init"], ["check", "--nonsense"], ["db", "nonsense"]])
def test_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    assert run(arguments) == 2


def test_a_failing_database_is_told_in_one_line(tmp_path: Path, capsys: Capture) -> None:
    run(["init", str(tmp_path)])
    run(["db", "upgrade", "--config", str(tmp_path)])
    with sqlite3.connect(tmp_path / "var" / "digest.db") as broken:
        broken.execute("DROP TABLE editions")
        broken.execute("CREATE TABLE editions (useless)")
    capsys.readouterr()
    assert run(["editions", "list", "--config", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("digest: the database failed: no such column")
    assert err.count("\n") == 1


def completions(shell_words: str, folder: Path) -> list[str]:
    environ = dict(os.environ)  # noqa: TID251 (a child's)
    environ |= {"_DIGEST_COMPLETE": "bash_complete", "COMP_WORDS": shell_words}
    environ["COMP_CWORD"] = str(len(shell_words.split(" ")) - 1)
    program = "from digest.__main__ import main; import sys; sys.argv[0] = 'digest'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line.split(",")[1] for line in done.stdout.splitlines() if line]


def test_the_shell_completes_commands_and_options(tmp_path: Path) -> None:
    assert completions("digest pl", tmp_path) == ["plan"]
    assert completions("digest db ", tmp_path) == ["backup", "upgrade"]
    assert "--to" in completions("digest db backup --", tmp_path)


def test_the_shell_completes_newsletters_of_the_working_folder(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    (tmp_path / "config" / "newsletters" / "weekly.toml").write_text('title = "W"\n')
    assert completions("digest plan ", tmp_path) == ["daily", "weekly"]
    assert completions("digest send we", tmp_path) == ["weekly"]
    assert completions(f"digest --config {tmp_path} preview d", tmp_path.parent) == ["daily"]
    assert completions("digest plan ", tmp_path.parent) == []
