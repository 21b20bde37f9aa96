"""Picks are chosen one by one, and what stays out is told with the points it stood at in the end."""

from __future__ import annotations

from digest.model import Reason
from digest.select.choose import Quota, Ranked, Rules, choose
from digest.testing.rankers import article, candidate

HEADLINES = (
    "Ferries stop for the storm",
    "Council buys the old mill",
    "Judge frees the harbour pilots",
    "Orchestra finds a lost score",
)


def ranked(number, points, source="post", section="city"):
    """Make a candidate with so many points."""
    one = candidate(article(number, HEADLINES[number], source=source, section=section), section=section)
    return Ranked(one, (Reason(rule="test", points=points, text="given"),))


def test_what_stays_out_is_told_with_what_it_lost_to_the_picks():
    """One that began ahead of a pick says why it ended below it, and below what."""
    field = [ranked(0, 2.0), ranked(1, 1.5), ranked(2, 1.4, source="courier", section="court")]
    taken, ((out, rule, why),) = choose(field, Rules(picks=2))
    assert [one.candidate.lead.headline for one in taken] == [HEADLINES[0], HEADLINES[2]]
    assert (rule, why) == ("rank", "ranked below the 2 picks, the last of which has 1.40")
    assert out.score < min(one.score for one in taken)
    assert [reason.text for reason in out.reasons] == [
        "given",
        "1 pick of this source already",
        "1 pick of this section already",
    ]


def test_a_place_kept_for_a_section_is_named():
    """What scored more than a pick that a section had to have is not told that it ranked below it."""
    field = [ranked(0, 2.0), ranked(1, 1.5, source="courier"), ranked(2, 0.1, source="tide", section="court")]
    taken, ((out, _, why),) = choose(field, Rules(picks=2, sections={"court": Quota(least=1)}))
    assert min(one.score for one in taken) < out.score
    assert why == "the last places went to sections that must have their picks"


def test_pins_may_leave_no_place():
    """Where the editor filled the edition, that is the reason."""
    _, ((_, rule, why),) = choose([ranked(0, 2.0)], Rules(picks=1), fixed=[ranked(1, 0.0)])
    assert (rule, why) == ("rank", "the editor's picks take every place")
