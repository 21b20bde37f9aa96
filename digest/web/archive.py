"""The archive: newsletters, their editions with permalinks, feeds of editions (RFC 4287, JSON Feed)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest.store import editions
from digest.web import language
from digest.web.pages import PUBLIC, Pages

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.model import Edition
    from digest.settings import NewsletterSettings

SHOWN = 100
"""Editions on the archive's page."""
FED = 30
"""Editions in a feed."""


class Archive:
    """What was sent."""

    def __init__(self, ctx: Context, pages: Pages) -> None:
        self._ctx = ctx
        self._pages = pages

    def home(self, request: Request) -> HTMLResponse:
        """List the newsletters one can sign up for, in the browser's language: it is no one newsletter's."""
        newsletters = list(self._ctx.settings.newsletters.values())
        accepted = language.accepted(request.headers.get("accept-language", "")[:100])
        voice = self._pages.voice(request, *accepted, *(each.language for each in newsletters))
        headers = {"Cache-Control": "private, max-age=300", "Vary": "Accept-Language"}
        return self._pages.page(
            "home.html.j2", voice, title=voice("Newsletters"), newsletters=newsletters, headers=headers
        )

    def sent(self, name: str, limit: int) -> list[tuple[Edition, str]]:
        """Return the editions that went out, latest first, with their subjects."""
        with self._ctx.store.read() as conn:
            return editions.archive(conn, name, limit)

    def page(self, request: Request, name: str) -> HTMLResponse:
        """List the editions of a newsletter."""
        newsletter = self._ctx.settings.newsletters.get(name)
        if newsletter is None:
            return self._pages.no_newsletter(request)
        voice = self._pages.voice(request, newsletter.language)
        rows = [
            {
                "address": f"{self._pages.root}/e/{edition.public_id}",
                "subject": subject,
                "iso": edition.slot.local.date().isoformat(),
                "day": voice.language.day(edition.slot.local),
            }
            for edition, subject in self.sent(name, SHOWN)
        ]
        title = voice("All editions")
        return self._pages.page(
            "archive.html.j2", voice, newsletter=newsletter, title=title, rows=rows, headers=PUBLIC
        )

    def atom(self, newsletter: NewsletterSettings) -> str:
        """Return the Atom feed of a newsletter's editions."""
        base, sent = self._pages.base, self.sent(newsletter.name, FED)
        newest = max((edition.slot.at for edition, _ in sent), default=self._ctx.now())
        entries = "".join(
            f"<entry><id>{base}/e/{edition.public_id}</id><title>{escape(subject)}</title>"
            f"<link href={quoteattr(f'{base}/e/{edition.public_id}')}/>"
            f"<updated>{_stamp(edition)}</updated><published>{_stamp(edition)}</published></entry>\n"
            for edition, subject in sent
        )
        here = f"{base}/a/{newsletter.name}"
        return (
            f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
            f"xml:lang={quoteattr(newsletter.language)}>\n<id>{here}</id><title>{escape(newsletter.title)}</title>"
            f"<updated>{newest.strftime('%Y-%m-%dT%H:%M:%SZ')}</updated>"
            f"<author><name>{escape(newsletter.site or newsletter.title)}</name></author>"
            f'<link rel="self" href={quoteattr(here + "/feed.atom")}/><link href={quoteattr(here)}/>\n'
            f"{entries}</feed>\n"
        )

    def json_feed(self, newsletter: NewsletterSettings) -> str:
        """Return the JSON Feed of a newsletter's editions."""
        base = self._pages.base
        here = f"{base}/a/{newsletter.name}"
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": newsletter.title,
            "home_page_url": here,
            "feed_url": f"{here}/feed.json",
            "language": newsletter.language,
            "items": [
                {
                    "id": f"{base}/e/{edition.public_id}",
                    "url": f"{base}/e/{edition.public_id}",
                    "title": subject,
                    "content_text": subject,
                    "date_published": _stamp(edition),
                }
                for edition, subject in self.sent(newsletter.name, FED)
            ],
        }
        return json.dumps(feed, ensure_ascii=False, indent=1)

    def feed(self, request: Request, name: str, form: str) -> Response:
        """Give a feed, or the page that says there is none."""
        newsletter = self._ctx.settings.newsletters.get(name)
        if newsletter is None:
            return self._pages.no_newsletter(request)
        body, kind = (
            (self.atom(newsletter), "application/atom+xml; charset=utf-8")
            if form == "atom"
            else (self.json_feed(newsletter), "application/feed+json; charset=utf-8")
        )
        return Response(body, media_type=kind, headers=PUBLIC)


def _stamp(edition: Edition) -> str:
    return edition.slot.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def router(ctx: Context, pages: Pages) -> APIRouter:
    """Give the routes under ``/`` and ``/a``."""
    routes = APIRouter(tags=["archive"])
    archive = Archive(ctx, pages)

    @routes.get("/", response_class=HTMLResponse, summary="The newsletters there are")
    def home(request: Request) -> HTMLResponse:
        return archive.home(request)

    @routes.get("/a/{name}", response_class=HTMLResponse, summary="The editions of a newsletter")
    def page(request: Request, name: str) -> HTMLResponse:
        return archive.page(request, name)

    @routes.get("/a/{name}/feed.atom", response_class=Response, summary="Editions as an Atom feed")
    def atom(request: Request, name: str) -> Response:
        return archive.feed(request, name, "atom")

    @routes.get("/a/{name}/feed.json", response_class=Response, summary="Editions as a JSON Feed")
    def json_feed(request: Request, name: str) -> Response:
        return archive.feed(request, name, "json")

    return routes
