"""Replaying editions: each after those before it, against what was sent or against another configuration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.errors import UsageError
from digest.flow import due, edit, stories
from digest.flow.replay import replay
from digest.model import DecisionKind, EditionState
from digest.store import articles as stored
from digest.store import editions
from digest.store.schema import editions as table
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, TOPICS, context, news, plan, save, send, urls
from tests.flow.test_stories import FIRE, piece

DAY = timedelta(days=1)


def letter(tmp_path, text):
    file = tmp_path / "changed.toml"
    file.write_text('title = "Daily"\nminimum = 1\n' + text)
    return str(file)


def late(number, topic, seen):
    """Make an article of before the first slot, seen after it: it belongs to the next edition made."""
    return article(number, topic, published=SLOT - timedelta(hours=2), seen_at=SLOT + seen)


def test_what_a_simulated_edition_picked_is_not_picked_again(store, tmp_path):
    """No article stands in two of them, and what came after a freeze stands in the next."""
    save(store, *news(6, hours=2), late(40, TOPICS[8], timedelta(hours=1)))
    ctx = context(store, picks=3)
    days = replay(ctx, "daily", SLOT, SLOT + 3 * DAY, letter(tmp_path, "picks = 2\n"))
    picked = [line.url for day in days for line in (*day.kept, *day.added)]
    assert len(days) == 4
    assert len(picked) == len(set(picked)) > 2
    assert [line.url for line in days[1].added + days[1].kept] == ["https://harbourpost.example/news/40"]


def test_an_unchanged_configuration_replays_what_was_sent(store):
    """Nothing differs; and nothing is written, so the same replay tells the same."""
    save(store, *news(6, hours=2))
    ctx = context(store, picks=3)
    first, _ = send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    save(store, late(40, TOPICS[8], timedelta(hours=1)))
    second, _ = send(ctx, SLOT + DAY, frozen_at=SLOT + DAY - timedelta(minutes=10))
    sent = [first, second]
    days = replay(ctx, "daily", SLOT, SLOT + DAY)
    assert [[line.url for line in day.kept] for day in days] == [urls(made.picks) for made in sent]
    assert [(day.added, day.removed, day.was) for day in days] == [((), (), "ready")] * 2
    assert replay(ctx, "daily", SLOT, SLOT + DAY) == days


def test_a_difference_early_is_carried_on(store, tmp_path):
    """What the first simulated edition left out may still come in the second, and is told as new there."""
    save(store, *news(4, hours=2), late(40, TOPICS[8], timedelta(hours=1)))
    ctx = context(store, picks=4)
    send(ctx)
    changed = letter(tmp_path, "picks = 1\n")
    first, second = replay(ctx, "daily", SLOT, SLOT + DAY, changed)
    assert (len(first.kept), len(first.added), len(first.removed)) == (1, 0, 3)
    assert all(
        line.why.startswith("ranked below the 1 pick, the last of which has ") for line in first.removed
    )
    assert [line.before for line in (*first.kept, *first.removed)] == [1, 2, 3, 4]
    (wider,) = replay(ctx, "daily", SLOT, SLOT, letter(tmp_path, "sources = ['nobody']\n"))
    assert {line.why for line in wider.removed} == {"the newsletter does not draw on harbourpost"}
    assert len(second.kept) + len(second.added) == 1


def test_what_came_after_the_freeze_is_the_next_editions(store):
    """As it was in life: an article first seen later cannot be in an earlier edition."""
    save(store, *news(2), late(40, TOPICS[8], timedelta(hours=1)))
    ctx = context(store)
    first, second = replay(ctx, "daily", SLOT, SLOT + DAY)
    assert "https://harbourpost.example/news/40" not in {line.url for line in first.added}
    assert [line.url for line in second.added] == ["https://harbourpost.example/news/40"]
    with store.read() as conn:
        assert editions.by_slot(conn, "daily", SLOT) is None
    assert plan(ctx).picks


def test_a_bad_span_or_file_is_refused(store, tmp_path):
    """With what is wrong in words."""
    ctx = context(store)
    with pytest.raises(UsageError, match="has no slot between"):
        replay(ctx, "daily", SLOT + timedelta(hours=1), SLOT + timedelta(hours=2))
    with pytest.raises(UsageError, match="picks: Input should be"):
        replay(ctx, "daily", SLOT, SLOT + DAY, letter(tmp_path, "picks = 0\n"))


def test_a_simulated_edition_keeps_its_story_out_of_the_next(store):
    """What one source repeats the next day was told already, though no edition was ever sent."""
    first, again = (
        article(
            number,
            f"Fire in the old harbour warehouse of Marwick{more}",
            published=SLOT + hours,
            seen_at=SLOT + hours,
            url=f"https://harbourpost.example/fire/{number}",
        )
        for number, more, hours in (
            (50, "", timedelta(hours=-2)),
            (51, " put out", timedelta(hours=10)),
        )
    )
    save(store, *news(3, hours=2), first, again)
    ctx = context(store)
    assert again.url in urls(plan(ctx, SLOT + DAY).picks)
    days = replay(ctx, "daily", SLOT, SLOT + DAY)
    assert first.url in {line.url for line in days[0].added}
    assert again.url not in {line.url for line in days[1].added}


# ── stories as they were ──────────────────────────────────────────────────────────────


def report(number, headline, day, hours=5):
    """Make an article of an outlet of its own, read as soon as it was published."""
    at = SLOT + day * DAY - timedelta(hours=hours)
    name = f"outlet{number}"
    url = f"https://{name}.example/{number}"
    return article(number, headline, source=name, url=url, published=at, seen_at=at)


def lived(store):
    """Send three days' editions, each of what had come by then: a strike in two reports, and other news."""
    days = (
        (
            report(1, "Tram drivers in Tolmont walk out over night shifts", 0, 6),
            report(2, "Tolmont trams stand still as drivers walk out over night shifts", 0),
            report(3, TOPICS[3], 0),
        ),
        (report(4, TOPICS[4], 1), report(5, TOPICS[5], 1)),
        (report(6, TOPICS[6], 2), report(7, TOPICS[7], 2)),
    )
    ctx = context(store)
    made = []
    for day, batch in enumerate(days):
        save(store, *batch, now=SLOT + day * DAY - timedelta(hours=2))
        ahead = SLOT + day * DAY - timedelta(minutes=10)
        one, edition = send(ctx, SLOT + day * DAY, ahead)
        keep_known(store, edition, one)
        made.append(one)
    assert [len(one.picks) for one in made] == [2, 2, 2]
    return days, made


def keep_known(store, edition, made):
    """Keep what the archive held when an edition was planned, as a build does."""
    with store.write() as conn:
        known = {"newest": made.newest, "places": [*made.places.items()]}
        conn.execute(update(table).where(table.c.id == edition.id).values(known=known))


def changed_nothing(store, made):
    days = replay(context(store), "daily", SLOT, SLOT + 2 * DAY)
    assert [[line.url for line in day.kept] for day in days] == [urls(one.picks) for one in made]
    return [(day.added, day.removed) for day in days] == [((), ())] * 3


@pytest.mark.parametrize(("stays", "goes"), [((0, 2), (2, 0)), ((2, 0), (0, 2)), ((1, 0), (1, 1))])
def test_a_merge_afterwards_changes_no_replay(store, stays, goes):
    """Stories of two days, whichever number stays, or of one: they were two when their editions were made."""
    days, made = lived(store)
    merged = [days[day][index].url for day, index in (stays, goes)]
    stories.merge(context(store, now=SLOT + 3 * DAY), merged, "ana")
    assert changed_nothing(store, made)


def test_a_split_afterwards_changes_no_replay(store):
    """They were one story when the edition was made, and its second report is not told as new."""
    days, made = lived(store)
    stories.split(context(store, now=SLOT + 3 * DAY), [days[0][1].url], "ana")
    assert changed_nothing(store, made)


def test_a_merge_counts_for_the_replayed_editions_after_it(store):
    """Merged between two editions, what the first carried keeps its story out of the second, as it was."""
    days, made = lived(store)
    later = report(8, TOPICS[8], 3)
    save(store, later, now=SLOT + 3 * DAY - timedelta(hours=2))
    ctx = context(store, now=SLOT + 3 * DAY - timedelta(hours=1))
    stories.merge(ctx, [later.url, days[0][2].url], "ana")
    made, _ = send(ctx, SLOT + 3 * DAY, SLOT + 3 * DAY - timedelta(minutes=10))
    assert made.picks == ()
    (last,) = replay(ctx, "daily", SLOT + 3 * DAY, SLOT + 3 * DAY)
    assert (last.added, last.removed) == ((), ())
    assert replay(ctx, "daily", SLOT, SLOT + 3 * DAY)[3].added == ()


def test_a_correction_and_a_withdrawal_afterwards_change_no_replay(store):
    """They were printed as they were, though nothing of the one may be printed any more."""
    days, made = lived(store)
    first, gone = days[0][0], days[1][0]
    better = replace(first, headline="Night shifts: a correction", summary="Other words.", seen_at=SLOT + DAY)
    save(store, replace(better, body="The text as it is now. " * 20), now=SLOT + DAY)
    with store.write() as conn:
        number = stored.by_url(conn, gone.url).id
        stored.withdraw(conn, [number], SLOT + 2 * DAY)
    assert changed_nothing(store, made)
    told = replay(context(store), "daily", SLOT, SLOT)[0]
    assert "Night shifts: a correction" not in {line.headline for line in told.kept}


def test_what_was_corrected_before_is_replayed_corrected(store):
    """The words of the moment, not the first ones."""
    first = report(1, "Tram drivers in Tolmont walk out", 0, 6)
    save(store, first, report(3, TOPICS[3], 0))
    better = replace(first, headline="Bus drivers in Tolmont walk out", seen_at=SLOT - timedelta(hours=1))
    save(store, better)
    ctx = context(store)
    send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    (day,) = replay(ctx, "daily", SLOT, SLOT)
    assert (day.added, day.removed) == ((), ())
    assert better.headline in {line.headline for line in day.kept}


def test_leads_and_links_by_hand_count_from_when_they_were_made(store):
    """Said after the editions were made, they are nothing to their replays, whether they stand or not."""
    days, made = lived(store)
    front = plan_of(made[0], days[0][0], days[0][1])
    other = days[0][1] if front == days[0][0].url else days[0][0]
    after = context(store, now=SLOT + 3 * DAY)
    stories.put_in_front(after, other.url, "ana")
    stories.follow(after, days[2][0].url, days[0][2].url, "ana")
    assert changed_nothing(store, made)
    stories.undo(after)
    stories.undo(after)
    assert changed_nothing(store, made)


def test_a_lead_taken_back_since_still_leads_in_its_replay(store):
    """It was the editor's choice when the edition was made."""
    reports = (
        report(1, "Tram drivers in Tolmont walk out over night shifts", 0, 6),
        report(2, "Tolmont trams stand still as drivers walk out over night shifts", 0),
    )
    save(store, *reports, now=SLOT - timedelta(hours=2))
    ctx = context(store, now=SLOT - timedelta(hours=1))
    front = plan(ctx).picks[0].article.url
    (other,) = {one.url for one in reports} - {front}
    stories.put_in_front(ctx, other, "ana")
    assert urls(plan(ctx).picks) == [other]
    send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    stories.undo(context(store, now=SLOT + DAY))
    (day,) = replay(ctx, "daily", SLOT, SLOT)
    assert ([line.url for line in day.kept], day.added) == ([other], ())


def plan_of(made, *of):
    """Give the address of those articles that was a pick."""
    return next(url for url in urls(made.picks) if url in {one.url for one in of})


def test_holds_are_replayed_as_they_stood(store):
    """Held back after an edition was made, it was in it; set free afterwards, it was not."""
    days, made = lived(store)
    late_hand, ctx = context(store, now=SLOT + 3 * DAY), context(store)

    def hold(url, at, who):
        wish = (DecisionKind.HOLD, url, f"{SLOT + 9 * DAY:%Y-%m-%dT%H:%M}")
        return edit.decide(who, "daily", due.slot_for(ctx, "daily", at), wish, "ana")

    hold(days[2][0].url, SLOT + 3 * DAY, late_hand)
    assert changed_nothing(store, made)
    held = report(20, TOPICS[1], 3)
    save(store, held, report(21, TOPICS[2], 3), now=SLOT + 3 * DAY - timedelta(hours=2))
    (one,) = hold(held.url, SLOT + 3 * DAY, context(store, now=SLOT + 3 * DAY - timedelta(hours=1)))
    send(ctx, SLOT + 3 * DAY, SLOT + 3 * DAY - timedelta(minutes=10))
    edit.undo(context(store, now=SLOT + 4 * DAY), "daily", due.slot_for(ctx, "daily", SLOT + 4 * DAY), one.id)
    (last,) = replay(ctx, "daily", SLOT + 3 * DAY, SLOT + 3 * DAY)
    assert (last.added, last.removed) == ((), ())


def test_places_in_feeds_are_those_of_the_moment(store):
    """A feed moves on: what led it then stands far down now, and what was down there leads."""
    first, last = (replace(report(n, TOPICS[n], 0), position=p) for n, p in ((3, 1), (4, 40)))
    save(store, first, last)
    ctx = context(store, picks=1, weights={"position": 5.0, "freshness": 0.0})
    made, edition = send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    keep_known(store, edition, made)
    assert urls(made.picks) == [first.url]
    save(store, replace(first, position=40), replace(last, position=1))
    assert urls(plan(ctx).picks) == [last.url]
    (day,) = replay(ctx, "daily", SLOT, SLOT)
    assert (day.added, day.removed) == ((), ())


@pytest.mark.parametrize("state", [EditionState.MISSED, EditionState.CANCELLED])
def test_what_reached_nobody_is_not_taken_for_sent(store, state):
    """The edition after a missed or cancelled one is replayed as it was made, with what that one left."""
    save(store, *news(6, hours=2))
    ctx = context(store, picks=3)
    with store.write() as conn:
        edition = editions.insert_due(conn, due.edition_of(ctx.newsletter("daily"), plan(ctx).slot), SLOT)
        editions.move(conn, edition.id, state, allowed=[EditionState.DRAFT], reason="")
    again = [report(40 + n, TOPICS[n], 1) for n in (1, 2, 3)]
    save(store, *again, now=SLOT + DAY)
    made, _ = send(ctx, SLOT + DAY, SLOT + DAY - timedelta(minutes=10))
    assert len(made.picks) == 3
    first, second = replay(ctx, "daily", SLOT, SLOT + DAY)
    assert (first.was, len(first.added)) == (str(state), 3)
    assert (second.added, second.removed) == ((), ())


def test_an_edition_made_late_is_replayed_with_what_had_come_by_then(store):
    """Caught up two hours after its time: the moment is when it was frozen."""
    save(store, *news(3, hours=2), late(40, TOPICS[8], timedelta(hours=1)))
    ctx = context(store)
    made, _ = send(ctx, frozen_at=SLOT + timedelta(hours=2))
    assert "https://harbourpost.example/news/40" in urls(made.picks)
    (day,) = replay(ctx, "daily", SLOT, SLOT)
    assert (day.added, day.removed) == ((), ())


def test_a_link_cut_by_hand_since_was_there_when_the_edition_was_made(store):
    """What said nothing new of an ended story was kept out; what an editor says since counts from now."""
    save(store, piece(1, FIRE[0], 9), piece(2, FIRE[1], 8))
    ctx, at = context(store), SLOT + 5 * DAY
    send(ctx, frozen_at=SLOT - timedelta(minutes=10))
    repeat = replace(
        piece(10, "Warehouse fire at Marwick docks sends smoke across town"), published=at - DAY / 2
    )
    other = replace(piece(11, TOPICS[5]), published=at - DAY / 2)
    save(store, *(replace(one, seen_at=at - DAY / 2) for one in (repeat, other)))
    made, _ = send(ctx, at, at - timedelta(minutes=10))
    assert urls(made.picks) == [other.url]
    stories.follow(context(store, now=at + DAY), repeat.url, "", "ana")
    assert repeat.url in urls(plan(ctx, at).picks)
    (day,) = replay(ctx, "daily", at, at)
    assert (day.added, day.removed) == ((), ())
