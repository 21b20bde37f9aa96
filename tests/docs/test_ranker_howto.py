"""The guide to writing a ranker: its files are installed as they stand on the page, tested and used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from digest.cli import run

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "ranker.md"
TEXT = PAGE.read_text()
FILES = {
    head.split()[0]: body
    for head, body in re.findall(r"```(?:python|toml)\n# ([^\n]+)\n(.*?)```", TEXT, re.DOTALL)
}
COMMANDS = [
    line for line in " ".join(TEXT.split()).split("`") if line.startswith("digest ") and "daily" in line
]
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>
<link>https://harbourpost.example/</link>%s</channel></rss>"""
ITEM = """<item><title>%s</title><link>https://harbourpost.example/%d</link>
<description>%s, in detail.</description><pubDate>Thu, 18 Jun 2026 12:00:00 +0000</pubDate></item>"""
HEADLINES = (
    "Vineyards expect an early harvest",
    "Marwick opens its bridge",
    "Chess champion loses",
    "Bakers strike",
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Lay the page's distribution out as an installer does; returns the folder for the module path."""
    folder = tmp_path / "site"
    about = folder / "harbour_ranker-1.dist-info"
    about.mkdir(parents=True)
    for name in ("harbour_ranker.py", "test_harbour_ranker.py"):
        (folder / name).write_text(FILES[name])
    points = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    lines = [
        f"[{group}]\n" + "\n".join(f"{n} = {v}" for n, v in one.items()) for group, one in points.items()
    ]
    (about / "entry_points.txt").write_text("\n".join(lines))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: harbour-ranker\nVersion: 1\n")
    return folder


def told(installed: Path, *command: str) -> str:
    """Run a module's command line where the distribution is installed; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=installed, env={"PYTHONPATH": str(installed)},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_contract_of_the_page_holds(installed: Path) -> None:
    """The page's own test file passes: the contract and what the ranker is for."""
    out = told(installed, "pytest", "-q", "-p", "no:cacheprovider", "test_harbour_ranker.py")
    assert re.search(r"^[5-9] passed", out, re.MULTILINE), out


def test_the_ranker_is_used_as_the_page_says(installed: Path, tmp_path: Path) -> None:
    """With the page's configuration it is found by name, checked, explained in a plan, and replayed."""
    feed, home = tmp_path / "feed.xml", tmp_path / "home"
    feed.write_text(FEED % "".join(ITEM % (head, n, head) for n, head in enumerate(HEADLINES)))
    assert run(["init", str(home)]) == 0
    assert run(["ingest", "--config", str(home), "--from", str(feed)]) == 0
    daily = home / "config" / "newsletters" / "daily.toml"
    keys, weights = FILES["config/newsletters/daily.toml"].split("\n\n")
    present = [line for line in daily.read_text().splitlines() if not line.startswith("ranker ")]
    daily.write_text("\n".join([keys, *present, weights]))
    (installed / "changed.toml").write_text('title = "Changed"\nranker = "recent"\n')
    plan, replay = COMMANDS
    config = ("--config", str(home), "--json")
    told(installed, "digest", "check", *config)
    planned = json.loads(told(installed, *plan.split(), "--at", "2026-06-19T07:00", *config))
    first = planned["picks"][0]
    assert first["headline"] == "Marwick opens its bridge"
    [mine] = [reason for reason in first["reasons"] if reason["rule"] == "local"]
    assert (mine["points"], mine["text"]) == (1.2, "names the city")
    days = json.loads(told(installed, *replay.split(), *config))["editions"]
    assert len(days) == 30
