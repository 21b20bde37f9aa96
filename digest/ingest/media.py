"""The picture of a feed's item.

Media RSS, enclosure, iTunes, or the first picture in its text that is no pixel. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from digest.ingest import urls
from digest.model import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""")
_PICTURE_PATH = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?!/:])", re.IGNORECASE)
_NOT_A_PICTURE = re.compile(
    r"pixel|spacer|blank\.|1x1|/count|beacon|feedburner|gravatar|doubleclick|/ads?/|emoji|smil(?:ey|ies)|stats\.|share[-_]?button",
    re.IGNORECASE,
)
_SMALL = 80  # pixels; smaller is an icon


def picture(entry: Any, base: str, markup: str) -> Image | None:
    """Return the item's largest picture with its words; None when it has none."""
    found = sorted(_candidates(entry, base), key=lambda image: -(image.width or 0))
    if found:
        return found[0]
    return next(_in_text(markup, base), None)


def _candidates(entry: Any, base: str) -> Iterator[Image]:
    for media in entry.get("media_content", []):
        if (
            str(media.get("medium", "")) == "image"
            or str(media.get("type", "")).startswith("image/")
            or (
                not media.get("type")
                and not media.get("medium")
                and _PICTURE_PATH.search(str(media.get("url", "")))
            )
        ):
            yield from _image(media, entry, base)
    if not entry.get("media_content"):
        for media in entry.get("media_thumbnail", []):
            yield from _image(media, entry, base)
    for link in entry.get("links", []):
        if link.get("rel") == "enclosure" and str(link.get("type", "")).startswith("image/"):
            yield from _image({"url": link.get("href", "")}, entry, base)
    if entry.get("image"):
        yield from _image({"url": entry["image"].get("href", "")}, entry, base)


def _image(media: Any, entry: Any, base: str) -> Iterator[Image]:
    url = urls.absolute(str(media.get("url", "")), base)
    width, height = _number(media.get("width")), _number(media.get("height"))
    if not url or _NOT_A_PICTURE.search(url) or (width and width < _SMALL):
        return
    credits_ = entry.get("media_credit") or [{}]
    words = str(entry.get("media_text") or entry.get("media_title") or "")
    yield Image(url=url, alt=words, credit=str(credits_[0].get("content") or ""), width=width, height=height)


def _in_text(markup: str, base: str) -> Iterator[Image]:
    for tag in _IMG.findall(markup):
        found = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}
        url = urls.absolute((found.get("src") or found.get("data-src") or "").replace("&amp;", "&"), base)
        width, height = _number(found.get("width")), _number(found.get("height"))
        if (
            url
            and not _NOT_A_PICTURE.search(url)
            and not (width and width < _SMALL)
            and not (height and height < _SMALL)
        ):
            yield Image(url=url, alt=found.get("alt", ""), width=width, height=height)


def _number(value: object) -> int | None:
    match = re.match(r"\d{1,5}(?!\d)", str(value or ""))
    return int(match[0]) or None if match else None
