"""What a source plugin is given and gives back: documents, items, findings; and the protocol it follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from digest.ingest.dates import USUAL, Habits
from digest.model import Article, ArticleKind, Basis, Image, Refused, Source  # noqa: TC001 (pydantic reads them)

if TYPE_CHECKING:
    from pydantic import BaseModel

_BEYOND_ASCII = bytes(range(0x80, 0x100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes as they came from the network, a file or standard input."""

    url: str  # where it was finally found; "" when unknown (a saved file)
    body: bytes
    media_type: str = ""  # as declared, lower case, without parameters
    charset: str = ""  # as declared by the transport
    name: str = ""  # how reports call it: address, path or "-"
    published: str = ""  # what a listing or sitemap said of it
    headline: str = ""  # the same
    cut: int = 0  # it was larger than so many bytes, and the body is its beginning

    def up_to(self, most: int) -> Document:
        """Return it, or its first ``most`` bytes where it is larger; no character of UTF-8 is cut in two."""
        if len(self.body) <= most:
            return self
        return replace(self, body=self.body[:most].rstrip(_BEYOND_ASCII), cut=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Under which circumstances a document is read."""

    source: Source
    now: datetime
    replay: bool = False  # files read after the fact: seen_at is what the item says of its publication
    max_items: int = 500
    languages: tuple[str, ...] = ()  # those configured; a guess is limited to them
    site: str = ""  # the newsroom's own site: saved pages that name no address are taken for its pages
    fallback: str = ""  # key for a document that names neither its site nor an absolute address


@dataclass(slots=True, kw_only=True)
class Item:
    """One article as its source words it: raw text, HTML and dates. ``build`` makes it an ``Article``."""

    where: str  # how a refusal names it
    url: str = ""
    base: str = ""  # what relative addresses are relative to
    headline: str = ""
    headline_literal: bool = False  # it is text, "<b>" in it means "<b>"
    plain: bool = False  # summary and body hold no markup
    summary: str = ""  # HTML or text
    body: str = ""  # HTML or text
    published: str = ""
    updated: str = ""
    embargo: str = ""  # nothing of it may be printed before this date
    expires: str = ""  # nor from this one on
    section: str = ""
    tags: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    language: str = ""
    image: Image | None = None
    position: int = 0
    guid: str = ""
    aliases: list[str] = field(default_factory=list)  # further addresses of the same article
    kind: ArticleKind | None = None  # found out from what it holds when None
    basis: Basis | None = None  # overrides what the date's form says (a guess)
    seen: str = ""  # in replay: when the page that listed it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a document says of the whole source."""

    title: str = ""
    link: str = ""
    language: str = ""
    hub: str = ""  # WebSub, noted for later
    wait: int = 0  # seconds it asks to be left alone (ttl, sy:updatePeriod)
    skip_hours: tuple[int, ...] = ()  # hours of the day (UTC) at which it is not to be asked (RSS skipHours)
    skip_days: tuple[int, ...] = ()  # days of the week, Monday is 0 (RSS skipDays)


FOLLOWED = 10
"""A plugin names so many times as many pages as are read at one visit: those known are passed over."""


@dataclass(frozen=True, slots=True)
class Follow:
    """An address that must be read to get the articles: a sitemap of an index, an article of a listing."""

    url: str
    kind: str  # plugin that reads it
    headline: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a document holds."""

    kind: str  # the plugin that read it
    source: str = ""  # key of the source its articles carry
    channel: Channel = Channel()
    articles: tuple[Article, ...] = ()
    refused: tuple[Refused, ...] = ()
    follow: tuple[Follow, ...] = ()


class SourcePlugin(Protocol):
    """Reads one kind of document. Pure: it is given bytes and gives articles; it fetches nothing.

    Entry point group ``digest.sources``; the object is a class whose instances take the source's ``options``
    already validated by ``Options``. ``digest.testing.sources`` holds the contract it must pass.

    A plugin with ``takes_cut = True`` is also given documents that were cut off (``Document.cut``) and reads
    what is complete in them; for the others these are refused.
    """

    kind: str
    Options: type[BaseModel]

    def __init__(self, options: BaseModel) -> None: ...

    @staticmethod
    def claims(document: Document) -> int:
        """Return how surely this plugin can read the document: 0 not at all … 100 certainly."""
        ...

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read it. Raises ``SourceError`` when the whole document is unusable; single items are refused."""
        ...


def habits(reading: Reading) -> Habits:
    """Return how this source writes dates, from its options ``zone``, ``month_first`` and ``zones``."""
    from digest.ingest.dates import zone_named

    options = reading.source.options
    now = None if reading.replay else reading.now  # when a file was saved is not known
    if not options.keys() & {"zone", "month_first", "zones"}:
        return Habits(language=reading.source.language, now=now)
    return Habits(
        now=now,
        zone=zone_named(str(options.get("zone", "UTC"))) or USUAL.zone,
        language=reading.source.language,
        month_first=bool(options.get("month_first", False)),
        zones=_own_zones(options.get("zones")),
    )


def _own_zones(given: object) -> dict[str, int]:
    from digest.ingest.dates import zone_named

    zones: dict[str, int] = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        zone = zone_named(str(value))
        offset = zone.utcoffset(datetime.fromtimestamp(0, zone)) if zone else None
        if offset is not None:
            zones[str(name).upper()] = int(offset.total_seconds() // 60)
    return zones
