"""Replaying editions: each after those before it, against what was sent or against another configuration."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import UsageError
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
    assert {line.why for line in first.removed} == {"ranked below the 1 picks"}
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
