"""The two pages every mail links to, found by the first letters of their address.

The framework tries its routes one after another and takes each request apart by its description; that costs
more than the page. These pages are GET with one token, so nothing is left to take apart. Everything else, and
their description, goes through the framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    Page = Callable[[Request, str], Awaitable[Response]]


class Direct:
    """Wraps the application; ``pages`` maps a path's beginning (``/u/``) to what shows its token's page."""

    def __init__(self, app: ASGIApp, pages: Mapping[str, Page]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        page = self._pages.get(scope["path"][:3]) if scope["type"] == "http" else None
        token = scope["path"][3:] if page else ""
        if page is None or scope["method"] != "GET" or not token or "/" in token:
            await self._app(scope, receive, send)
            return
        answer = await page(Request(scope, receive), token)
        await answer(scope, receive, send)
