from __future__ import annotations

from digest.compose.budget import fitted
from digest.testing import samples


def _weigh(plan):
    """Weigh a plan as roughly what it prints: ten for a story, one for each other row."""
    return sum(10 + len(pick.related) + len(pick.timeline) for pick in plan.picks) + len(plan.more)


def test_what_fits_is_left_alone():
    """No cut, no sentence."""
    plan = samples.plan()
    assert fitted(plan, _weigh, 10_000) == (plan, ())


def test_the_least_missed_goes_first():
    """More headlines before related ones, and those before stories."""
    plan = samples.plan()
    kept, said = fitted(plan, _weigh, _weigh(plan) - 1)
    assert len(kept.more) == len(plan.more) // 2
    assert kept.picks == plan.picks
    assert "3 of 6 more headlines left out" in said
    assert said[0].startswith("trimmed: ")


def test_stories_go_last_and_from_the_end():
    """The lead is never cut."""
    plan = samples.plan()
    kept, said = fitted(plan, _weigh, 21)
    assert [pick.article.url for pick in kept.picks] == [pick.article.url for pick in plan.picks[:2]]
    assert kept.more == ()
    assert said[-1] == "7 of 9 stories left out, the last ones"
    assert sum("stories left out" in sentence for sentence in said) == 1


def test_an_edition_too_large_even_alone_keeps_its_lead():
    """There is always something to send; lint will tell."""
    kept, _ = fitted(samples.plan(), lambda _: 10**6, 1)
    assert len(kept.picks) == 1
