"""Rankers that fail: the edition is made all the same, and it is told what went wrong."""

from __future__ import annotations

import sys
from itertools import count

import pytest

from digest import plugins
from digest.errors import PluginMissing
from digest.flow import build, due
from digest.flow.ranking import PATIENCE, Ranking
from digest.select.ranker import total
from digest.store import alerts
from digest.testing.rankers import article, brief, candidate
from tests.flow.test_build import ctx  # noqa: F401 (a fixture)

PLUGIN = """
from dataclasses import replace

from digest.model import Reason
from digest.select.rankers import Importance


class Raises(Importance):
    def reasons(self, candidate, brief):
        if "border" in candidate.lead.headline:
            raise ZeroDivisionError("division by zero")
        return super().reasons(candidate, brief)


class Numberless(Importance):
    def reasons(self, candidate, brief):
        return (Reason(rule="odd", points=float("nan"), text="no number"),)


class Wordless:
    def reasons(self, candidate, brief):
        return (1.0, 2.0)


class Silent:
    def reasons(self, candidate, brief):
        return None


class Unmade:
    def __init__(self):
        raise RuntimeError("no model here")
"""
ENTRY = """[digest.rankers]
raises = harbour_faults:Raises
numberless = harbour_faults:Numberless
wordless = harbour_faults:Wordless
silent = harbour_faults:Silent
unmade = harbour_faults:Unmade
broken = harbour_broken:Broken
"""
CANDIDATES = (
    candidate(article(1, "Ministers meet over the border railway")),
    candidate(article(2, "Port traffic recovers as rates fall")),
)


@pytest.fixture(autouse=True)
def installed(tmp_path):
    """Install a distribution of rankers that fail, as pip would: a module and its entry points."""
    facts = tmp_path / "harbour_faults-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: harbour-faults\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY)
    (tmp_path / "harbour_faults.py").write_text(PLUGIN)
    (tmp_path / "harbour_broken.py").write_text("this is no Python\n")
    sys.path.insert(0, str(tmp_path))
    plugins._group.cache_clear()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("harbour_faults", None)
    plugins._group.cache_clear()


def test_what_a_ranker_raises_costs_one_candidate_its_points_and_nothing_else():
    """Importance ranks that one, and says why; the others are the ranker's."""
    ranking = Ranking("raises")
    ranked = {one.candidate.lead.id: one for one in ranking.order(CANDIDATES, brief())}
    plain = {one.candidate.lead.id: one for one in Ranking("importance").order(CANDIDATES, brief())}
    assert {number: one.score for number, one in ranked.items()} == {n: one.score for n, one in plain.items()}
    told = "ranker raises failed: ZeroDivisionError: division by zero"
    assert ranked[1].reasons[-1].text == f"{told}; ranked by importance"
    assert ranked[2].reasons == plain[2].reasons
    assert (ranking.failed, ranking.trouble) == (1, f"{told} (first at {CANDIDATES[0].lead.url})")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("numberless", "ValueError: the points of 'odd' are nan"),
        ("wordless", "TypeError: 1.0 is no Reason"),
        ("silent", "TypeError: 'NoneType' object is not iterable"),
        ("unmade", "RuntimeError: no model here"),
    ],
)
def test_answers_that_cannot_be_compared_are_not_taken(name, told):
    """No number, no reasons, no ranker at all: everything is ranked by importance."""
    ranking = Ranking(name)
    ranked = ranking.order(CANDIDATES, brief())
    plain = Ranking("importance").order(CANDIDATES, brief())
    assert [one.score for one in ranked] == [total(one.reasons) for one in plain]
    assert ranking.failed == 2
    assert told in ranking.trouble


def test_a_ranker_that_takes_too_long_is_not_asked_further():
    """An edition has a time; what it was not asked about by then is ranked without it."""
    ticks = count(0, PATIENCE + 1)
    ranking = Ranking("importance", clock=lambda: next(ticks))
    ranked = ranking.order(CANDIDATES, brief())
    assert ranking.failed == 1
    assert "it took more than 60 seconds" in ranking.trouble
    assert [one.reasons[-1].rule == "ranker" for one in ranked].count(True) == 1


def test_a_ranker_that_cannot_be_loaded_says_so():
    """Before anything is planned: it is a mistake of the installation."""
    with pytest.raises(PluginMissing, match=r"'broken' of digest.rankers cannot be loaded: SyntaxError"):
        Ranking("broken").order(CANDIDATES, brief())


def test_the_edition_is_made_and_the_operator_is_told(ctx):  # noqa: F811 (the fixture)
    """Once for the cause; it closes with the first edition that the ranker manages."""
    letter = ctx.newsletter("daily")
    ctx.settings.newsletters["daily"] = letter.model_copy(update={"ranker": "raises"})
    made = build.build(ctx, "daily", due.slot_for(ctx, "daily", ctx.now()))
    assert made.frozen_at
    with ctx.store.read() as conn:
        assert alerts.is_open(conn, "ranker:daily")
    ctx.settings.newsletters["daily"] = letter
    coming = ctx.newsletter("daily")
    build.build(ctx, "daily", due.slot_for(ctx, coming.name, ctx.now().replace(day=20)))
    with ctx.store.read() as conn:
        assert not alerts.is_open(conn, "ranker:daily")
