"""Signing up and confirming: pages, the embeddable form, and letters sent after the answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, BackgroundTasks, Form
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest.audience.limits import Verdict
from digest.errors import AddressInvalid
from digest.flow import signup
from digest.model import SubscriptionState
from digest.web.pages import PUBLIC, Pages
from digest.web.words import masked

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.settings import NewsletterSettings
    from digest.web.language import Voice
    from digest.web.letters import Letters

log = logging.getLogger("digest.web")


def ip(request: Request) -> str:
    """Return the address a request came from, as the server or a trusted proxy tells it."""
    return request.client.host if request.client else ""


def promise(voice: Voice, newsletter: NewsletterSettings) -> str:
    """Return what a reader agrees to, word for word; it is kept with the consent."""
    return voice("I want %(title)s by email. I can leave at any time with one click.", title=newsletter.title)


class Signup:
    """The way in."""

    def __init__(self, ctx: Context, pages: Pages, letters: Letters) -> None:
        self._ctx = ctx
        self._pages = pages
        self._letters = letters

    def newsletter(self, name: str) -> NewsletterSettings | None:
        """Return a newsletter that can be signed up for."""
        return self._ctx.settings.newsletters.get(name)

    def page(
        self, request: Request, name: str, *, form: str = "signup.html.j2", **more: object
    ) -> HTMLResponse:
        """Show the form."""
        found = self.newsletter(name)
        if found is None:
            return self._pages.no_newsletter(request)
        voice = self._pages.voice(request, found.language)
        status, headers = (422, None) if more.get("error") else (200, PUBLIC)
        action = f"{self._pages.root}/s/{found.name}"
        values = {"error": "", "email": "", "latest": self._latest(name), **more}
        return self._pages.page(
            form,
            voice,
            newsletter=found,
            status=status,
            headers=headers,
            title=found.title,
            action=action,
            address=f"{self._pages.base}/s/{found.name}",
            promise=promise(voice, found),
            **values,
        )

    def _latest(self, name: str) -> str:
        from digest.store import editions

        with self._ctx.store.read() as conn:
            found = editions.archive(conn, name, 1)
        return f"{self._pages.root}/e/{found[0][0].public_id}" if found else ""

    def ask(
        self, request: Request, name: str, email: str, *, trap: str
    ) -> tuple[HTMLResponse, signup.Asked | None]:
        """Take a sign-up; return the page, and what is left to be done after the answer.

        The page is the same whether the address is new, known, suppressed or was asked for too often.
        """
        found = self.newsletter(name)
        if found is None:
            return self._pages.no_newsletter(request), None
        voice = self._pages.voice(request, found.language)
        wanted = signup.Ask(
            newsletter=name, address=email, ip=ip(request), language=voice.code, wording=promise(voice, found)
        )
        try:
            asked = None if trap else signup.ask(self._ctx, wanted)
        except AddressInvalid:
            error = voice("This does not look like an email address. Check it, please: name@example.org")
            return self.page(request, name, error=error, email=email[:254]), None
        if asked and asked.verdict is Verdict.REFUSE:
            text = voice("Too many sign-ups came from your network. Please try again in an hour.")
            title = voice("Please try again later")
            page = self._pages.message(voice, title, text, newsletter=found, status=429)
            page.headers["Retry-After"] = "3600"
            return page, None
        text = voice(
            "We have sent you a letter. Open the link in it to confirm; without that nothing will come."
        )
        return self._pages.message(voice, voice("Look into your inbox"), text, newsletter=found), asked

    def send(self, asked: signup.Asked | None = None) -> None:
        """Send waiting letters; runs after the answer, so that its time tells nothing."""
        try:
            if asked:
                signup.prepare(self._ctx, asked)
            signup.send_letters(self._ctx, self._letters.render)
        except Exception:
            log.exception("letters could not be sent")

    def confirmation(self, request: Request, token: str) -> HTMLResponse:
        """Show the button that confirms; change nothing."""
        found = signup.read_confirmation(self._ctx, token)
        if found is None:
            return self.expired(request)
        reader, pending = found
        newsletter = self.newsletter(pending.newsletter)
        voice = self._pages.voice(request, reader.language, newsletter.language if newsletter else "")
        done = pending.state is not SubscriptionState.PENDING
        title = voice("You are subscribed") if done else voice("One click more")
        return self._pages.page(
            "confirm.html.j2",
            voice,
            newsletter=newsletter,
            title=title,
            done=done,
            action=self._pages.here(request),
            address=masked(reader.address),
            promise=promise(voice, newsletter) if newsletter else "",
        )

    def confirm(self, request: Request, token: str) -> HTMLResponse:
        """Confirm."""
        shown = signup.read_confirmation(self._ctx, token)
        newsletter = self.newsletter(shown[1].newsletter) if shown else None
        if shown is None or newsletter is None:
            return self.expired(request)
        voice = self._pages.voice(request, shown[0].language, newsletter.language)
        signup.confirm(self._ctx, token, ip=ip(request), wording=promise(voice, newsletter))
        return self._pages.page(
            "confirm.html.j2",
            voice,
            newsletter=newsletter,
            title=voice("You are subscribed"),
            done=True,
            action="",
            address=masked(shown[0].address),
            promise="",
        )

    def expired(self, request: Request) -> HTMLResponse:
        """Answer a link that is not, or no longer, valid."""
        voice = self._pages.voice(request)
        text = voice("The link has expired or is incomplete. Sign up again; it takes a minute.")
        return self._pages.message(voice, voice("This link does not work"), text, status=404)


def router(way: Signup) -> APIRouter:
    """Give the routes under ``/s`` and ``/c``."""
    routes = APIRouter(tags=["sign up"])

    @routes.get("/s/{name}", response_class=HTMLResponse, summary="The sign-up page")
    def page(request: Request, name: str) -> HTMLResponse:
        return way.page(request, name)

    @routes.get("/s/{name}/embed", response_class=HTMLResponse, summary="The form alone, for an iframe")
    def embed(request: Request, name: str) -> HTMLResponse:
        return way.page(request, name, form="embed.html.j2")

    @routes.get("/s/{name}/code", response_class=HTMLResponse, summary="HTML to paste into a site")
    def code(request: Request, name: str) -> HTMLResponse:
        return way.page(request, name, form="code.html.j2")

    @routes.post("/s/{name}", response_class=HTMLResponse, summary="Ask for a confirmation letter")
    def ask(
        request: Request,
        name: str,
        background: BackgroundTasks,
        email: Annotated[str, Form(max_length=320)] = "",
        website: Annotated[str, Form(max_length=2000, description="Leave empty: a trap for programs.")] = "",
    ) -> HTMLResponse:
        answer, asked = way.ask(request, name, email, trap=website)
        if asked:
            background.add_task(way.send, asked)
        return answer

    @routes.get("/c/{token}", response_class=HTMLResponse, summary="Show how to confirm; change nothing")
    def show(request: Request, token: str) -> HTMLResponse:
        return way.confirmation(request, token)

    @routes.post("/c/{token}", response_class=HTMLResponse, summary="Confirm a sign-up")
    def confirm(request: Request, token: str) -> HTMLResponse:
        return way.confirm(request, token)

    return routes
