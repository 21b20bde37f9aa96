"""Why an article is in an edition or not: every state has its verdict, its rule and its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import UsageError
from digest.flow import due, edit
from digest.flow.why import why
from digest.ingest import urls
from digest.model import ArticleKind, DecisionKind
from digest.settings import SectionSettings
from digest.store import articles as stored
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, TOPICS, context, news, plan, save, send

DAY = timedelta(days=1)


def ask(ctx, url, at=SLOT):
    return why(ctx, "daily", due.slot_for(ctx, "daily", at), url)


def test_what_is_in_the_same_story_is_told_with_its_fate(store):
    """The lead's place stands in the answer, and where the article itself is printed."""
    both = save(
        store,
        article(1, TOPICS[0]),
        article(2, TOPICS[0] + " today", source="other", url="https://other.example/2"),
    )
    save(store, *news(3, start=4))
    ctx = context(store)
    leads = {pick.article.id for pick in plan(ctx).picks}
    lead, echo = sorted(both, key=lambda one: one.id not in leads)
    found = ask(ctx, echo.url)
    assert found["rule"] == "story"
    assert found["why"].startswith(f"the same story as “{lead.headline}”, which is pick 1")


def test_quotas_and_ranks_are_told_with_the_score(store):
    """What was ranked shows its parts, whatever kept it out."""
    save(store, *news(4, section="City"))
    ctx = context(store, picks=3, sections=(SectionSettings(name="City", max=1),))
    left = plan(ctx).left_out[0]
    found = ask(ctx, left.url)
    assert (found["verdict"], found["rule"]) == ("more", "section")
    assert found["score"] == pytest.approx(sum(one["points"] for one in found["reasons"]))


def test_what_was_never_asked_says_why(store):
    """Withdrawn, another window, another language, another source."""
    gone, foreign, other, late = save(
        store,
        article(1, TOPICS[0]),
        article(2, TOPICS[1], language="fr"),
        article(3, TOPICS[2], source="other"),
        article(4, TOPICS[3], published=SLOT + timedelta(hours=1)),
    )
    with store.write() as conn:
        stored.withdraw(conn, [gone.id], SLOT)
    ctx = context(store, languages=("en",), sources=("harbourpost",))
    told = {one.id: ask(ctx, one.url) for one in (gone, foreign, other, late)}
    assert [told[n]["rule"] for n in sorted(told)] == ["withdrawn", "language", "source", "window"]
    assert told[4]["why"].endswith("it belongs to the edition of 2026-06-20 07:00, which is later")
    with pytest.raises(UsageError, match="the archive has no article"):
        ask(ctx, "https://nowhere.example/")


def test_an_address_is_known_however_it_is_decorated(store):
    """As people copy it: with a campaign's parameters, a fragment, www."""
    address = "https://harbourpost.example/news/1"
    one, *_ = save(store, article(1, url=address, url_key=urls.key(address)))
    assert ask(context(store), one.url + "?utm_source=x#top")["url"] == one.url


def test_decisions_and_the_frozen_edition_are_told(store):
    """What the editor did about it, and as what it was printed in the end."""
    save(store, *news(4))
    ctx = context(store, picks=2)
    outside = plan(ctx).left_out[-1].url
    edit.decide(ctx, "daily", due.slot_for(ctx, "daily", SLOT), (DecisionKind.PIN, outside, "1"), "ana")
    found = ask(ctx, outside)
    assert (found["verdict"], found["frozen"]) == ("pick", None)
    assert [(one["kind"], one["value"]) for one in found["decisions"]] == [("pin", "1")]
    send(ctx)
    assert ask(ctx, outside)["frozen"] == "pick"
    assert {ask(ctx, one.url)["frozen"] for one in plan(ctx).left_out} <= {"not printed", "more"}
    assert ask(ctx, outside, SLOT + DAY)["rule"] == "window"


def test_what_would_have_no_effect_is_refused_with_a_remedy(store):
    """Moving, renaming or replacing what is no pick; pinning it is offered."""
    save(store, *news(4))
    ctx = context(store, picks=2)
    outside = plan(ctx).left_out[-1].url
    for kind, value in (("move", "1"), ("headline", "Words"), ("replace", plan(ctx).picks[0].article.url)):
        with pytest.raises(UsageError, match=f"is no pick of this edition .* pin {outside}"):
            edit.decide(ctx, "daily", plan(ctx).slot, (DecisionKind(kind), outside, value), "ana")
    assert edit.listed(ctx, "daily", plan(ctx).slot) == []
    first = replace(plan(ctx).picks[0].article)
    edit.decide(ctx, "daily", plan(ctx).slot, (DecisionKind.MOVE, first.url, "2"), "ana")
    assert plan(ctx).picks[1].article.url == first.url


def test_a_headline_corrected_since_is_told_beside_the_printed_one(store):
    """The edition stays as it was frozen; the answer gives the words of now and those of then."""
    first, *_ = save(store, *news(3))
    ctx = context(store)
    send(ctx)
    save(store, replace(first, headline="A correction", seen_at=SLOT + DAY / 2))
    found = ask(ctx, first.url)
    assert (found["headline"], found["frozen"], found["printed"]) == ("A correction", "pick", first.headline)


# ── one test for each rule that keeps something out ───────────────────────────────────


def on(ctx, url, day):
    """Give rule and sentence for the edition of a day after the first."""
    found = ask(ctx, url, SLOT + day * DAY)
    return found["verdict"], found["rule"], found["why"]


def outlet(number, headline, day, hours=5, **changes):
    """Make an outlet's article, published some hours before the slot of a day."""
    at = SLOT + day * DAY - timedelta(hours=hours)
    url = f"https://outlet{number}.example/{number}"
    return article(
        number,
        headline,
        **{"source": f"outlet{number}", "url": url, "published": at, "seen_at": at, **changes},
    )


FIRE = (
    "Warehouse fire at Marwick docks sends smoke over the town",
    "Smoke over Marwick as warehouse at the docks burns",
)


def test_what_was_sent_says_when(store):
    """The article itself, however it comes to be in a window again."""
    save(store, *news(2))
    ctx = context(store)
    url = send(ctx)[0].picks[0].article.url
    edit.decide(
        ctx, "daily", due.slot_for(ctx, "daily", SLOT + DAY), (DecisionKind.HOLD, url, "2026-06-21"), ""
    )
    assert on(ctx, url, 2) == ("left out", "sent", "sent on 2026-06-19")


def test_a_headline_that_was_sent_says_when(store):
    """Nearly the same words under another address."""
    save(store, outlet(1, FIRE[0], 0), *news(2, start=4))
    ctx = context(store)
    send(ctx)
    echo = outlet(3, FIRE[0] + " today", 3)
    save(store, echo)
    assert on(ctx, echo.url, 3)[1:] == ("sent", "nearly the same headline was sent on 2026-06-19")


def test_a_story_that_was_sent_says_when(store):
    """Another report of it, under other words, from one source alone."""
    save(store, outlet(1, FIRE[0], 0), *news(2, start=4))
    ctx = context(store)
    send(ctx)
    again = outlet(3, FIRE[1], 1, 20)
    save(store, again)
    assert on(ctx, again.url, 1)[1:] == (
        "sent",
        "its story was sent on 2026-06-19 and has not developed since",
    )


def test_what_goes_on_with_a_story_and_says_nothing_new_says_when(store):
    """Days after the story ended."""
    save(store, outlet(1, FIRE[0], 0, 9), outlet(2, FIRE[1], 0, 8))
    ctx = context(store)
    send(ctx)
    again = outlet(3, "Warehouse fire at Marwick docks sends smoke across town", 5)
    save(store, again)
    why_ = "what it goes on with was sent on 2026-06-19, and it says nothing new"
    assert on(ctx, again.url, 5)[1:] == ("sent", why_)


@pytest.mark.parametrize(
    ("changes", "rule", "told"),
    [
        ({"embargo_until": SLOT + DAY / 2}, "embargo", "under embargo until 2026-06-19 19:00 UTC"),
        ({"expires_at": SLOT - DAY / 24}, "expired", "it expired on 2026-06-19 06:00 UTC"),
        ({}, "withdrawn", "its site took it back (noticed 2026-06-19 07:00 UTC)"),
    ],
)
def test_what_may_not_be_printed_says_until_or_since_when(store, changes, rule, told):
    """In its own window it is told as left out; an editor who put it in before reads the same."""
    kept, *_ = save(store, outlet(1, FIRE[0], 0), *news(2, start=4))
    ctx = context(store)
    edit.decide(ctx, "daily", plan(ctx).slot, (DecisionKind.PIN, kept.url, "1"), "ana")
    save(store, replace(outlet(1, FIRE[0], 0), **changes))
    with store.write() as conn:
        stored.withdraw(conn, [] if changes else [kept.id], SLOT)
    assert on(ctx, kept.url, 0) == ("left out", rule, told)
    assert kept.url not in {one.article.url for one in plan(ctx).picks}
    with pytest.raises(UsageError, match="cannot be in the edition of 2026-06-19 07:00: "):
        edit.decide(ctx, "daily", plan(ctx).slot, (DecisionKind.PIN, kept.url, "2"), "ana")


@pytest.mark.parametrize(
    ("kind", "value", "rule", "told"),
    [
        ("drop", "", "dropped", "dropped by ana"),
        ("hold", "2026-06-20T09:00", "held", "held until 2026-06-20 09:00 UTC by ana"),
        ("replace", "other", "replaced", "gave way to the editor's choice"),
    ],
)
def test_what_an_editor_took_out_says_who(store, kind, value, rule, told):
    """And the decision is told with it."""
    save(store, *news(4))
    ctx = context(store, picks=3)
    url, other = plan(ctx).picks[0].article.url, plan(ctx).left_out[-1].url
    wish = (DecisionKind(kind), url, other if value == "other" else value)
    edit.decide(ctx, "daily", plan(ctx).slot, wish, "ana")
    assert on(ctx, url, 0)[1:] == (rule, told)
    assert [one["kind"] for one in ask(ctx, url)["decisions"]] == [kind]


@pytest.mark.parametrize(
    ("letter", "rule", "told"),
    [
        ({"picks": 2}, "rank", "ranked below the 2 picks"),
        ({"per_source": 2}, "source", "source harbourpost has its 2 picks"),
        (
            {"sections": (SectionSettings(name="City", max=2),)},
            "section",
            "section City has its 2 picks",
        ),
        ({"reading_time": 1}, "reading_time", "the edition is filled to 1 minutes of reading"),
    ],
)
def test_what_the_edition_has_no_room_for_says_which_limit(store, letter, rule, told):
    """With its score and the parts of it."""
    save(store, *news(4, section="City", summary="word " * 120))
    ctx = context(store, **letter)
    left = [one for one in plan(ctx).left_out if one.rule == rule]
    found = ask(ctx, left[-1].url)
    assert found["rule"] == rule
    assert found["why"].startswith(told.removesuffix("s"))
    assert found["score"] is not None
    assert found["reasons"]


def test_what_comes_too_late_says_how_late(store):
    """Within a week it is the next edition's; after that it is archive."""
    save(store, *news(2))
    ctx = context(store)
    send(ctx)
    late = article(60, TOPICS[6], published=SLOT - 3 * DAY, seen_at=SLOT + DAY / 2)
    archive = article(61, TOPICS[7], published=SLOT - 12 * DAY, seen_at=SLOT + DAY / 2)
    save(store, late, archive)
    assert on(ctx, late.url, 1)[0] == "pick"
    told = on(ctx, archive.url, 1)
    assert told[1] == "window"
    assert told[2].endswith("it arrived on 2026-06-19 19:00, more than 7 days late")


def test_what_stands_around_a_pick_says_where(store):
    """Told elsewhere, how we got here, or under more headlines."""
    save(store, outlet(1, FIRE[0], 0, 9), outlet(2, FIRE[1], 0, 8), *news(3, start=4))
    bare = article(50, TOPICS[8], summary="", kind=ArticleKind.HEADLINE)
    save(store, bare)
    ctx = context(store)
    assert on(ctx, bare.url, 0) == ("more", "headline", "listed under more headlines")
    made = plan(ctx)
    fire = next(place for place, pick in enumerate(made.picks, 1) if pick.also)
    other = made.picks[fire - 1].also[0].url
    verdict, rule, told = on(ctx, other, 0)
    assert (verdict, rule) == ("also", "story")
    assert told.endswith(f"which is pick {fire}; it stands under pick {fire} as told elsewhere")
