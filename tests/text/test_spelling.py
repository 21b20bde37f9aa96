"""From terms back to the words that a text has for them."""

from __future__ import annotations

import pytest

from digest.text.sketch import number, sketch
from digest.text.spelling import spelled
from digest.text.words import terms


@pytest.mark.parametrize(
    ("language", "headline", "words"),
    [
        ("en", "Ferry-boat’s aground: “two Ferries”", {"Ferry", "boat", "aground"}),
        ("ar", "والمدارس تفتح، المدرسةُ", {"والمدارس", "تفتح", "المدرسةُ"}),
        ("ja", "東京都", {"東京", "京都"}),
    ],
)
def test_each_term_is_spelled_as_the_headline_has_it(language, headline, words):
    """Hyphens and quotation marks are no part of a word; without spaces there are pairs of characters."""
    known = spelled(sketch(headline, "", language).counts, headline, "", language)
    assert known.keys() == sketch(headline, "", language).counts.keys()
    assert set(known.values()) == words | ({"two"} if number("two") in known else set())


def test_the_headline_comes_before_the_text_and_strangers_are_left_out():
    """Only what is asked for is spelled, once, and nothing is made up."""
    wanted = {number(term) for term in terms("ferry storm", "en")} | {7}
    known = spelled(wanted, "Ferries collide", "A ferry met a storm; storms pass.", "en")
    assert sorted(known.values()) == ["Ferries", "storm"]
