"""``digest schedule``: what is coming, in the newsletter's zone, and what it covers."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from digest.cli import digest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config" / "newsletters").mkdir(parents=True)
    (tmp_path / "config" / "digest.toml").write_text('[senders.outbox]\ntype = "maildir"\n')
    for name, schedule in (("morning", "0 7 * * *"), ("weekdays", "30 17 * * 1-5")):
        text = f'title = "{name}"\nschedule = "{schedule}"\nfrom = "n@post.example"\n'
        text += 'timezone = "Europe/London"\n'
        (tmp_path / "config" / "newsletters" / f"{name}.toml").write_text(text)
    return tmp_path


def ask(folder, *arguments):
    return CliRunner().invoke(
        digest, ["schedule", "--config", str(folder), *arguments], catch_exceptions=False
    )


def test_json_gives_slots_and_windows_in_utc(folder):
    """Friday evening: the next two weekday slots are today's and Monday's, whose window is three days."""
    found = ask(folder, "weekdays", "--next", "2", "--at", "2026-07-03T12:00", "--json")
    rows = json.loads(found.stdout)
    assert [row["slot"] for row in rows] == ["2026-07-03T16:30:00Z", "2026-07-06T16:30:00Z"]
    assert rows[1]["window"] == {"start": "2026-07-03T16:30:00Z", "end": "2026-07-06T16:30:00Z"}
    assert rows[1]["hours"] == 72
    assert rows[0]["local"] == "2026-07-03T17:30:00+01:00"
    assert rows[0]["built"] == "2026-07-03T16:20:00Z"


def test_the_end_of_summer_time_is_noted(folder):
    """The window of 25 hours says why, in the table and in the JSON."""
    rows = json.loads(ask(folder, "morning", "--next", "3", "--at", "2026-10-23T12:00", "--json").stdout)
    assert [row["hours"] for row in rows] == [24, 25, 24]
    assert [bool(row["note"]) for row in rows] == [False, True, False]
    text = ask(folder, "morning", "--next", "3", "--at", "2026-10-23T12:00").stdout
    assert text.count("the clocks go back by 60 min") == 1
    assert "Sun 2026-10-25 07:00" in text


def test_without_a_name_all_are_shown(folder):
    """Each newsletter under its name and zone."""
    text = ask(folder, "--next", "1").stdout
    assert "morning (Europe/London)" in text
    assert "weekdays (Europe/London)" in text


def test_an_unknown_newsletter_is_named(folder):
    """With those there are."""
    from digest.errors import NewsletterUnknown

    with pytest.raises(NewsletterUnknown, match="morning, weekdays"):
        ask(folder, "nosuch")
