"""The built-in rankers pass the contract and weigh what an editor would."""

from __future__ import annotations

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
