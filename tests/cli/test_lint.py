from __future__ import annotations

import json

from digest import compose
from digest.cli import run
from digest.compose.lint.run import LONGEST
from digest.testing import samples


def files(tmp_path):
    made = compose.compile(samples.plan(), samples.frame())
    (tmp_path / "good.eml").write_bytes(compose.splice(made.variant, LONGEST).as_bytes())
    (tmp_path / "good.html").write_text(made.html.replace("<!-- -->", ""), "utf-8")
    (tmp_path / "bad.html").write_text("<p>nothing of a mail</p>")
    return tmp_path


def test_a_clean_message_exits_0(tmp_path, capsys):
    """And says so in one line."""
    file = files(tmp_path) / "good.eml"
    assert run(["lint", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 0 errors, 0 warnings, 0 notes\n"


def test_errors_exit_1_and_come_first(tmp_path, capsys):
    """Each with its id, place, words and remedy."""
    assert run(["lint", str(files(tmp_path) / "bad.html")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ H01  html:1: 0 doctypes")
    assert lines[1].strip().startswith("begin with <!DOCTYPE html>")


def test_json_is_the_same_for_machines(tmp_path, capsys):
    """Every finding with all six values."""
    assert run(["lint", str(files(tmp_path) / "bad.html"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {"id", "severity", "place", "message", "source", "remedy"} == set(told["findings"][0])
    assert {"H01", "H21"} <= {found["id"] for found in told["findings"]}


def test_clients_tells_who_goes_without(tmp_path, capsys):
    """H24 is for information: it never fails."""
    assert run(["lint", str(files(tmp_path) / "good.eml"), "--clients"]) == 0
    out = capsys.readouterr().out
    assert "· H24  html: prefers-color-scheme: not in Gmail web" in out
    assert "border-radius" not in out


def test_a_missing_file_is_named(tmp_path, capsys):
    """Exit 2."""
    assert run(["lint", str(tmp_path / "none.eml")]) == 2
    assert "none.eml cannot be read: No such file" in capsys.readouterr().err
