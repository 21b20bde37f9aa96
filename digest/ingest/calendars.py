"""Days of the Persian and the Islamic calendar → the Gregorian day. Pure."""

from __future__ import annotations

from datetime import date, timedelta

_FIRST, _LAST = 1300, 1500
_PERSIAN_UNTIL = 1420  # 2041; an Islamic year so small is before the year 2000, where no news is
_NOWRUZ = date(2021, 3, 21)  # 1 Farvardin 1400
_LEAP_OF_33 = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
_LEAP_OF_30 = frozenset({2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29})
_MUHARRAM = date(2021, 8, 10)  # 1 Muharram 1443
_LONG, _SHORT = 31, 30
_MONTHS = 12
Day = tuple[int, int, int]


def western(day: Day) -> tuple[Day, bool]:
    """Return a (year, month, day) in the Gregorian calendar, and whether it is that very day.

    Years of 1300 to 1420 are Persian (exact, by the cycle of 33 years that holds from 1244 to 1472), later
    ones up to 1500 Islamic (by the arithmetical calendar; what is observed may be a day beside it); others
    are left as they are. Raises ``ValueError`` for a day that the calendar does not have.
    """
    year, month, number = day
    if not _FIRST <= year < _LAST:
        return day, True
    persian = year <= _PERSIAN_UNTIL
    longest = _persian_length(year, month) if persian else _SHORT
    if not (1 <= month <= _MONTHS and 1 <= number <= longest):
        msg = f"no such day: {day}"
        raise ValueError(msg)
    found = _persian(year, month, number) if persian else _islamic(year, month, number)
    return (found.year, found.month, found.day), persian


def _persian_length(year: int, month: int) -> int:
    if month <= 6:  # noqa: PLR2004 (the first half of the year has months of 31 days)
        return _LONG
    return _SHORT if month < _MONTHS or year % 33 in _LEAP_OF_33 else _SHORT - 1


def _persian(year: int, month: int, number: int) -> date:
    years = range(1400, year) if year >= 1400 else range(year, 1400)  # noqa: PLR2004 (the epoch's year)
    span = sum(366 if one % 33 in _LEAP_OF_33 else 365 for one in years)
    days = sum(_persian_length(year, one) for one in range(1, month)) + number - 1
    return _NOWRUZ + timedelta(days=days + (span if year >= 1400 else -span))  # noqa: PLR2004 (the same)


def _islamic(year: int, month: int, number: int) -> date:
    years = range(1443, year) if year >= 1443 else range(year, 1443)  # noqa: PLR2004 (the epoch's year)
    span = sum(355 if one % 30 in _LEAP_OF_30 else 354 for one in years)
    days = sum(_SHORT - (one + 1) % 2 for one in range(1, month)) + number - 1
    return _MUHARRAM + timedelta(days=days + (span if year >= 1443 else -span))  # noqa: PLR2004 (the same)
