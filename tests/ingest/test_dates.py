"""Dates as sites write them: many languages, three calendars, zones in brackets, times told from now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.ingest.dates import Habits, parse, zone_named
from digest.model import Basis

NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)


def told(text: str, **habits) -> tuple[str, str] | None:
    """Write a moment short: its minute in UTC and what it rests on."""
    moment = parse(text, Habits(**habits))
    return (moment.at.strftime("%Y-%m-%d %H:%M"), moment.basis.value) if moment else None


@pytest.mark.parametrize(
    "text",
    [
        "5 July 2026", "5 Temmuz 2026", "5. Juli 2026", "5 de julio de 2026", "5 июля 2026", "5 ביולי 2026",
        "5 يوليو 2026", "5 تموز 2026", "5 جويلية 2026", "٥ يوليو ٢٠٢٦", "5 lipca 2026", "5 липня 2026",
        "5 Ιουλίου 2026", "5 července 2026", "2026. július 5.", "5 iulie 2026", "5 जुलाई 2026",
        "5 جولائی 2026", "2026年7月5日", "2026년 7월 5일", "۱۴ تیر ۱۴۰۵", "1405/04/14", "5 تموز/يوليو 2026",
    ],
)  # fmt: skip
def test_a_day_in_words_is_that_day(text):
    """A day in any of the languages is noon of that day; a Persian day is exact."""
    assert told(text) == ("2026-07-05 12:00", "day")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("الأحد، 04 آب/اغسطس 2013، آخر تحديث 02:21 (GMT+0400)", "2013-08-03 22:21"),
        ("5. Juli 2026, 14:30 Uhr", "2026-07-05 14:30"),
        ("2026年7月5日 14:30", "2026-07-05 14:30"),
        ("2026년 7월 5일 오후 3:20", "2026-07-05 15:20"),
        ("2026年7月5日上午9时05分", "2026-07-05 09:05"),
        ("۱۴۰۵/۰۴/۱۴ ۱۲:۳۰", "2026-07-05 12:30"),
        ("24. März 2004, 19:49 | Genesis", "2004-03-24 19:49"),
    ],
)
def test_a_time_beside_the_day_is_read(text, at):
    """Times stand after the day, in brackets, with halves of the day before or after them."""
    assert told(text) == (at, "published")


def test_of_two_calendars_the_western_day_counts():
    """Arabic pages give the Islamic day first and the western one beside it."""
    assert told("الأحد 29 شوال 1444 هـ - 20 مايو 2023") == ("2023-05-20 12:00", "day")


def test_an_islamic_day_alone_is_a_guess():
    """What is observed may be a day beside the arithmetical calendar, so it is marked as a guess."""
    assert told("15 رمضان 1445 هـ") == ("2024-03-25 12:00", "guess")
    assert told("1445/09/15") == ("2024-03-25 12:00", "guess")


def test_a_day_that_no_calendar_has_is_no_date():
    """The thirty-first of an Islamic month, or the thirtieth of a short Persian year, is nothing."""
    assert told("31 رمضان 1445") is None
    assert told("1404/12/30") is None
    assert told("1403/12/30") == ("2025-03-20 12:00", "day")


def test_times_told_from_now_need_a_now():
    """Where the time is not known, as in a saved file, "2 hours ago" says nothing."""
    assert told("2 hours ago", now=NOW) == ("2026-07-05 10:00", "guess")
    assert told("2 hours ago") is None


def test_yesterday_is_the_sources_yesterday():
    """Just after midnight in Amman, "today" is a day later than in London."""
    late = datetime(2026, 7, 4, 22, 30, tzinfo=UTC)
    assert told("اليوم 00:15", now=late, zone=zone_named("Asia/Amman")) == ("2026-07-04 21:15", "published")
    assert told("أمس", now=NOW) == ("2026-07-04 12:00", "day")
    assert parse("yesterday", Habits(now=NOW)).basis is Basis.DAY
