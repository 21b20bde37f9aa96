from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from hashlib import sha256

import pytest

from digest.cli import run
from digest.cli.live import Live

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbour Post</title>
<link>https://harbourpost.example</link><description>x</description>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>https://harbourpost.example/{n}</link>
<description>What happened, who says so, and what comes next in story {n}.</description>
<pubDate>Fri, 19 Jun 2026 0{n}:00:00 GMT</pubDate><category>City</category></item>"""
TITLES = ("Ministers meet again", "Port traffic recovers", "Old tram line returns", "رواية تفوز بالجائزة")
AT = "2026-06-19T07:00"


@pytest.fixture
def folder(tmp_path):
    """Make a working folder with four articles and one reader."""
    root = tmp_path / "work"
    feed = tmp_path / "feed.xml"
    items = "".join(ITEM.format(n=n, title=title) for n, title in enumerate(TITLES, 1))
    feed.write_text(FEED.format(items=items), "utf-8")
    assert run(["init", str(root)]) == 0
    assert run(["ingest", "--config", str(root), "--from", str(feed), "--at", AT]) == 0
    consent = ["--newsletter", "daily", "--consent", "asked"]
    assert run(["subscribers", "add", "reader@example.org", *consent, "--config", str(root)]) == 0
    return root


def test_what_is_previewed_is_what_is_sent(folder, tmp_path, capsys):
    """The bytes of message.eml are the bytes the mail service is handed, before and after freezing."""
    out = tmp_path / "preview"
    command = [
        "preview",
        "daily",
        "--at",
        AT,
        "--as",
        "reader@example.org",
        "--out",
        str(out),
        "--config",
        str(folder),
    ]
    assert run(command) == 0
    before = (out / "message.eml").read_bytes()
    assert run(["send", "daily", "--at", AT, "--config", str(folder)]) == 0
    sent = [file.read_bytes() for file in (folder / "var" / "outbox" / "new").iterdir()]
    assert [sha256(data).hexdigest() for data in sent] == [sha256(before).hexdigest()]
    capsys.readouterr()
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (out / "message.eml").read_bytes() == before
    assert told["sha256"] == sha256(before).hexdigest()
    assert told["state"] == "frozen, sent"


def test_it_writes_four_files(folder, tmp_path):
    """The page shows frames, text, headers and picks with their reasons; the parts stand beside it."""
    out = tmp_path / "preview"
    assert run(["preview", "daily", "--at", AT, "--out", str(out), "--config", str(folder)]) == 0
    assert {file.name for file in out.iterdir()} >= {
        "index.html",
        "message.html",
        "message.txt",
        "message.eml",
    }
    page = (out / "index.html").read_text("utf-8")
    assert page.count("<iframe") == 4
    for words in (*TITLES, "List-Unsubscribe-Post", "before the edition", "Plain text"):
        assert words in page
    assert (out / "message.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "Unsubscribe:" in (out / "message.txt").read_text("utf-8")


def test_nothing_is_changed_by_a_preview(folder, tmp_path, capsys):
    """No edition is made of it."""
    assert run(["preview", "daily", "--at", AT, "--out", str(tmp_path / "p"), "--config", str(folder)]) == 0
    capsys.readouterr()
    assert run(["editions", "list", "--json", "--config", str(folder)]) == 0
    assert "2026-06-19" not in capsys.readouterr().out


def test_without_stories_it_says_what_to_do(folder, tmp_path, capsys):
    """Exit 2 and the reason, as the plan has it."""
    command = [
        "preview",
        "daily",
        "--at",
        "2025-01-01T07:00",
        "--out",
        str(tmp_path / "p"),
        "--config",
        str(folder),
    ]
    assert run(command) == 2
    assert "no edition for 2025-01-01" in capsys.readouterr().err


def test_it_must_be_told_where_to_write(folder, capsys):
    """Neither --out nor --serve: both are named."""
    assert run(["preview", "daily", "--config", str(folder)]) == 2
    assert "--out DIR" in capsys.readouterr().err


class Source:
    """Something a preview rests on, for Live to watch."""

    def __init__(self, folder) -> None:
        from digest.errors import TemplateError

        self.folder = folder
        self.state = 1
        self.error = TemplateError

    def make(self):
        raise self.error(f"body.html.j2:{self.state}: broken")

    def watched(self):
        return self.state


def test_a_served_preview_rebuilds_when_something_changed(tmp_path):
    """And shows what is wrong instead of stopping; the number at /version tells the page to reload."""
    source = Source(tmp_path)
    live = Live("daily", tmp_path / "out", source.make, source.watched)
    port = live.listen(0)
    thread = threading.Thread(target=live.run, daemon=True)
    thread.start()
    try:
        assert _get(port, "version") == "1"
        assert "body.html.j2:1: broken" in _get(port, "")
        source.state = 2
        deadline = time.monotonic() + 10
        while _get(port, "version") == "1" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "body.html.j2:2: broken" in _get(port, "")
        assert not live.look()
    finally:
        live.stopped.set()
        thread.join(10)
    assert not thread.is_alive()


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
        return answer.read().decode()


def test_what_a_served_preview_rests_on(folder):
    """Templates, configuration and archive each change what is watched."""
    from digest.cli.preview import _watched

    seen = {_watched(str(folder))}
    (folder / "templates" / "editions").mkdir(parents=True)
    (folder / "templates" / "editions" / "x.j2").write_text("x")
    seen.add(_watched(str(folder)))
    file = folder / "config" / "newsletters" / "daily.toml"
    file.write_text(file.read_text("utf-8") + "\n# changed\n")
    seen.add(_watched(str(folder)))
    assert run(["edit", "daily", "note", "Good morning.", "--at", AT, "--config", str(folder)]) == 0
    seen.add(_watched(str(folder)))
    assert len(seen) == 4


def test_a_frozen_edition_is_shown_as_it_was_frozen(folder, tmp_path):
    """Templates changed, or broken, after freezing change nothing of it."""
    out = tmp_path / "preview"
    assert run(["send", "daily", "--at", AT, "--config", str(folder)]) == 0
    (folder / "templates" / "editions" / "briefing").mkdir(parents=True)
    (folder / "templates" / "editions" / "briefing" / "subject.txt.j2").write_text("{{ broken")
    assert run(["preview", "daily", "--at", AT, "--out", str(out), "--config", str(folder)]) == 0
    page = (out / "index.html").read_text("utf-8")
    assert "frozen, sent" in page
    assert "What happened, who says so" in page


def test_a_frozen_edition_outlives_its_theme(folder, tmp_path):
    """A theme that was its own, and is gone: the message is the same to the byte."""
    out, own = tmp_path / "preview", folder / "templates" / "editions" / "own"
    assert run(["themes", "new", "own", "--config", str(folder)]) == 0
    daily = folder / "config" / "newsletters" / "daily.toml"
    daily.write_text(daily.read_text("utf-8") + '\ntheme = "own"\n', "utf-8")
    assert run(["send", "daily", "--at", AT, "--config", str(folder)]) == 0
    shown = ["preview", "daily", "--at", AT, "--out", str(out), "--config", str(folder)]
    assert run(shown) == 0
    before = (out / "message.eml").read_bytes()
    shutil.rmtree(own)
    assert run(shown) == 0
    assert (out / "message.eml").read_bytes() == before


@pytest.mark.external
def test_the_preview_page_works_in_a_browser(folder, tmp_path):
    """Four frames as tall as their mail, nothing too wide, dark frames dark, no error in the console."""
    from digest.testing import gallery
    from tests.conftest import need

    need("chromium", "the preview page in a browser")
    from playwright.sync_api import sync_playwright

    out = tmp_path / "preview"
    assert run(["preview", "daily", "--at", AT, "--out", str(out), "--config", str(folder)]) == 0
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = gallery.browser(playwright)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((out / "index.html").as_uri())
        frames = page.eval_on_selector_all(
            "iframe",
            """all => all.map(f => [f.clientHeight - f.contentDocument.documentElement.scrollHeight,
               f.contentDocument.documentElement.scrollWidth - f.clientWidth,
               getComputedStyle(f.contentDocument.querySelector('.paper')).backgroundColor])""",
        )
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        browser.close()
    assert said == []
    assert wide <= 0
    assert [abs(height) <= 4 and width <= 0 for height, width, _ in frames] == [True] * 4
    assert [color for _, _, color in frames] == ["rgb(255, 255, 255)"] * 2 + ["rgb(27, 27, 26)"] * 2
