"""Manners towards a site whose pages we read: robots.txt obeyed, requests spaced. One per refresh."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from digest.errors import SourceError
from digest.ingest import robots
from digest.ingest.urls import host

if TYPE_CHECKING:
    from digest.net import Answer, Fetcher

GAP = 0.2
"""Seconds between two pages of one host, where it asks for nothing else."""


class Manners:
    """Asks each host for its robots.txt once, and lets one page request pass at a time."""

    def __init__(self, fetcher: Fetcher, *, obey: bool) -> None:
        self._fetcher, self._obey = fetcher, obey
        self._rules: dict[str, robots.Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._last: dict[str, float] = {}

    async def page(self, url: str, *, allow_private: bool, accept: str) -> Answer:
        """Fetch a page when its site allows it, not sooner than it asks.

        Raises ``SourceError`` when it does not.
        """
        name = host(url)
        async with self._locks.setdefault(name, asyncio.Lock()):
            rules = await self._ask(url, allow_private=allow_private)
            _check(rules, url)
            await self._pause(name, max(GAP, rules.delay))
            return await self._fetcher.get(url, allow_private=allow_private, accept=accept)

    async def check(self, url: str, *, allow_private: bool) -> None:
        """Raise ``SourceError`` when the site's robots.txt keeps us from an address."""
        async with self._locks.setdefault(host(url), asyncio.Lock()):
            _check(await self._ask(url, allow_private=allow_private), url)

    async def _ask(self, url: str, *, allow_private: bool) -> robots.Rules:
        if not self._obey:
            return robots.EVERYTHING
        name = host(url)
        if name not in self._rules:
            try:
                answer = await self._fetcher.get(
                    urljoin(url, "/robots.txt"),
                    allow_private=allow_private,
                    max_bytes=robots.LONGEST * 2,
                )
                self._rules[name] = robots.answered(answer.status, answer.body.decode("utf-8", "replace"))
            except SourceError:
                self._rules[name] = robots.NOTHING
        return self._rules[name]

    async def _pause(self, name: str, gap: float) -> None:
        wait = self._last.get(name, 0.0) + gap - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._last[name] = time.monotonic()


def _check(rules: robots.Rules, url: str) -> None:
    if not rules.allows(url):
        raise SourceError(
            f"{url}: the site's robots.txt forbids it; set ingest.robots = false if you may read it"
        )
