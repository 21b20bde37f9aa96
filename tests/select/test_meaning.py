"""Meaning beside words: how much it may say, and to whom it leans."""

from __future__ import annotations

import numpy as np
import pytest

from digest.select.meaning import LITTLE, SAY, Sense, share
from digest.select.related import Near
from digest.text.sketch import sketch

EAST = np.array([1.0, 0.0], np.float32)
NORTH = np.array([0.0, 1.0], np.float32)


def near(number):
    return Near(number, sketch("harbour", "", "en"))


def test_a_bare_headline_is_all_of_its_article_and_next_to_none_of_a_long_one():
    """The longer the text, the less the meaning of the headline has to say."""
    bare = share(sketch("Ferry aground off Marwick", "", "en"))
    brief = share(sketch("Ferry aground off Marwick", "Lifeboats rescued two hundred passengers today", "en"))
    whole = share(sketch("Ferry aground off Marwick", "lifeboats rescued passengers rocks tide " * 60, "en"))
    assert bare == 1.0 > brief > LITTLE > whole
    assert share(sketch("", "", "en")) == 0.0


def test_meaning_turns_the_order_of_equal_words():
    """Of two articles with the same words the nearer in meaning comes first; ties go to the older."""
    sense = Sense(EAST, {1: NORTH, 2: EAST}, SAY)
    scored = [(0.5, near(1)), (0.5, near(2))]
    assert [one.article for _, one in sense.mixed(scored)] == [2, 1]
    assert [one.article for _, one in Sense(EAST, {}, SAY).mixed(scored)] == [1, 2]


def test_what_points_elsewhere_is_not_punished():
    """Unlike meaning adds nothing, and takes nothing away."""
    points = Sense(EAST, {1: -EAST}, SAY).mixed([(0.5, near(1))])[0][0]
    assert points == 0.5


def test_it_leans_towards_the_nearest_and_stays_of_length_one():
    """The lenders' mean is added to the article's own meaning."""
    sense = Sense(EAST, {1: NORTH}, SAY)
    leant = sense.leaning([(1.0, near(1)), (1.0, near(9))])
    assert leant.own == pytest.approx(np.array([0.5, 0.5]) * 2**0.5)
    assert sense.leaning([(1.0, near(9))]) is sense
