"""What an edition contains and why, from a real store on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import UsageError
from digest.flow import due, edit, extras, why
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.plan import as_json, make_plan
from digest.model import ArticleKind, Decision, DecisionKind, EditionState, Headline, Pick
from digest.settings import NewsletterSettings, Settings, SourceSettings
from digest.store import articles as stored
from digest.store import decisions, editions
from digest.testing.rankers import article

SLOT = datetime(2026, 6, 19, 7, tzinfo=UTC)
TOPICS = (
    "Ministers meet over the border railway",
    "Port traffic recovers as insurers cut rates",
    "Old tram line returns to the waterfront",
    "Reservoirs are full after the long drought",
    "Orchestra names a conductor of twenty-six",
    "Hospital opens a wing for children",
    "Vineyards report an early harvest",
    "Chess champion loses to a schoolgirl",
    "Observatory sees a comet with two tails",
    "Bakers strike over the price of flour",
)


def context(store, now=SLOT, **letter):
    values = {"name": "daily", "title": "Daily", "minimum": 1, **letter}
    sources = (SourceSettings(key="harbourpost", url="https://harbourpost.example/feed"),)
    return Context(
        Settings(newsletters={"daily": NewsletterSettings(**values)}, sources=sources), store, lambda: now
    )


def save(store, *batch, now=SLOT):
    with store.write() as conn:
        kept = stored.save(conn, batch, now)
        learn(conn, [*kept.new, *kept.changed], now)
    return [*kept.new, *kept.changed]


def news(count=10, hours=1, start=1, **changes):
    """Articles on different topics, one every ``hours`` before the slot."""
    return [
        article(n, TOPICS[n % 10], published=SLOT - timedelta(hours=hours * (n - start + 1)), **changes)
        for n in range(start, start + count)
    ]


def plan(ctx, at=SLOT):
    return make_plan(ctx, "daily", due.slot_for(ctx, "daily", at))


def send(ctx, at=SLOT, frozen_at=None):
    """Freeze an edition as it is planned now, without its mail."""
    made = plan(ctx, at)
    with ctx.store.write() as conn:
        edition = editions.insert_due(conn, due.edition_of(ctx.newsletter("daily"), made.slot), at)
        editions.freeze(conn, edition.id, {"frozen_at": frozen_at or at})
        editions.write_items(conn, edition.id, made)
    return made, edition


def urls(picks):
    return [pick.article.url for pick in picks]


def test_the_window_is_half_open(store):
    """An article at the very start belongs, one at the very end is the next edition's."""
    first, last = (
        article(1, TOPICS[0], published=SLOT - timedelta(days=1)),
        article(2, TOPICS[1], published=SLOT),
    )
    save(store, first, last)
    ctx = context(store)
    assert urls(plan(ctx).picks) == [first.url]
    assert urls(plan(ctx, SLOT + timedelta(days=1)).picks) == [last.url]
    assert plan(ctx, SLOT - timedelta(days=1)).picks == ()


def test_a_late_arrival_belongs_to_the_next_edition(store):
    """First seen after the earlier edition was frozen, published before it: never lost, never twice."""
    ctx = context(store)
    save(store, *news(3))
    send(ctx)
    late = article(50, TOPICS[7], published=SLOT - timedelta(hours=2), seen_at=SLOT + timedelta(hours=5))
    save(store, late)
    tomorrow = SLOT + timedelta(days=1)
    assert urls(plan(ctx, tomorrow).picks) == [late.url]
    send(ctx, tomorrow)
    assert plan(ctx, SLOT + timedelta(days=2)).picks == ()


def test_what_arrives_between_freezing_and_the_slot_is_not_lost(store):
    """The edition is frozen ten minutes early; what comes in those minutes is the next one's."""
    ctx = context(store)
    save(store, *news(3))
    send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    breaking = article(
        50, TOPICS[7], published=SLOT - timedelta(minutes=5), seen_at=SLOT - timedelta(minutes=4)
    )
    save(store, breaking)
    assert urls(plan(ctx, SLOT + timedelta(days=1)).picks) == [breaking.url]


def test_a_sent_article_is_never_picked_again_unless_its_edition_was_cancelled(store):
    """Earlier, non-cancelled slots count; a cancelled edition reached nobody."""
    ctx = context(store)
    save(store, *news(3))
    made, edition = send(ctx)
    again = [replace(pick.article, published=SLOT + timedelta(hours=1)) for pick in made.picks]
    with store.write() as conn:
        from sqlalchemy import update

        from digest.store.schema import articles

        conn.execute(update(articles).values(published=again[0].published))
    tomorrow = SLOT + timedelta(days=1)
    assert plan(ctx, tomorrow).picks == ()
    assert {one.rule for one in plan(ctx, tomorrow).left_out} == {"sent"}
    with store.write() as conn:
        editions.move(conn, edition.id, EditionState.CANCELLED, allowed=[EditionState.READY])
    assert len(plan(ctx, tomorrow).picks) == 3


def test_a_headline_sent_yesterday_is_not_sent_under_another_address(store):
    """The same words from another outlet a day later are the same news."""
    ctx = context(store)
    save(store, *news(1))
    send(ctx)
    echo = article(
        40, TOPICS[1], url="https://other.example/1", source="other", published=SLOT + timedelta(hours=1)
    )
    save(store, echo)
    tomorrow = plan(ctx, SLOT + timedelta(days=1))
    assert tomorrow.picks == ()
    assert [one.url for one in tomorrow.left_out] == [echo.url]


def test_near_equal_headlines_count_once(store):
    """Twenty outlets print one press release: one pick that counts two sources, the others left out."""
    wire = [
        article(
            n,
            "Port authority names its new chief engineer",
            source=f"outlet{n}",
            url=f"https://o{n}.example/a",
            guid=str(n),
        )
        for n in range(1, 21)
    ]
    save(store, *wire, article(30, TOPICS[4]))
    made = plan(context(store))
    assert len(made.picks) == 2
    assert sum(one.rule == "story" for one in made.left_out) == 19
    told = next(reason for pick in made.picks for reason in pick.reasons if reason.rule == "sources")
    assert told.points == pytest.approx(1.2)
    assert told.text == "reported by 20 sources, 19 of them with another's text"


def test_a_headline_without_text_is_listed_but_never_picked(store):
    """Headline-only articles are found under related or more headlines."""
    bare = article(9, "Ferry timetable for the summer", summary="", kind=ArticleKind.HEADLINE)
    save(store, *news(2), bare)
    made = plan(context(store))
    assert bare.url not in urls(made.picks)
    assert [line.url for line in made.more] == [bare.url]


def test_no_headline_is_printed_twice_in_one_edition(store):
    """What stands under a pick, or says nearly the same, is not listed again below."""
    first, second, third, twin = save(
        store, *news(3), article(30, f"{TOPICS[1]} again", published=SLOT - timedelta(days=3))
    )
    ctx = context(store)
    beside = Headline(headline=second.headline, url=second.url, article=second.id)
    pick = Pick(article=first, score=1.0, reasons=(), related=(beside,))
    slot = due.slot_for(ctx, "daily", SLOT)
    with store.read() as conn:
        around = extras.Around(conn, ctx.newsletter("daily"), slot)
        assert [line.article for line in around.more([pick], [second, third])] == [third.id]
        assert len(around.more([replace(pick, related=())], [second, third])) == 2
        assert around.more([pick], [replace(twin, headline=second.headline)]) == ()


def test_related_headlines_share_words_and_are_not_merely_recent(store):
    """From years back, on the same matter; neither the newest nor the pick itself nor its echo."""
    old = [
        article(
            100,
            "Border railway talks fail again",
            summary="Ministers leave.",
            published=SLOT - timedelta(days=400),
        ),
        article(
            101,
            "Railway across the border planned",
            summary="Ministers agree.",
            published=SLOT - timedelta(days=900),
        ),
        article(
            102,
            "Ministers meet over the border railway",
            summary="Echo.",
            url="https://x.example/e",
            published=SLOT - timedelta(days=2),
        ),
    ]
    save(store, *news(10), *old)
    made = plan(context(store, picks=10))
    pick = next(p for p in made.picks if p.article.headline == TOPICS[0])
    assert {line.article for line in pick.related} == {1 + 10, 1 + 11}
    assert all(0 < line.score <= 1 for line in pick.related)
    other = next(p for p in made.picks if p.article.headline == TOPICS[7])
    assert other.related == ()


def test_sections_have_quotas(store):
    """At most, and at least where there are candidates."""
    from digest.settings import SectionSettings

    city = news(6, section="City")
    sport = news(2, hours=3, start=8, section="Sport")
    save(store, *city, *sport)
    sections = (SectionSettings(name="city", max=3), SectionSettings(name="Sport", min=2))
    made = plan(context(store, picks=5, sections=sections))
    assert sorted(pick.section for pick in made.picks) == ["City"] * 3 + ["Sport"] * 2
    assert {one.rule for one in made.left_out} == {"section"}


def test_too_thin_an_edition_is_skipped_with_its_reason(store):
    """The plan says how many there are and how many are needed."""
    save(store, *news(2))
    assert plan(context(store, minimum=3)).skip == "too thin: 2 stories, 3 are needed"
    assert plan(context(store, minimum=2)).skip == ""
    assert plan(context(store, minimum=0), SLOT + timedelta(days=9)).skip == "nothing new: no story to pick"


def test_the_same_archive_and_time_give_the_same_edition(store):
    """Nothing hangs on chance, on the clock or on the order of saving."""
    save(store, *news(10))
    ctx = context(store)
    assert plan(ctx) == plan(replace(ctx, now=lambda: SLOT + timedelta(days=30)))


def test_the_json_has_the_promised_keys(store):
    """Tools read it: names and nesting are fixed."""
    save(store, *news(10), *news(3, start=21, hours=30))
    made = as_json(plan(context(store, picks=4)))
    assert {"newsletter", "slot", "window", "picks", "more", "left_out"} <= set(made)
    assert set(made["window"]) == {"start", "end"}
    wanted = {"headline", "url", "source", "published", "section", "score", "reasons", "related"}
    assert all(wanted <= set(pick) for pick in made["picks"])
    assert all({"headline", "url"} == set(line) for line in made["more"])
    assert all({"headline", "url", "why"} <= set(line) for line in made["left_out"])


# ── the editor ────────────────────────────────────────────────────────────────────────


def decide(ctx, kind, target="", value=""):
    return edit.decide(
        ctx, "daily", due.slot_for(ctx, "daily", SLOT), (DecisionKind(kind), target, value), "ana"
    )


def test_decisions_stand_on_top_of_the_automatic_choice(store):
    """Pin, drop, move, headline, subject, note; each undone in turn until the plan is as before."""
    save(store, *news(8))
    ctx = context(store, picks=4)
    automatic = plan(ctx)
    first, second, third, fourth = urls(automatic.picks)
    outside = automatic.left_out[-1].url
    decide(ctx, "pin", outside, "1")
    assert urls(plan(ctx).picks)[0] == outside
    assert plan(ctx).picks[0].reasons[0].text == "pinned by ana"
    decide(ctx, "drop", first)
    assert first not in urls(plan(ctx).picks)
    assert any(one.url == first and one.why == "dropped by ana" for one in plan(ctx).left_out)
    decide(ctx, "move", third, "1")
    assert urls(plan(ctx).picks)[0] == third
    decide(ctx, "headline", third, "In other words")
    assert plan(ctx).picks[0].printed == "In other words"
    decide(ctx, "subject", value="Railway and rain")
    decide(ctx, "note", value="Good *morning*")
    assert (plan(ctx).subject, plan(ctx).note) == ("Railway and rain", "Good *morning*")
    assert len(plan(ctx).picks) == 4
    for _ in range(6):
        edit.undo(ctx, "daily", automatic.slot, None)
    assert plan(ctx) == automatic
    assert {second, fourth} <= set(urls(plan(ctx).picks))
    with pytest.raises(UsageError, match="no decision to undo"):
        edit.undo(ctx, "daily", automatic.slot, None)


def test_replace_puts_another_article_in_the_same_place(store):
    """The replaced one leaves, the new one says for whom it came."""
    save(store, *news(8))
    ctx = context(store, picks=4)
    old, new = urls(plan(ctx).picks)[1], plan(ctx).left_out[-1].url
    decide(ctx, "replace", old, new)
    assert urls(plan(ctx).picks)[1] == new
    assert old not in urls(plan(ctx).picks)
    assert plan(ctx).picks[1].reasons[0].rule == "replaced"
    assert plan(ctx).picks[1].reasons[0].text == f"put in by ana for {old}"


def test_replace_takes_over_the_place_of_a_locked_pick(store):
    """A locked pick that is replaced leaves: the edition neither grows nor prints both."""
    save(store, *news(8))
    ctx = context(store, picks=4)
    decide(ctx, "lock")
    first, old, third, fourth = urls(plan(ctx).picks)
    new = plan(ctx).left_out[-1].url
    decide(ctx, "replace", old, new)
    assert urls(plan(ctx).picks) == [first, new, third, fourth]
    edit.undo(ctx, "daily", plan(ctx).slot, None)
    assert urls(plan(ctx).picks) == [first, old, third, fourth]


def test_locked_picks_stay_when_news_comes_in(store):
    """What the editor has read is what is sent, whatever arrives later."""
    save(store, *news(4, hours=5))
    ctx = context(store, picks=3)
    before = urls(plan(ctx).picks)
    assert len(decide(ctx, "lock")) == 3
    save(
        store,
        *(
            article(
                60 + n,
                source=f"s{n}",
                published=SLOT - timedelta(minutes=1),
                headline=TOPICS[8],
                url=f"https://s{n}.example/",
            )
            for n in range(6)
        ),
    )
    assert urls(plan(ctx).picks) == before


def test_an_article_of_any_time_can_be_pinned(store):
    """The editor may bring back what the rules left behind."""
    old, *_ = save(
        store, article(80, "A look back at the flood", published=SLOT - timedelta(days=90)), *news(3)
    )
    ctx = context(store)
    decide(ctx, "pin", old.url)
    assert urls(plan(ctx).picks)[-1] == old.url


def test_unknown_addresses_and_frozen_editions_are_refused(store):
    """A decision that could not take effect is not kept."""
    save(store, *news(3))
    ctx = context(store)
    with pytest.raises(UsageError, match="the archive has no article"):
        decide(ctx, "pin", "https://nowhere.example/")
    with pytest.raises(UsageError, match="no place"):
        decide(ctx, "pin", plan(ctx).picks[0].article.url, "first")
    send(ctx)
    with pytest.raises(UsageError, match="can no longer be edited"):
        decide(ctx, "note", value="too late")
    with store.read() as conn:
        assert decisions.standing(conn, "daily", SLOT) == []


def test_decisions_are_kept_with_who_and_when(store):
    """The record outlives the undoing."""
    save(store, *news(3))
    ctx = context(store)
    kept, *_ = decide(ctx, "note", value="Hello")
    assert isinstance(kept, Decision)
    assert (kept.actor, kept.at) == ("ana", SLOT)
    assert edit.listed(ctx, "daily", plan(ctx).slot) == [kept]


# ── why ───────────────────────────────────────────────────────────────────────────────


def test_why_answers_for_every_article(store):
    """Picked, left out by a rule, or never asked: each has its sentence."""
    bare = article(9, "Ferry timetable for the summer", summary="", kind=ArticleKind.HEADLINE)
    old = article(70, TOPICS[8], published=SLOT - timedelta(days=30))
    save(store, *news(6), bare, old)
    ctx = context(store, picks=2, more=1)
    slot = plan(ctx).slot
    pick = why.why(ctx, "daily", slot, plan(ctx).picks[0].article.url)
    assert (pick["verdict"], pick["why"]) == ("pick", "pick 1 of 2")
    assert pick["reasons"]
    below = why.why(ctx, "daily", slot, plan(ctx).left_out[-1].url)
    assert (below["verdict"], below["rule"]) == ("left out", "rank")
    assert why.why(ctx, "daily", slot, bare.url)["rule"] == "headline"
    earlier = why.why(ctx, "daily", slot, old.url)
    assert earlier["rule"] == "window"
    assert earlier["why"].endswith("it belongs to the edition of 2026-05-21 07:00, which is earlier")
    with pytest.raises(UsageError):
        why.why(ctx, "daily", slot, "https://nowhere.example/")
