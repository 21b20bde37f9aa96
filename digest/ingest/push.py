"""Articles brought from outside.

One function for the web API, and JSON Lines on standard input or in a file.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from digest.errors import SourceError
from digest.ingest import clean, urls
from digest.ingest.build import article
from digest.ingest.decode import decode
from digest.ingest.source import Channel, Document, Found, Item, Reading, habits
from digest.model import Article, ArticleKind, Image, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: dict[str, tuple[str, ...]] = {
    "url": ("url", "link", "address"),
    "headline": ("headline", "title"),
    "summary": ("summary", "description", "standfirst"),
    "body": ("body", "content", "content_html", "text"),
    "published": ("published", "date_published", "pubDate", "date"),
    "updated": ("updated", "date_modified", "modified"),
    "embargo": ("embargo_until", "embargo", "available"),
    "expires": ("expires_at", "expires", "expired"),
    "section": ("section", "category"),
    "language": ("language", "lang"),
    "guid": ("guid", "id"),
}
_KNOWN = frozenset(name for names in _NAMES.values() for name in names) | {
    "tags", "authors", "author", "image", "kind", "position", "content_text", "source",
}  # fmt: skip


def article_from(value: Mapping[str, Any], reading: Reading, where: str = "push") -> Article | Refused:
    """Make an article of what somebody pushed: one JSON object.

    Required: ``url`` and ``headline`` (or ``title``). Optional: ``summary``, ``body`` (HTML or text),
    ``published``, ``updated``, ``embargo_until``, ``expires_at`` (ISO 8601 or as feeds write dates),
    ``section``, ``tags``, ``authors``, ``language``, ``image`` (address or ``{url, alt, credit}``), ``guid``,
    ``kind`` ("headline"). Whatever else is wrong refuses it with a reason;
    it never raises.
    """
    unknown = sorted(set(value) - _KNOWN)
    if unknown and not any(name in value for name in _NAMES["url"]):
        return Refused(
            where=where,
            reason=f"it has no url; unknown keys: {', '.join(unknown[:5])}",
            excerpt=_short(value),
        )
    return article(_item(value, where), reading, Channel(), habits(reading))


def _item(value: Mapping[str, Any], where: str) -> Item:
    def get(name: str) -> str:
        return next((_text(value[key]) for key in _NAMES[name] if value.get(key)), "")

    plain = _text(value.get("content_text")).replace("&", "&amp;").replace("<", "&lt;")
    return Item(
        where=where,
        url=get("url"),
        headline=get("headline"),
        summary=get("summary"),
        published=get("published"),
        updated=get("updated"),
        embargo=get("embargo"),
        expires=get("expires"),
        section=get("section"),
        language=get("language"),
        guid=get("guid"),
        body=get("body") or plain,
        tags=_texts(value.get("tags")),
        authors=_texts(value.get("authors") or value.get("author")),
        image=_image(value.get("image")),
        position=value["position"] if isinstance(value.get("position"), int) else 0,
        kind=ArticleKind.HEADLINE if value.get("kind") == "headline" else None,
    )


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _text(value.get("name"))
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else [_text(value)] if value else []


def _image(value: Any) -> Image | None:
    if isinstance(value, str) and value:
        return Image(url=value)
    if isinstance(value, dict) and value.get("url"):
        return Image(url=_text(value["url"]), alt=_text(value.get("alt")), credit=_text(value.get("credit")))
    return None


def _short(value: object) -> str:
    return clean.line(json.dumps(value, ensure_ascii=False, default=str))[:120]


class NoOptions(BaseModel):
    """JSON Lines have no options."""

    model_config = ConfigDict(extra="ignore")


_HEAD = 1_000_000  # bytes in which the first lines are looked for
_LOOKED_AT = 5
_BARELY = 3  # a page that is not called one claims 5


class JsonLinesSource:
    """Reads JSON Lines: one article a line."""

    kind = "jsonlines"
    takes_cut = True
    Options = NoOptions

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    @staticmethod
    def claims(document: Document) -> int:
        """Claim what begins with a JSON object on its line; barely, what has one with an address below."""
        if any(part in document.media_type for part in ("ndjson", "jsonl", "json-seq")):
            return 90
        lines = document.body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", _LOOKED_AT)[:_LOOKED_AT]
        first, *others = map(_object, lines)
        if first is not None:
            return 80 if "items" not in first else 0
        names = _NAMES["url"]
        return _BARELY if any(each and any(name in each for name in names) for each in others) else 0

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read the lines; a bad line is refused with its number.

        Raises ``SourceError`` when no line is good.
        """
        reading = _named(reading, document)
        made = [
            _line(line, reading, f"{document.name or '-'}:{n}")
            for n, line in _lines(document)
            if line.strip()
        ]
        refused = [one for one in made if isinstance(one, Refused)]
        articles = [one for one in made if isinstance(one, Article)]
        if refused and not articles:
            raise SourceError(
                f"none of {len(refused)} lines is an article; the first: {refused[0].reason}",
                excerpt=refused[0].excerpt,
            )
        unique = {one.url_key: one for one in articles}
        return Found(
            kind=self.kind, source=reading.source.key, articles=tuple(unique.values()), refused=tuple(refused)
        )


def _object(line: bytes) -> dict[str, object] | None:
    """Return the JSON object that a line is."""
    if not line.strip().startswith(b"{"):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _named(reading: Reading, document: Document) -> Reading:
    """Lines without a configured source are named by their own "source".

    Else by the site of their addresses.
    """
    if reading.source.key:
        return reading
    first = re.search(
        r'"(?:source)"\s*:\s*"([a-z0-9._-]{1,60})"', decode(document.body[:5000], document.charset)
    )
    site = re.search(
        r'"(?:url|link|address)"\s*:\s*"(https?:[^"]+)"', decode(document.body[:5000], document.charset)
    )
    key = first[1] if first else urls.host(site[1].replace("\\/", "/")) if site else ""
    return replace(reading, source=replace(reading.source, key=key or reading.fallback or "push"))


def _lines(document: Document) -> enumerate[str]:
    lines = decode(document.body, document.charset).split("\n")
    return enumerate(lines[:-1] if document.cut else lines, start=1)


def _line(line: str, reading: Reading, where: str) -> Article | Refused:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Refused(where=where, reason=f"it is not JSON: {error}"[:120], excerpt=clean.line(line[:120]))
    if not isinstance(value, dict):
        return Refused(where=where, reason="it is not a JSON object", excerpt=clean.line(line[:120]))
    return article_from(value, reading, where)
