"""``digest stories`` from a fresh working folder: list, show, merge, split, follow, lead, undo."""

from __future__ import annotations

import json

from digest.cli import run
from tests.cli.test_plan import folder

PLACE = "https://harbourpost.example"


def test_every_act_is_shown_and_undone(tmp_path, capsys):
    """Numbers and addresses both name a story; each act prints pure JSON and stands in the list."""
    home = folder(tmp_path, capsys)

    def ask(*words):
        assert run(["stories", *words, *home, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    found = ask("list", "--at", "2026-06-19T07:00")["stories"]
    assert len(found) == 5
    first, second = found[0], found[1]
    merged = ask("merge", str(first["story"]), second["url"], "--by", "ana")["decisions"]
    assert [(one["kind"], one["actor"], one["articles"]) for one in merged] == [("merge", "ana", 1)]
    assert ask("show", second["url"])["story"] == first["story"]
    assert ask("lead", second["url"])["decisions"][0]["kind"] == "lead"
    assert ask("show", str(second["story"]))["url"] == second["url"]
    alone = ask("split", second["url"])["decisions"][0]["story"]
    assert ask("show", second["url"])["story"] == alone
    early, late = sorted(found[2:4], key=lambda one: one["first_at"])
    assert ask("follow", late["url"], early["url"])["decisions"][0]["other"] == early["story"]
    assert ask("show", late["url"])["chapters"][0]["url"] == early["url"]
    assert ask("follow", late["url"], "--nothing")["decisions"][0]["other"] is None
    kinds = ["follow", "follow", "split", "lead", "merge"]
    assert [one["kind"] for one in ask("list", "--days", "300")["decisions"]] == kinds
    assert [ask("undo")["undone"][0]["kind"] for _ in kinds] == kinds


def test_it_is_readable_and_mistakes_exit_2(tmp_path, capsys):
    """Words for people; unknown stories, and a follow without its earlier story, are usage errors."""
    home = folder(tmp_path, capsys)
    assert run(["stories", "list", "--days", "366", *home]) == 0
    capsys.readouterr()
    assert run(["stories", "merge", f"{PLACE}/0", f"{PLACE}/1", "--by", "ana", *home]) == 0
    assert "became part of" in capsys.readouterr().out
    assert run(["stories", "show", f"{PLACE}/1", *home]) == 0
    shown = capsys.readouterr().out
    assert "2 articles, 1 source" in shown
    assert "by ana" in shown
    for words in (["show", "4711"], ["show", "https://x.example/"], ["follow", f"{PLACE}/1"], ["undo", "77"]):
        assert run(["stories", *words, *home]) == 2
