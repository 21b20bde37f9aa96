"""Which slot a command means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import NewsletterUnknown
from digest.flow.context import Context
from digest.flow.due import edition_of, slot_for, span
from digest.model import EditionState
from digest.settings import NewsletterSettings, Settings
from digest.store import editions

if TYPE_CHECKING:
    from digest.store import Store

SEVEN = datetime(2026, 3, 2, 7, tzinfo=UTC)


def _context(store: Store, now: datetime) -> Context:
    daily = NewsletterSettings(name="daily", title="Daily", grace=timedelta(hours=6))
    return Context(Settings(newsletters={"daily": daily}), store, lambda: now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (SEVEN, SEVEN),
        (SEVEN + timedelta(hours=6), SEVEN),
        (SEVEN + timedelta(hours=6, seconds=1), SEVEN + timedelta(days=1)),
        (SEVEN - timedelta(seconds=1), SEVEN),
    ],
)
def test_without_at_it_is_the_unmade_slot_within_grace_or_the_coming_one(
    store: Store,
    now: datetime,
    expected: datetime,
) -> None:
    assert slot_for(_context(store, now), "daily").at == expected


def test_a_slot_that_was_made_is_not_meant_again(store: Store) -> None:
    """A draft still counts as unmade; once skipped, the coming slot is meant."""
    ctx = _context(store, SEVEN + timedelta(minutes=1))
    slot = slot_for(ctx, "daily")
    with store.write() as conn:
        made = editions.insert_due(conn, edition_of(ctx.newsletter("daily"), slot), ctx.now())
    assert slot_for(ctx, "daily").at == SEVEN
    with store.write() as conn:
        editions.move(conn, made.id, EditionState.SKIPPED, allowed=[EditionState.DRAFT])
    assert slot_for(ctx, "daily").at == SEVEN + timedelta(days=1)


def test_with_at_it_is_the_latest_scheduled_time(store: Store) -> None:
    """However old: grace does not matter, nor whether it was made."""
    ctx = _context(store, SEVEN)
    assert slot_for(ctx, "daily", SEVEN - timedelta(days=40, seconds=1)).at == SEVEN - timedelta(days=41)


def test_an_unknown_newsletter_is_named_with_those_there_are(store: Store) -> None:
    with pytest.raises(NewsletterUnknown, match=r"'dayly'; configured: daily"):
        slot_for(_context(store, SEVEN), "dayly")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=6), "6 h"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(0), "0 min"),
    ],
)
def test_a_span_is_written_as_people_say_it(length: timedelta, words: str) -> None:
    assert span(length) == words
