"""Reading: an edition in the browser, and its pictures. Both never change, so they are kept in memory."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest.store import editions, images

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.web.pages import Pages

KEPT = 32_000_000
"""Bytes of pictures and pages kept in memory, at most."""

_YEAR = "public, max-age=31536000, immutable"


class Kept:
    """A few megabytes of what was asked for last; safe from any number of threads."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return body and media type, or None."""
        with self._lock:
            found = self._values.get(key)
            if found:
                self._values.move_to_end(key)
            return found

    def put(self, key: str, body: bytes, media_type: str) -> None:
        """Keep it; what was not asked for longest goes."""
        with self._lock:
            if key in self._values or len(body) > self._most // 4:
                return
            self._values[key] = (body, media_type)
            self._size += len(body)
            while self._size > self._most:
                self._size -= len(self._values.popitem(last=False)[1][0])


class Reading:
    """What can be read without a token."""

    def __init__(self, ctx: Context, pages: Pages) -> None:
        self._ctx = ctx
        self._pages = pages
        self._kept = Kept()

    def edition(self, request: Request, public_id: str) -> Response:
        """Show an edition as it was mailed, without any reader's own values."""
        found = None
        if re.fullmatch("[0-9a-z]{12}", public_id):
            with self._ctx.store.read() as conn:
                found = editions.page(conn, public_id)
        if found is None:
            return self._gone(request, "There is no such edition")
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(found, media_type="text/html; charset=utf-8", headers=headers)

    def picture(self, request: Request, name: str) -> Response:
        """Give a picture by the hash of its bytes; what the hash names never changes."""
        named = re.fullmatch(r"([0-9a-f]{16,128})(?:\.(?:jpg|jpeg|png|gif))?", name)
        found = self._kept.get(name)
        if named and found is None:
            with self._ctx.store.read() as conn:
                stored = images.get(conn, named[1])
            if stored:
                found = (stored.body, stored.media_type)
                self._kept.put(name, *found)
        if found is None:
            return self._gone(request, "There is no such picture")
        return Response(found[0], media_type=found[1], headers={"Cache-Control": _YEAR, "ETag": f'"{name}"'})

    def _gone(self, request: Request, title: str) -> HTMLResponse:
        voice = self._pages.voice(request)
        text = voice("It may have been withdrawn, or the link is incomplete.")
        return self._pages.message(voice, voice(title), text, status=404)


def router(ctx: Context, pages: Pages) -> APIRouter:
    """Give the routes under ``/e`` and ``/i``."""
    routes = APIRouter(tags=["read"])
    reading = Reading(ctx, pages)

    @routes.get("/e/{public_id}", response_class=HTMLResponse, summary="An edition, as it was mailed")
    @routes.head("/e/{public_id}", include_in_schema=False)
    def edition(request: Request, public_id: str) -> Response:
        return reading.edition(request, public_id)

    @routes.get("/i/{name}", response_class=Response, summary="A picture, by the hash of its bytes")
    @routes.head("/i/{name}", include_in_schema=False)
    def picture(request: Request, name: str) -> Response:
        return reading.picture(request, name)

    return routes
