"""What speaks for an article beside its words: its story, by the share of the headline, and its days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.select.beside import CLOSE, HALVED, TOGETHER, Beside
from digest.select.related import Near
from digest.text.sketch import sketch

NOW = datetime(2026, 6, 19, 7, tzinfo=UTC)


def near(number, story=None, hours=None):
    at = None if hours is None else NOW - timedelta(hours=hours)
    return Near(number, sketch("harbour", "", "en"), at, story)


@pytest.mark.parametrize(
    ("mine", "theirs", "share", "more"),
    [
        (7, 7, 1.0, TOGETHER),
        (7, 7, 0.3, 0.3 * TOGETHER),
        (7, 8, 1.0, 0),
        (None, None, 1.0, 0),
        (7, None, 1, 0),
    ],
)
def test_the_same_story_counts_by_the_share_of_the_headline(mine, theirs, share, more):
    """Beside a whole text grouping knows nothing that its words do not say; no story is nobody's story."""
    assert Beside(mine, share=share).together(near(1, theirs)) == pytest.approx(more)


def test_the_same_hour_counts_most_and_after_that_less_and_less():
    """Half is left after half a day, and a year is nearly as a month; before and after are alike."""
    beside = Beside(at=NOW)
    assert beside.close(near(1, hours=0)) == CLOSE
    assert beside.close(near(1, hours=HALVED / 3600)) == pytest.approx(CLOSE / 2)
    assert beside.close(near(1, hours=-5)) == beside.close(near(1, hours=5))
    month, year = (beside.close(near(1, hours=24 * days)) for days in (30, 365))
    assert 0 < year < month < 0.02 * CLOSE
    assert Beside().close(near(1, hours=0)) == beside.close(near(1)) == 0


def test_what_is_equally_near_by_words_is_parted_by_story_and_time():
    """Both raise, none lowers, nothing comes from nothing; ties go to the older article."""
    scored = [
        (1.0, near(1, hours=900)),
        (1.0, near(2, hours=1)),
        (1.0, near(3, 7, 900)),
        (0.0, near(4, 7, 0)),
    ]
    raised = Beside(7, NOW).raised(scored)
    assert [one.article for _, one in raised] == [3, 2, 1, 4]
    assert [points >= 1 for points, _ in raised] == [True, True, True, False]
    assert [one.article for _, one in Beside().raised(scored)] == [1, 2, 3, 4]
