"""Whatever the candidates, an edition keeps its quotas, tells no story twice and depends on no order.

What stays out is told with the points it stood at in the end.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Reason
from digest.select.candidates import candidates
from digest.select.choose import WORDS_A_MINUTE, Quota, Ranked, Rules, choose
from digest.select.rankers import Importance
from digest.select.similar import NEARLY, overlap
from digest.testing.rankers import article, brief, candidate
from digest.text import title_terms

WORDS = ("harbour", "council", "bridge", "flour", "drought", "railway", "comet", "choir", "museum", "ferry")
SECTIONS = ("", "World", "Sport", "Culture")
few = settings(max_examples=25, deadline=None)
SOURCES = ("herald", "wire", "post")


@st.composite
def newsroom(draw, most=25):
    """Make articles of a few sources, sections and stories, some told twice."""
    found = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
        found.append(
            article(
                number,
                " ".join((*words, f"x{number % 7}")),
                source=draw(st.sampled_from(SOURCES)),
                section=draw(st.sampled_from(SECTIONS)),
                story=draw(st.sampled_from((None, 1, 2, 3, 4))),
                summary=f"{words[0]} " * draw(st.integers(1, 120)),
            )
        )
    return found


@st.composite
def rules(draw):
    """Make rules, some of them impossible to keep."""
    quotas = {}
    for name in draw(st.sets(st.sampled_from([name.casefold() for name in SECTIONS[1:]]))):
        least = draw(st.integers(0, 3))
        quotas[name] = Quota(least, draw(st.sampled_from((0, least or 1, least + 2))))
    return Rules(
        picks=draw(st.integers(1, 8)),
        per_source=draw(st.integers(0, 3)),
        reading_minutes=draw(st.sampled_from((0, 0, 1, 2))),
        sections=quotas,
    )


def ranked(articles):
    return [Ranked(one, Importance().reasons(one, brief())) for one in candidates(articles)]


def told(some):
    return [(one.candidate.lead.id, one.score, one.reasons) for one in some]


def minutes(picks):
    leads = [one.candidate.lead for one in picks]
    words = sum(len(f"{one.headline} {one.summary or one.body[:600]}".split()) for one in leads)
    return words / WORDS_A_MINUTE


@few
@given(newsroom(), rules())
def test_no_quota_is_ever_broken(articles, allowed):
    """Not the number of picks, nor that of a section or a source, nor the minutes, but for the first pick."""
    picks, rest = choose(ranked(articles), allowed)
    assert len(picks) <= allowed.picks
    by_section = Counter(one.candidate.section.casefold() for one in picks)
    by_source = Counter(one.candidate.lead.source for one in picks)
    assert all(by_section[name] <= quota.most for name, quota in allowed.sections.items() if quota.most)
    assert not allowed.per_source or max(by_source.values(), default=0) <= allowed.per_source
    assert not allowed.reading_minutes or len(picks) < 2 or minutes(picks) <= allowed.reading_minutes
    assert len(picks) + len(rest) == len(candidates(articles))
    assert all(rule and why for _, rule, why in rest)


@few
@given(newsroom(), rules())
def test_a_section_gets_its_least_while_it_has_stories_and_there_is_room(articles, allowed):
    """Where only the number of picks is limited, no more is asked for, and none repeats a headline."""
    asked = sum(quota.least for quota in allowed.sections.values())
    allowed = replace(allowed, per_source=0, reading_minutes=0, picks=max(allowed.picks, asked))
    field = ranked(articles)
    there = Counter(one.candidate.section.casefold() for one in field)
    picks, rest = choose(field, allowed)
    got = Counter(one.candidate.section.casefold() for one in picks)
    told = Counter(one.candidate.section.casefold() for one, rule, _ in rest if rule == "story")
    for name, quota in allowed.sections.items():
        assert got[name] >= min(quota.least, there[name] - told[name])


@few
@given(newsroom(), rules())
def test_an_edition_is_full_where_it_can_be(articles, allowed):
    """A story is left out for a rule that holds at the end, or as there are picks enough."""
    picks, rest = choose(ranked(articles), allowed)
    assert len(picks) == allowed.picks or all(rule != "rank" for _, rule, _ in rest)
    assert {rule for _, rule, _ in rest} <= {"rank", "section", "source", "reading_time", "story"}


@few
@given(newsroom(), rules())
def test_no_two_picks_tell_one_story(articles, allowed):
    """Neither by its number nor under nearly the same headline."""
    picks, _ = choose(ranked(articles), allowed)
    stories = [one.story for pick in picks for one in pick.candidate.articles[:1] if one.story]
    assert len(stories) == len(set(stories))
    titles = [title_terms(pick.candidate.lead.headline, "en") for pick in picks]
    assert all(overlap(a, b) < NEARLY for n, a in enumerate(titles) for b in titles[:n])


@few
@given(newsroom(), rules(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(articles, allowed, chance):
    """The same articles in any order give the same picks, points and reasons, and the same ones left out."""
    shuffled = list(articles)
    chance.shuffle(shuffled)
    picks, rest = choose(ranked(articles), allowed)
    others, remains = choose(ranked(shuffled), allowed)
    assert told(picks) == told(others)
    assert {(one.candidate.lead.id, why) for one, _, why in rest} == {
        (one.candidate.lead.id, why) for one, _, why in remains
    }


@few
@given(newsroom(), rules())
def test_pins_count_against_the_quotas_and_are_not_picked_again(articles, allowed):
    """What an editor put in stands for its source, section and room."""
    field = ranked(articles)
    fixed, free = field[: allowed.picks // 2], field[allowed.picks // 2 :]
    picks, _ = choose(free, allowed, fixed)
    assert len(picks) + len(fixed) <= max(allowed.picks, len(fixed))
    for name, quota in allowed.sections.items():
        mine = [one for one in (*fixed, *picks) if one.candidate.section.casefold() == name]
        by_hand = sum(one.candidate.section.casefold() == name for one in fixed)
        assert not quota.most or len(mine) <= max(quota.most, by_hand)


def one(number, points, **changes):
    """Make a ranked candidate with so many points, unlike all others."""
    lead = article(number, f"w{number}a w{number}b w{number}c", source=f"s{number}", **changes)
    return Ranked(candidate(lead), (Reason(rule="x", points=points, text="x"),))


def test_a_section_that_is_asked_for_is_found_behind_hundreds_of_others():
    """A big day: five hundred stories go before the only two of a section that must have two."""
    field = [one(n, 1000.0 - n) for n in range(1, 501)]
    field += [one(n, -1.0, section="Culture") for n in (501, 502)]
    random.Random(1).shuffle(field)
    picks, rest = choose(field, Rules(picks=3, sections={"culture": Quota(2)}))
    assert [pick.candidate.lead.id for pick in picks] == [1, 501, 502]
    assert len(rest) == 499


FERRY = article(1, "Ferry runs aground off Marwick", source="a")
AGAIN = article(2, "Marwick ferry crew safe", source="b", summary="The ferry had run aground off Marwick.")
CHOIR = article(3, "Choir wins a prize", source="c")


@pytest.mark.parametrize(("ahead", "picked"), [(0.1, [1, 3]), (0.9, [1, 2])])
def test_what_says_the_same_in_other_words_is_worth_less(ahead, picked):
    """A new story comes before one that repeats the first, unless that is ahead by more than the likeness."""
    points = ((FERRY, 5.0), (AGAIN, 3.0), (CHOIR, 3.0 - ahead))
    field = [Ranked(candidate(lead), (Reason(rule="x", points=p, text="x"),)) for lead, p in points]
    picks, _ = choose(field, Rules(picks=2))
    assert [pick.candidate.lead.id for pick in picks] == picked


@pytest.mark.parametrize(("apart", "count"), [(False, 1), (True, 2)])
def test_a_headline_stands_once_unless_an_editor_told_the_stories_apart(apart, count):
    """Two stories under nearly the same headline: the better one, and the other says why it is out."""
    other = replace(FERRY, id=9, headline="Ferry runs aground off Marwick again", source="b")
    field = [
        Ranked(candidate(lead, story=lead.id, apart=apart), (Reason(rule="x", points=9.0, text="x"),))
        for lead in (FERRY, other)
    ]
    picks, rest = choose(field, Rules(picks=5))
    assert len(picks) == count
    assert [(rule, why) for _, rule, why in rest] == [
        ("story", "nearly the same headline as “Ferry runs aground off Marwick”")
    ][: 2 - count]


# ── what stays out ────────────────────────────────────────────────────────────────────

HEADLINES = (
    "Ferries stop for the storm",
    "Council buys the old mill",
    "Judge frees the harbour pilots",
    "Orchestra finds a lost score",
)


def pointed(number, points, source="post", section="city"):
    """Make a candidate with so many points."""
    one = candidate(article(number, HEADLINES[number], source=source, section=section), section=section)
    return Ranked(one, (Reason(rule="test", points=points, text="given"),))


def test_what_stays_out_is_told_with_what_it_lost_to_the_picks():
    """One that began ahead of a pick says why it ended below it, and below what."""
    field = [pointed(0, 2.0), pointed(1, 1.5), pointed(2, 1.4, source="courier", section="court")]
    taken, ((out, rule, why),) = choose(field, Rules(picks=2))
    assert [one.candidate.lead.headline for one in taken] == [HEADLINES[0], HEADLINES[2]]
    assert (rule, why) == ("rank", "ranked below the 2 picks, the last of which has 1.40")
    assert out.score < min(one.score for one in taken)
    assert [reason.text for reason in out.reasons] == [
        "given",
        "1 pick of this source already",
        "1 pick of this section already",
    ]


def test_a_place_kept_for_a_section_is_named():
    """What scored more than a pick that a section had to have is not told that it ranked below it."""
    field = [
        pointed(0, 2.0),
        pointed(1, 1.5, source="courier"),
        pointed(2, 0.1, source="tide", section="court"),
    ]
    taken, ((out, _, why),) = choose(field, Rules(picks=2, sections={"court": Quota(least=1)}))
    assert min(one.score for one in taken) < out.score
    assert why == "the last places went to sections that must have their picks"


def test_pins_may_leave_no_place():
    """Where the editor filled the edition, that is the reason."""
    _, ((_, rule, why),) = choose([pointed(0, 2.0)], Rules(picks=1), fixed=[pointed(1, 0.0)])
    assert (rule, why) == ("rank", "the editor's picks take every place")
