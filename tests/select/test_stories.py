"""Grouping: how much likeness is asked, by length and language, and what must not be taken for one story."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from digest.select.holders import pack, unpack
from digest.select.stories import Grouping, Item, Story, asked_of, common
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

DEFEATS = (
    (
        "Fourteen Wallabies humble the English tourists in defeat",
        "Players suffered in Perth after a referee had sent off a lock before the interval.",
    ),
    (
        "Gauff leaves the lawns of Wimbledon in tears",
        "The American suffers defeat by Anisimova, who saved set points and served eleven aces.",
    ),
)


def item(number, head, text="", *, language="en", hours=0):
    at = DUE + timedelta(hours=hours)
    return Item(number, at.timestamp(), sketch(head, text, language), language)


def placed(texts, language="en", hours=1):
    group = Grouping()
    for n, (head, text) in enumerate(texts):
        group.place(item(n, head, text, language=language, hours=hours * n))
    group.look_again({})
    return [group.resolve(group.placed[n]) for n in range(len(texts))]


def test_two_newsrooms_tell_one_event_in_whole_articles():
    """Other newsrooms use other words; a long text need not be a copy to belong."""
    first, *others, second = placed([REPORTS[0], *OTHER, REPORTS[1]])
    assert first == second
    assert len({first, *others}) == 1 + len(OTHER)


def test_more_is_asked_of_a_long_text_and_of_a_language_folded_far():
    """Chance alone makes long texts, and words cut short, alike."""
    assert asked_of(6, "en") < asked_of(60, "en") < asked_of(60, "he") < asked_of(60, "ar")
    assert asked_of(6, "ar-EG") == asked_of(6, "AR") > asked_of(6, "fr")


def test_a_sentence_below_two_headlines_makes_no_event_of_common_words():
    """Two defeats on one day are two stories, though a small archive takes the words of defeat for rare."""
    assert asked_of(14, "en", headline=1.0) < asked_of(14, "en", headline=0.4)
    assert asked_of(14, "ar", headline=1.0) == asked_of(14, "ar", headline=0.4)
    first, second, *_ = placed((*DEFEATS, *OTHER))
    assert first != second


def test_a_second_stem_is_no_further_word_of_a_story():
    """Arabic words have two terms in the index; in grouping each word counts once."""
    group = Grouping()
    key = group.place(item(1, "حريق في ميناء المدينة", language="ar"))
    assert group.stories[key].words
    assert all(term < SECOND for term in group.stories[key].words)


@pytest.mark.parametrize("text", ["", "…", "the of and"])
def test_an_article_without_words_gets_no_story(text):
    """There is nothing to compare, and no story of everything wordless arises."""
    assert Grouping().place(item(1, text)) is None


def test_a_large_mixed_story_does_not_take_in_what_comes():
    """Of two stories with the same sum of words, the one whose articles are each like it takes an article."""
    at = DUE.timestamp()
    words = sketch("ferry rocks lifeboat inquiry", "", "en").counts
    noise = sketch(" ".join(f"noise{n}" for n in range(8)), "", "en").counts
    close = Story(1, at, at, 1, pack(dict.fromkeys([*words, *noise], 1.0)))
    mixed = Story(2, at, at, 12, pack(dict.fromkeys([*words, *noise], 1.0)))
    group = Grouping.over([mixed, close])
    assert group.place(item(3, "ferry rocks lifeboat inquiry")) == 1


def test_what_was_packed_is_read():
    """A story survives its bytes, weightiest words first."""
    story = Story(1, 0.0, 0.0, 2, pack({7: 1.5, 9: 0.25}))
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


def events(count, reports):
    """Make reports of so many events, each in words of its own besides those of the event, in turn."""
    said = [[f"event{n}word{k}" for k in range(6)] for n in range(count)]
    return [
        item(n * count + e, " ".join([*words[n % 4 : n % 4 + 3], f"own{e}x{n}"]), hours=n)
        for n in range(reports)
        for e, words in enumerate(said)
    ]


def stories_of(items, batch):
    """Group in batches, as ingest does: what came before is given again."""
    group, where, known = Grouping(), {}, {one.number: one for one in items}
    for start in range(0, len(items), batch):
        group.placed.clear()
        for one in items[start : start + batch]:
            group.place(one)
        doubtful = set(group.doubtful())
        where = {number: group.resolve(key) for number, key in where.items()}
        group.look_again({n: (key, known[n]) for n, key in where.items() if key in doubtful})
        where |= group.placed
    found = {}
    for number, key in where.items():
        found.setdefault(group.resolve(key), set()).add(number)
    return sorted(map(sorted, found.values()))


def test_it_matters_not_in_how_many_batches_articles_come():
    """One by one, by tens or at once: the same stories."""
    items = events(8, 6)
    one_by_one = stories_of(items, 1)
    assert stories_of(items, 10) == stories_of(items, 1000) == one_by_one
    assert len(one_by_one) == 8


def test_later_evidence_corrects_an_earlier_placement():
    """What had to begin in the nearest story leaves it when its own story is there."""
    group = Grouping()
    doubt = item(1, "Marwick bridge: lorry crash, driver freed")
    first = item(0, "Marwick bridge gets steel arches from abandoned railway viaduct in autumn")
    group.place(first)
    group.place(doubt)
    assert group.placed[0] == group.placed[1]
    later = [item(n, f"Lorry crash: driver freed, witness{n} says", hours=1) for n in range(2, 6)]
    for one in later:
        group.place(one)
    group.look_again({})
    assert group.resolve(group.placed[1]) == group.resolve(group.placed[2])
    assert group.resolve(group.placed[0]) != group.resolve(group.placed[1])


def test_an_editors_story_takes_articles_but_none_leaves_it():
    """It is not looked at again, whatever comes."""
    words = sketch("Marwick ferry aground on rocks", "", "en").counts
    group = Grouping.over(
        [Story(7, DUE.timestamp(), DUE.timestamp(), 1, pack(dict.fromkeys(words, 0.45)), fixed=True)]
    )
    assert group.place(item(1, "Ferry aground on Marwick rocks")) == 7
    assert 7 not in group.doubtful()


def test_a_story_fades_with_its_articles():
    """What lies days back still counts among the articles but says little: a story does not drift along."""
    at = DUE.timestamp()
    story = Story(1, math.inf, -math.inf, 0)
    for day in range(10):
        story.add({day: 1.0}, at + day * 86_400)
    words = unpack(story.pack())
    assert words[9] == pytest.approx(1.0)
    assert words[4] == pytest.approx(math.exp(-1), rel=1e-3)


def test_two_short_headlines_with_one_word_in_common_are_two_stories():
    """Of four words one name is no event."""
    assert len(set(placed([("Marwick wins again", ""), ("Marwick bridge opens", "")]))) == 2


def test_copies_and_rewordings_of_one_release_are_one_story():
    """Twenty outlets, half of them under a headline of their own."""
    text = "The harbour board of Marwick appointed Ana Lindqvist chief engineer on Monday, it said."
    heads = [
        f"Lindqvist named chief engineer, says paper{n}" if n % 2 else "Harbour board appoints Lindqvist"
        for n in range(20)
    ]
    assert len(set(placed([(head, text) for head in heads], hours=0))) == 1
