"""Why a headline is related, in words that an editor can check against both texts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.flow.kinship import WORDS, reasons
from digest.flow.related import Found
from digest.select.nearness import Part
from digest.text.sketch import number
from digest.text.words import terms
from tests.flow.test_plan import SLOT, article

PICK = article(1, "Ferry aground off Marwick", published=SLOT)


def told(other, *parts):
    return {one.rule: one.text for one in reasons(Found(other.id, 1.0, parts), PICK, other)}


def part(rule, words, language="en"):
    return Part(rule, 0.1, tuple(number(term) for term in terms(words, language)))


def test_words_are_named_as_the_other_article_spells_them():
    """Each once, the weightiest first, the headline's spelling before the text's; no more than a handful."""
    other = article(2, "FERRIES and ferry", summary="Marwick harbour rocks, tides, pilots, lamps and ropes.")
    long = part("words", "ferry marwick harbour rock tide pilot lamp")
    text = told(other, long, part("lent", "rope"))
    assert text["words"] == "in common: FERRIES, Marwick, harbour, rocks, tides"
    assert len(text["words"].split(", ")) == WORDS
    assert text["lent"] == "words of the nearest reports: ropes"


def test_an_arabic_word_found_by_both_its_stems_is_named_once():
    """Two terms of one word are one word to a reader."""
    other = article(2, "والمدارس تفتح أبوابها", language="ar", summary="")
    assert told(other, part("words", "والمدارس", "ar"))["words"] == "in common: والمدارس"


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0.5, "within the hour"), (-5, "5 h apart"), (47, "47 h apart"), (24 * 400, "400 days apart")],
)
def test_the_distance_in_time_is_told_in_its_unit(hours, text):
    """Minutes are nothing, two days are hours, more are days; before or after is the same."""
    other = article(2, "Ferry", published=SLOT - timedelta(hours=hours))
    assert told(other, Part("time", 0.1))["time"] == f"published {text}"


def test_meaning_and_story_are_told_in_a_sentence():
    """They have no words to name."""
    other = article(2, "Ferry")
    text = told(other, Part("meaning", 0.1), Part("story", 0.1))
    assert text == {"meaning": "the headlines mean something alike", "story": "tells of the same story"}
