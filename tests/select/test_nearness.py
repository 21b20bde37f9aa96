"""Nearness in parts: what is shown to an editor adds up to what the order goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from digest.select import related
from digest.select.beside import Beside
from digest.select.meaning import SAY, Sense
from digest.select.nearness import Nearness
from digest.text.sketch import number, sketch
from tests.select.test_related import SHELF, corpus

NOW = datetime(2026, 6, 19, 7, tzinfo=UTC)
ASKED = sketch("Lifeboats at sea rocks", "", "en")
DAYS = [
    related.Near(one.article, one.sketch, NOW - timedelta(days=place), 7 if place < 2 else None)
    for place, one in enumerate(SHELF)
]


def asked(sense=None):
    question = related.query(ASKED, corpus(DAYS))
    whole = related.score(question, ASKED, 12.0)
    near = Nearness(question, 12.0, whole, Beside(7, NOW), sense)
    chosen, lendable = near.lenders(near.words(DAYS))
    return near.widened(chosen, lendable, corpus(DAYS))


def sense():
    east, north = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    return Sense(east, {1: east, 2: north}, SAY)


@pytest.mark.parametrize("meant", [None, sense()])
def test_the_parts_of_every_score_add_up_to_it(meant):
    """Words, lent words, meaning, story and time; a part that is nothing is not told."""
    near = asked(meant)
    judged = near.judged(near.words(DAYS))
    assert judged[0][1].article == 1
    for points, one in judged:
        parts = near.parts(one)
        assert sum(part.points for part in parts) == pytest.approx(points, abs=3e-4)
        assert all(part.points for part in parts)
    rules = {part.rule for part in near.parts(DAYS[0])}
    assert rules == {"words", "lent", "story", "time"} | ({"meaning"} if meant else set())


def test_words_of_the_article_and_words_lent_are_told_apart():
    """What only the lenders said is not said to be in common."""
    near = asked()
    parts = {part.rule: part for part in near.parts(DAYS[1])}
    assert "words" not in parts
    assert number("ferri") in parts["lent"].terms
    first = {part.rule: part for part in near.parts(DAYS[0])}
    assert set(first["words"].terms) == {number("lifeboat"), number("rock")}
    assert set(first["lent"].terms).isdisjoint(ASKED.counts)


def test_an_article_of_the_story_lends_more():
    """Of two equally near articles the one that tells the same story has the greater say."""
    twins = [related.Near(n, SHELF[0].sketch, None, story) for n, story in ((1, None), (2, 7))]
    question = related.query(ASKED, corpus(DAYS))
    near = Nearness(question, 12.0, 1.0, Beside(7))
    (most, first), (less, second) = near.lenders(near.words(twins))[0]
    assert (first.article, second.article) == (2, 1)
    assert most > less
