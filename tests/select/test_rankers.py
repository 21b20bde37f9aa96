"""The built-in rankers pass the contract and weigh what an editor would."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from digest import plugins
from digest.model import Image, Window
from digest.select.ranker import total
from digest.select.rankers import Importance, Recent
from digest.testing.rankers import DUE, RankerContract, article, brief, candidate


class TestImportance(RankerContract):
    ranker = Importance


class TestRecent(RankerContract):
    ranker = Recent


def score(one, **told):
    return total(Importance().reasons(one, brief(**told)))


def test_built_in_rankers_are_found_by_name():
    """The entry points name the classes of this package."""
    assert plugins.load(plugins.RANKERS, "importance") is Importance
    assert plugins.load(plugins.RANKERS, "recent") is Recent


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (candidate(article(1), article(2, source="other")), candidate(article(1), article(2))),
        (candidate(article(1), article(2)), candidate(article(1))),
        (candidate(article(1)), candidate(article(600))),
        (candidate(article(1, position=1)), candidate(article(1, position=20))),
        (candidate(article(1, image=Image(url="https://x.example/i.jpg"))), candidate(article(1))),
        (candidate(article(1, body="word " * 100)), candidate(article(1))),
    ],
    ids=["sources", "coverage", "freshness", "position", "picture", "text"],
)
def test_each_part_of_importance_counts(better, worse):
    """More of it ranks higher, all else equal."""
    assert score(better) > score(worse)


RELEASE = (
    "The port authority has named its new chief engineer. She joins from the northern shipyard, where she "
    "led the repair of two ice breakers, and begins her work on the first of next month, the authority said."
)
OWN = [
    "Who will mend the northern mole? A woman from the yard upriver, says the port, and few had expected it.",
    "Three candidates, one chair: how the council argued about who would look after cranes and quays.",
    "Dockers welcome an appointment that puts somebody with welding experience above the planners at last.",
]


def printed(*texts):
    """Make one story: each text under a headline and by a source of its own."""
    return candidate(
        *(
            article(n, f"Headline of outlet {n}", source=f"outlet{n}", summary=text)
            for n, text in enumerate(texts, 1)
        )
    )


def reason(rule, one):
    return next(r for r in Importance().reasons(one, brief()) if r.rule == rule)


def test_one_text_in_twenty_outlets_counts_as_two():
    """A press release that twenty print says no more than one that two print; the reason tells why."""
    many, two = printed(*[RELEASE] * 20), printed(RELEASE, RELEASE)
    for rule in ("sources", "coverage"):
        assert reason(rule, many).points == reason(rule, two).points
    assert reason("sources", many).text == "reported by 20 sources, 19 of them with another's text"
    assert reason("coverage", many).text == "20 articles about it, 19 of them with another's text"
    assert reason("sources", two).text == "reported by 2 sources"


@pytest.mark.parametrize(
    "copy",
    [RELEASE[:70], RELEASE.replace("next month", "July"), "HARBOUR CITY (Wire) - " + RELEASE],
    ids=["cut short", "a word changed", "a place put in front"],
)
def test_nearly_the_same_text_is_a_copy(copy):
    """Who prints a release cuts it, changes a word or puts a place in front."""
    assert reason("sources", printed(RELEASE, copy, copy)).points == pytest.approx(1.2)


def test_sources_with_a_text_of_their_own_count_each():
    """Four newsrooms that wrote themselves are four; the copies of one of them count as one more."""
    assert reason("sources", printed(RELEASE, *OWN)).points == pytest.approx(2.4)
    copied = printed(RELEASE, *OWN, *[RELEASE] * 9)
    assert reason("sources", copied).points == pytest.approx(1.2 * math.log2(5), abs=1e-3)
    assert reason("sources", copied).points > reason("sources", printed(*[RELEASE] * 20)).points


def test_a_text_is_known_by_its_summary_where_only_one_feed_has_more():
    """One feed brings the whole text under a summary that others bring alone."""
    whole = article(1, source="a", summary=RELEASE, body=" ".join(OWN))
    brought = (article(n, source=f"s{n}", summary=RELEASE) for n in (2, 3, 4))
    assert reason("sources", candidate(whole, *brought)).points == pytest.approx(1.2)


def test_weights_of_source_section_and_part_are_the_operators():
    """Configuration raises and lowers; a part with weight 0 is gone from the reasons."""
    one = candidate(article(1, section="World"))
    assert score(one, source_weights={"harbourpost": 2.0}) == pytest.approx(score(one) + 1.0)
    assert score(one, weights={"section.world": 0.5}) == pytest.approx(score(one) + 0.5)
    assert score(one, own_sources=frozenset({"harbourpost"})) > score(one)
    rules = {reason.rule for reason in Importance().reasons(one, brief(weights={"freshness": 0}))}
    assert "freshness" not in rules


def test_recent_looks_at_the_clock_alone():
    """A newer brief outranks an older scoop of many sources."""
    scoop = candidate(*(article(n, source=f"s{n}", published=DUE - timedelta(hours=3)) for n in range(1, 9)))
    note = candidate(replace(article(20), published=DUE - timedelta(hours=2)))
    ranker = Recent()
    assert total(ranker.reasons(note, brief())) > total(ranker.reasons(scoop, brief()))


def volume(mine, *, told=None, days=1, **volumes):
    """Give the points that one item of a source loses which brings so many."""
    one = told or candidate(article(1, source="big"))
    window = Window(DUE - timedelta(days=days), DUE)
    found = Importance().reasons(one, brief(window=window, volumes={"big": mine, **volumes}))
    return next((-reason.points for reason in found if reason.rule == "volume"), 0.0)


def test_only_a_flood_counts_less():
    """Three times the middle one is a large newsroom, forty among small ones too; five hundred is a flood."""
    assert volume(45, mid=15, small=3) == 0
    assert volume(40, a=1, b=2) == 0
    assert volume(500, a=5) == pytest.approx(0.3 * math.log2(5), abs=1e-4)
    assert volume(1000, a=5, b=8) > volume(500, a=5, b=8) > 0
    assert volume(500, a=80, b=90) == 0
    assert volume(500, days=7, a=5, b=8) == 0
    assert volume(500) == 0


def test_in_a_flood_what_others_write_about_too_is_exempt_but_not_what_they_copy():
    """Another newsroom's own text shows that it is no noise; a copy of the same text does not."""
    mine = article(1, source="big", summary=RELEASE)
    copied = candidate(mine, article(2, source="other", summary=RELEASE))
    written = candidate(mine, article(2, source="other", summary=OWN[0]))
    assert volume(500, told=copied, a=5) > 0
    assert volume(500, told=written, a=5) == 0


def test_a_place_in_an_ordered_list_raises_and_lowers_and_an_unknown_one_does_neither():
    """The ninth is the middle; what is listed below it is less to its own newsroom."""
    first, ninth, last, unknown = (score(candidate(article(1, position=n))) for n in (1, 9, 40, 0))
    assert first > ninth > last
    assert ninth == unknown


def test_within_a_day_two_sources_outweigh_any_freshness():
    """Midnight's feature does not go before what two newsrooms reported the morning before."""
    old = candidate(article(1430), article(1435, source="other", summary="Told by another."))
    assert score(old) > score(candidate(article(1))) + 0.5
    assert score(candidate(article(1))) - score(candidate(article(1430))) < 0.3


def test_one_source_alone_cannot_write_a_story_big():
    """Of a source's articles four count: a tournament's twenty are worth as much as four of them."""
    twenty = candidate(*(article(n, f"Match {n} of the cup", summary=f"Side {n} won.") for n in range(1, 21)))
    assert reason("coverage", twenty).points == pytest.approx(0.6)
    assert reason("coverage", twenty).text == "20 articles about it"
    both = candidate(*twenty.articles, *(replace(one, source="other", summary=f"{one.summary} So there.")
                                         for one in twenty.articles[:2]))  # fmt: skip
    assert reason("coverage", both).points >= 0.6
