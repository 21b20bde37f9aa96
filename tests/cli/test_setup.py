"""``digest init`` and ``digest check``."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from digest.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]


class TestInit:
    def test_it_writes_a_folder_in_which_everything_is_in_order(
        self, tmp_path: Path, capsys: Capture
    ) -> None:
        assert run(["init", str(tmp_path / "mine")]) == 0
        assert run(["check", "--config", str(tmp_path / "mine")]) == 0
        assert (
            "is in order\nnewsletters: daily; sources: 0; senders: outbox (maildir)"
            in capsys.readouterr().out
        )

    def test_the_keys_are_private_and_new_each_time(self, tmp_path: Path) -> None:
        secrets = set()
        for name in ("a", "b"):
            assert run(["init", str(tmp_path / name)]) == 0
            file = tmp_path / name / "config" / "keys.toml"
            assert file.stat().st_mode & 0o777 == 0o600
            keys = tomllib.loads(file.read_text())["keys"]
            assert [key["purpose"] for key in keys] == ["links", "addresses"]
            secrets |= {key["secret"] for key in keys}
        assert len(secrets) == 4

    @pytest.mark.parametrize(
        "there", ["config/digest.toml", "config/keys.toml", "config/newsletters/daily.toml"]
    )
    def test_it_overwrites_nothing(self, tmp_path: Path, capsys: Capture, there: str) -> None:
        (tmp_path / there).parent.mkdir(parents=True)
        (tmp_path / there).write_text("precious")
        assert run(["init", str(tmp_path)]) == 2
        assert (tmp_path / there).read_text() == "precious"
        assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / there]
        assert "nothing was written" in capsys.readouterr().err

    def test_a_place_that_cannot_be_written_is_told(self, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "file").touch()
        assert run(["init", str(tmp_path / "file" / "mine")]) == 2
        assert "cannot be written" in capsys.readouterr().err

    def test_json_names_the_files(self, tmp_path: Path, capsys: Capture) -> None:
        assert run(["init", str(tmp_path), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["folder"] == str(tmp_path)
        assert all((tmp_path / name).is_file() for name in told["files"])


class TestCheck:
    def test_problems_end_with_exit_2(self, tmp_path: Path, capsys: Capture) -> None:
        run(["init", str(tmp_path)])
        (tmp_path / "config" / "newsletters" / "daily.toml").write_text('titel = "x"\n')
        assert run(["check", "--config", str(tmp_path)]) == 2
        err = capsys.readouterr().err
        assert (
            "config/newsletters/daily.toml:1:1: titel: is no setting (got 'x') — did you mean 'title'?" in err
        )
        assert "2 problems in" in err

    def test_json_is_all_of_stdout(self, tmp_path: Path, capsys: Capture) -> None:
        run(["init", str(tmp_path)])
        (tmp_path / "config" / "digest.toml").write_text("base_url = 3\n")
        capsys.readouterr()
        assert run(["--config", str(tmp_path), "check", "--json"]) == 2
        told = json.loads(capsys.readouterr().out)
        assert (told["ok"], told["newsletters"]) == (False, ["daily"])
        assert told["problems"][0] == {
            "where": "config/digest.toml:1:1",
            "key": "base_url",
            "message": "must be a text in quotes",
            "value": "3",
            "hint": "",
        }

    def test_a_folder_that_is_none_is_told(self, tmp_path: Path, capsys: Capture) -> None:
        assert run(["check", "--config", str(tmp_path)]) == 2
        assert "digest init DIR" in capsys.readouterr().err
