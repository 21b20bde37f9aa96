"""Related headlines: whose words are lent, what is left out as the same again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.select import related as relating
from digest.text.sketch import sketch

ARCHIVE = (
    ("Ferry aground off Marwick", "Lifeboats rescued two hundred passengers from the rocks."),
    ("Inquiry into ferry engine", "Maintenance records of the ferry show the engine had failed before."),
    ("Council raises parking", "Drivers will pay more from May near the market."),
    ("Choir wins festival", "Singers took the first prize for a song of the sea."),
)


def near(headline, text="", number=1, language="en"):
    return relating.Near(number, sketch(headline, text, language))


def corpus(found, articles=1000):
    held = {}
    for one in found:
        for term in one.sketch.counts:
            held[term] = held.get(term, 0) + 1
    return relating.Corpus(articles, 12.0, held)


SHELF = [near(head, text, n) for n, (head, text) in enumerate(ARCHIVE, 1)]


def test_the_nearest_lends_most():
    """An article half as near as the best has a sixteenth of its say."""
    chosen, terms = relating.lenders([(1.0, SHELF[0]), (0.5, SHELF[1]), (0.0, SHELF[2])])
    assert [say for say, _ in chosen] == [1.0, 0.5**relating.STEEP]
    assert set(SHELF[2].sketch.counts).isdisjoint(terms)


def test_lent_words_find_what_is_told_in_other_words():
    """A headline that shares no word with a report finds it through one that shares words with both."""
    asked = relating.query(sketch("Lifeboats at sea rocks", "", "en"), corpus(SHELF))
    inquiry = SHELF[1]
    first = relating.order(asked, SHELF, 12.0)
    assert relating.score(asked, inquiry.sketch, 12.0) == 0
    chosen, terms = relating.lenders(first)
    wider = relating.widen(asked, chosen, terms, corpus(SHELF))
    assert relating.score(wider, inquiry.sketch, 12.0) > 0


def test_one_clickbait_headline_under_many_addresses_is_shown_once():
    """Near-identical headlines, punctuation and capitals aside, are one headline for a reader."""
    bait = "You will never guess what this ferry captain found"
    copies = [
        near(f"{bait}{tail}", number=n) for n, tail in enumerate(("", "!", " …", " – AGAIN", " (video)"), 1)
    ]
    kept = relating.distinct([(1.0, one) for one in copies], [], 10)
    assert [one.article for _, one in kept] == [1]
    assert relating.distinct([(1.0, one) for one in copies], [copies[0].sketch.title], 10) == []


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "Ferry strike", "Ferry festival"), ("ar", "ميناء المدينة", "ميناء الصيد")],
)
def test_one_word_in_common_is_not_enough(language, one, other):
    """Two words must meet; the second stem of an Arabic word is no second word."""
    assert not relating.meets(sketch(one, "", language), sketch(other, "", language))
    assert relating.meets(sketch(one, "", language), sketch(one, "", language))


@pytest.mark.parametrize(("digits", "enough"), [("1", False), ("12", True)])
def test_a_digit_is_no_word_that_two_articles_meet_in(digits, enough):
    """One goal and one million have nothing in common; a number of several digits may be a year."""
    one, other = (
        sketch(f"{text} {digits}", "", "en") for text in ("Winner of the jackpot", "Winner of the match")
    )
    assert relating.meets(one, other) is enough


def test_a_word_that_everyone_has_weighs_nothing():
    """A term of a quarter of a grown archive is boilerplate; in a small one nobody can tell."""
    grown = relating.Corpus(1000, 12.0, {7: 251})
    assert grown.rarity(7) == 0
    assert relating.Corpus(1000, 12.0, {7: 250}).rarity(7) > 0
    assert replace(grown, articles=relating.GROWN - 1, holding={7: 60}).rarity(7) > 0


def test_nothing_near_lends_nothing():
    """An archive without a shared word leaves the query as it is."""
    assert relating.lenders([]) == ([], [])
    assert relating.lenders([(0.0, SHELF[0])]) == ([], [])
