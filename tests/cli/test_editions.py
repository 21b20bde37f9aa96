"""The commands that look after editions, from a fresh working folder to books that do not close."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from digest.cli import run
from tests.cli.test_plan import AT, newsroom

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]


class Home:
    """A working folder with one edition sent to six readers."""

    def __init__(self, path: Path, capsys: Capture) -> None:
        self.capsys = capsys
        self.path = path
        self.options = ("--config", str(path))

    def ask(self, *words: str, code: int = 0) -> Any:
        assert run([*words, *self.options, "--json"]) == code, self.capsys.readouterr()
        return json.loads(self.capsys.readouterr().out)

    def tamper(self, statement: str) -> None:
        with sqlite3.connect(self.path / "var" / "digest.db") as database:
            assert database.execute(statement).rowcount > 0


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the working folder once; each test gets a copy."""
    place = tmp_path_factory.mktemp("sent")
    options = newsroom(place)
    table = place / "readers.csv"
    table.write_text("email\n" + "".join(f"r{n}@reader.example\n" for n in range(6)))
    words = ["subscribers", "import", str(table), "--newsletter", "daily", "--consent", "form"]
    assert run([*words, *options]) == 0
    assert run(["send", "daily", *AT, *options]) == 0
    return place / "home"


@pytest.fixture
def home(sent: Path, tmp_path: Path, capsys: Capture) -> Home:
    return Home(shutil.copytree(sent, tmp_path / "home"), capsys)


def test_clicks_are_told_for_each_story(home: Home) -> None:
    """As a range where it is one, as a number where it is none; that nothing was counted is said."""
    found = home.ask("editions", "clicks", "1")
    assert (found["counted"], found["low"], found["high"]) == (False, 0, 0)
    url = found["stories"][0]["url"]
    assert run(["editions", "clicks", "1", *home.options]) == 0
    assert "clicks = true" in home.capsys.readouterr().out
    home.tamper(f"INSERT INTO links SELECT 'l', public_id, '{url}', slot FROM editions")
    home.tamper("INSERT INTO clicks SELECT 'l', slot, 3, 2 FROM editions")
    assert home.ask("editions", "clicks", "1")["stories"][0]["high"] == 5
    assert run(["editions", "clicks", "1", *home.options]) == 0
    lines = home.capsys.readouterr().out.splitlines()
    assert lines[0].split()[0] == "3–5"
    assert lines[-1].split() == ["3–5", "in", "all"]
    assert lines[1].split()[0] == "0"
    assert run(["editions", "clicks", "99", *home.options]) == 2


def test_the_books_close_and_agree_with_what_arrived(home: Home) -> None:
    """Audit is exit 0 after a send, alone and against the maildir."""
    assert home.ask("editions", "audit", "1")["findings"] == []
    outbox = home.path / "var" / "outbox"
    found = home.ask("editions", "audit", "1", "--against", str(outbox))
    assert found["arrived"]["readers"] == 6
    next((outbox / "new").iterdir()).unlink()
    found = home.ask("editions", "audit", "1", "--against", str(outbox), code=1)
    assert found["findings"][0].startswith("submitted, but did not arrive: 1")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM deliveries WHERE subscriber = (SELECT min(subscriber) FROM deliveries)",
        "UPDATE deliveries SET state = 'refused' WHERE subscriber = (SELECT min(subscriber) FROM deliveries)",
        "UPDATE deliveries SET receipt = '' WHERE subscriber = (SELECT min(subscriber) FROM deliveries)",
        "UPDATE deliveries SET subscription = subscription + 1000",
        "UPDATE editions SET candidates = candidates + 1",
    ],
)
def test_what_was_altered_by_hand_is_exit_1(home: Home, statement: str) -> None:
    """A row deleted, a state or a receipt altered, another reader put in: the audit says so and fails."""
    home.tamper(statement)
    assert home.ask("editions", "audit", "1", code=1)["findings"]


def test_unknown_ones_are_listed_and_settled(home: Home) -> None:
    """``resolve`` lists them, then settles some as arrived and queues others again."""
    home.tamper("UPDATE deliveries SET state = 'unknown', receipt = '' WHERE subscriber <= 3")
    home.tamper("UPDATE tallies SET n = n - 3 WHERE state = 'submitted'")
    home.tamper("INSERT INTO tallies (edition, state, n) VALUES (1, 'unknown', 3)")
    listed = home.ask("editions", "resolve", "1")["unknown"]
    assert len(listed) == 3
    done = home.ask("editions", "resolve", "1", listed[0]["address"], "--submitted", "--reason", "in the log")
    assert done["resolved"] == 1
    assert home.ask("editions", "resolve", "1", "--resend")["resolved"] == 2
    shown = home.ask("editions", "show", "1")
    assert (shown["state"], shown["submitted"], shown["queued"], shown["unknown"]) == ("ready", 4, 2, 0)
    assert home.ask("editions", "audit", "1")["findings"] == []


def test_watch_says_what_show_says(home: Home) -> None:
    """An edition that is over is one line, with the ledger's figures."""
    watched = home.ask("editions", "watch", "1")
    shown = home.ask("editions", "show", "1")
    assert watched["submitted"] == shown["submitted"] == 6
    assert watched["state"] == "sent"


def test_what_an_edition_s_state_forbids_is_refused(home: Home) -> None:
    """An edition that was sent is neither paused nor released, and the message says why."""
    for act in ("pause", "resume", "release", "hold", "cancel"):
        assert run(["editions", act, "1", *home.options]) == 2
        assert "sent" in home.capsys.readouterr().err
