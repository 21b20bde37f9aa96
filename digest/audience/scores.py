"""When bounces add up: which end a subscription, which only count, which are about us."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

SPAN = timedelta(days=30)
"""Bounces older than this are forgiven."""
DAY = timedelta(days=1)
SOFT = 0.5
"""What a full or unreachable mailbox counts, once a day."""
ENOUGH = 5.0
AMBIGUOUS = "5.2.1"
"""Sent for disabled mailboxes and for busy ones: believed when it comes again a day later."""


class Bounce(NamedTuple):
    """One bounce."""

    at: datetime
    classed: str  # address, mailbox, policy, content, us
    code: str = ""


def score(bounces: Sequence[Bounce], now: datetime) -> float:
    """Return what a reader's soft bounces of the last 30 days count: half a point for each day with one."""
    days = {each.at.date() for each in bounces if each.classed == "mailbox" and now - each.at <= SPAN}
    return SOFT * len(days)


def suppress(bounces: Sequence[Bounce], now: datetime) -> str:
    """Return why an address is to be suppressed after these bounces, or empty if it is not.

    An address that does not exist: at once. One that may only be busy (5.2.1): when it bounces again a day
    later or more. A full mailbox: after ten days with a bounce within thirty. Policy, content and our own
    faults never count against a reader.
    """
    hard = [each for each in bounces if each.classed == "address" and now - each.at <= SPAN]
    if any(each.code != AMBIGUOUS for each in hard):
        return "the address does not exist"
    times = sorted(each.at for each in hard)
    if times and times[-1] - times[0] >= DAY:
        return "the mailbox is disabled"
    return "the mailbox was full or unreachable for too long" if score(bounces, now) >= ENOUGH else ""
