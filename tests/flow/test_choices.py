"""Choices: saved as a whole, each change recorded; what is not configured any more is left alone."""

from __future__ import annotations

from digest.flow import audience, choices
from digest.flow.choices import Choices
from digest.store import consents, subscribers


def test_a_pause_and_its_end_are_recorded(context):
    """Paused, then resumed; saving the same again records nothing."""
    audience.add(context, "ann@example.org", "daily", "form")
    with context.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org").id
    until = context.now().replace(month=8)
    for chosen in (Choices(weekdays={"daily": 3}, paused_until=until), Choices(weekdays={"daily": 3})):
        choices.save(context, ann, chosen)
        choices.save(context, ann, chosen)
    reader, mine = choices.of(context, ann)
    assert (reader.address, mine["daily"].state, mine["daily"].weekdays) == (
        "ann@example.org",
        "confirmed",
        3,
    )
    with context.store.read() as conn:
        assert [act["act"] for act in consents.of(conn, ann)] == ["imported", "paused", "resumed"]


def test_an_erased_reader_has_no_choices(context):
    """There is nobody to choose."""
    assert choices.of(context, 999) is None
