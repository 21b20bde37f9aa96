"""The ledger of deliveries, events, budgets, and the logbook."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from digest.store.schema.base import Id, metadata, words
from digest.store.types import Json, UtcDateTime

deliveries = Table(  # edition × subscriber: the ledger
    "deliveries",
    metadata,
    Column("edition", ForeignKey("editions.id"), primary_key=True),
    Column("subscriber", Id, primary_key=True),
    Column("subscription", Id, nullable=False),
    Column("variant", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("phase", Text, nullable=False, server_default=""),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("domain_group", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease_until", UtcDateTime),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("code", Integer),
    Column("enhanced", Text, nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("receipt", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime),  # when the state last changed
    words(
        "state",
        "queued",
        "submitting",
        "submitted",
        "deferred",
        "refused",
        "suppressed",
        "unknown",
        "expired",
        "cancelled",
        "excluded",
    ),
    Index("ix_deliveries_edition_state_subscriber", "edition", "state", "subscriber"),
    Index("ix_deliveries_subscriber", "subscriber"),
    sqlite_with_rowid=False,
)

tallies = Table(  # how many deliveries of an edition are in each state: kept with every move, so that the
    "tallies",  # audit can weigh rows against it, and progress is one small read
    metadata,
    Column("edition", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, primary_key=True),
    Column("n", Integer, nullable=False, server_default=text("0")),
)

owners = Table(  # processes that hold deliveries; one whose lease is over, or who is gone, holds nothing
    "owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("lease_until", UtcDateTime, nullable=False),
)

attempts = Table(  # failures only: what the mail service said each time
    "attempts",
    metadata,
    Column("edition", Id, primary_key=True),
    Column("subscriber", Id, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Integer),
    Column("enhanced", Text, nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("phase", Text, nullable=False, server_default=""),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition", Id),
    Column("subscriber", Id),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Json),
    UniqueConstraint("source", "dedupe_key"),
    Index("ix_events_subscriber_kind", "subscriber", "kind"),
    Index("ix_events_edition_kind", "edition", "kind"),
    sqlite_autoincrement=True,
)

budgets = Table(  # how much of a limit is used; survives restarts
    "budgets",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("domain_group", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("used", Integer, nullable=False, server_default=text("0")),
)

logbook = Table(  # what a person did: hold, release, cancel, resolve, force …
    "logbook",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Json),
    Index("ix_logbook_subject", "subject"),
    sqlite_autoincrement=True,
)
