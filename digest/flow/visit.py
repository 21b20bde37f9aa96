"""One visit to one source: conditional request, reading, following, and the state it leaves behind."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError, SourceError
from digest.flow.manners import Manners
from digest.ingest import files, rhythm, urls
from digest.ingest.source import Document, Follow, Found, Reading
from digest.ingest.urls import host
from digest.model import Article, ArticleKind, Basis, Refused, Source
from digest.store import articles as articles_of
from digest.store.sources import SourceState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from digest.flow.context import Context
    from digest.ingest.pool import Pool
    from digest.net import Answer, Fetcher

__all__ = ["Outcome", "Visitor", "document", "host", "key_of"]

_ACCEPT = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9, "
    "text/html;q=0.8, */*;q=0.5"
)
_AHEAD = 6  # files read ahead of the one being saved
_OK = 200
_NOT_MODIFIED = 304
_GONE = (404, 410)
_MOST_GONE = 200  # pages of one source remembered as not there, so that they are not asked for at every visit
_DEEPEST = 3  # index → sitemap → page


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a visit gave: articles, refusals, and the source's new state.

    ``status``: ok, unchanged, failed.
    """

    status: str
    state: SourceState
    articles: tuple[Article, ...] = ()
    refused: tuple[Refused, ...] = ()
    where: str = ""


def key_of(url: str) -> str:
    """Return the key of a source that has none: its host, or a path's last part."""
    name = host(url) or Path(url).stem.lower()
    return re.sub(r"[^a-z0-9._-]+", "-", name).strip("-") or "source"


def is_address(url: str) -> bool:
    """Tell an http(s) address from a path."""
    return url.startswith(("http://", "https://"))


class Visitor:
    """Visits sources with the connections and workers of one refresh."""

    def __init__(self, ctx: Context, fetcher: Fetcher, pool: Pool, now: datetime, replay: bool) -> None:
        self._ctx, self._fetcher, self._pool, self._now, self._replay = ctx, fetcher, pool, now, replay
        self._manners = Manners(fetcher, obey=ctx.settings.ingest.robots)
        self._languages = tuple(sorted({one.language for one in ctx.settings.newsletters.values()}))

    async def visit(self, source: Source, state: SourceState) -> Outcome:
        """Read one configured source; a failure of any kind is an outcome."""
        state = replace(
            state, key=source.key, url=source.url, checked_at=self._now, name=source.name or state.name
        )
        try:
            if not is_address(source.url):
                return await self._folder(source, state)
            return await self._http(source, state)
        except DigestError as error:
            return self._failed(state, error)
        except Exception as error:  # noqa: BLE001 (a fault of ours with one source must not stop the others)
            return self._failed(state, SourceError(f"{source.url}: {type(error).__name__}: {error}"[:300]))

    async def _http(self, source: Source, state: SourceState) -> Outcome:
        answer = await self._fetcher.get(
            source.url,
            allow_private=source.allow_private,
            etag=state.etag,
            modified=state.modified,
            accept=_ACCEPT,
            cut=True,
        )
        if answer.status == _NOT_MODIFIED:
            wish = _wish(answer, self._now, state.state)
            return Outcome(status="unchanged", state=self._healthy(state, (), wish))
        if answer.status != _OK:
            return self._failed(state, _refusal(answer), rhythm.wish(answer.headers, self._now))
        given = document(answer, self._ctx.settings.ingest.max_bytes)
        found = await self._pool.read(given, self._reading(source))
        if found.kind == "page":
            await self._manners.check(answer.url, allow_private=source.allow_private)
        gone = set(state.state.get("gone") or ())
        articles, refused = await self._followed(found, source, gone)
        if refused and not articles:
            return replace(self._failed(state, _none_taken(refused)), refused=refused)
        state = replace(
            state,
            etag=answer.headers.get("etag", "")[:500],
            modified=answer.headers.get("last-modified", "")[:100],
            kind=found.kind,
            name=source.name or found.channel.title or state.name or source.key,
            state={
                **state.state,
                "link": found.channel.link,
                "hub": found.channel.hub,
                "moved": answer.moved,
                "cut": bool(given.cut),
                "gone": sorted(gone)[-_MOST_GONE:],
                "wait": found.channel.wait,
                "skip_hours": list(found.channel.skip_hours),
                "skip_days": list(found.channel.skip_days),
            },
        )
        wish = _wish(answer, self._now, state.state)
        return Outcome(
            status="ok", state=self._healthy(state, articles, wish), articles=articles, refused=refused
        )

    def _healthy(self, state: SourceState, articles: tuple[Article, ...], wish: rhythm.Wish) -> SourceState:
        interval = rhythm.usual_interval((one.published for one in articles), state.interval)
        return replace(
            state,
            failures=0,
            error="",
            excerpt="",
            success_at=self._now,
            interval=interval,
            next_at=rhythm.next_at(state.key, self._now, interval, wish),
        )

    def _failed(self, state: SourceState, error: Exception, wish: rhythm.Wish | None = None) -> Outcome:
        failures = state.failures + 1
        state = replace(
            state,
            failures=failures,
            error=str(error),
            excerpt=getattr(error, "excerpt", ""),
            next_at=rhythm.after_failure(state.key, self._now, failures, wish or rhythm.Wish()),
        )
        return Outcome(status="failed", state=state, where=state.url)

    def _reading(self, source: Source, fallback: str = "") -> Reading:
        return Reading(
            source=source,
            now=self._now,
            replay=self._replay and not is_address(source.url),
            max_items=self._ctx.settings.ingest.max_items,
            languages=self._languages,
            site=next((one.site_url for one in self._ctx.settings.newsletters.values() if one.site_url), ""),
            fallback=fallback,
        )

    # ── following: sitemaps of an index, pages of a listing ───────────────────────────

    async def _followed(
        self, found: Found, source: Source, gone: set[str]
    ) -> tuple[tuple[Article, ...], tuple[Refused, ...]]:
        """Read what a document leads to; ``gone``, keys of pages that were not there, learns more of them."""
        articles = {one.url_key: one for one in found.articles}
        refused = list(found.refused)
        waiting = deque((one, 1) for one in self._unknown(found.follow, gone, source))
        while waiting:
            follow, depth = waiting.popleft()
            try:
                more = await self._follow(follow, source)
            except SourceError as error:
                refused.append(Refused(where=follow.url, reason=str(error), excerpt=error.excerpt))
                if error.status in _GONE and follow.kind == "page":
                    gone.add(urls.key(follow.url))
                continue
            refused += more.refused
            if depth < _DEEPEST:
                waiting += [(one, depth + 1) for one in self._unknown(more.follow, gone, source)]
            _place(articles, more, follow)
        return tuple(articles.values()), tuple(refused)

    def _unknown(self, follow: tuple[Follow, ...], gone: set[str], source: Source) -> list[Follow]:
        """Leave out the pages of articles whose text is already here, and those that were not there.

        Of the others as many stay as the source's ``follow`` allows at one visit.
        """
        pages = [urls.key(one.url) for one in follow if one.kind == "page"]
        if not pages:
            return list(follow)
        with self._ctx.store.read() as conn:
            known = articles_of.with_text(conn, pages) | gone
        most = source.options.get("follow")
        new = [one for one in follow if one.kind == "page" and urls.key(one.url) not in known]
        return [
            *(one for one in follow if one.kind != "page"),
            *new[: most if isinstance(most, int) else None],
        ]

    async def _follow(self, follow: Follow, source: Source) -> Found:
        if follow.kind == "page":
            answer = await self._manners.page(follow.url, allow_private=source.allow_private, accept=_ACCEPT)
        else:
            answer = await self._fetcher.get(follow.url, allow_private=source.allow_private, accept=_ACCEPT)
        if answer.status != _OK:
            raise _refusal(answer)
        whole = document(answer, self._ctx.settings.ingest.max_bytes)
        page = replace(whole, headline=follow.headline or follow.url, published=follow.published)
        options = source.options if follow.kind == "sitemap" else {}
        reader = replace(source, kind=follow.kind, options=options)
        return await self._pool.read(page, self._reading(reader))

    # ── files ─────────────────────────────────────────────────────────────────────────

    async def _folder(self, source: Source, state: SourceState) -> Outcome:
        articles: list[Article] = []
        refused: list[Refused] = []
        read = 0
        place = self._ctx.settings.path(source.url)
        if place.exists() and not place.is_file() and not place.is_dir():
            remedy = f"a visit would wait for its writer; read it with `digest ingest --from {place}`"
            raise SourceError(f"{place} is no file or folder but a pipe or a device: {remedy}")
        async for outcome in self.files(str(place), source):
            if outcome.status == "failed":
                refused.append(
                    Refused(where=outcome.where, reason=outcome.state.error, excerpt=outcome.state.excerpt)
                )
                continue
            read += 1
            articles += outcome.articles
            refused += outcome.refused
        if refused and not read:
            return self._failed(state, SourceError(refused[0].reason, excerpt=refused[0].excerpt))
        state = replace(state, kind="files", name=state.name or source.key)
        found = tuple(articles)
        return Outcome(
            status="ok",
            state=self._healthy(state, found, rhythm.Wish()),
            articles=found,
            refused=tuple(refused),
        )

    async def files(self, path: str, source: Source) -> AsyncIterator[Outcome]:
        """Read a file, a folder or "-" (standard input) in order; several are read ahead, in parallel."""
        running: deque[tuple[str, asyncio.Task[Found]]] = deque()
        for given in self._documents(path, source):
            if isinstance(given, SourceError):
                running.append((path, asyncio.create_task(_raise(given))))
            else:
                reading = self._reading(source, fallback=key_of(given.name) if given.name != "-" else "stdin")
                running.append((given.name, asyncio.create_task(self._pool.read(given, reading))))
            while len(running) >= _AHEAD:
                yield await self._outcome(*running.popleft(), source)
        while running:
            yield await self._outcome(*running.popleft(), source)

    def _documents(self, path: str, source: Source) -> Iterator[Document | SourceError]:
        most = self._ctx.settings.ingest.max_bytes
        if path == "-":
            yield files.beginning(sys.stdin.buffer, most, "-")
            return
        try:
            yield from files.documents(Path(path), most, str(source.options.get("pattern", "*")))
        except SourceError as error:
            yield error

    async def _outcome(self, name: str, task: asyncio.Task[Found], source: Source) -> Outcome:
        try:
            found = await task
        except DigestError as error:
            key = source.key or key_of(name)
            return Outcome(
                status="failed",
                state=SourceState(key=key, error=str(error), excerpt=getattr(error, "excerpt", "")),
                where=name,
            )
        key = source.key or found.source
        state = SourceState(
            key=key, url=found.channel.link, name=source.name or key, kind=found.kind,
            checked_at=self._now, success_at=self._now )  # fmt: skip
        refused = tuple(replace(one, where=f"{name}: {one.where}") for one in found.refused)
        return Outcome(status="ok", state=state, articles=found.articles, refused=refused, where=name)

    async def address(self, source: Source, known: SourceState | None) -> AsyncIterator[Outcome]:
        """Read one address of the command line; ``known`` is the state of a configured one."""
        if source.key:
            yield await self.visit(source, known or SourceState(key=source.key))
            return
        state = SourceState(key=key_of(source.url), url=source.url, checked_at=self._now)
        try:
            outcome = await self._http(source, state)
        except DigestError as error:
            yield replace(self._failed(state, error), where=source.url)
            return
        key = outcome.articles[0].source if outcome.articles else state.key
        yield replace(
            outcome, state=replace(outcome.state, key=key, name=outcome.state.name or key), where=source.url
        )


async def _raise(error: SourceError) -> Found:
    raise error


def _none_taken(refused: tuple[Refused, ...]) -> SourceError:
    count = (
        f"none of {len(refused)} items was taken; the first: "
        if len(refused) > 1
        else "the only item was not taken: "
    )
    return SourceError(count + refused[0].reason, excerpt=refused[0].excerpt)


def _place(articles: dict[str, Article], more: Found, follow: Follow) -> None:
    """Let a followed page's article take the place of its headline; other documents add theirs."""
    listed = articles.get(urls.key(follow.url))
    for one in more.articles:
        if follow.kind != "page":
            articles[one.url_key] = one
        elif one.kind is ArticleKind.FULL:
            if listed is not None:
                articles.pop(listed.url_key, None)
            articles[one.url_key] = _joined(one, listed)


def _joined(page: Article, listed: Article | None) -> Article:
    """Join a page's text with what only the list knew: its place, its guid, a certain date, a summary."""
    if listed is None:
        return page
    certain = listed.basis in (Basis.PUBLISHED, Basis.DAY)
    return replace(
        page,
        position=listed.position,
        guid=listed.guid or page.guid,
        aliases=tuple(dict.fromkeys((*page.aliases, *listed.aliases, *_other(listed.url_key, page.url_key)))),
        summary=listed.summary or page.summary,
        published=listed.published if certain else page.published,
        basis=listed.basis if certain else page.basis,
        seen_at=listed.seen_at,
        section=listed.section or page.section,
        image=page.image or listed.image,
    )


def _other(key: str, own: str) -> tuple[str, ...]:
    return () if key == own else (key,)


def _wish(answer: Answer, now: datetime, kept: dict[str, Any]) -> rhythm.Wish:
    """Join what an answer asks for with what the feed said when it was last read: a 304 brings no feed."""
    return replace(
        rhythm.wish(answer.headers, now, int(kept.get("wait") or 0)),
        skip_hours=tuple(kept.get("skip_hours") or ()),
        skip_days=tuple(kept.get("skip_days") or ()),
    )


def document(answer: Answer, most: int) -> Document:
    """Make a document of an answer, of at most ``most`` bytes."""
    given = Document(
        url=answer.url,
        body=answer.body,
        media_type=answer.media_type,
        charset=answer.charset,
        name=answer.url,
    )
    return given.up_to(most)


def _refusal(answer: Answer) -> SourceError:
    meaning = {
        404: "not found",
        410: "gone",
        401: "needs a login",
        403: "refused us",
        429: "asks us to slow down",
    }
    said = meaning.get(answer.status, "server error" if answer.status >= 500 else "no usable answer")  # noqa: PLR2004 (HTTP)
    return SourceError(f"{answer.url} answered {answer.status} ({said})", status=answer.status)
