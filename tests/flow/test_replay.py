"""Replaying editions: each after those before it, against what was sent or against another configuration."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import UsageError
from digest.flow import stories
from digest.flow.replay import replay
from digest.store import editions
from digest.testing.rankers import article
from tests.flow.test_plan import SLOT, TOPICS, context, news, plan, save, send, urls

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
        made.append(send(ctx, SLOT + day * DAY, SLOT + day * DAY - timedelta(minutes=10))[0])
    assert [len(one.picks) for one in made] == [2, 2, 2]
    return days, made


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
