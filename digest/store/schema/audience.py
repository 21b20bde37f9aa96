"""Subscribers, subscriptions, consents and suppressions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from digest.store.schema.base import Id, metadata, words
from digest.store.types import Json, UtcDateTime

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text),  # NULL once erased
    Column("address_key", Text, unique=True),  # normalised for comparison; NULL once erased
    Column("address_hash", Text),  # tokens.address_hash(address_key): joins suppressions; NULL once erased
    # no index on it: suppressions are asked by hash, subscribers never, and imports would pay for it
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("zone", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", ForeignKey("subscribers.id"), nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("prefs", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("paused_until", UtcDateTime),
    Column(
        "weekdays", Integer, nullable=False, server_default=text("127")
    ),  # bit 0 = Monday: days it is wanted
    UniqueConstraint("subscriber", "newsletter"),
    words("state", "pending", "confirmed", "paused", "unsubscribed"),
    Index("ix_subscriptions_newsletter_state_subscriber", "newsletter", "state", "subscriber"),
    sqlite_autoincrement=True,
)

consents = Table(  # append-only: who agreed to what, when, how, in which words
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("act", Text, nullable=False),  # asked, confirmed, imported, unsubscribed, paused, resumed, erased
    Column("at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("wording", Text, nullable=False, server_default=""),
    Column("ip", Text),
    Column("detail", Json),
    Index("ix_consents_subscriber", "subscriber"),
    sqlite_autoincrement=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Text, primary_key=True),
    Column("scope", Text, primary_key=True),  # "" = everything, else a newsletter
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)

asks = Table(  # requests for a letter from the public pages: limits are counted here, letters wait here
    "asks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("address_hash", Text, nullable=False),
    Column(
        "network", Text, nullable=False, server_default=""
    ),  # IPv4 address or IPv6 /64; blank after a while
    Column("letter", Text, nullable=False),  # confirm, known, data; none: nothing is sent
    Column("subscriber", Id),
    Column("subscription", Id),
    Column("language", Text, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("sent_at", UtcDateTime),
    words("letter", "confirm", "known", "data", "none"),
    Index("ix_asks_address_hash_at", "address_hash", "at"),
    Index("ix_asks_network_at", "network", "at"),
    Index("ix_asks_at", "at"),
    sqlite_autoincrement=True,
)
