"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from pydantic import BaseModel  # noqa: TC002 (the protocol's type)

from digest.errors import SourceError
from digest.ingest import clean, urls
from digest.ingest.build import build
from digest.ingest.decode import decode
from digest.ingest.feed import Options, pages
from digest.ingest.source import Channel, Document, Found, Item, Reading
from digest.model import Image, Refused


class JsonFeedSource:
    """Reads JSON Feed."""

    kind = "jsonfeed"
    takes_cut = True
    Options = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options if isinstance(options, Options) else Options()

    @staticmethod
    def claims(document: Document) -> int:
        """Tell by the version address the format demands, or by its two lists."""
        head = document.body[:3000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head.startswith(b"{"):
            return 0
        if b"jsonfeed.org/version" in head.replace(b"\\/", b"/"):
            return 95
        return 60 if b'"items"' in document.body else 0

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read a JSON Feed; raises ``SourceError`` when it is not JSON or has no list of items."""
        text = decode(document.body, document.charset)
        text = _closed(text) if document.cut else text
        try:
            feed = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SourceError(
                f"this is no readable JSON: {error}"[:200], excerpt=clean.line(text[:160])
            ) from error
        if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
            raise SourceError("this is no JSON Feed: it has no list of items", excerpt=clean.line(text[:160]))
        link = urls.absolute(_text(feed.get("home_page_url")), document.url)
        channel = Channel(
            title=clean.literal(_text(feed.get("title")))[:120],
            link=link,
            language=_text(feed.get("language")),
            hub=_hub(feed),
        )
        given = feed["items"]
        items = [
            item(one, n, link or document.url) for n, one in enumerate(given[: reading.max_items], start=1)
        ]
        found = build((one for one in items if isinstance(one, Item)), reading, channel, self.kind)
        found = replace(found, follow=pages(found, self.options.follow))
        return _with(
            found, [one for one in items if isinstance(one, Refused)], len(given) - reading.max_items
        )


_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
"""A string, also one that never ends, or a bracket: each character is looked at once."""


def _closed(text: str) -> str:
    """End a feed that was cut off behind the last complete object of a list at its top (its items)."""
    opened: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign in ("{", "["):
            opened.append(sign)
        elif sign in ("}", "]"):
            del opened[-1:]
            end = match.end() if sign == "}" and opened == ["{", "["] else end
    return f"{text[:end]}]}}"


def _with(found: Found, odd: list[Refused], left: int) -> Found:
    if left > 0:
        odd.append(
            Refused(where="feed", reason=f"{left} more items than are taken from one feed (ingest.max_items)")
        )
    return replace(found, refused=(*found.refused, *odd))


def item(one: object, number: int, base: str) -> Item | Refused:
    """Read one item object; what is not an object is refused."""
    if not isinstance(one, dict):
        return Refused(where=f"item {number}", reason="it is not an object", excerpt=str(one)[:80])
    body = _text(one.get("content_html"))
    text = _text(one.get("content_text"))
    guid = _text(one.get("id"))
    return Item(
        where=_text(one.get("url")) or guid or f"item {number}",
        url=_text(one.get("url"))
        or _text(one.get("external_url"))
        or (guid if guid.startswith("http") else ""),
        base=base,
        headline=_text(one.get("title")),
        headline_literal=True,
        summary=_text(one.get("summary")),
        body=body or text.replace("&", "&amp;").replace("<", "&lt;"),
        published=_text(one.get("date_published")),
        updated=_text(one.get("date_modified")),
        embargo=_text(one.get("embargo_until")),
        expires=_text(one.get("expires_at")),
        section=_text(one.get("section")) or next(iter(_list(one.get("tags"))), ""),
        tags=_list(one.get("tags")),
        authors=_authors(one),
        language=_text(one.get("language")),
        image=_image(one, body),
        position=number,
        guid=guid,
    )


def _authors(one: dict[str, Any]) -> list[str]:
    given = one.get("authors") if isinstance(one.get("authors"), list) else [one.get("author")]
    return [_text(a.get("name")) if isinstance(a, dict) else _text(a) for a in given or [] if a]


def _image(one: dict[str, Any], body: str) -> Image | None:
    from digest.ingest.media import picture

    url = _text(one.get("image")) or _text(one.get("banner_image"))
    return Image(url=url) if url else picture({}, "", body)


def _hub(feed: dict[str, Any]) -> str:
    hubs = feed.get("hubs")
    return _text(hubs[0].get("url")) if isinstance(hubs, list) and hubs and isinstance(hubs[0], dict) else ""


def _text(value: object) -> str:
    return (
        value
        if isinstance(value, str)
        else str(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else ""
    )


def _list(value: object) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else []
