"""Editions, variants and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from digest.model.plans import Slot


class EditionState(StrEnum):
    """draft → ready → sending → sent; or paused, held, skipped, missed, cancelled."""

    DRAFT = "draft"
    READY = "ready"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    HELD = "held"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One dated, frozen mailing of a newsletter."""

    id: int
    public_id: str  # stands in addresses and headers; derived from newsletter and slot
    newsletter: str
    kind: str  # "regular"; later kinds (breaking, correction) share the table
    slot: Slot
    zone: str
    state: EditionState
    reason: str = ""
    candidates: int = 0  # subscribers frozen for it
    candidates_sha: str = ""
    frozen_at: datetime | None = None  # when picks, variant and candidates were fixed
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a compiled message for a reader's own value."""

    name: str  # "leave", "preferences", "address", "name", "message_id", "bounce" …
    encoding: str = (
        ""  # how the value is written there: "qp:html", "b64:text", "header:raw" …; "url" in a mark
    )
    lead: bytes = b""  # in base64: the raw bytes before it that share its first group of three
    tail: bytes = b""  # in base64: the raw bytes after it, up to the next field or the part's end


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The compiled message shared by all readers for whom the same content was chosen."""

    key: str  # "en", "ar", …
    subject: str
    blocks: tuple[bytes | Field, ...]
    sha256: str
    envelope_domain: str = ""


class Recipient(NamedTuple):
    """One subscriber as a message needs them: address and ready-made tokens."""

    subscriber: int
    subscription: int
    address: str
    name: str = ""
    language: str = ""
    leave: str = ""  # unsubscribe token
    preferences: str = ""  # preferences token
    bounce: str = ""  # VERP local part, lower-case base32
    message_id: str = ""  # without angle brackets


class Message(NamedTuple):
    """The email for one subscriber, as byte segments in wire form (CRLF, no line begins with a dot)."""

    key: tuple[int, int]  # (edition, subscriber)
    envelope_from: str
    to: str
    message_id: str
    segments: tuple[bytes, ...]

    def as_bytes(self) -> bytes:
        """Join the segments: the exact bytes handed to the mail service."""
        return b"".join(self.segments)
