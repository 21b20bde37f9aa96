"""Times told from now: the same span in a dozen languages, and sentences that only look like one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.ingest.relative import ago, days_back
from digest.ingest.zones import fold


@pytest.mark.parametrize(
    "text",
    [
        "2 hours ago", "2 hrs ago", "منذ ساعتين", "منذ 2 ساعات", "قبل ساعتين", "il y a 2 heures",
        "vor 2 Stunden",
        "hace 2 horas", "há 2 horas", "2 ore fa", "2 saat önce", "2 часа назад", "לפני שעתיים", "2 ساعت پیش",
        "2小时前", "2時間前", "2 uur geleden", "Updated 2 hours ago",
    ],
)  # fmt: skip
def test_two_hours_are_two_hours(text):
    """Each language's two hours, duals included, are two hours."""
    assert ago(fold(text)) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("an hour ago", timedelta(hours=1)),
        ("vor einer Stunde", timedelta(hours=1)),
        ("منذ ساعة", timedelta(hours=1)),
        ("قبل 15 دقيقة", timedelta(minutes=15)),
        ("منذ يومين", timedelta(days=2)),
        ("3 weeks ago", timedelta(days=21)),
        ("just now", timedelta()),
        ("الآن", timedelta()),
    ],
)
def test_other_spans(text, span):
    """One without a figure, minutes, days, weeks and now."""
    assert ago(fold(text)) == span


@pytest.mark.parametrize(
    "text",
    [
        "2 years of war",
        "the 3 day forecast",
        "7 d",
        "hour",
        "Stand: 3 Tage",
        "long ago",
        "in 2 hours",
        "vor Ort",
        "",
    ],
)
def test_what_only_looks_like_one_says_nothing(text):
    """A span without a word for the past, and a word for the past without a span, are none."""
    assert ago(fold(text)) is None


def test_words_for_days():
    """Today, yesterday and the day before, and where the word stands."""
    assert days_back(fold("Gestern, 18:30")) == (1, (0, 7))
    assert days_back(fold("avant-hier"))[0] == 2
    assert days_back("todays paper") is None
