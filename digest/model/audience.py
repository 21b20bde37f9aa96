"""Subscribers, subscriptions, suppressions and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SubscriptionState(StrEnum):
    """pending → confirmed → unsubscribed, or paused."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    """Why an address must not be mailed."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"
    IMPORTED = "imported"
    ERASED = "erased"


class EventKind(StrEnum):
    """What is learnt after a delivery; never a delivery state."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a mail service, a reader or a mailbox provider told us later."""

    source: str
    dedupe_key: str
    kind: EventKind
    at: datetime
    edition: int | None = None
    subscriber: int | None = None
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person with an address."""

    id: int
    address: str
    name: str = ""
    language: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscriber's standing with one newsletter."""

    id: int
    subscriber: int
    newsletter: str
    state: SubscriptionState
    prefs: dict[str, object] = field(default_factory=dict)
    paused_until: datetime | None = None
    weekdays: int = 127  # bit 0 is Monday: the days on which the reader wants it
