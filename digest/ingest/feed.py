"""RSS 0.9x, 1.0 (RDF) and 2.0, Atom, Media RSS, Dublin Core.

Through feedparser, behind our own decode step.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import feedparser
from pydantic import BaseModel, ConfigDict, Field

from digest.errors import SourceError
from digest.ingest import clean, names, urls
from digest.ingest.build import build
from digest.ingest.decode import decode
from digest.ingest.feedxml import closed, pieces_of, repair
from digest.ingest.media import picture
from digest.ingest.source import FOLLOWED, Channel, Document, Follow, Found, Item, Reading
from digest.model import Refused

_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_ROOT = re.compile(rb"<(?:\w+:)?(rss|rdf:RDF|RDF|feed|channel)[\s>]", re.IGNORECASE)
_OWN_ENTITIES = re.compile(rb"<!DOCTYPE\s+(?:rss|rdf:RDF|feed|channel)[^>]*\[", re.IGNORECASE)
_FAR = 500_000
_SKIP = re.compile(r"<skip(Hours|Days)>(.*?)</skip", re.IGNORECASE | re.DOTALL)
_NEAR = 20_000  # characters of a feed in which its channel is looked for
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_XML_TYPES = ("rss", "atom", "rdf", "xml")
_DAY = 86_400
_NO_WORD = re.compile(r"://|^\W*\d+\W*$|[/=]")
_LONGEST_SECTION = 40


class Options(BaseModel):
    """Options of a feed source."""

    model_config = ConfigDict(extra="forbid")
    zone: str = Field("UTC", description="Zone of dates that name none.")
    month_first: bool = Field(default=False, description="7/4/2026 is in July.")
    zones: dict[str, str] = Field(
        default_factory=dict, description='Zone names it means otherwise: {IST = "+02:00"}.'
    )
    follow: int = Field(0, ge=0, le=200, description="Read the pages of at most this many new articles.")


class FeedSource:
    """Reads RSS and Atom in all their versions."""

    kind = "feed"
    takes_cut = True
    Options = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options if isinstance(options, Options) else Options()

    @staticmethod
    def claims(document: Document) -> int:
        """Tell by the root element, not by the declared type: servers lie."""
        head = document.body[:4000].lstrip()
        if b"\x00" in head[:200]:
            head = decode(head, document.charset).encode()
        match = _ROOT.search(head)
        if match is None and _OWN_ENTITIES.search(head):  # the root stands behind a long list of entities
            match = _ROOT.search(document.body, 0, _FAR)
        if match is None or re.search(rb"<html[\s>]", head[: match.start()], re.IGNORECASE):
            return 0
        return 90 if any(part in document.media_type for part in _XML_TYPES) else 80

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read a feed; raises ``SourceError`` when it is none, with the offending excerpt."""
        text = decode(document.body, document.charset)
        text, left = repair(closed(text) if document.cut else text, reading.max_items)
        parsed, broken = _parsed(text)
        # plain dictionaries: feedparser's own look up older names of a key at every access
        entries = [dict(entry) for entry in parsed.entries if entry][: reading.max_items]
        if not entries and (parsed.get("bozo") or not parsed.get("version")):
            raise SourceError(_why(parsed), excerpt=clean.line(text[:160]))
        hours, days = _skipped(text)
        channel = replace(_channel(parsed, document), skip_hours=hours, skip_days=days)
        base = channel.link or document.url
        atom = str(parsed.get("version")).startswith("atom")
        items = [_item(entry, n, base, atom=atom) for n, entry in enumerate(entries, start=1)]
        found = build(items, reading, channel, self.kind)
        found = replace(found, follow=pages(found, self.options.follow), refused=(*found.refused, *broken))
        return _with_notes(found, left)


def _parsed(text: str) -> tuple[Any, list[Refused]]:
    """Parse a feed; where the parser stumbles over one item, parse each alone and refuse that one."""
    try:
        return _feedparser(text), []
    except Exception as error:
        before, items, after = pieces_of(text)
        if not items:
            reason = f"this is no readable feed: {type(error).__name__}"
            raise SourceError(reason, excerpt=clean.line(text[:160])) from error
    whole, entries, broken = None, [], []
    for number, item in enumerate(items, start=1):
        try:
            one = _feedparser(f"{before}{item}{after}")
        except Exception as error:  # noqa: BLE001 (the same)
            reason = f"the parser stumbles over it: {type(error).__name__}: {error}"[:120]
            broken.append(Refused(where=f"item {number}", reason=reason, excerpt=clean.line(item[:120])))
            continue
        whole = whole or one
        entries += one.entries
    if whole is None:
        raise SourceError("none of the feed's items can be read", excerpt=clean.line(text[:160]))
    whole.entries = entries
    return whole, broken


def _feedparser(text: str) -> Any:
    return feedparser.parse(
        BytesIO(text.encode("utf-8", "ignore")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def pages(found: Found, most: int) -> tuple[Follow, ...]:
    """Name the pages of articles that came without their text; ``most`` are read at one visit."""
    short = [one for one in found.articles if not one.body]
    return tuple(
        Follow(one.url, "page", one.headline, one.published.isoformat()) for one in short[: FOLLOWED * most]
    )


def _with_notes(found: Found, left: int) -> Found:
    notes = list(found.refused)
    if left:
        notes.append(
            Refused(
                where="feed",
                reason=f"{left} more items than are taken from one feed (ingest.max_items); "
                "the newest were taken",
            )
        )
    return replace(found, refused=tuple(notes))


def _why(parsed: Any) -> str:
    error = parsed.get("bozo_exception")
    line = getattr(error, "getLineNumber", None)
    place = f" (line {line()})" if callable(line) else ""
    said = getattr(error, "getMessage", lambda: str(error or "no feed element"))()
    return f"this is no readable feed: {clean.line(str(said))[:120]}{place}"


def _channel(parsed: Any, document: Document) -> Channel:
    feed = parsed.feed
    links = {str(link.get("rel", "")): str(link.get("href", "")) for link in feed.get("links", [])}
    return Channel(
        title=clean.text(str(feed.get("title") or ""))[:120],
        link=urls.absolute(str(feed.get("link") or ""), document.url),
        language=str(feed.get("language") or feed.get("dc_language") or ""),
        hub=urls.absolute(links.get("hub", ""), document.url),
        wait=_wait(feed),
    )


def _skipped(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the hours and days at which an RSS channel is not to be asked; 24 is midnight (RSS 0.91)."""
    told = {kind.lower(): inside for kind, inside in _SKIP.findall(text[:_NEAR])}
    hours = {int(n) % 24 for n in re.findall(r">\s*(\d{1,2})\s*<", told.get("hours", ""))}
    days = [word[:3].lower() for word in re.findall(r">\s*([A-Za-z]+)\s*<", told.get("days", ""))]
    return tuple(sorted(hours)), tuple(sorted({_WEEK.index(day) for day in days if day in _WEEK}))


def _wait(feed: Any) -> int:
    """Seconds the feed asks for between visits: RSS ttl, or the syndication module; at most a day."""
    ttl = str(feed.get("ttl") or "")
    if ttl.isdigit():
        return min(int(ttl) * 60, _DAY)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower(), 0)
    often = str(feed.get("sy_updatefrequency") or "1").strip()
    return min(period // max(1, int(often) if often.isdigit() else 1), _DAY)


def _item(entry: Any, number: int, base: str, *, atom: bool) -> Item:
    own = str(entry.get("xml_base") or base)
    title = entry.get("title_detail") or {}
    summary, body = _texts(entry, atom=atom)
    guid = str(entry.get("id") or "")
    return Item(
        where=str(entry.get("link") or guid or f"item {number}"),
        url=_link(entry),
        base=own,
        headline=str(entry.get("title") or ""),
        headline_literal=atom and title.get("type") == "text/plain",
        summary=summary,
        body=body,
        published=str(entry.get("published") or entry.get("created") or entry.get("dc_date") or ""),
        updated=str(entry.get("updated") or ""),
        embargo=_first(entry, _EMBARGO),
        expires=_first(entry, _EXPIRES),
        section=_section(entry),
        tags=_tags(entry),
        authors=_authors(entry),
        language=str(
            (entry.get("content") or [{}])[0].get("language")
            or title.get("language")
            or entry.get("language")
            or ""
        ),
        image=picture(entry, own, body or summary),
        position=number,
        guid=guid,
        aliases=[
            str(entry[name]) for name in ("feedburner_origlink", "comments_canonical") if entry.get(name)
        ],
    )


_EMBARGO = ("dcterms_available", "prism_embargodate", "embargo_until")
_EXPIRES = ("validity_end", "prism_expirationdate", "expired")
"""Dublin Core terms (available, valid), PRISM basic metadata, RSS 0.91's expirationDate."""


def _first(entry: Any, names: tuple[str, ...]) -> str:
    return next((str(entry[name]) for name in names if entry.get(name)), "")


def _link(entry: Any) -> str:
    if original := entry.get("feedburner_origlink"):
        return str(original)
    if link := entry.get("link"):
        return str(link)
    for link in entry.get("links", []):
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link["href"])
    guid = str(entry.get("id") or "")
    return guid if guid.startswith(("http://", "https://")) else ""


def _texts(entry: Any, *, atom: bool) -> tuple[str, str]:
    """Return (summary, body): the longest content is the body when it says more than the summary."""
    contents = [
        str(c.get("value") or "")
        for c in entry.get("content", [])
        if "html" in str(c.get("type")) or "text" in str(c.get("type"))
    ]
    body = max(contents, key=len, default="")
    summary = str(entry.get("summary") or entry.get("subtitle") or "")
    if atom and (entry.get("summary_detail") or {}).get("type") == "text/plain":
        summary = summary.replace("&", "&amp;").replace("<", "&lt;")
    if summary == body:
        summary = ""
    if summary and len(summary) > 2 * len(body) and body:
        summary, body = body, summary
    return summary or str(entry.get("media_description") or ""), body


def _tags(entry: Any) -> list[str]:
    """Return the categories that are words of the site; addresses and ids are none."""
    told = (str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags", []))
    return [tag for tag in told if tag and not _NO_WORD.search(tag)]


def _section(entry: Any) -> str:
    return next((tag for tag in _tags(entry) if len(tag) <= _LONGEST_SECTION), "")


def _authors(entry: Any) -> list[str]:
    told = [str(entry.get("author") or "")]
    if "@" not in told[0]:  # feedparser takes addresses apart wrongly where it does not know their domain
        told = [str(one.get("name") or "") for one in entry.get("authors", []) if one.get("name")] or told
    return names.split(told)
