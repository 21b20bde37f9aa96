"""The commands of curation, from a fresh working folder."""

from __future__ import annotations

import json

from digest.cli import run

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>
<link>https://harbourpost.example/</link>%s</channel></rss>"""
ITEM = """<item><title>%s</title><link>https://harbourpost.example/%d</link>
<description>%s in detail.</description>
<pubDate>Thu, 18 Jun 2026 %02d:00:00 +0000</pubDate></item>"""
HEADLINES = (
    "Railway over the border",
    "Port traffic recovers",
    "Tram line returns",
    "Reservoirs are full",
    "Bakers strike",
)
AT = ("--at", "2026-06-19T07:00")


def newsroom(tmp_path):
    """Make a working folder with five articles; returns the options that name it."""
    feed = tmp_path / "feed.xml"
    feed.write_text(FEED % "".join(ITEM % (h, n, h, 10 + n) for n, h in enumerate(HEADLINES)))
    home = str(tmp_path / "home")
    assert run(["init", home]) == 0
    assert run(["ingest", "--config", home, "--from", str(feed)]) == 0
    return ("--config", home)


def folder(tmp_path, capsys):
    """Make such a folder; what was said meanwhile is not what a test asks for."""
    options = newsroom(tmp_path)
    capsys.readouterr()
    return options


def test_plan_why_edit_replay_and_archive_agree(tmp_path, capsys):
    """Each prints pure JSON on request, and an edit shows in the next plan."""
    home = folder(tmp_path, capsys)

    def ask(*words):
        assert run([*words, *home, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    made = ask("plan", "daily", *AT)
    assert made["slot"] == "2026-06-19T07:00:00Z"
    assert len(made["picks"]) == 5
    last = made["picks"][-1]["url"]
    assert ask("edit", "daily", *AT, "move", last, "1")["decisions"][0]["kind"] == "move"
    assert ask("plan", "daily", *AT)["picks"][0]["url"] == last
    assert ask("why", last, "--newsletter", "daily", *AT)["why"] == "pick 1 of 5"
    assert len(ask("edit", "daily", *AT, "list")["decisions"]) == 1
    assert ask("edit", "daily", *AT, "undo")["undone"][0]["value"] == "1"
    assert ask("plan", "daily", *AT) == made
    replayed = ask("replay", "daily", "--from", "2026-06-18", "--to", "2026-06-20")
    assert [len(day["added"]) for day in replayed["editions"]] == [0, 5]
    assert ask("archive", "stats")["articles"] == 5
    assert ask("archive", "rebuild") == {"articles": 5}


def test_plan_is_readable_and_mistakes_exit_2(tmp_path, capsys):
    """Words for people; an unknown newsletter or address is a usage error."""
    home = folder(tmp_path, capsys)
    assert run(["plan", "daily", *AT, *home]) == 0
    assert "Bakers strike" in capsys.readouterr().out
    assert run(["plan", "weekly", *AT, *home]) == 2
    assert run(["edit", "daily", *AT, *home, "pin", "https://nowhere.example/"]) == 2
    assert run(["edit", "daily", *AT, *home, "pin"]) == 2
    assert run(["why", "https://nowhere.example/", "--newsletter", "daily", *AT, *home]) == 2


def test_an_editor_reads_what_became_of_each_decision(tmp_path, capsys):
    """Which edition, what the article is now, who and when; and what is missing in a wrong line."""
    home = folder(tmp_path, capsys)

    def say(*words):
        code = run(["edit", "daily", *AT, *home, *words])
        told = capsys.readouterr()
        return code, told.out + told.err

    url = "https://harbourpost.example/4"
    code, told = say("pin", url + "?utm_source=x", "1", "--by", "ana")
    assert code == 0
    assert f"1  pin {url} 1  (2026-06-19T07:00:00Z, by ana)" in told
    assert "the edition of daily due 2026-06-19T07:00:00Z:" in told
    assert "“Bakers strike”: pick 1 of 5; pinned by ana" in told
    assert "it stands so already" in say("pin", url, "1", "--by", "ben")[1]
    assert "taken back" not in say("undo", "--by", "ben")[1]
    assert "taken back (2026-06-19T07:00:00Z, by ben)" in say("history")[1]
    assert "no decisions stand" in say("list")[1]
    for words, needed in (
        (("pin",), "pin takes URL [PLACE]"),
        (("drop", url, "1"), "drop takes URL"),
        (("undo", "1", "2"), "undo takes [NUMBER]"),
        (("undo", "x"), "'x' is no decision's number"),
        (("list", "x"), "list takes no arguments"),
        (("headline", url), "headline takes URL WORDS"),
    ):
        code, told = say(*words)
        assert (code, needed in told) == (2, True)


def test_what_was_left_out_is_shown_with_its_address(tmp_path, capsys):
    """So that an editor can put it in."""
    home = folder(tmp_path, capsys)
    url = "https://harbourpost.example/4"
    assert run(["edit", "daily", *AT, *home, "drop", url]) == 0
    capsys.readouterr()
    assert run(["plan", "daily", *AT, *home]) == 0
    left_out = capsys.readouterr().out.partition("Left out")[2]
    assert "Bakers strike: dropped by " in left_out
    assert f"\n    {url}\n" in left_out
