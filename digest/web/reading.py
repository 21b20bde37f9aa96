"""Reading: an edition in the browser, and its pictures. Neither has anything of a reader's own in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest.store import editions, images
from digest.web.pages import PUBLIC, Pages

if TYPE_CHECKING:
    from digest.flow.context import Context

_YEAR = "public, max-age=31536000, immutable"


class Reading:
    """What can be read without a token."""

    def __init__(self, ctx: Context, pages: Pages) -> None:
        self._ctx = ctx
        self._pages = pages

    def edition(self, request: Request, public_id: str) -> Response:
        """Show an edition as it was mailed, without any reader's own values."""
        found = None
        if re.fullmatch("[0-9a-z]{12}", public_id):
            with self._ctx.store.read() as conn:
                found = editions.page(conn, public_id)
        if found is None:
            return self._gone(request, "There is no such edition")
        return Response(found, media_type="text/html; charset=utf-8", headers=PUBLIC)

    def picture(self, request: Request, name: str) -> Response:
        """Give a picture by the hash of its bytes; what the hash names never changes."""
        named = re.fullmatch(r"([0-9a-f]{16,128})(?:\.(?:jpg|jpeg|png|gif))?", name)
        found = None
        if named:
            with self._ctx.store.read() as conn:
                found = images.get(conn, named[1])
        if found is None:
            return self._gone(request, "There is no such picture")
        return Response(found.body, media_type=found.media_type, headers={"Cache-Control": _YEAR})

    def _gone(self, request: Request, title: str) -> HTMLResponse:
        voice = self._pages.voice(request)
        text = voice("It may have been withdrawn, or the link is incomplete.")
        return self._pages.message(voice, voice(title), text, status=404)


def router(ctx: Context, pages: Pages) -> APIRouter:
    """Give the routes under ``/e`` and ``/i``."""
    routes = APIRouter(tags=["read"])
    reading = Reading(ctx, pages)

    @routes.get("/e/{public_id}", response_class=HTMLResponse, summary="An edition, as it was mailed")
    def edition(request: Request, public_id: str) -> Response:
        return reading.edition(request, public_id)

    @routes.get("/i/{name}", response_class=Response, summary="A picture, by the hash of its bytes")
    def picture(request: Request, name: str) -> Response:
        return reading.picture(request, name)

    return routes
