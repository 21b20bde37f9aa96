"""Deciding: what an editor says is kept once, told with its effect, undone, never passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from digest.errors import UsageError
from digest.flow import due, edit
from digest.ingest import urls as addresses
from digest.model import ArticleKind, DecisionKind
from digest.store import articles as stored
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, context, news, plan, save, send, urls
from tests.flow.test_stories import FIRE, piece

DAY = timedelta(days=1)


def decide(ctx, kind, target="", value="", *, actor="ana", at=SLOT):
    slot = due.slot_for(ctx, "daily", at)
    return edit.decide(ctx, "daily", slot, (DecisionKind(kind), target, value), actor)


def undo(ctx, number=None, at=SLOT):
    return edit.undo(ctx, "daily", due.slot_for(ctx, "daily", at), number, "ben")


def everything(made):
    """Give every address an edition names."""
    around = [line.url for one in made.picks for line in (*one.related, *one.timeline, *one.also)]
    return {*urls(made.picks), *around, *(line.url for line in made.more)}


def test_the_same_wish_is_kept_once(store):
    """Whoever says it again; what changes something is kept."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    first = plan(ctx).picks[0].article.url
    for kind, value in (("pin", "2"), ("headline", "Other words"), ("drop", "")):
        assert len(decide(ctx, kind, first, value)) == 1
        assert decide(ctx, kind, first, value, actor="ben") == []
    assert len(decide(ctx, "lock")) == 3
    assert decide(ctx, "lock") == []


def test_two_editors_at_the_same_moment_keep_one_wish(store):
    """Of four who say the same at once one is written down."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    url, kept = plan(ctx).left_out[-1].url, []
    hands = [Thread(target=lambda: kept.extend(decide(ctx, "pin", url, "1"))) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(kept) == len(edit.listed(ctx, "daily", plan(ctx).slot)) == 1


def test_a_pin_without_a_place_leaves_a_pick_where_it_is(store):
    """And brings in what is none at the end."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    before = urls(plan(ctx).picks)
    decide(ctx, "pin", before[1])
    assert urls(plan(ctx).picks) == before
    outside = plan(ctx).left_out[-1].url
    decide(ctx, "pin", outside)
    assert urls(plan(ctx).picks) == [*before[:2], outside]


def test_effects_tell_what_became_of_each_article(store):
    """Of a replacement both; of a subject there is none to tell."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    slot = plan(ctx).slot
    first, outside = plan(ctx).picks[0].article.url, plan(ctx).left_out[-1].url
    old, new = edit.effects(ctx, "daily", slot, decide(ctx, "replace", first, outside))
    assert (old["url"], old["verdict"], old["rule"]) == (first, "left out", "replaced")
    assert (new["url"], new["why"]) == (
        outside,
        f"pick 1 of 3; put in by ana for {first}",
    )
    (gone,) = edit.effects(ctx, "daily", slot, decide(ctx, "drop", outside))
    assert gone["why"] == "dropped by ana"
    assert edit.effects(ctx, "daily", slot, decide(ctx, "subject", value="Rain")) == []


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("headline", " \n ", "headline needs the words to print"),
        ("move", "", "move needs the place"),
        ("move", "0", "'0' is no place; the first is 1"),
        ("pin", "١", "is no place"),
        ("pin", "99999", "is no place"),
        ("replace", "", "replace needs the address"),
        ("hold", "", "hold needs the time"),
        ("hold", "soon", "'soon' is no time"),
        ("hold", "2026-06-19T06:59", "is before the edition is due"),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_needed(store, kind, value, words):
    """And nothing is kept of it."""
    save(store, *news(3))
    ctx = context(store)
    with pytest.raises(UsageError, match=words):
        decide(ctx, kind, plan(ctx).picks[0].article.url, value)
    with pytest.raises(UsageError, match="subject needs the words"):
        decide(ctx, "subject", value=" ")
    assert edit.history(ctx, "daily", plan(ctx).slot) == []


def test_words_are_kept_in_one_line_and_notes_in_theirs(store):
    """A line break in a subject or headline is a blank."""
    save(store, *news(3))
    ctx = context(store)
    decide(ctx, "subject", value=" Rain\nand  wind ")
    decide(ctx, "headline", plan(ctx).picks[0].article.url, "Two\r\nlines")
    decide(ctx, "note", value="\nGood morning\n\nand good night ")
    made = plan(ctx)
    assert (made.subject, made.note) == ("Rain and wind", "Good morning\n\nand good night")
    assert made.picks[0].printed == "Two lines"


# ── undoing ───────────────────────────────────────────────────────────────────────────


def test_what_is_undone_stays_on_record_with_who_and_when(store):
    """And is not undone twice; decisions of other editions are named with their time."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    url = plan(ctx).picks[0].article.url
    (kept,) = decide(ctx, "drop", url)
    (gone,) = undo(ctx)
    assert gone == replace(kept, undone_at=SLOT, undone_by="ben")
    assert edit.listed(ctx, "daily", plan(ctx).slot) == []
    assert edit.history(ctx, "daily", plan(ctx).slot) == [gone]
    with pytest.raises(UsageError, match=r"\(drop\) was taken back by ben on 2026-06-19 07:00 UTC already"):
        undo(ctx, kept.id)
    with pytest.raises(UsageError, match=r"no decision to undo .* history"):
        undo(ctx)
    with pytest.raises(UsageError, match="daily has no decision 4711"):
        undo(ctx, 4711)
    (again,) = decide(ctx, "drop", url)
    with pytest.raises(UsageError, match="about the edition due 2026-06-19T07:00Z; give --at"):
        undo(ctx, again.id, at=SLOT + DAY)


def test_picks_locked_at_once_are_freed_at_once(store):
    """One act, one undoing; by its number one lock is taken back."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    before = plan(ctx)
    assert len(decide(ctx, "lock")) == 3
    assert len(undo(ctx)) == 3
    assert plan(ctx) == before
    first, *_ = decide(ctx, "lock")
    assert undo(ctx, first.id)[0].id == first.id
    assert len(edit.listed(ctx, "daily", before.slot)) == 2


# ── nothing is passed over ────────────────────────────────────────────────────────────


def test_a_dropped_story_is_named_nowhere_in_the_edition(store):
    """Not as related under another pick, though it is of last month; nor is another report of it."""
    at = SLOT - timedelta(days=40)
    talks = [
        article(
            100 + number,
            f"Border railway talks fail {more}",
            summary="Ministers leave.",
            source=source,
            url=f"https://{source}.example/talks",
            published=at + timedelta(hours=number),
        )
        for number, (more, source) in enumerate((("again", "one"), ("once again", "other")))
    ]
    save(store, *news(10), *talks)
    ctx = context(store, picks=10)
    both = {one.url for one in talks}
    (named,) = both & everything(plan(ctx))
    decide(ctx, "drop", named)
    assert not both & everything(plan(ctx))
    undo(ctx)
    assert both & everything(plan(ctx)) == {named}


def test_a_pick_that_an_editor_renamed_stays_in_front_of_its_story(store):
    """A fuller report of the same event that comes in later does not take the editor's words away."""
    save(store, piece(1, FIRE[0], 9), *news(3, start=4))
    ctx = context(store, picks=4)
    first = next(one.article for one in plan(ctx).picks if one.article.headline == FIRE[0])
    decide(ctx, "headline", first.url, "Fire in town")
    body = "The fire began in a store of paint and spread to two halls before it was put out. " * 20
    better = replace(piece(2, FIRE[1], 8), body=body)
    (fuller,) = save(store, better)
    assert fuller.story == first.story or stored_story(store, fuller) == stored_story(store, first)
    found = next(one for one in plan(ctx).picks if one.article.id == first.id)
    assert found.printed == "Fire in town"
    undo(ctx)
    assert fuller.url in urls(plan(ctx).picks)


def stored_story(store, one):
    with store.read() as conn:
        return stored.by_ids(conn, [one.id])[one.id].story


def test_another_report_of_the_same_story_takes_its_place(store):
    """The usual reason to replace: a better report of the same event; the first does not stand beside it."""
    fire = save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8))
    save(store, *news(5, start=4))
    ctx = context(store, picks=3)
    decide(ctx, "move", next(u for u in urls(plan(ctx).picks) if "outlet" in u), "1")
    old = plan(ctx).picks[0].article
    new = next(one for one in fire if one.id != old.id)
    undo(ctx)
    place = urls(plan(ctx).picks).index(old.url)
    decide(ctx, "replace", old.url, new.url)
    found = urls(plan(ctx).picks)
    assert (found.index(new.url), len(found), old.url in found) == (place, 3, False)


def test_what_was_sent_before_is_pinned_with_a_word_about_it(store):
    """The editor may, and is told; its story counts as well."""
    save(store, *news(3))
    ctx = context(store)
    send(ctx)
    url = plan(ctx).picks[0].article.url
    made = decide(ctx, "pin", url, at=SLOT + DAY)
    tomorrow = plan(ctx, SLOT + DAY)
    assert tomorrow.picks[0].reasons[0].text == "pinned by ana; it was sent on 2026-06-19"
    (effect,) = edit.effects(ctx, "daily", tomorrow.slot, made)
    assert effect["why"] == "pick 1 of 1; pinned by ana; it was sent on 2026-06-19"


def test_a_hold_after_a_pin_holds(store):
    """The later decision counts; and a pin after a hold prints."""
    save(store, *news(6))
    ctx = context(store, picks=3)
    url = plan(ctx).picks[0].article.url
    decide(ctx, "pin", url, "1")
    decide(ctx, "hold", url, "2026-06-20T06:00")
    assert url not in everything(plan(ctx))
    decide(ctx, "pin", url, "1")
    assert plan(ctx).picks[0].article.url == url


def test_a_hold_sets_free_only_what_may_be_printed(store):
    """Its site took it back while it was held: it does not come back when the hold ends."""
    kept = save(store, *news(3))
    ctx = context(store, picks=3)
    for one in kept[:2]:
        decide(ctx, "hold", one.url, "2026-06-19T12:00")
    with store.write() as conn:
        stored.withdraw(conn, [kept[0].id], SLOT)
    assert urls(plan(ctx, SLOT + DAY).picks) == [kept[1].url]


def test_a_decision_finds_its_article_under_a_new_address(store):
    """Known by its headline alone when it was pinned; its text came with another address."""
    bare = article(50, "Ferry to the islands", summary="", kind=ArticleKind.HEADLINE)
    bare = replace(bare, url="http://www.harbourpost.example/50")
    bare = replace(bare, url_key=addresses.key("https://harbourpost.example/50"))
    save(store, bare, *news(3))
    ctx = context(store)
    decide(ctx, "pin", bare.url, "1")
    full = article(50, "Ferry to the islands", url="https://harbourpost.example/50", url_key=bare.url_key)
    (changed,) = save(store, full)
    assert changed.url == full.url
    assert urls(plan(ctx).picks)[0] == full.url


def test_a_wrong_address_is_answered_with_the_one_it_may_mean(store):
    """As a search engine's copy of a page is called: its last part is the same."""
    address = "https://harbourpost.example/news/ferry-to-the-islands"
    save(store, article(1, url=address, url_key=addresses.key(address)), *news(2, start=3))
    ctx = context(store)
    with pytest.raises(UsageError, match=f"did you mean {address}"):
        decide(ctx, "pin", "https://amp.harbourpost.example/amp/x/ferry-to-the-islands?amp=1")
    with pytest.raises(UsageError, match="shows the addresses there are"):
        decide(ctx, "pin", "https://harbourpost.example/news/%_anything")


def test_a_frozen_edition_names_the_coming_one(store):
    """Nothing is kept for the one that cannot change any more."""
    save(store, *news(3))
    ctx = context(store)
    send(ctx)
    for act in (lambda: decide(ctx, "note", value="too late"), lambda: undo(ctx)):
        with pytest.raises(
            UsageError, match=r"is ready and can no longer be edited; .* --at 2026-06-20T07:00Z"
        ):
            act()
    assert edit.history(ctx, "daily", plan(ctx).slot) == []
