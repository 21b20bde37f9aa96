"""Grouping: how much likeness is asked, by length and language, and what must not be taken for one story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.select.stories import Grouping, Story, asked_of, common, unpack
from digest.testing.rankers import DUE
from digest.text.sketch import SECOND, sketch

REPORTS = (
    (
        "Ferry runs aground off Marwick",
        ("A ferry with two hundred people on board ran aground on rocks near Marwick before dawn. "
        "Lifeboats took everyone off. The captain said the engine had failed. "
        "An inquiry will look at the maintenance records."),
    ),
    (
        "Two hundred rescued as ferry hits rocks",
        ("Lifeboats rescued all passengers of a ferry that struck rocks near Marwick early today when "
        "its engine failed. The operator promised help. Tugs are to pull the vessel free at high tide."),
    ),
)  # fmt: skip
OTHER = (
    ("Council raises the price of parking", "Drivers will pay more from May. Shops near the market protest."),
    ("Choir wins the festival", "Forty singers from the valley took the first prize for a song of the sea."),
    ("Snow closes the mountain road", "Ploughs are out. The pass will stay closed until the weekend."),
)


def placed(texts, language="en", hours=1):
    group = Grouping()
    keys = [
        group.place(sketch(head, text, language), DUE + timedelta(hours=hours * n), language)
        for n, (head, text) in enumerate(texts)
    ]
    return [group.resolve(key) for key in keys]


def test_two_newsrooms_tell_one_event_in_whole_articles():
    """Other newsrooms use other words; a long text need not be a copy to belong."""
    first, *others, second = placed([REPORTS[0], *OTHER, REPORTS[1]])
    assert first == second
    assert len({first, *others}) == 1 + len(OTHER)


def test_more_is_asked_of_a_long_text_and_of_a_language_folded_far():
    """Chance alone makes long texts, and words cut short, alike."""
    assert asked_of(6, "en") < asked_of(60, "en") < asked_of(60, "he") < asked_of(60, "ar")
    assert asked_of(6, "ar-EG") == asked_of(6, "AR") > asked_of(6, "fr")


def test_a_second_stem_is_no_further_word_of_a_story():
    """Arabic words have two terms in the index; in grouping each word counts once."""
    group = Grouping()
    key = group.place(sketch("حريق في ميناء المدينة", "", "ar"), DUE, "ar")
    assert group.stories[key].words
    assert all(term < SECOND for term in group.stories[key].words)


@pytest.mark.parametrize("text", ["", "…", "the of and"])
def test_an_article_without_words_gets_no_story(text):
    """There is nothing to compare, and no story of everything wordless arises."""
    assert Grouping().place(sketch(text, "", "en"), DUE, "en") is None


def test_a_large_mixed_story_does_not_take_in_what_comes():
    """Of two stories with the same sum of words, the one whose articles are each like it takes an article."""
    at = DUE.timestamp()
    words = sketch("ferry rocks lifeboat inquiry", "", "en").counts
    noise = sketch(" ".join(f"noise{n}" for n in range(8)), "", "en").counts
    close = Story(1, at, at, 1, dict.fromkeys([*words, *noise], 1.0))
    mixed = Story(2, at, at, 12, dict.fromkeys([*words, *noise], 1.0))
    group = Grouping.over([mixed, close])
    asked = sketch("ferry rocks lifeboat inquiry", "", "en")
    assert group.place(asked, DUE, "en") == 1


def test_what_was_packed_is_read():
    """A story survives its bytes, weightiest words first."""
    story = Story(1, 0.0, 0.0, 2, {7: 1.5, 9: 0.25})
    assert unpack(story.pack()) == story.words


def test_boilerplate_is_what_half_of_a_small_archive_or_a_quarter_of_a_grown_one_has():
    """Of a handful nobody can tell."""
    assert not common(19, 19)
    assert (common(10, 20), common(11, 20)) == (False, True)
    assert (common(50, 200), common(51, 200)) == (False, True)


def test_one_sentence_under_every_headline_makes_no_story():
    """A newsroom that says the same of all its articles does not turn its first day into one story."""
    said = "What happened, who says so, and what comes next: read all of it in today's paper."
    headlines = ("Ministers meet again", "Port traffic recovers", "Old tram line returns")
    assert len(set(placed([(headline, said) for headline in headlines]))) == 3
