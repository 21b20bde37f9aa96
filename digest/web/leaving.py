"""Leaving: the page a reader sees, and the one-click request a mail program sends (RFC 8058).

GET and HEAD change nothing, ever: virus scanners and mail programs open every link. POST acts at once, sets
no cookie, does not redirect, and may come any number of times.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest import tokens
from digest.errors import TokenInvalid
from digest.flow import audience
from digest.model import SubscriptionState
from digest.tokens import Purpose
from digest.web.gather import Gather
from digest.web.words import DAYS, REASONS, masked

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.settings import NewsletterSettings
    from digest.web.language import Voice
    from digest.web.pages import Pages

PAUSE = timedelta(days=30)
What = Literal["this", "less", "pause", "everything", ""]


class Leaving:
    """The reader's side of one link to leave."""

    def __init__(self, ctx: Context, pages: Pages, ring: tokens.Keyring) -> None:
        self._ctx = ctx
        self._pages = pages
        self._ring = ring
        self._standing = Gather(ctx, audience.standings)

    def find(self, token: str) -> tuple[Subscriber, Subscription] | None:
        """Return who a token speaks of, or None if it is not ours or they are gone."""
        number = self._read(token)
        return None if number is None else audience.standing(self._ctx, number)

    def _read(self, token: str) -> int | None:
        try:
            return tokens.read(self._ring, Purpose.LEAVE, token, self._ctx.now())
        except TokenInvalid:
            return None

    async def page(self, request: Request, token: str) -> HTMLResponse:
        """Show what can be done; change nothing."""
        number = self._read(token)
        found = None if number is None else await self._standing.get(number)
        if found is None:
            return self._pages.not_valid(request)
        reader, subscription = found
        newsletter = self._newsletter(subscription)
        voice = self._voice(request, reader, newsletter)
        gone = subscription.state is SubscriptionState.UNSUBSCRIBED
        today = self._ctx.now().weekday()
        values = {
            "newsletter": newsletter,
            "title": voice("You have left") if gone else voice("Leave %(title)s?", title=newsletter.title),
            "state": subscription.state.value,
            "less_day": voice(DAYS[today]),
            "reasons": [(value, voice(text)) for value, text in REASONS],
        }
        own = {"address": masked(reader.address), "action": self._pages.here(request)}
        differs = (newsletter.title, subscription.state, today)
        return self._pages.own("leave.html.j2", voice, values, own=own, differs=differs)

    def act(self, request: Request, token: str, what: str, reason: str) -> HTMLResponse:
        """Do what the reader chose; without a choice (one click), end that one subscription."""
        found = self.find(token)
        if found is None:
            return self._pages.not_valid(request)
        reader, subscription = found
        newsletter = self._newsletter(subscription)
        voice = self._voice(request, reader, newsletter)
        said = reason if reason in dict(REASONS) else ""
        title, text = self._carry_out(voice, subscription, what, said)
        signup = f"{self._pages.root}/s/{newsletter.name}" if newsletter.name else ""
        return self._pages.page(
            "left.html.j2",
            voice,
            newsletter=newsletter,
            title=title,
            text=text,
            signup=signup if what in ("", "this", "everything") else "",
        )

    def _carry_out(self, voice: Voice, mine: Subscription, what: str, reason: str) -> tuple[str, str]:
        now = self._ctx.now()
        name = self._newsletter(mine).title
        active = mine.state is not SubscriptionState.UNSUBSCRIBED
        if what == "less" and active:
            audience.choose_days(self._ctx, mine.id, 1 << now.weekday())
            day = voice(DAYS[now.weekday()])
            return voice("Once a week from now on"), voice(
                "%(title)s comes each %(day)s.", title=name, day=day
            )
        if what == "pause" and active:
            until = now + PAUSE
            audience.pause(self._ctx, mine.id, until, "page")
            day = voice.language.day(until)
            return voice("Paused"), voice("%(title)s comes again from %(day)s.", title=name, day=day)
        if what == "everything":
            audience.leave_everything(self._ctx, mine.subscriber, "page", reason)
            return voice("You have left"), voice("You no longer get any of our newsletters.")
        audience.leave(self._ctx, mine.id, "page" if what else "one-click", reason)
        text = voice("You no longer get %(title)s. Nothing more will come.", title=name)
        return voice("You have left"), text

    def _newsletter(self, subscription: Subscription) -> NewsletterSettings:
        from digest.settings import NewsletterSettings

        known = self._ctx.settings.newsletters.get(subscription.newsletter)
        return known or NewsletterSettings(name="", title=subscription.newsletter)

    def _voice(self, request: Request, reader: Subscriber, newsletter: NewsletterSettings) -> Voice:
        return self._pages.voice(request, reader.language, newsletter.language)


def router(leaving: Leaving) -> APIRouter:
    """Give the routes under ``/u``."""
    routes = APIRouter(tags=["leave"])

    @routes.get("/u/{token}", response_class=HTMLResponse, summary="Show how to leave; change nothing")
    async def show(request: Request, token: str) -> HTMLResponse:
        return await leaving.page(request, token)

    @routes.post("/u/{token}", response_class=HTMLResponse, summary="Leave, at once (RFC 8058)")
    def act(
        request: Request,
        token: str,
        what: Annotated[What, Form()] = "",
        reason: Annotated[str, Form(max_length=40)] = "",
    ) -> HTMLResponse:
        return leaving.act(request, token, what, reason)

    return routes
