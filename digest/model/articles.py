"""Articles, their sources, and headlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    embargo_until: datetime | None = None  # nothing of it may be printed before
    expires_at: datetime | None = None  # nothing of it may be printed from then on
    id: int = 0  # the store's number; 0 before it is stored
    version: int = 0  # the newest version's number; 0 before it is stored
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of a score, in words an editor understands."""

    rule: str  # stable name: "freshness", "sources", "pinned", "words" …
    points: float
    text: str


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
    reasons: tuple[Reason, ...] = ()  # the parts of its score, where it is related


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
