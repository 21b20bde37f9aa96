"""The built-in rankers pass the contract and weigh what an editor would."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from digest import plugins
from digest.model import Image
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
