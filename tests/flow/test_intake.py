"""What an edition may choose from: embargo, expiry and holds, who carried what, and floods."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from digest.errors import UsageError
from digest.flow import due, edit, intake, why
from digest.model import DecisionKind
from digest.settings import NewsletterSettings
from digest.store import articles as stored
from digest.store import stories
from digest.store.schema import editions as table
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, TOPICS, context, news, plan, save, send, urls

DAY = timedelta(days=1)


def decide(ctx, kind, target="", value="", at=SLOT):
    wish = (DecisionKind(kind), target, value)
    return edit.decide(ctx, "daily", due.slot_for(ctx, "daily", at), wish, "ana")


def printed(made):
    """Give every address that an edition prints anywhere."""
    lines = [line for pick in made.picks for line in (*pick.related, *pick.timeline, *pick.also)]
    return {*urls(made.picks), *(line.url for line in (*lines, *made.more))}


# ── embargo and expiry ────────────────────────────────────────────────────────────────


def test_nothing_under_embargo_is_printed_and_it_is_news_when_that_ends(store):
    """Not a pick, not a headline, not under another story; then it belongs to the window of its end."""
    until = SLOT + timedelta(hours=3)
    secret = article(40, f"{TOPICS[0]} again", published=SLOT - timedelta(hours=2), embargo_until=until)
    kept, *_ = save(store, secret, *news(5))
    ctx = context(store, related=5)
    made = plan(ctx)
    assert kept.url not in printed(made)
    assert [one.rule for one in made.left_out if one.url == kept.url] == ["embargo"]
    assert "under embargo until 2026-06-19 10:00" in why.why(ctx, "daily", made.slot, kept.url)["why"]
    send(ctx)
    assert kept.url in urls(plan(ctx, SLOT + DAY).picks)
    send(ctx, SLOT + DAY)
    assert kept.url not in printed(plan(ctx, SLOT + 2 * DAY))


def test_an_embargo_that_ends_at_the_slot_is_kept(store):
    """The edition is frozen before its time; what may be printed then is the next one's."""
    kept, *_ = save(store, article(1, TOPICS[0], embargo_until=SLOT, published=SLOT - timedelta(hours=1)))
    ctx = context(store)
    assert plan(ctx).picks == ()
    assert urls(plan(ctx, SLOT + DAY).picks) == [kept.url]


def test_an_editor_cannot_put_in_what_is_under_embargo(store):
    """Refused with the time; and if the embargo came after the pin, it still is not printed."""
    kept, *_ = save(store, *news(3))
    ctx = context(store)
    decide(ctx, "pin", kept.url, "1")
    save(store, replace(kept, embargo_until=SLOT + DAY, body="Now with an embargo."))
    made = plan(ctx)
    assert kept.url not in printed(made)
    assert [one.rule for one in made.left_out if one.url == kept.url] == ["embargo"]
    with pytest.raises(UsageError, match="under embargo until"):
        decide(ctx, "pin", kept.url)


def test_a_later_reading_without_its_embargo_does_not_lift_it(store):
    """A page that does not repeat what the feed said changes nothing; an earlier time does."""
    until = SLOT + DAY
    kept, *_ = save(store, article(1, TOPICS[0], embargo_until=until, published=SLOT - timedelta(hours=9)))
    save(store, replace(kept, embargo_until=None, body="The whole text."))
    ctx = context(store)
    assert plan(ctx).picks == ()
    save(store, replace(kept, embargo_until=SLOT - timedelta(hours=2), body="The whole text, set free."))
    assert urls(plan(ctx).picks) == [kept.url]


def test_what_has_expired_is_printed_nowhere(store):
    """Neither picked nor listed; a day before it still was."""
    kept, *_ = save(
        store, article(1, TOPICS[0], expires_at=SLOT, published=SLOT - timedelta(hours=9)), *news(3, start=2)
    )
    ctx = context(store)
    made = plan(ctx)
    assert kept.url not in printed(made)
    assert why.why(ctx, "daily", made.slot, kept.url)["rule"] == "expired"
    save(store, replace(kept, expires_at=SLOT + timedelta(seconds=1), body="Still on sale."))
    assert kept.url in urls(plan(ctx).picks)


@given(st.integers(-90, 90), st.integers(-90, 90))
def test_an_embargo_and_an_expiry_count_to_the_minute(until, expires):
    """Printed from the minute after the one to the minute before the other; the embargo is told first."""
    minute = timedelta(minutes=1)
    one = article(1, embargo_until=SLOT + until * minute, expires_at=SLOT + expires * minute)
    told = intake.barred(one, SLOT)
    assert (told is None) is (until < 0 < expires)
    assert told is None or told[0] == ("embargo" if until >= 0 else "expired")


# ── the editor holds back ─────────────────────────────────────────────────────────────


def test_a_hold_keeps_a_story_back_until_its_time_in_every_edition(store):
    """Also in later editions; then it is a candidate again, however old; undone, it never happened."""
    kept = save(store, *news(4))
    ctx = context(store)
    before = plan(ctx)
    url = before.picks[0].article.url
    decide(ctx, "hold", url, "2026-06-21T06:00")
    made = plan(ctx)
    assert url not in printed(made)
    assert why.why(ctx, "daily", made.slot, url)["why"] == "held until 2026-06-21 06:00 UTC by ana"
    send(ctx)
    assert url not in printed(plan(ctx, SLOT + DAY))
    assert urls(plan(ctx, SLOT + 2 * DAY).picks) == [url]
    assert urls(plan(ctx, SLOT + 3 * DAY).picks) == []
    edit.undo(context(store, now=SLOT + DAY), "daily", due.slot_for(ctx, "daily", SLOT + DAY), None)
    assert len(kept) == len(before.picks)
    with pytest.raises(UsageError, match="is no time"):
        decide(ctx, "hold", kept[0].url, "tomorrow", at=SLOT + DAY)


# ── sources ───────────────────────────────────────────────────────────────────────────


def test_sources_that_carry_an_article_count_as_sources(store):
    """One article in three feeds is reported by three; only those a newsletter draws on count."""
    one, *_ = save(store, *news(2))
    for source in ("wire", "evening"):
        save(store, replace(one, source=source, id=0, position=3))
    with store.read() as conn:
        assert stored.carriers(conn, [one.id])[one.id] == {"harbourpost", "wire", "evening"}

    def told(**letter):
        found = next(pick for pick in plan(context(store, **letter)).picks if pick.article.id == one.id)
        return next((r.text for r in found.reasons if r.rule == "sources"), "")

    assert told() == "reported by 3 sources, 2 of them with another's text"
    assert told(sources=("harbourpost", "wire")) == "reported by 2 sources"
    assert told(sources=("harbourpost",)) == ""


def test_a_feed_that_floods_does_not_fill_the_edition(store):
    """Five hundred items in an hour from one source leave room for the others, quota or not."""
    flood = [
        article(
            100 + n,
            f"Bulletin {n}: {TOPICS[n % 10].split()[n % 3]} mark{n} level{n * 7} gauge{n * 13}",
            source="flood",
            url=f"https://flood.example/{n}",
            published=SLOT - timedelta(seconds=7 * n + 1),
        )
        for n in range(500)
    ]
    others = [replace(one, source=f"s{n}") for n, one in enumerate(news(6, hours=3))]
    save(store, *flood, *others)
    made = plan(context(store, picks=7))
    assert sum(pick.article.source == "flood" for pick in made.picks) <= 4
    limited = plan(context(store, picks=7, per_source=1))
    assert sum(pick.article.source == "flood" for pick in limited.picks) == 1
    assert {"source"} <= {one.rule for one in limited.left_out if "flood" in one.url} <= {"source", "story"}


def test_a_corrected_headline_stays_one_pick_with_the_words_it_has_now(store):
    """Before it was sent the new words are printed; after it, a correction is not sent again."""
    first, *_ = save(store, *news(3))
    right = replace(
        first, headline="Ministers meet over the harbour railway", seen_at=SLOT - timedelta(minutes=30)
    )
    save(store, right)
    ctx = context(store)
    made = plan(ctx)
    assert [pick.printed for pick in made.picks if pick.article.id == first.id] == [right.headline]
    send(ctx)
    save(store, replace(first, headline="Ministers to meet over railway", seen_at=SLOT + timedelta(hours=1)))
    assert plan(ctx, SLOT + DAY).picks == ()


def test_a_live_page_that_changes_all_day_is_sent_once(store):
    """New words every hour make it no new story, on the day and on the next."""
    first, *_ = save(store, *news(3))
    ctx = context(store)
    for hour in range(6):
        text = f"{first.headline} – update {hour}"
        save(
            store,
            replace(
                first, headline=text, body=f"Minute {hour}: more.", seen_at=SLOT - timedelta(hours=6 - hour)
            ),
        )
    made = plan(ctx)
    assert urls(made.picks).count(first.url) == 1
    send(ctx)
    save(store, replace(first, headline=f"{first.headline} – the end", seen_at=SLOT + timedelta(hours=2)))
    assert first.url not in printed(plan(ctx, SLOT + DAY))


def test_a_newsletter_that_draws_on_some_sources_sees_no_others(store):
    """Neither as picks nor around them."""
    mine, *_ = save(store, *news(3), *(replace(one, source="other") for one in news(3, start=11)))
    ctx = context(store, sources=("harbourpost",))
    assert isinstance(ctx.newsletter("daily"), NewsletterSettings)
    assert mine.url in printed(plan(ctx))
    assert {pick.article.source for pick in plan(ctx).picks} == {"harbourpost"}


# ── history ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("by", "comes"), [("auto", False), ("ana", True)])
def test_what_stood_beside_a_pick_was_told_with_it(store, by, comes):
    """Grouping moves a sent story's other article to a new story: told, too; but not what a hand parted."""
    fire = [
        replace(one, source=f"s{n}", url=f"https://s{n}.example/{n}", url_key=f"https://s{n}.example/{n}")
        for n, one in enumerate(
            (
                article(1, "Warehouse fire at Marwick docks sends smoke over the harbour"),
                article(2, "Smoke over the harbour: warehouse at Marwick docks on fire"),
            )
        )
    ]
    kept = save(store, *(replace(one, published=SLOT - timedelta(hours=3)) for one in fire))
    ctx = context(store)
    made, _ = send(ctx)
    with store.read() as conn:
        numbers = [one.story for one in stored.by_ids(conn, [one.id for one in kept]).values()]
    assert len(made.picks) == len(set(numbers)) == 1
    beside = next(one for one in kept if one.id != made.picks[0].article.id)
    new = save(store, article(3, "Police question a night watchman", published=SLOT + timedelta(hours=2)))[0]
    with store.write() as conn:
        story = stored.by_ids(conn, [new.id])[new.id].story
        stories.leave(conn, [beside.id], SLOT + timedelta(hours=2))
        stories.put(conn, [(beside.id, story)], SLOT + timedelta(hours=2), by)
    tomorrow = plan(ctx, SLOT + DAY)
    assert (new.url in urls(tomorrow.picks)) is comes
    assert comes or [one.rule for one in tomorrow.left_out if one.url == new.url] == ["sent"]


def test_what_was_kept_while_an_edition_was_built_is_the_next_ones(store):
    """Read before the freeze, in the archive after the plan: late for the one, in time for the other."""
    save(store, *news(3))
    ctx = context(store)
    made, edition = send(ctx)
    known = {"newest": made.newest, "places": []}
    with store.write() as conn:
        conn.execute(update(table).where(table.c.id == edition.id).values(known=known))
    times = {57: SLOT - timedelta(seconds=5), 58: SLOT - timedelta(hours=5)}
    under_way, imported = (
        article(n, TOPICS[n % 10], published=SLOT - timedelta(hours=6), seen_at=at) for n, at in times.items()
    )
    save(store, under_way, imported)
    assert urls(plan(ctx, SLOT + DAY).picks) == [under_way.url]
    assert imported.url not in printed(plan(ctx, SLOT + DAY))
