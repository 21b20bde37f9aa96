"""Which slot a command means, and the edition of a slot before it has a row: one rule for all commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest import slots, tokens
from digest.model import Edition, EditionState
from digest.store import editions

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from digest.flow.context import Context
    from digest.model import Slot
    from digest.settings import NewsletterSettings


KIND = "regular"


def rule(newsletter: NewsletterSettings) -> slots.Rule:
    """Return when a newsletter is due."""
    return slots.Rule(newsletter.schedule, newsletter.timezone)


def unmade(ctx: Context, newsletter: NewsletterSettings, now: datetime) -> Slot | None:
    """Return the latest slot that is past, within ``grace`` and not yet made; None if there is none."""
    slot = slots.current(rule(newsletter), now)
    if now - slot.at > newsletter.grace:
        return None
    with ctx.store.read() as conn:
        made = editions.made_slots(conn, newsletter.name, slot.at)
    return None if slot.at in made else slot


def slot_for(ctx: Context, name: str, at: datetime | None = None) -> Slot:
    """Return the slot a command is about.

    With ``at`` it is the latest scheduled time ≤ ``at``; without it the latest unmade slot within
    ``grace``, else the coming one. Raises ``NewsletterUnknown``.
    """
    newsletter = ctx.newsletter(name)
    if at is not None:
        return slots.current(rule(newsletter), at)
    now = ctx.now()
    return unmade(ctx, newsletter, now) or slots.next(rule(newsletter), now)


def span(length: timedelta) -> str:
    """Write a setting's length as people say it: "6 h", "90 min"."""
    minutes = length.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes and minutes % 60 == 0 else f"{minutes:g} min"


def public_id(name: str, slot: Slot) -> str:
    """Return the id that stands in addresses; the same before and after freezing."""
    return tokens.public_id(name, slot.at, KIND)


def edition_of(
    newsletter: NewsletterSettings,
    slot: Slot,
    state: EditionState = EditionState.DRAFT,
    reason: str = "",
) -> Edition:
    """Describe the edition of a slot, before the store gives it a number."""
    return Edition(
        id=0,
        public_id=public_id(newsletter.name, slot),
        newsletter=newsletter.name,
        kind=KIND,
        slot=slot,
        zone=newsletter.timezone,
        state=state,
        reason=reason,
        expires_at=slot.at + newsletter.expires_after,
    )
