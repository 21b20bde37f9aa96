"""From a site's address to a source: its feeds, news sitemaps or listing found, tried and compared."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from digest import __version__
from digest.errors import DigestError, SourceError, UsageError
from digest.flow import visit
from digest.ingest.pool import Pool
from digest.ingest.source import Found, Reading
from digest.model import Article, ArticleKind, Basis, Source
from digest.net import Fetcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from digest.flow.context import Context
    from digest.net import Answer

_USUAL = (
    "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json",
    "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml",
)  # fmt: skip
_MOST = 24
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A way to read a site, tried: what it would bring."""

    url: str
    kind: str
    title: str
    articles: tuple[Article, ...]
    refused: int
    score: float

    @property
    def full(self) -> int:
        """How many articles come with at least a summary."""
        return sum(1 for one in self.articles if one.kind is ArticleKind.FULL)


def discover(ctx: Context, url: str, *, allow_private: bool = False) -> list[Candidate]:
    """Return the ways to read a site, best first. Raises ``SourceError`` when nothing can be read there."""
    return asyncio.run(_Search(ctx, allow_private).run(url if "://" in url else f"https://{url}"))


def sample(ctx: Context, source: Source) -> tuple[Found, str]:
    """Read a source without storing anything; returns what it holds and the reason when it fails."""
    return asyncio.run(_sample(ctx, source))


async def _sample(ctx: Context, source: Source) -> tuple[Found, str]:
    from digest.store.sources import SourceState

    async with Fetcher(ctx.settings.ingest, __version__) as fetcher, Pool(1) as pool:
        outcome = await visit.Visitor(ctx, fetcher, pool, ctx.now(), replay=False).visit(
            source, SourceState(key=source.key)
        )
    found = Found(
        kind=outcome.state.kind, source=source.key, articles=outcome.articles, refused=outcome.refused
    )
    return found, outcome.state.error


class _Search:
    """One search: the connections, what was tried, what was found."""

    def __init__(self, ctx: Context, allow_private: bool) -> None:
        self._ctx, self._private = ctx, allow_private
        self._now = ctx.now()

    async def run(self, url: str) -> list[Candidate]:
        async with Fetcher(self._ctx.settings.ingest, __version__) as fetcher, Pool(2) as pool:
            self._fetcher, self._pool = fetcher, pool
            answer = await self._get(url)
            first = await self._candidate(answer)
            if first is not None and first.kind != "page":
                return [first]
            addresses = [
                *_declared(answer),
                *await self._sitemaps(answer.url),
                *(urljoin(answer.url, path) for path in _USUAL),
            ]
            found = await asyncio.gather(*(self._try(one) for one in list(dict.fromkeys(addresses))[:_MOST]))
        every = {one.url: one for one in (*found, first) if one is not None and one.articles}
        if not every:
            raise SourceError(
                f"{url}: neither feed, sitemap nor listed headlines were found; "
                "give the address of a section's page"
            )
        return sorted(_distinct(list(every.values())), key=lambda one: -one.score)

    async def _get(self, url: str) -> Answer:
        answer = await self._fetcher.get(url, allow_private=self._private, cut=True)
        if answer.status != _OK:
            raise SourceError(f"{url} answered {answer.status}", status=answer.status)
        return answer

    async def _try(self, url: str) -> Candidate | None:
        try:
            return await self._candidate(await self._get(url))
        except DigestError:
            return None

    async def _candidate(self, answer: Answer) -> Candidate | None:
        reading = Reading(
            source=Source(key=visit.key_of(answer.url), url=answer.url), now=self._now, max_items=200
        )
        most = self._ctx.settings.ingest.max_bytes
        try:
            found = await self._pool.read(visit.document(answer, most), reading)
            if found.kind == "sitemap" and found.follow and not found.articles:
                inner = await self._get(found.follow[0].url)
                found = replace(await self._pool.read(visit.document(inner, most), reading), kind="sitemap")
        except DigestError:
            return None
        return Candidate(
            url=answer.url,
            kind=found.kind,
            title=found.channel.title,
            articles=found.articles,
            refused=len(found.refused),
            score=_score(found),
        )

    async def _sitemaps(self, url: str) -> list[str]:
        try:
            robots = await self._get(urljoin(url, "/robots.txt"))
        except DigestError:
            return []
        text = robots.body.decode("utf-8", "replace")
        named = re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", text)
        return sorted(named, key=lambda one: "news" not in one)[:5]


def _declared(answer: Answer) -> list[str]:
    """Return the feeds a page declares, comments' feeds last."""
    from digest.ingest.decode import decode

    text = decode(answer.body, answer.charset)
    found = []
    for tag in re.findall(r"<link\b[^>]*>", text[:300_000], re.IGNORECASE):
        if re.search(r"type\s*=\s*[\"']?application/(?:rss|atom|feed)\+", tag, re.IGNORECASE) and (
            href := re.search(r"href\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s>]+))", tag, re.IGNORECASE)
        ):
            found.append(urljoin(answer.url, (href[1] or href[2] or href[3]).replace("&amp;", "&")))  # noqa: PERF401 (two steps)
    return sorted(found, key=lambda one: bool(re.search(r"comment", one, re.IGNORECASE)))


def _score(found: Found) -> float:
    """Prefer articles with text and a date, then many; a page's list is the last resort."""
    full = sum(1 for one in found.articles if one.kind is ArticleKind.FULL)
    dated = sum(1 for one in found.articles if one.basis in (Basis.PUBLISHED, Basis.DAY))
    kind = {"feed": 30, "jsonfeed": 30, "sitemap": 10, "page": 0}.get(found.kind, 5)
    return kind + min(full, 50) + 0.5 * min(dated, 50) + 0.1 * min(len(found.articles), 100)


def _distinct(found: list[Candidate]) -> list[Candidate]:
    """One candidate per set of articles: the same feed under two addresses is one."""
    best: dict[frozenset[str], Candidate] = {}
    for one in sorted(found, key=lambda one: (-one.score, len(one.url))):
        best.setdefault(frozenset(a.url_key for a in one.articles), one)
    return list(best.values())


def append(path: Path, sources: Sequence[dict[str, object]]) -> None:
    """Write sources to the end of ``digest.toml``.

    Raises ``UsageError``, the file untouched, when that spoils it.
    """
    import tomllib

    from digest.settings.write import toml_value

    before = path.read_text(encoding="utf-8")
    blocks = [
        "\n".join(["[[sources]]", *(f"{name} = {toml_value(value)}" for name, value in one.items())])
        for one in sources
    ]
    after = before.rstrip("\n") + "\n\n" + "\n\n".join(blocks) + "\n"
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path}: the source cannot be added by itself ({error}); write it by hand:\n"
            + "\n\n".join(blocks)
        ) from error
    path.write_text(after, encoding="utf-8")
