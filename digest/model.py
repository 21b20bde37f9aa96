"""The nouns of Digest as frozen values: the glossary in code. Imports nothing of the project.

Every datetime here is aware and in UTC unless its comment says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# ── ingest ────────────────────────────────────────────────────────────────────────────


class ArticleKind(StrEnum):
    """Whether an article can be picked (it has at least a summary) or only listed."""

    FULL = "full"
    HEADLINE = "headline"


class Basis(StrEnum):
    """What an article's ``published`` rests on."""

    PUBLISHED = "published"  # the source said so
    DAY = "day"  # the source gave a date without a time
    GUESS = "guess"  # taken from the page by a heuristic
    SEEN = "seen"  # nothing usable was given: the time we first saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that belongs to an article, as its source names it."""

    url: str
    alt: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One item as published. Text is plain and normalised; never HTML."""

    url: str  # canonical, absolute, as linked in mails
    url_key: str  # identity: the normalised address
    source: str  # the source's key
    headline: str
    published: datetime  # effective: missing or future becomes seen_at
    seen_at: datetime
    basis: Basis = Basis.PUBLISHED
    kind: ArticleKind = ArticleKind.FULL
    summary: str = ""
    body: str = ""  # paragraphs separated by a blank line
    section: str = ""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str = ""  # BCP 47 primary subtag, lower case; empty when unknown
    image: Image | None = None
    updated: datetime | None = None
    position: int = 0  # its place in the feed or page when last seen, from 1; 0 unknown
    guid: str = ""  # as given by the source
    aliases: tuple[str, ...] = ()  # further identity keys: "guid:SOURCE:…", AMP and mobile addresses
    withdrawn_at: datetime | None = None
    id: int = 0  # the store's number; 0 before it is stored
    version: int = 0  # the newest version's number; 0 before it is stored
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """Title and link only, as listed under "related" or "more headlines"."""

    headline: str
    url: str
    source: str = ""
    published: datetime | None = None
    language: str = ""
    score: float = 0.0
    article: int = 0  # the store's number, 0 when not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where articles come from, resolved from configuration."""

    key: str  # stable name, as in config
    url: str  # http(s) address, file path, or "push:"
    kind: str = "auto"  # plugin name, or auto: found out from what it answers
    name: str = ""  # as readers see it
    weight: float = 1.0
    section: str = ""
    language: str = ""
    allow_private: bool = False
    own: bool = False  # the newsroom's own site: preferred as a story's lead, its name is not shown
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An item that was not taken, and why. Counted and shown, never silently dropped."""

    where: str  # URL, file:line or item number
    reason: str
    excerpt: str = ""


# ── slots ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span [start, end)."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Slot:
    """The time at which an edition is due, and what it covers."""

    at: datetime
    local: datetime  # the same instant in the newsletter's zone
    window: Window


# ── select ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of a pick's score, in words an editor understands."""

    rule: str  # stable name: "freshness", "sources", "pinned" …
    points: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A story chosen for an edition, with its reasons."""

    article: Article  # the story's lead
    score: float
    reasons: tuple[Reason, ...]
    section: str = ""
    story: int | None = None
    related: tuple[Headline, ...] = ()
    timeline: tuple[Headline, ...] = ()  # the story's own earlier chapters, oldest first
    headline: str = ""  # the editor's words, where they differ
    also: tuple[Headline, ...] = ()  # the same story elsewhere
    follow_up: bool = False  # an earlier edition carried this story; it has developed since

    @property
    def printed(self) -> str:
        """The headline as it is printed."""
        return self.headline or self.article.headline


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A candidate that was not chosen, and the rule that kept it out."""

    headline: str
    url: str
    why: str  # a sentence
    rule: str = ""
    score: float | None = None
    article: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an edition would contain, and why."""

    newsletter: str
    slot: Slot
    picks: tuple[Pick, ...]
    more: tuple[Headline, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    note: str = ""  # the editor's note, Markdown
    subject: str = ""  # the editor's subject, where given
    skip: str = ""  # why there should be no edition (too thin); empty when there should


class DecisionKind(StrEnum):
    """What an editor can decide about an edition to come."""

    PIN = "pin"
    DROP = "drop"
    LOCK = "lock"
    REPLACE = "replace"
    MOVE = "move"
    HEADLINE = "headline"
    SUBJECT = "subject"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An editor's decision; it stands on top of the automatic choice."""

    id: int
    newsletter: str
    slot: datetime
    kind: DecisionKind
    target: str  # the article's address, or empty
    value: str  # position, words, replacement's address
    actor: str
    at: datetime


# ── editions ──────────────────────────────────────────────────────────────────────────


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
    encoding: str = ""  # how the value is written there: "qp:html", "b64:text", "header:raw" …; "url" in a mark
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The email for one subscriber, as byte segments in wire form (CRLF, no line begins with a dot)."""

    key: tuple[int, int]  # (edition, subscriber)
    envelope_from: str
    to: str
    message_id: str
    segments: tuple[bytes, ...]

    def as_bytes(self) -> bytes:
        """Join the segments: the exact bytes handed to the mail service."""
        return b"".join(self.segments)


# ── deliver ───────────────────────────────────────────────────────────────────────────


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


@dataclass(frozen=True, slots=True)
class Reserved:
    """A delivery that one process has set aside for itself; nothing has left yet."""

    edition: int
    subscriber: int
    variant: str
    group: str  # the recipient's domain
    attempt: int  # tries so far
    state: DeliveryState  # queued or deferred


@dataclass(frozen=True, slots=True)
class Armed:
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


@dataclass(frozen=True, slots=True)
class Settled:
    """An armed delivery with its outcome, and the state and time of the next try that follow from it."""

    armed: Armed
    outcome: Outcome
    state: DeliveryState
    next_at: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one transaction of the ledger came to."""

    armed: tuple[Armed, ...] = ()
    control: str = ""  # pause or cancel, when a person asked for it
    suppressed: int = 0  # rows whose readers are not to be mailed any more


# ── audience ──────────────────────────────────────────────────────────────────────────


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
