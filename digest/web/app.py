"""Putting the public pages together: ``create(ctx)`` gives the ASGI application."""

from __future__ import annotations

import logging
import secrets
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.flow.clicks import Clicks
from digest.flow.hooks import Hooks
from digest.flow.messages import keyring
from digest.web import archive, clicks, hooks, leaving, preferences, reading, signup
from digest.web.direct import Direct
from digest.web.guard import Guard
from digest.web.letters import Letters
from digest.web.pages import Pages
from digest.web.shelf import Shelf

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from digest.flow.context import Context

_PAGE: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request cannot be read", **_PAGE},
    404: {"description": "There is no such thing, or the link is not valid", **_PAGE},
    413: {"description": "The request is too large", "content": {"text/plain": {}}},
    422: {"description": "The form was not understood", **_PAGE},
    429: {"description": "Too many requests; come back later", **_PAGE},
}
"""What every page may answer, for the description of the public pages."""

_log = logging.getLogger(__name__)


class _Site(FastAPI):
    """The application behind its shelf and its guard, which see every answer, also that to a failure."""

    guard: dict[str, Any]

    def build_middleware_stack(self) -> ASGIApp:
        """Put guard and shelf outside of everything."""
        return Guard(Shelf(super().build_middleware_stack()), **self.guard)


def create(ctx: Context) -> FastAPI:
    """Build the application for one installation; it opens nothing and starts nothing by itself."""
    app = _Site(
        title="Digest",
        version=version("newsdigest"),
        description="The public pages of a newsletter: sign up, confirm, choose, leave, read.",
        docs_url=None,
        redoc_url=None,
        responses=_ERRORS,
    )
    pages = Pages(ctx)
    ring = keyring(ctx)
    leave = leaving.Leaving(ctx, pages, ring)
    app.include_router(leaving.router(leave))
    app.include_router(reading.router(ctx, pages))
    app.include_router(archive.router(ctx, pages))
    followed = Clicks(ctx, secrets.token_bytes(16))
    app.include_router(clicks.router(followed, pages))
    app.state.write_clicks = followed.write
    letters = Letters(ctx.settings)
    enter = signup.Signup(ctx, pages, letters)
    app.include_router(signup.router(enter))
    app.state.send_letters = enter.send
    choose = preferences.Preferences(ctx, pages, enter.send)
    app.include_router(preferences.router(choose))
    app.add_middleware(Direct, pages={"/u/": leave.page, "/p/": choose.page})
    reports = Hooks(ctx)
    app.include_router(hooks.router(reports))
    app.state.write_refusals = reports.refusals.write
    _add_style(app, pages)
    _add_errors(app, pages)
    secure = ctx.settings.base_url.startswith("https:")
    app.guard = {"images": ctx.settings.image_base_url, "secure": secure, "root": pages.root}
    return app


def _add_style(app: FastAPI, pages: Pages) -> None:
    @app.get("/style/{name}.css", include_in_schema=False)
    async def style(name: str) -> Response:
        if name != "default" and name not in pages.settings.newsletters:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(pages.style(name), media_type="text/css; charset=utf-8", headers=headers)

    @app.get("/healthz", summary="Whether the pages are served")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/robots.txt", include_in_schema=False)
    async def robots() -> Response:
        rules = "User-agent: *\n" + "".join(f"Disallow: {pages.root}/{each}/\n" for each in "updcr")
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(rules, media_type="text/plain; charset=utf-8", headers=headers)


def _add_errors(app: FastAPI, pages: Pages) -> None:
    """Answer errors with a page that says what to do and nothing about the inside."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        voice = pages.voice(request)
        titles = {404: "There is no such page", 405: "That cannot be done here"}
        text = voice("Check the address, or open the link again from a recent mail.")
        answer = pages.message(
            voice, voice(titles.get(status, "The request was not understood")), text, status=status
        )
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def unclear(request: Request, _error: Exception) -> Response:
        voice = pages.voice(request)
        text = voice("Go back, check what you entered, and send it again.")
        return pages.message(voice, voice("The form was not understood"), text, status=422)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path.split("/")[1], exc_info=error)
        voice = pages.voice(request)
        text = voice("Nothing was changed. Please try again in a few minutes.")
        return pages.message(voice, voice("Something went wrong on our side"), text, status=500)
