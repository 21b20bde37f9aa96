"""News sitemaps, plain sitemaps and sitemap indexes (sitemaps.org 0.9, Google News 0.9), also gzipped."""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from digest.errors import SourceError, TooLarge
from digest.ingest import clean, dates, urls
from digest.ingest.build import build
from digest.ingest.decode import decode
from digest.ingest.feedxml import repair
from digest.ingest.source import FOLLOWED, Channel, Document, Follow, Found, Item, Reading, habits
from digest.model import ArticleKind, Basis, Image

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP = b"\x1f\x8b"
_MOST = 50_000_000  # bytes a gzipped sitemap may unfold to (sitemaps.org)
_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex)[\s>]")
_INDEXED = 5  # sitemaps of an index that are read: the newest


class Options(BaseModel):
    """Options of a sitemap source."""

    model_config = ConfigDict(extra="forbid")
    zone: str = Field("UTC", description="Zone of dates that name none.")
    match: str = Field("", description="Only articles whose address matches this regular expression.")
    days: int = Field(3, ge=1, le=365, description="Only articles of the last so many days.")
    follow: int = Field(
        0, ge=0, le=200, description="Read the pages of at most this many new articles for their text."
    )


class SitemapSource:
    """Reads a sitemap."""

    kind = "sitemap"
    Options = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options if isinstance(options, Options) else Options()

    @staticmethod
    def claims(document: Document) -> int:
        """Tell by the root element; a gzipped file is looked into."""
        head = document.body[:4000]
        if head.startswith(GZIP):
            try:
                head = zlib.decompressobj(31).decompress(document.body[:20_000], 4000)
            except zlib.error:
                return 0
        return 95 if _ROOT.search(head) else 0

    def parse(self, document: Document, reading: Reading) -> Found:
        """Read a sitemap; of an index it gives the newest sitemaps to follow.

        Raises ``SourceError`` when it is none.
        """
        root = _root(document)
        link = "{0.scheme}://{0.netloc}/".format(urlsplit(document.url)) if document.url else ""
        if _name(root) == "sitemapindex":
            return Found(
                kind=self.kind, channel=Channel(link=link), follow=tuple(_newest(root, document.url, reading))
            )
        items = [item for item in (_item(node, n) for n, node in enumerate(root, start=1)) if item]
        items = [item for item in items if not self.options.match or re.search(self.options.match, item.url)]
        recent = self._recent(items, reading)
        found = build(
            recent, reading, Channel(link=link or _home(items), title=_publication(root)), self.kind
        )
        follow = tuple(
            Follow(a.url, "page", a.headline, str(a.published))
            for a in found.articles[: FOLLOWED * self.options.follow]
        )
        return replace(found, follow=follow)

    def _recent(self, items: list[Item], reading: Reading) -> list[Item]:
        """Choose the newest items, at most ``max_items``; when live, none older than ``days``."""
        ways = habits(reading)
        dated = []
        for item in items:
            moment = dates.parse(item.published or item.updated, ways)
            age = (reading.now - moment.at).days if moment else 0
            if reading.replay or age <= self.options.days:
                dated.append((moment.at.timestamp() if moment else 0.0, item))
        dated.sort(key=lambda pair: -pair[0])
        return [item for _, item in dated[: reading.max_items]]


def _root(document: Document) -> Any:
    from lxml import etree

    body = document.body
    if body.startswith(GZIP):
        body = _unzip(body)
    text, _ = repair(decode(body, document.charset), sys.maxsize)
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.strip().encode("utf-8", "ignore"), parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(
            f"this is no readable sitemap: {error}"[:200], excerpt=clean.line(text[:160])
        ) from error
    if root is None or _name(root) not in ("urlset", "sitemapindex"):
        raise SourceError("this is no sitemap", excerpt=clean.line(text[:160]))
    return root


def _unzip(body: bytes) -> bytes:
    inner = zlib.decompressobj(31)
    try:
        plain = inner.decompress(body, _MOST)
    except zlib.error as error:
        raise SourceError(f"the gzipped sitemap is broken: {error}") from error
    if inner.unconsumed_tail:
        raise TooLarge(f"the gzipped sitemap unfolds to more than {_MOST:,} bytes")
    return plain


def _name(node: Any) -> str:
    return str(node.tag).rsplit("}", 1)[-1]


def _texts(node: Any) -> Iterator[tuple[str, str]]:
    """Every element below a node with its text, names with the last part of their namespace: "news:title"."""
    for child in node.iter():
        if isinstance(child.tag, str) and child.text and child.text.strip():
            space = re.search(r"sitemap-(news|image|video)", child.tag)
            yield (f"{space[1]}:" if space else "") + _name(child), child.text.strip()


def _item(node: Any, number: int) -> Item | None:
    told: dict[str, str] = {}
    for name, text in _texts(node):
        told.setdefault(name, text)
    url = told.get("loc", "")
    if not url:
        return None
    title = told.get("news:title", "") or told.get("title", "") or _from_slug(url)
    if not title:
        return None
    return Item(
        where=url,
        url=url,
        headline=title,
        published=told.get("news:publication_date", ""),
        updated=told.get("lastmod", ""),
        tags=[word.strip() for word in told.get("news:keywords", "").split(",")],
        language=told.get("news:language", ""),
        image=Image(url=told["image:loc"], alt=told.get("image:caption", "") or told.get("image:title", ""))
        if "image:loc" in told
        else None,
        position=number,
        kind=ArticleKind.HEADLINE,
        basis=None if told.get("news:publication_date") else Basis.GUESS,
    )


def _from_slug(url: str) -> str:
    """Words from an address's last part, where a plain sitemap gives no title; "" when it has no words."""
    last = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1])
    words = re.sub(r"\.\w{2,5}$", "", last).replace("_", "-").split("-")
    words = [word for word in words if word and not re.fullmatch(r"[0-9a-f]*\d[0-9a-f]*", word)]
    return " ".join(words).capitalize() if len(words) >= 3 else ""  # noqa: PLR2004 (a headline)


def _newest(root: Any, base: str, reading: Reading) -> Iterator[Follow]:
    ways = habits(reading)
    found = []
    for number, node in enumerate(root):
        told = dict(_texts(node))
        url = urls.absolute(told.get("loc", ""), base)
        moment = dates.parse(told.get("lastmod", ""), ways)
        if url:
            newsy = bool(re.search(r"news", url))
            found.append((newsy, moment.at.timestamp() if moment else 0.0, number, url))
    found.sort(reverse=True)
    for _, _, _, url in found[:_INDEXED]:
        yield Follow(url, "sitemap")


def _publication(root: Any) -> str:
    for name, text in _texts(root):
        if name == "news:name":
            return clean.line(text)[:120]
    return ""


def _home(items: list[Item]) -> str:
    parts = urlsplit(items[0].url) if items else urlsplit("")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""
