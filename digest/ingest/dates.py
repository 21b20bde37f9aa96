"""Dates as news sites write them → a moment in UTC and what it rests on. Pure; owns no clock.

Formats: RFC 822/2822, RFC 3339 and ISO 8601 with their usual slips, asctime, dates in words of two dozen
languages (English, French, Arabic in its three sets of month names …), Arabic-Indic and Persian digits, days
of the Persian and Islamic calendars, Unix seconds and milliseconds; and, where the reader knows what time it
is, times told from now ("2 hours ago").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.ingest.calendars import western
from digest.ingest.relative import ago, days_back
from digest.ingest.zones import MONTHS, ZONES, ZONES_BY_LANGUAGE, fold
from digest.model import Basis

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MONTH = "|".join(sorted((re.escape(m) for m in MONTHS), key=len, reverse=True))
_TIME = re.compile(
    r"(?<![\d.:+-])(\d{1,2})(?:\s?[:٫h]\s?|\.(?=\d\d\b))(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(a\.?m\b\.?|p\.?m\b\.?|ص\b|م\b|صباحا|مساء)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?)?\s*(\S*)",
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(\S*))?$")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|e|º|ª|\.)?[\s,.-]*(?:de |of |من |ב)?\s*({_MONTH})(?!\w)\.?"
    rf"(?:\s*[/(]\s*(?:{_MONTH})(?!\w)\)?)?"  # the same month by its other name: آب/أغسطس
    rf"[\s,،./-]*(?:de |del |عام |سنة )?\s*(\d{{4}}|\d{{2}}(?![\d:]))"
)
_MONTH_DAY = re.compile(
    rf"({_MONTH})\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?:(?:[\d:]+)\s+(?:[a-z]{{2,5}}\s+)?)?(\d{{4}})"
)
_YEAR_FIRST = re.compile(rf"(?<!\d)(\d{{4}})\.?,?\s+({_MONTH})(?!\w)\.?\s+(\d{{1,2}})(?!\d)")
_EAST_ASIAN = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]"
    r"(?:[^\d\n]{0,8}?(上午|下午|午前|午後|오전|오후)?\s?(\d{1,2})\s?[:時时點点시]\s?(\d{2})?)?"
)
_AFTERNOON = frozenset({"下午", "午後", "오후"})
_SLASHED = re.compile(r"(?<!\d)(\d{1,4})[/.](\d{1,2})[/.](\d{4}|\d{1,2})(?!\d)")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?$|\d{12,13}$")
_SHORT_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? "
    r"(?:GMT|UTC|Z|([+-])(0\d|1[0-3])([0-5]\d))"
)
_ENGLISH = {name.title(): MONTHS[name] for name in _SHORT_MONTHS}
_OFFSET = re.compile(r"(?:(?:GMT|UTC|UT)\s*)?([+\-−])\s?(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
_NAME = re.compile(r"\b([A-Z]{1,5})\b")
_LONGEST = 120
_MILLISECONDS = 1e11  # larger numbers are not seconds: they would lie in the year 5138
_EARLIEST, _LATEST = 1990, 2100


@dataclass(frozen=True, slots=True)
class Habits:
    """What a source means by what it leaves out."""

    zone: tzinfo = UTC  # of times that name none
    language: str = ""
    month_first: bool = False  # 7/4/2026 is in July
    zones: dict[str, int] = field(default_factory=dict)  # its own zone names, minutes east
    now: datetime | None = None  # what "2 hours ago" is told from; None where that is not known


@dataclass(frozen=True, slots=True)
class Moment:
    """A time and whether the source gave it whole, only the day (then it is noon UTC), or about."""

    at: datetime
    basis: Basis


USUAL = Habits()
_Dated = tuple[tuple[int, int, int], tuple[int, int]]  # (year, month, day) and where it stood


def zone_named(name: str) -> tzinfo | None:
    """Return a zone by IANA name, abbreviation or offset; None when there is no such zone."""
    if match := _OFFSET.fullmatch(name.strip()):
        return _fixed(match)
    if name.upper() in ZONES:
        return timezone(timedelta(minutes=ZONES[name.upper()]))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse(text: str, habits: Habits = USUAL) -> Moment | None:
    """Read one date; None when the text holds none or an impossible one. Never raises."""
    if not text:
        return None
    text = text.strip().translate(_DIGITS)[:_LONGEST]
    try:
        return (
            _rfc822(text)
            or _epoch(text)
            or _iso(text, habits)
            or _compact(text, habits)
            or _east_asian(text, habits)
            or _worded(text, habits)
        )
    except (ValueError, OverflowError):
        return None


def effective(moment: Moment | None, seen_at: datetime) -> tuple[datetime, Basis]:
    """Return what counts as published: missing and future dates become ``seen_at``.

    A date without a time is noon of that day in UTC, or ``seen_at`` when that is earlier on the same day,
    so that the article lies inside its day whatever the reader's zone.
    """
    if moment is None:
        return seen_at, Basis.SEEN
    if moment.at <= seen_at:
        return moment.at, moment.basis
    if moment.basis is Basis.DAY and moment.at - seen_at < timedelta(hours=26):
        return seen_at, Basis.DAY
    return seen_at, Basis.SEEN


def _rfc822(text: str) -> Moment | None:
    """Read the form most feeds use (RFC 5322, 3.3) without trying all the others."""
    match = _RFC822.fullmatch(text)
    if match is None or match[2] not in _ENGLISH:
        return None
    day, month, year, hour, minute, second, sign, ahead, past = match.groups()
    offset = int(ahead or 0) * 60 + int(past or 0)
    zone = UTC if not offset else timezone(timedelta(minutes=-offset if sign == "-" else offset))
    return _moment((int(year), _ENGLISH[month], int(day)), (int(hour), int(minute), int(second or 0)), zone)


def _epoch(text: str) -> Moment | None:
    if not _EPOCH.match(text):
        return None
    seconds = float(text)
    at = datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    return Moment(at, Basis.PUBLISHED) if _EARLIEST <= at.year < _LATEST else None


def _iso(text: str, habits: Habits) -> Moment | None:
    match = _ISO.search(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, rest = match.groups()
    date = (int(year), int(month), int(day))
    if hour is None:
        clock = _TIME.search(text, match.end(3))
        return _with_time(date, clock, text, habits) if clock else _day(date)
    return _moment(date, (int(hour), int(minute), int(second or 0)), _zone(rest, text[match.end() :], habits))


def _compact(text: str, habits: Habits) -> Moment | None:
    match = _COMPACT.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, rest = match.groups()
    date = (int(year), int(month), int(day))
    if hour is None:
        return _day(date)
    return _moment(date, (int(hour), int(minute), int(second or 0)), _zone(rest or "", "", habits))


def _east_asian(text: str, habits: Habits) -> Moment | None:
    match = _EAST_ASIAN.search(text)
    if match is None:
        return None
    date = (int(match[1]), int(match[2]), int(match[3]))
    if match[5] is None:
        return _day(date)
    hour = int(match[5])
    later = 12 if match[4] in _AFTERNOON and hour < 12 else 0  # noqa: PLR2004 (noon)
    return _moment(date, (hour + later, int(match[6] or 0), 0), habits.zone)


def _worded(text: str, habits: Habits) -> Moment | None:
    text = fold(text)
    found = _date_in_words(text) or _date_in_numbers(text, habits)
    if found is None:
        return _from_now(text, habits)
    date, (start, end) = found
    rest = f"{text[:start]} {text[end:]}"
    clock = _TIME.search(rest)
    return _with_time(date, clock, rest, habits) if clock else _day(date)


def _from_now(text: str, habits: Habits) -> Moment | None:
    """Read a time told from now; a day without a time is that day where the source is."""
    if habits.now is None:
        return None
    if (back := days_back(text)) is not None:
        days, (start, end) = back
        day = habits.now.astimezone(habits.zone) - timedelta(days=days)
        rest = f"{text[:start]} {text[end:]}"
        clock = _TIME.search(rest)
        date = (day.year, day.month, day.day)
        return _with_time(date, clock, rest, habits) if clock else _day(date)
    span = ago(text)
    return Moment(habits.now - span, Basis.GUESS) if span is not None else None


def _date_in_words(text: str) -> _Dated | None:
    found = list(_DAY_MONTH.finditer(text))
    if found:  # of a day in two calendars the one that needs no conversion
        match = next((one for one in found if not _old(one[3])), found[0])
        return (_year(match[3]), MONTHS[match[2]], int(match[1])), match.span()
    if first := _YEAR_FIRST.search(text):
        return (int(first[1]), MONTHS[first[2]], int(first[3])), first.span()
    if said := _MONTH_DAY.search(text):
        beside = (said.start(), said.end(2))  # a time may stand between the day and the year
        return (_year(said[3]), MONTHS[said[1]], int(said[2])), beside
    return None


def _date_in_numbers(text: str, habits: Habits) -> _Dated | None:
    match = _SLASHED.search(text)
    if match is None:
        return None
    first, second, third = match.groups()
    if len(first) == 4:  # noqa: PLR2004 (a year)
        return (int(first), int(second), int(third)), match.span()
    day, month = int(first), int(second)
    if month > 12 or (habits.month_first and day <= 12):  # noqa: PLR2004 (months)
        day, month = month, day
    return (_year(third), month, day), match.span()


def _old(year: str) -> bool:
    return len(year) == 4 and int(year) < _EARLIEST  # noqa: PLR2004 (digits)


def _year(text: str) -> int:
    year = int(text)
    return year + 2000 if len(text) == 2 and year < 70 else year + 1900 if len(text) == 2 else year  # noqa: PLR2004 (two digits)


def _with_time(date: tuple[int, int, int], clock: re.Match[str], text: str, habits: Habits) -> Moment | None:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    half = (clock[4] or "").lower()
    if half.startswith(("p", "م")) and hour < 12:  # noqa: PLR2004 (noon)
        hour += 12
    elif half.startswith(("a", "ص")) and hour == 12:  # noqa: PLR2004 (midnight)
        hour = 0
    return _moment(date, (hour, minute, second), _zone(text[clock.end() :], "", habits))


def _zone(text: str, more: str, habits: Habits) -> tzinfo:
    text = f"{text} {more}".strip(" ([")
    if match := _OFFSET.match(text):
        return _fixed(match)
    tables = (habits.zones, ZONES_BY_LANGUAGE.get(habits.language, {}), ZONES)
    for name in _NAME.findall(text.upper()):
        for table in tables:
            if name in table:
                return timezone(timedelta(minutes=table[name]))
    if match := _OFFSET.search(text):
        return _fixed(match)
    return habits.zone


def _fixed(match: re.Match[str]) -> tzinfo:
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > 14 * 60:
        return UTC
    return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))


def _moment(date: tuple[int, int, int], clock: tuple[int, int, int], zone: tzinfo) -> Moment | None:
    hour, minute, second = clock
    date, sure = western(date)
    at = datetime(*date, tzinfo=zone) if _EARLIEST <= date[0] < _LATEST else None
    if at is None or hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 (a clock; 60 is a leap second)
        return None
    if hour == 24:  # noqa: PLR2004 (the day's end, ISO 8601)
        at, hour = at + timedelta(days=1), 0
    at = at.replace(hour=hour, minute=minute, second=min(second, 59)).astimezone(UTC)
    return Moment(at, Basis.PUBLISHED if sure else Basis.GUESS)


def _day(date: tuple[int, int, int]) -> Moment | None:
    date, sure = western(date)
    if not _EARLIEST <= date[0] < _LATEST:
        return None
    return Moment(datetime(*date, hour=12, tzinfo=UTC), Basis.DAY if sure else Basis.GUESS)
