"""The Persian and the Islamic calendar against days that are known."""

from __future__ import annotations

import pytest

from digest.ingest.calendars import western


@pytest.mark.parametrize(
    ("persian", "day"),
    [
        ((1357, 11, 22), (1979, 2, 11)),
        ((1395, 12, 30), (2017, 3, 20)),
        ((1396, 1, 1), (2017, 3, 21)),
        ((1399, 12, 30), (2021, 3, 20)),
        ((1400, 1, 1), (2021, 3, 21)),
        ((1403, 12, 30), (2025, 3, 20)),
        ((1404, 1, 1), (2025, 3, 21)),
    ],
)
def test_persian_days_are_exact(persian, day):
    """Leap years and turns of the year are where the calendar of Iran has them."""
    assert western(persian) == (day, True)


@pytest.mark.parametrize(
    ("islamic", "day"),
    [
        ((1438, 9, 1), (2017, 5, 27)),
        ((1444, 9, 1), (2023, 3, 23)),
        ((1445, 9, 15), (2024, 3, 25)),
        ((1446, 10, 1), (2025, 3, 30)),
        ((1447, 12, 10), (2026, 5, 27)),
    ],
)
def test_islamic_days_are_within_a_day(islamic, day):
    """The arithmetical calendar is at most a day beside the one that is observed."""
    from datetime import date

    found, sure = western(islamic)
    assert abs((date(*found) - date(*day)).days) <= 1
    assert not sure


def test_other_years_are_left_alone():
    """A western year is none of theirs; a day they do not have is an error."""
    assert western((2026, 7, 5)) == ((2026, 7, 5), True)
    with pytest.raises(ValueError, match="no such day"):
        western((1404, 12, 30))
