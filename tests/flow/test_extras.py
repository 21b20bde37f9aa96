"""What stands around the picks, as a reader sees it: related headlines and how it came to this."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from digest.flow import due
from digest.flow.extras import LEAST
from digest.flow.plan import as_json
from digest.flow.related import Wish
from digest.flow.related import related as finding
from digest.flow.sketches import sketch_of
from digest.flow.why import why
from digest.model import ArticleKind
from digest.select.similar import NEARLY, overlap
from digest.text import title_terms
from tests.flow.test_plan import SLOT, article, context, news, plan, save

PICK = (
    "Ferry aground off Marwick",
    "Lifeboats took two hundred passengers from the rocks of Marwick harbour.",
)
OLDER = (
    ("Marwick ferry engine failed twice", "An inquiry heard that the ferry left the harbour all the same."),
    ("New rocks mapped near Marwick harbour", "Pilots had asked for years that the ferry route be moved."),
    ("Passengers of the Marwick ferry complain", "Lifeboats are missing, they told the harbour master."),
    ("Lifeboats crew of Marwick honoured", "Medals for a rescue of passengers from the rocks in winter."),
)
SUNK = (
    "Trawler sinks off Marwick",
    "Nine missing as Marwick trawler lost",
    "Search for trawler crew near Marwick",
)


def told(number, pair, days=0.0, **more):
    """Make an article with headline and summary, so many days before the slot."""
    values = {"summary": pair[1], "published": SLOT - timedelta(days=days, hours=1), **more}
    return article(number, pair[0], **values)


def older(start=10, **more):
    return [told(start + n, pair, 40 + 10 * n, **more) for n, pair in enumerate(OLDER)]


def related(store, pick=0, **letter):
    made = plan(context(store, **{"related": 10, **letter}))
    return [line.headline for line in made.picks[pick].related]


def test_what_was_written_before_is_related_headlines_without_text_included(store):
    """Whole articles and bare headlines; nothing of the future."""
    bare = told(
        30, ("Marwick ferry passengers rescued from rocks in storm", ""), 90, kind=ArticleKind.HEADLINE
    )
    coming = told(31, ("Marwick ferry inquiry to hear passengers", "Rocks and lifeboats."), -20)
    save(store, told(1, PICK), bare, coming, *older())
    assert sorted(related(store)) == sorted([bare.headline, *(head for head, _ in OLDER)])


@pytest.mark.parametrize(
    ("letter", "changes"),
    [({"languages": ["en"]}, {"language": "fr"}), ({"sources": ["harbourpost"]}, {"source": "other"})],
)
def test_only_languages_and_sources_of_the_newsletter_are_shown(store, letter, changes):
    """What readers did not subscribe to stands nowhere around a pick."""
    save(store, told(1, PICK), *older()[:2], *older(**changes)[2:])
    assert sorted(related(store, **letter)) == sorted(head for head, _ in OLDER[:2])
    assert len(related(store)) > 2


def test_a_source_of_few_among_many_finds_its_own(store):
    """However many nearer articles a source has that the newsletter does not draw on, they hide none."""
    loud = [
        told(100 + n, (f"{PICK[0]} again and again {n}", PICK[1]), 60 + n, source="loud") for n in range(170)
    ]
    save(store, told(1, PICK), *loud, *older())
    assert len(related(store, sources=["harbourpost"])) == 4


def test_no_two_related_headlines_of_an_edition_are_nearly_equal(store):
    """Under one pick or under two: a reader meets a headline once, whoever published it."""
    second = told(
        2, ("Engine maker answers for failed engines", "Medals went to the crew, the inquiry heard."), 0.2
    )
    twins = [
        told(
            50 + n, (f"{head}{tail}", f"{text} {tail}"), 41 + 10 * n, url=f"https://x.example/{n}{len(tail)}"
        )
        for n, (head, text) in enumerate(OLDER)
        for tail in (" – update", " – again")
    ]
    save(store, told(1, PICK), second, *older(), *twins)
    made = plan(context(store, related=10))
    lines = [line for pick in made.picks for line in (*pick.related, *pick.timeline)]
    heads = [title_terms(line.headline, "en") for line in lines]
    assert len(made.picks) == 2
    assert len(heads) >= 4
    assert all(overlap(a, b) < NEARLY for place, a in enumerate(heads) for b in heads[:place])


def test_a_story_is_related_by_one_headline(store):
    """Three reports of one old event are one thing to know about, not three."""
    three = [
        told(
            60 + n,
            (head, "Two hundred passengers of a ferry aground saw the trawler lost."),
            30 + n / 50,
            source=f"s{n}",
        )
        for n, head in enumerate(SUNK)
    ]
    save(store, told(1, PICK), *three, *older())
    shown = related(store)
    assert len([one for one in shown if one in SUNK]) == 1
    assert len(shown) == 1 + len(OLDER)


def test_earlier_chapters_are_the_timeline_and_not_also_related(store):
    """How we got here is told once, oldest first; what is related is something else."""
    chapters = [
        told(40 + n, (f"{what} before ferry went aground", f"{PICK[1]} {what}."), days)
        for n, (what, days) in enumerate(
            (("Storm warning given", 5), ("Captain was ill", 3.5), ("Owners told twice", 2))
        )
    ]
    save(store, *chapters, told(1, PICK), *older())
    [pick, *_] = plan(context(store, related=10)).picks
    timeline = [line.published for line in pick.timeline]
    assert len(timeline) >= 2
    assert timeline == sorted(timeline)
    numbers = {line.article for line in pick.related}
    assert numbers.isdisjoint({line.article for line in pick.timeline})
    assert len(numbers) == 4


def test_what_a_followed_story_told_is_not_related_either(store):
    """The story that this one goes on with has its place in the timeline, all of its reports with it."""
    before = [
        told(
            40 + n,
            (f"Marwick ferry: hundred passengers {what}", f"Aground. {PICK[1]} {what}."),
            6 + n / 9,
            source=what,
        )
        for n, what in enumerate(("rescued", "sheltered", "counted", "questioned", "fed"))
    ]
    kept = save(store, *before, told(1, PICK), *older())
    [pick, *_] = plan(context(store, related=10)).picks
    numbers = {one.id for one in kept if one.source != "harbourpost"}
    assert pick.follows
    assert pick.timeline
    assert numbers.isdisjoint({line.article for line in pick.related})


def test_every_related_headline_tells_why(store):
    """The words that carried it are the texts' own, its parts add up to its score, the order is theirs."""
    save(store, told(1, PICK), *older())
    ctx = context(store, related=10)
    [pick] = as_json(plan(ctx))["picks"]
    assert [line["score"] for line in pick["related"]] == sorted(
        (line["score"] for line in pick["related"]), reverse=True
    )
    for line in pick["related"]:
        assert line["score"] == pytest.approx(sum(one["points"] for one in line["reasons"]))
        words = next(one for one in line["reasons"] if one["rule"] == "words")
        named = re.fullmatch("in common: (.+)", words["text"])[1].split(", ")
        both = title_terms(" ".join(PICK), "en")
        assert 2 <= len(named) <= 5
        assert all(not title_terms(word, "en").isdisjoint(both) for word in named)
        answer = why(ctx, "daily", due.slot_for(ctx, "daily", SLOT), line["url"])
        assert (answer["verdict"], answer["score"]) == ("related", line["score"])
        assert answer["reasons"] == line["reasons"]


def test_what_fades_beside_the_nearest_is_left_out(store):
    """A long text may meet two words by chance; once the nearest has told more, they are not enough."""
    nearest = (
        "Lifeboats took passengers from rocks as Marwick ferry ran aground in fog",
        "Two hundred passengers left the harbour that night. An inquiry opens.",
    )
    tour = " ".join(f"tune{n}" for n in range(52))
    batch = [told(1, PICK), told(50, nearest, 60), told(60, ("Choir tours harbour by ferry", tour), 81)]
    pick, best, chance = save(store, *batch, *news(40, hours=200, start=200))[:3]
    with store.read() as conn:
        found = finding(conn, sketch_of(pick), Wish(limit=9, least=LEAST, before=SLOT, without={pick.id}))
    assert {one.article: one.score >= LEAST for one in found} == {best.id: True, chance.id: False}
    assert related(store) == [best.headline]
