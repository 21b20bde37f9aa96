"""Why an article is in an edition or not: every state has its verdict, its rule and its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import UsageError
from digest.flow import due, edit
from digest.flow.why import why
from digest.ingest import urls
from digest.model import DecisionKind
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
