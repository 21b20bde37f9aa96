"""What the process knows of itself: facts and alerts."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from digest.store.schema.base import metadata
from digest.store.types import Json, UtcDateTime

facts = Table(  # small named values: index versions, clocks, the alert ledger's marks
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

alerts = Table(  # what was told to alerts_to, once per cause
    "alerts",
    metadata,
    Column("cause", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("cleared_at", UtcDateTime),
)
