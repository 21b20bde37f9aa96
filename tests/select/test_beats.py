"""Beats are told by plain signs, make way for news, and are the editor's to weigh."""

from __future__ import annotations

import pytest

from digest.select.beats import beat_of
from digest.select.choose import Ranked, Rules, choose
from digest.select.ranker import total
from digest.select.rankers import Importance
from digest.testing.rankers import article, brief, candidate

SITE = "https://x.example"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"section": "Sport"}, "sport"),
        ({"section": "كرة القدم"}, "sport"),
        ({"section": "Deportes"}, "sport"),
        ({"section": "Film & TV", "url": f"{SITE}/film/a-film"}, "entertainment"),
        ({"url": f"{SITE}/sport/rugby-union/62190736"}, "sport"),
        ({"url": f"{SITE}/2026/07/16/football/a-long-cup-final"}, "sport"),
        ({"url": f"{SITE}/news/entertainment-arts-62014506"}, "entertainment"),
        ({"url": f"{SITE}/travel/article/a-walk"}, "lifestyle"),
        ({"tags": ("Fashion", "Paris")}, "lifestyle"),
    ],
)
def test_section_address_or_first_label_tell_a_beat(changes, name):
    """In several languages, whole words only."""
    beat = beat_of(article(1, "A headline", **changes))
    assert beat is not None
    assert beat.name == name


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"section": "World", "tags": ("Sport",)},
        {"url": f"{SITE}/news/world-africa-61982532"},
        {"url": f"{SITE}/news/2026/sport"},
        {"url": f"{SITE}/transport/article/1"},
        {"tags": ("Parliament", "Football")},
        {"url": "no address"},
    ],
)
def test_all_else_is_news(changes):
    """An article's own step, a later label, a word within a word say nothing; a section beats labels."""
    assert beat_of(article(1, "Football hooligans before the court", **changes)) is None


def ranked(one, **told):
    return Ranked(one, Importance().reasons(one, brief(**told)))


def test_sport_of_one_source_makes_way_for_news_and_the_editor_may_say_otherwise():
    """All else equal; with the beat's weight at 0 it is as before, above 0 it goes first."""
    news, game = candidate(article(1)), candidate(article(1, section="Sport"))
    assert total(ranked(game).reasons) == pytest.approx(total(ranked(news).reasons) - 0.4)
    assert ranked(game, weights={"beat.sport": 0}).score == ranked(news).score
    assert ranked(game, weights={"beat.sport": 0.5}).score > ranked(news).score
    [reason] = [one for one in ranked(game).reasons if one.rule == "beat"]
    assert reason.text == "sport, which makes way for news"


MATCHES = ("Marwick win the northern cup", "Sailors lift a regatta trophy", "Late goal saves Tolmont")


def test_one_cup_tie_is_enough():
    """Each further pick of a beat loses more, unless the newsletter says it need not; the reason tells."""
    games = [
        candidate(
            article(n, title, url=f"{SITE}/sport/{n}", source=f"s{n}"),
            article(n + 10, title, url=f"{SITE}/sport/{n}b", source=f"s{n}", summary="Otherwise told."),
        )
        for n, title in enumerate(MATCHES, 1)
    ]
    news = [
        candidate(article(4, "Council decides on flour prices", source="n4")),
        candidate(article(5, "Old bridge closed for repairs", source="n5")),
    ]
    field = [ranked(one, weights={"beat.sport": 0}) for one in (*games, *news)]
    picks, _ = choose(field, Rules(picks=3, same_beat=0.5))
    assert [one.candidate.lead.id for one in picks] == [2, 4, 5]
    pair, _ = choose(field[:2], Rules(picks=2))
    assert [r.text for r in pair[1].reasons if r.rule == "same_beat"] == ["1 pick of sport already"]
    free, _ = choose(field, Rules(picks=3, same_beat=0))
    assert {one.candidate.lead.id for one in free} == {1, 2, 3}


def test_where_all_is_sport_nothing_changes():
    """A sports newsletter is ordered as if there were no beats."""
    games = [candidate(article(60 * n, f"Match {n} of {n + 7}", section="Sport")) for n in range(1, 6)]
    plain = [candidate(article(60 * n, f"Match {n} of {n + 7}", section="Matches")) for n in range(1, 6)]
    order = [[one.candidate.lead.id for one in choose([ranked(c) for c in some], Rules(picks=5))[0]]
             for some in (games, plain)]  # fmt: skip
    assert order[0] == order[1]
