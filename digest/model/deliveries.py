"""Deliveries, what a mail service answers, and what the ledger hands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple


class DeliveryState(StrEnum):
    """Where one message of one edition stands. "Submitted" is accepted by the service, never "arrived"."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The mail service accepted the message; ``receipt`` is its own reference or reply."""

    key: tuple[int, int]
    receipt: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: try this recipient again later."""

    key: tuple[int, int]
    code: int
    enhanced: str
    reply: str
    phase: str = ""  # the command that was answered: mail, rcpt, data, dot


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """This recipient is refused for good; ``cause`` is address, mailbox, content, policy or us."""

    key: tuple[int, int]
    code: int
    enhanced: str
    reply: str
    cause: str = "address"
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The sender cannot send at present; no recipient is to blame and none is burnt."""

    key: tuple[int, int]
    reason: str
    code: int = 0
    enhanced: str = ""
    wait: float = 0.0  # seconds the service asks to be left alone; 0 when it said nothing
    final: bool = False  # trying again will not help: wrong password, policy, configuration


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The final dot was sent and no reply came: it may or may not have been accepted."""

    key: tuple[int, int]
    reason: str


Outcome = Submitted | Deferred | RefusedRecipient | Unavailable | Uncertain


class Reserved(NamedTuple):
    """A delivery that one process has set aside for itself; nothing has left yet."""

    edition: int
    subscriber: int
    variant: str
    group: str  # the recipient's domain
    attempt: int  # tries so far
    state: DeliveryState  # queued or deferred


class Armed(NamedTuple):
    """A delivery committed as submitting, with the reader as they stand now: its bytes may leave."""

    edition: int
    subscriber: int
    subscription: int
    variant: str
    group: str
    attempt: int  # this try's number, from 1
    fence: int
    address: str
    name: str
    language: str


class Settled(NamedTuple):
    """An armed delivery with its outcome, and the state and time of the next try that follow from it."""

    armed: Armed
    outcome: Outcome
    state: DeliveryState
    next_at: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A limit on messages in any stretch of time of one length, kept in slices of the clock.

    A slice is named by its length and number, so that names sort by time. What is used in ``slices`` whole
    slices and the present one never exceeds the limit: then no stretch of that length does.
    """

    limit: int
    slice: int  # milliseconds
    slices: int  # in the span
    at: int  # number of the present slice since 1970

    def name(self, number: int) -> str:
        """Name a slice."""
        return f"{self.slice:09d}:{number:012d}"

    @property
    def present(self) -> str:
        """The slice in which messages are counted now."""
        return self.name(self.at)

    @property
    def first(self) -> str:
        """The oldest slice that still counts."""
        return self.name(self.at - self.slices)

    def free(self, oldest: str) -> datetime:
        """Return when what was used in a slice counts no longer."""
        number = int(oldest.partition(":")[2])
        return datetime.fromtimestamp((number + self.slices + 1) * self.slice / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a sender may send now: spans of the sender as a whole, and of groups of recipient domains."""

    sender: str
    spans: tuple[Span, ...] = ()
    groups: tuple[tuple[str, frozenset[str], tuple[Span, ...]], ...] = ()  # name, domains, spans


@dataclass(frozen=True, slots=True)
class Turn:
    """What one transaction of the ledger came to."""

    armed: tuple[Armed, ...] = ()
    control: str = ""  # pause or cancel, when a person asked for it
    suppressed: int = 0  # rows whose readers are not to be mailed any more
    exhausted: tuple[tuple[str, str, datetime], ...] = ()  # (sender, group or "", until when) without budget
