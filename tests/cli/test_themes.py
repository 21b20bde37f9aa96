from __future__ import annotations

import json

import pytest

from digest.cli import run


@pytest.fixture
def folder(tmp_path):
    """Make a working folder."""
    assert run(["init", str(tmp_path / "work")]) == 0
    return tmp_path / "work"


def test_the_built_in_themes_are_listed_with_their_newsletters(folder, capsys):
    """One line each, and the same as JSON."""
    capsys.readouterr()
    assert run(["themes", "list", "--config", str(folder)]) == 0
    assert "briefing: A lead story" in capsys.readouterr().out
    assert run(["themes", "list", "--config", str(folder), "--json"]) == 0
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["briefing"]["newsletters"] == ["daily"]
    assert not told["magazine"]["own"]


def test_a_copied_theme_is_complete_and_usable(folder, capsys):
    """Every file of the original; it is listed as the operator's own."""
    assert run(["themes", "new", "evening", "--from", "magazine", "--config", str(folder)]) == 0
    files = {file.name for file in (folder / "templates" / "editions" / "evening").iterdir()}
    assert files == {"theme.toml", "subject.txt.j2", "preheader.txt.j2", "body.html.j2", "body.txt.j2"}
    capsys.readouterr()
    assert run(["themes", "list", "--config", str(folder)]) == 0
    assert "evening (own)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["briefing"], "there is a theme 'briefing' already"),
        (["Evening News"], "cannot be a theme's name"),
        (["blocks"], "cannot be a theme's name"),
        (["evening", "--from", "nothing"], "no theme is named 'nothing'; there are: briefing"),
    ],
)
def test_what_cannot_be_is_said(folder, capsys, arguments, message):
    """With what to do instead."""
    assert run(["themes", "new", *arguments, "--config", str(folder)]) != 0
    assert message in capsys.readouterr().err
