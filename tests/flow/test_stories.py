"""Stories in the editor's hands: what a hand did stands, whatever arrives later, until it is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import UsageError
from digest.flow import stories
from digest.store import articles as stored
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, context, news, plan, save, send, urls

FIRE = (
    "Warehouse fire at Marwick docks sends smoke over the harbour",
    "Smoke over the harbour: warehouse at Marwick docks on fire",
    "Marwick docks warehouse fire: smoke hangs over harbour",
    "Firefighters at Marwick docks: warehouse fire, harbour under smoke",
)
STRIKE = (
    "Tram drivers in Tolmont walk out over night shifts",
    "Night shifts: Tolmont tram drivers walk out",
    "Tolmont trams stand still as drivers walk out over night shifts",
)


def piece(number, headline, hours=5.0, source=""):
    """Make one outlet's article."""
    name = source or f"outlet{number}"
    return article(
        number,
        headline,
        source=name,
        url=f"https://{name}.example/{number}",
        published=SLOT - timedelta(hours=hours),
    )


def story_of(store, one):
    with store.read() as conn:
        return stored.by_ids(conn, [one.id])[one.id].story


@pytest.fixture
def two(store):
    """Save two stories: a fire of two articles, a strike of two."""
    fire = save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8))
    strike = save(store, piece(3, STRIKE[0], 7), piece(4, STRIKE[1], 6))
    assert [story_of(store, one) for one in fire] == [story_of(store, fire[0])] * 2
    assert story_of(store, strike[0]) != story_of(store, fire[0])
    return fire, strike


def test_a_merge_by_hand_makes_one_pick_and_later_articles_join_it(store, two):
    """Both kinds of words lead to the story that stayed, and no machine parts it again."""
    fire, strike = two
    ctx = context(store)
    assert len(plan(ctx).picks) == 2
    stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    assert len(plan(ctx).picks) == 1
    later = save(store, piece(5, FIRE[2], 2), piece(6, STRIKE[2], 1))
    stays = story_of(store, fire[0])
    assert {story_of(store, one) for one in (*fire, *strike, *later)} == {stays}


def test_a_split_by_hand_is_never_joined_again(store):
    """However alike what arrives later, the two stay two, in the archive and in the edition."""
    fire = save(store, *(piece(n, text, 9 - n) for n, text in enumerate(FIRE[:3], 1)))
    ctx = context(store)
    assert len(plan(ctx).picks) == 1
    stories.split(ctx, [fire[1].url], "ana")
    assert len(plan(ctx).picks) == 2
    for n in range(10, 20):
        save(store, piece(n, f"{FIRE[n % 4]} {n}", 2))
    assert story_of(store, fire[0]) == story_of(store, fire[2])
    assert story_of(store, fire[1]) != story_of(store, fire[0])
    assert len(plan(ctx).picks) == 2


def test_a_changed_article_stays_where_a_hand_put_it(store, two):
    """A corrected headline is no reason to group it anew."""
    fire, _ = two
    ctx = context(store)
    stories.split(ctx, [fire[1].url], "ana")
    alone = story_of(store, fire[1])
    save(store, piece(2, FIRE[0] + " at night", 8), now=SLOT)
    assert story_of(store, fire[1]) == alone


@pytest.mark.parametrize("what", ["merge", "split"])
def test_undoing_brings_back_what_was(store, two, what):
    """Plan, stories and their words are as before; what came in the meantime is lost to nobody."""
    fire, strike = two
    ctx = context(store)
    before, automatic = plan(ctx), {one.id: story_of(store, one) for one in (*fire, *strike)}
    if what == "merge":
        stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    else:
        stories.split(ctx, [fire[1].url], "ana")
    assert plan(ctx) != before
    stories.undo(ctx)
    assert plan(ctx) == before
    assert {one.id: story_of(store, one) for one in (*fire, *strike)} == automatic
    later, *_ = save(store, piece(7, STRIKE[2], 1))
    assert story_of(store, later) == story_of(store, strike[0])


def test_undoing_keeps_order_and_names(store, two):
    """A decision that a later one rests on is not undone before it; there is an end to undoing."""
    fire, strike = two
    ctx = context(store)
    first, *_ = stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    stories.split(ctx, [strike[0].url], "ben")
    with pytest.raises(UsageError, match="was moved again since"):
        stories.undo(ctx, first.id)
    assert stories.undo(ctx).actor == "ben"
    assert stories.undo(ctx, first.id).actor == "ana"
    with pytest.raises(UsageError, match="no decision about stories to undo"):
        stories.undo(ctx)
    with pytest.raises(UsageError, match="no decision 99"):
        stories.undo(ctx, 99)


def test_undoing_leaves_what_a_later_decision_said(store, two):
    """Said twice, the first is not taken back before the second; undoing a merge touches neither."""
    fire, strike = two
    third, *_ = save(store, piece(20, "Orchestra names a conductor of twenty-six", 2))
    ctx = context(store)
    merged, *_ = stories.merge(ctx, [strike[0].url, third.url], "ana")
    one = stories.follow(ctx, strike[0].url, fire[0].url, "ana")
    two_ = stories.follow(ctx, strike[0].url, "", "ben")
    with pytest.raises(UsageError, match=rf"decision {two_.id} says otherwise of story \d+; undo that first"):
        stories.undo(ctx, one.id)
    stories.undo(ctx, two_.id)
    stories.undo(ctx, merged.id)
    assert stories.shown(ctx, strike[0].url)["follows"] == story_of(store, fire[0])


def test_what_was_undone_stays_on_record_with_who_and_when(store, two):
    """And is not undone twice."""
    fire, strike = two
    ctx = context(store)
    merged, *_ = stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    gone = stories.undo(ctx, None, "ben")
    assert (gone.id, gone.undone_at, gone.undone_by) == (merged.id, SLOT, "ben")
    (told,) = stories.history(ctx, fire[0].url, 10)
    assert (told["actor"], told["undone_by"], told["undone_at"]) == ("ana", "ben", SLOT)
    assert stories.history(ctx, "", 10) == [told]
    with pytest.raises(UsageError, match=r"\(merge\) was taken back by ben on 2026-06-19 07:00 UTC already"):
        stories.undo(ctx, merged.id)


def test_a_merge_can_be_made_again_at_the_same_moment(store, two):
    """Two acts within one second do not hide each other from the record."""
    fire, strike = two
    ctx = context(store)
    stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    stories.undo(ctx)
    stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    found = stories.shown(ctx, fire[0].url)
    assert (found["articles"], found["by_hand"]) == (4, ["ana"])


def test_what_cannot_be_done_says_why(store, two):
    """Unknown numbers and addresses, a story with itself, all of a story, articles of two."""
    fire, strike = two
    ctx = context(store)
    cases = [
        (lambda: stories.merge(ctx, [fire[0].url, fire[1].url], ""), "one story already"),
        (lambda: stories.merge(ctx, [fire[0].url, "4711"], ""), "no story 4711"),
        (lambda: stories.merge(ctx, [fire[0].url, "https://x.example/"], ""), "no article"),
        (lambda: stories.split(ctx, [one.url for one in fire], ""), "all of story"),
        (lambda: stories.split(ctx, [fire[0].url, strike[0].url], ""), "not of one"),
        (lambda: stories.follow(ctx, fire[0].url, strike[0].url, ""), "did not begin before"),
    ]
    for act, words in cases:
        with pytest.raises(UsageError, match=words):
            act()


def test_the_lead_is_the_best_article_unless_the_editor_chose(store):
    """The newsroom's own, then text and picture, then the earliest; a choice beats them all."""
    long = "The fire began in a store of paint and spread to two halls before it was put out. " * 12
    fire = [
        piece(1, FIRE[0], 9),
        article(
            2,
            FIRE[1],
            source="full",
            url="https://full.example/2",
            body=long,
            published=SLOT - timedelta(hours=8),
        ),
        piece(3, FIRE[2], 7),
    ]
    kept = save(store, *fire)
    ctx = context(store)
    assert urls(plan(ctx).picks) == [kept[1].url]
    stories.put_in_front(ctx, kept[2].url, "ana")
    assert urls(plan(ctx).picks) == [kept[2].url]
    assert stories.shown(ctx, kept[0].url)["url"] == kept[2].url
    stories.undo(ctx)
    assert urls(plan(ctx).picks) == [kept[1].url]


def test_the_list_tells_what_there_is(store, two):
    """Largest first, with sources, times and decisions; a merged story is listed once."""
    fire, strike = two
    ctx = context(store)
    found = stories.listed(ctx, SLOT - timedelta(days=2), SLOT, 10)
    assert sorted(one["articles"] for one in found["stories"]) == [2, 2]
    assert found["decisions"] == []
    stories.merge(ctx, [fire[0].url, strike[0].url], "ana")
    found = stories.listed(ctx, SLOT - timedelta(days=2), SLOT, 10)
    assert [one["articles"] for one in found["stories"]] == [4]
    assert found["stories"][0]["sources"] == ["outlet1", "outlet2", "outlet3", "outlet4"]
    assert [one["kind"] for one in found["decisions"]] == ["merge"]


# ── chapters ──────────────────────────────────────────────────────────────────────────


def later(number, headline, days, **told):
    return piece(number, headline, -24 * days + 5, **told)


def test_a_story_that_ended_is_gone_on_with_and_says_so(store):
    """Four days later, under new words: an update, with how we got here; the link is kept when frozen."""
    save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8), *news(10, hours=40, start=20))
    ctx = context(store, picks=1)
    made, _ = send(ctx)
    assert (made.picks[0].article.headline in FIRE, made.picks[0].follow_up) == (True, False)
    again = later(10, "Two held over warehouse fire at Marwick docks", 5)
    save(store, again)
    at = SLOT + timedelta(days=5)
    pick = plan(ctx, at).picks[0]
    assert pick.follow_up
    assert pick.follows == made.picks[0].story
    assert pick.story != made.picks[0].story
    assert {line.article for line in pick.timeline} & {1, 2}
    assert stories.shown(context(store, now=at), again.url)["chapters"] == []  # nothing is written by a plan


def test_what_only_repeats_an_ended_story_is_kept_out(store):
    """Days later the same said in nearly the same words is no news."""
    save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8))
    ctx = context(store)
    send(ctx)
    save(store, later(10, "Warehouse fire at Marwick docks sends smoke across town", 5))
    made = plan(ctx, SLOT + timedelta(days=5))
    assert made.picks == ()
    assert [one.rule for one in made.left_out] == ["sent"]


def test_other_news_with_a_word_in_common_goes_on_with_nothing(store):
    """A place's name alone makes no chapter."""
    save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8), *news(10, hours=40, start=20))
    ctx = context(store)
    send(ctx)
    save(store, later(10, "Marwick elects its first schoolgirl mayor for a day", 5))
    pick = plan(ctx, SLOT + timedelta(days=5)).picks[0]
    assert (pick.follow_up, pick.follows, pick.timeline) == (False, None, ())


def test_an_editor_may_say_what_goes_on_with_what_and_what_does_not(store):
    """The hand's word counts more than likeness, both ways, and can be undone."""
    save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8), *news(10, hours=40, start=20))
    new = "Insurer refuses to pay the paint maker"
    save(store, later(10, new, 5), later(11, "Two held over warehouse fire at Marwick docks", 5.1))
    at = SLOT + timedelta(days=5)
    ctx = context(store, now=at)
    found = {pick.article.headline: pick for pick in plan(ctx, at).picks}
    assert found[new].timeline == ()
    stories.follow(ctx, "https://outlet10.example/10", "https://outlet1.example/1", "ana")
    stories.follow(ctx, "https://outlet11.example/11", "", "ana")
    found = {pick.article.headline: pick for pick in plan(ctx, at).picks}
    assert {line.article for line in found[new].timeline} & {1, 2}
    assert found["Two held over warehouse fire at Marwick docks"].timeline == ()
    assert stories.shown(ctx, "https://outlet10.example/10")["chapters"][0]["headline"] in FIRE
    stories.undo(ctx)
    stories.undo(ctx)
    found = {pick.article.headline: pick for pick in plan(ctx, at).picks}
    assert found[new].timeline == ()
    assert found["Two held over warehouse fire at Marwick docks"].timeline


def test_two_pinned_articles_of_one_story_are_both_printed(store, two):
    """The editor's wish stands; the edition can still be frozen, which holds each story's number once."""
    from digest.flow import due, edit
    from digest.model import DecisionKind

    fire, _ = two
    ctx = context(store)
    for one in fire:
        edit.decide(ctx, "daily", due.slot_for(ctx, "daily", SLOT), (DecisionKind.PIN, one.url, ""), "ana")
    made, _ = send(ctx)
    assert {one.url for one in fire} <= set(urls(made.picks))


def test_a_pinned_article_stands_for_its_story(store, two):
    """Where the editor puts in another article of a story, the automatic lead leaves."""
    from digest.flow import due, edit
    from digest.model import DecisionKind

    fire, _ = two
    ctx = context(store)
    automatic = next(pick for pick in plan(ctx).picks if pick.article.id in (1, 2))
    other = next(one for one in fire if one.id != automatic.article.id)
    edit.decide(ctx, "daily", due.slot_for(ctx, "daily", SLOT), (DecisionKind.PIN, other.url, "1"), "ana")
    made = plan(ctx)
    assert made.picks[0].article.id == other.id
    assert automatic.article.id not in {pick.article.id for pick in made.picks}
