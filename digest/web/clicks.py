"""Counted links: count, and lead on to the story. Where to stands in the store, never in the request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from digest.web.guard import BARE

if TYPE_CHECKING:
    from digest.flow.clicks import Clicks
    from digest.web.pages import Pages


def browser(request: Request) -> str:
    """Return what calls itself a reader's browser; nothing for one that only loads ahead of a reader."""
    headers = request.headers
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    return "" if "pre" in purpose.casefold() else headers.get("user-agent", "")[:500]


def router(clicks: Clicks, pages: Pages) -> APIRouter:
    """Give the route under ``/r``."""
    routes = APIRouter(tags=["read"])

    @routes.get(
        "/r/{link}",
        status_code=302,
        response_class=RedirectResponse,
        summary="A story of a mail; counts without telling readers apart",
    )
    async def follow(request: Request, link: str) -> Response:
        found = clicks.known(link) or await asyncio.to_thread(clicks.target, link)
        if found is None:
            return pages.not_valid(request)
        if not request.scope.get(BARE):
            address = request.client.host if request.client else ""
            clicks.seen(link, found, address, browser(request))
        return RedirectResponse(found.url, 302, {"Cache-Control": "no-store"})

    return routes
