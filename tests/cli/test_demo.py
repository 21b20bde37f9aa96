"""``digest demo``: the whole path, counted; and that its counting can fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from digest.testing import demo


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run it once, as a stranger would, outside the checkout."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    command = [sys.executable, "-m", "digest", "demo", "--json", "--keep", str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder.parent, timeout=110, check=False
    )


def test_everyone_gets_one_message(done):
    """Exit code 0; 200 messages for 200 readers; both editions are sent."""
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["expected"], told["received"], told["distinct"]) == (200, 200, 200)
    assert {one["newsletter"]: one["state"] for one in told["editions"]} == {
        "harbour-post": "sent",
        "barid-al-mina": "sent",
    }
    assert len(list((Path(told["maildir"]) / "new").iterdir())) == 200


def test_it_read_every_source_and_found_related_headlines(done):
    """More than 95 articles; every English story has related headlines."""
    told = json.loads(done.stdout)
    assert told["articles"] > 95
    english = next(one for one in told["editions"] if one["newsletter"] == "harbour-post")
    assert english["picks"] == 7
    assert english["related"] >= 7
    assert english["more"] > 0


def test_both_previews_show_a_picture_and_the_language(done):
    """The pages exist, with an embedded picture each, right to left where it should be."""
    english, arabic = json.loads(done.stdout)["previews"]
    assert "The Morning Tide" in Path(english).read_text("utf-8")
    assert 'dir="rtl"' in Path(arabic).read_text("utf-8")
    for page in (english, arabic):
        assert list((Path(page).parent / "images").iterdir())


def test_progress_goes_to_stderr(done):
    """Standard output is pure JSON."""
    assert "reading five sources" in done.stderr


def test_a_folder_in_use_is_left_alone(done, tmp_path):
    """It refuses to write into a folder that holds something."""
    (tmp_path / "mine.txt").write_text("keep me")
    command = [sys.executable, "-m", "digest", "demo", "--keep", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "not empty" in refused.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep me"


@pytest.mark.parametrize("damage", ["lost", "doubled"])
def test_a_message_too_few_or_too_many_is_noticed(done, tmp_path, damage):
    """Taking one file away, or adding a second for the same reader, makes it incomplete."""
    source = Path(json.loads(done.stdout)["maildir"]) / "new"
    outcome = demo.Outcome(tmp_path)
    target = outcome.maildir / "new"
    target.mkdir(parents=True)
    files = sorted(source.iterdir())
    for file in files[1:] if damage == "lost" else files:
        (target / file.name).write_bytes(file.read_bytes())
    if damage == "doubled":
        (target / "again").write_bytes(files[0].read_bytes())
    demo._count(outcome)
    assert not outcome.complete
