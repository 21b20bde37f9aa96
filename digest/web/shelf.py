"""Public pages kept for seconds: what everyone sees the same is rendered once, not once for each reader.

A shared cache in the sense of RFC 9111, in front of the application: it keeps what the application itself
calls ``public``, adds ETags, answers ``If-None-Match`` with 304 (RFC 9110, section 13.1.2) and compresses.
Pages of one reader are never ``public`` and never kept.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT = 32_000_000
"""Bytes of pages and pictures kept in memory, at most."""
FRESH = 5.0
"""Seconds until a page is made anew; so long an edition withdrawn here may still be seen."""
FRESH_PICTURE = 3600.0
"""Seconds for what is called ``immutable``, because its address is its hash."""
_SMALL = 1000
"""Bytes not worth compressing."""
_COMPRESSIBLE = (b"text/", b"application/atom+xml", b"application/feed+json", b"application/json")
_USUAL = re.compile(rb"(?:lang=[A-Za-z-]{2,12}|v=[0-9a-f]{1,16})?")
"""Queries that our own links have; others are answered but not kept, else anyone could fill the memory."""

Headers = list[tuple[bytes, bytes]]


class Page:
    """One answer, ready to be given any number of times."""

    def __init__(self, headers: Headers, body: bytes) -> None:
        there = dict(headers)
        kind = there.get(b"content-type", b"")
        self.body = body
        self.long = b"immutable" in there.get(b"cache-control", b"")
        self.tag = hashlib.sha256(body).hexdigest()[:24].encode()
        self._headers = [(n, v) for n, v in headers if n not in (b"content-length", b"etag", b"vary")]
        self._packed: bytes | None = None
        self._packs = len(body) > _SMALL and kind.startswith(_COMPRESSIBLE)
        if self._packs:
            self._headers.append((b"vary", b"accept-encoding"))
        self.until = 0.0

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes."""
        return len(self.body) * (2 if self._packs else 1) + 1000

    def answer(self, asked: dict[bytes, bytes]) -> tuple[int, Headers, bytes]:
        """Return status, headers and body for a request's headers."""
        packed = self._packs and _takes_gzip(asked.get(b"accept-encoding", b""))
        tag = b'"%b%b"' % (self.tag, b"-z" if packed else b"")
        headers = [*self._headers, (b"etag", tag)]
        known = asked.get(b"if-none-match")
        if known is not None and _matches(known, tag):
            return 304, [pair for pair in headers if not pair[0].startswith(b"content-")], b""
        if not packed:
            return 200, [*headers, (b"content-length", b"%d" % len(self.body))], self.body
        body = self._pack()
        length = (b"content-length", b"%d" % len(body))
        return 200, [*headers, (b"content-encoding", b"gzip"), length], body

    def _pack(self) -> bytes:
        if self._packed is None:
            self._packed = gzip.compress(self.body, 6, mtime=0)
        return self._packed


def _takes_gzip(header: bytes) -> bool:
    """Tell whether gzip is accepted; ``gzip;q=0`` refuses it (RFC 9110, section 12.5.3)."""
    for part in header.lower().split(b","):
        name, _, weight = part.partition(b";")
        if name.strip() == b"gzip":
            return not re.fullmatch(rb"\s*q\s*=\s*0(?:\.0*)?\s*", weight)
    return False


def _matches(header: bytes, tag: bytes) -> bool:
    """Compare weakly, as If-None-Match does (RFC 9110, section 8.8.3.2)."""
    if header.strip() == b"*":
        return True
    return any(each.strip().removeprefix(b"W/") == tag for each in header.split(b","))


class Shelf:
    """Wraps the application. One event loop uses it; ``clock`` gives seconds and never goes back."""

    def __init__(
        self, app: ASGIApp, *, most: int = KEPT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._most = most
        self._clock = clock
        self._size = 0
        self._pages: OrderedDict[tuple[str, bytes], Page] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only GET is kept."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        page = self._fresh((scope["path"], scope["query_string"]))
        if page is None:
            page = await self._fetch(scope, receive, send)
        if page is not None:
            status, headers, body = page.answer(dict(scope["headers"]))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def _fresh(self, key: tuple[str, bytes]) -> Page | None:
        page = self._pages.get(key)
        if page is None:
            return None
        now = self._clock()
        if page.until <= now:
            page.until = now + FRESH  # this request asks anew; others meanwhile get it as it was
            return None
        self._pages.move_to_end(key)
        return page

    async def _fetch(self, scope: Scope, receive: Receive, send: Send) -> Page | None:
        """Ask the application; return a page that may be shared, None where the answer was passed on."""
        taken = _Taken(send)
        await self._app(scope, receive, taken.take)
        key = (scope["path"], scope["query_string"])
        self._drop(key)
        if taken.page is not None and _USUAL.fullmatch(key[1]):
            self._keep(key, taken.page)
        return taken.page

    def _drop(self, key: tuple[str, bytes]) -> None:
        old = self._pages.pop(key, None)
        self._size -= old.size if old else 0

    def _keep(self, key: tuple[str, bytes], page: Page) -> None:
        if page.size > self._most // 4:
            return
        page.until = self._clock() + (FRESH_PICTURE if page.long else FRESH)
        self._pages[key] = page
        self._size += page.size
        while self._size > self._most:
            self._drop(next(iter(self._pages)))


class _Taken:
    """Passes an answer on, or holds it back as a page if all may share it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._headers: Headers | None = None
        self._parts: list[bytes] = []
        self.page: Page | None = None

    async def take(self, message: Message) -> None:
        """Take one message of the application's."""
        if message["type"] == "http.response.start" and _shared(message):
            self._headers = [(name.lower(), value) for name, value in message["headers"]]
        elif self._headers is None:
            await self._send(message)
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                self.page = Page(self._headers, b"".join(self._parts))


def _shared(message: Message) -> bool:
    public = any(
        name.lower() == b"cache-control" and value.startswith(b"public") for name, value in message["headers"]
    )
    return public and message["status"] == 200  # noqa: PLR2004 (OK)
