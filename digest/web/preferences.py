"""Preferences: newsletters, days, a pause, the language; and the way to one's own data."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, BackgroundTasks, Form, Response
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from digest import tokens
from digest.errors import TokenInvalid
from digest.flow import choices, privacy, signup
from digest.model import SubscriptionState
from digest.tokens import Purpose
from digest.web import language
from digest.web.gather import Gather
from digest.web.signup import ip, promise
from digest.web.words import DAYS, masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.settings import NewsletterSettings
    from digest.web.pages import Pages

_NAMES = {
    "en": "English",
    "ar": "العربية",
    "fr": "Français",
    "es": "Español",
    "de": "Deutsch",
    "tr": "Türkçe",
    "he": "עברית",
}


class _Block(NamedTuple):
    """One newsletter's part of the page."""

    newsletter: NewsletterSettings
    wanted: bool
    bits: int  # days of the week, Monday first
    sections: tuple[str, ...] = ()  # those chosen, casefolded; none means all


class _Owner(NamedTuple):
    """Whom a link speaks of, with their first newsletter and the language of their pages."""

    reader: Subscriber
    newsletter: NewsletterSettings | None
    voice: language.Voice


ZONES = """
UTC Europe/London Europe/Paris Europe/Berlin Europe/Madrid Europe/Istanbul Europe/Athens Europe/Moscow
Africa/Cairo Africa/Casablanca Africa/Tunis Africa/Algiers Africa/Khartoum Africa/Lagos Africa/Nairobi
Africa/Johannesburg Asia/Jerusalem Asia/Beirut Asia/Amman Asia/Damascus Asia/Baghdad Asia/Riyadh Asia/Dubai
Asia/Tehran Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Jakarta Asia/Singapore Asia/Shanghai Asia/Tokyo
Australia/Sydney Pacific/Auckland America/Halifax America/New_York America/Chicago America/Denver
America/Los_Angeles America/Mexico_City America/Bogota America/Sao_Paulo America/Argentina/Buenos_Aires
""".split()  # noqa: SIM905 (a line a zone would be a page)
"""Zones that are suggested; every other of the tz database may be written."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_of(values: dict[str, str]) -> str | None:
    """Read the zone: empty takes it back; None where there is no such zone, or no such field."""
    written = values.get("zone", "?").strip()
    return written if not written or written in _zones() else None


def _sections(newsletter: NewsletterSettings, fields: list[tuple[str, str]]) -> tuple[str, ...]:
    """Read which of a newsletter's sections are ticked; all of them are as good as none."""
    ticked = {value for field, value in fields if field == f"section-{newsletter.name}"}
    there = [each.name for each in newsletter.sections if each.name in ticked]
    return () if len(there) == len(newsletter.sections) else tuple(there)


class Preferences:
    """What a reader can choose."""

    def __init__(self, ctx: Context, pages: Pages, send: Callable[[], None]) -> None:
        self._ctx = ctx
        self._pages = pages
        self.send = send  # sends waiting letters, after the answer
        from digest.flow.messages import keyring

        self._ring = keyring(ctx)
        self._choices = Gather(ctx, choices.of_many)

    def reader(self, token: str, purpose: Purpose = Purpose.PREFERENCES) -> int | None:
        """Return whom a token speaks of, or None."""
        try:
            return tokens.read(self._ring, purpose, token, self._ctx.now())
        except TokenInvalid:
            return None

    async def page(self, request: Request, token: str, saved: str = "", *, chosen: str = "") -> HTMLResponse:
        """Show the choices as they stand."""
        number = self.reader(token)
        found = None if number is None else await self._choices.get(number)
        if found is None:
            return self._pages.not_valid(request)
        reader, mine = found
        first = self._main(mine)
        voice = self._pages.voice(request, chosen, reader.language, first.language if first else "")
        blocks = {
            name: self._block(each, mine.get(name)) for name, each in self._ctx.settings.newsletters.items()
        }
        paused = next((each.paused_until for each in mine.values() if self._is_paused(each)), None)
        values = {
            "newsletter": first,
            "title": voice("Your choices"),
            "blocks": blocks.values(),
            "days": [voice(day) for day in DAYS],
            "saved": voice(saved) if saved else "",
            "paused": paused.astimezone(self._zone(reader.zone)).date().isoformat() if paused else "",
            "zone": reader.zone,
            "zones": ZONES,
            "today": self._ctx.now().date().isoformat(),
            "languages": [(code, _NAMES.get(code, code)) for code in language.languages()],
            "current": reader.language or voice.code,
        }
        chosen_bits = tuple((name, *block[1:]) for name, block in blocks.items())
        differs = (chosen_bits, saved, values["paused"], values["today"], values["current"], reader.zone)
        own = {"address": masked(reader.address), "action": self._pages.here(request)}
        return self._pages.own("preferences.html.j2", voice, values, own=own, differs=differs)

    def _is_paused(self, mine: Subscription) -> bool:
        until = mine.paused_until
        return mine.state is SubscriptionState.PAUSED and until is not None and until > self._ctx.now()

    def _main(self, mine: dict[str, Subscription]) -> NewsletterSettings | None:
        known = self._ctx.settings.newsletters
        return next((known[name] for name in mine if name in known), None) or next(iter(known.values()), None)

    def _block(self, newsletter: NewsletterSettings, mine: Subscription | None) -> _Block:
        wanted = mine is not None and mine.state in (SubscriptionState.CONFIRMED, SubscriptionState.PAUSED)
        if mine is None or not wanted:
            return _Block(newsletter, wanted, 127)
        sections = mine.prefs.get("sections")
        return _Block(
            newsletter, wanted, mine.weekdays, tuple(sections) if isinstance(sections, list) else ()
        )

    async def save(self, request: Request, token: str) -> HTMLResponse:
        """Save the form; the page says in words what was saved."""
        from starlette.concurrency import run_in_threadpool

        form = await request.form(max_files=0, max_fields=500)
        fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        chosen = await run_in_threadpool(self._save, request, token, fields)
        return await self.page(request, token, "Your choices were saved.", chosen=chosen)

    def _save(self, request: Request, token: str, fields: list[tuple[str, str]]) -> str:
        """Save what the form says, for a link that is ours; return the language chosen."""
        number = self.reader(token)
        if number is None or choices.of(self._ctx, number) is None:
            return ""
        values = dict(fields)
        wanted: dict[str, int] = {name: 0 for field, name in fields if field == "newsletter"}
        for field, value in fields:
            name = field.removeprefix("days-")
            if field.startswith("days-") and name in wanted and value in "0123456":
                wanted[name] |= 1 << int(value)
        chosen_language = values.get("language", "")
        voice = self._pages.voice(request, chosen_language)
        known = self._ctx.settings.newsletters
        choices.save(
            self._ctx,
            number,
            choices.Choices(
                weekdays={name: bits or 127 for name, bits in wanted.items() if name in known},
                paused_until=self._until(values.get("until", ""), values.get("zone", "")),
                sections={name: _sections(each, fields) for name, each in known.items()},
                zone=_zone_of(values),
                language=chosen_language if chosen_language in language.languages() else "",
                ip=ip(request),
                wording={name: promise(voice, each) for name, each in known.items()},
            ),
        )
        return chosen_language

    def _zone(self, name: str) -> tzinfo:
        """Return a reader's zone, else the first newsletter's."""
        first = next(iter(self._ctx.settings.newsletters.values()), None)
        chosen = name if name in _zones() else first.timezone if first else "UTC"
        return ZoneInfo(chosen)

    def _until(self, text: str, zone: str) -> datetime | None:
        """Read the day a pause ends: its beginning, in the reader's zone; None if there is none."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        try:
            return datetime.combine(day, time(), self._zone(zone)).astimezone(UTC)
        except OverflowError:
            return None

    # ── one's own data ────────────────────────────────────────────────────────────────

    def ask(self, request: Request, token: str) -> tuple[HTMLResponse, bool]:
        """Queue a letter with the link to one's data: a forwarded mail must not open it."""
        found = self._owner(request, token, Purpose.PREFERENCES)
        if found is None:
            return self._pages.not_valid(request), False
        reader, newsletter, voice = found
        signup.ask_for_data(self._ctx, reader.id, newsletter.name if newsletter else "")
        text = voice(
            "We have sent a link to %(address)s. It works for one hour.", address=masked(reader.address)
        )
        return self._pages.message(voice, voice("Look into your inbox"), text, newsletter=newsletter), True

    def data(self, request: Request, token: str) -> HTMLResponse:
        """Show the two buttons: download and erase."""
        found = self._owner(request, token)
        if found is None:
            return self._pages.not_valid(request)
        reader, newsletter, voice = found
        return self._pages.page(
            "data.html.j2",
            voice,
            newsletter=newsletter,
            title=voice("Your data"),
            action=self._pages.here(request),
            address=masked(reader.address),
        )

    def _owner(self, request: Request, token: str, purpose: Purpose = Purpose.CHANGE) -> _Owner | None:
        number = self.reader(token, purpose)
        found = choices.of(self._ctx, number) if number is not None else None
        if found is None:
            return None
        reader, newsletter = found[0], self._main(found[1])
        voice = self._pages.voice(request, reader.language, newsletter.language if newsletter else "")
        return _Owner(reader, newsletter, voice)

    def download(self, request: Request, token: str) -> Response:
        """Give everything that is kept of the reader as JSON."""
        found = self._owner(request, token)
        if found is None:
            return self._pages.not_valid(request)
        body = json.dumps(
            privacy.everything(self._ctx, found.reader.id), ensure_ascii=False, indent=2, default=str
        )
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(body, media_type="application/json", headers=headers)

    def erase(self, request: Request, token: str) -> HTMLResponse:
        """Erase the reader."""
        found = self._owner(request, token)
        if found is None:
            return self._pages.not_valid(request)
        reader, newsletter, voice = found
        privacy.forget(self._ctx, reader.id, "page")
        text = voice(
            "We keep nothing about you but a code that makes sure this address is never mailed again."
        )
        return self._pages.message(voice, voice("Everything was erased"), text, newsletter=newsletter)


def router(way: Preferences) -> APIRouter:
    """Give the routes under ``/p`` and ``/d``."""
    routes = APIRouter(tags=["preferences"])

    @routes.get("/p/{token}", response_class=HTMLResponse, summary="The choices as they stand")
    async def page(request: Request, token: str) -> HTMLResponse:
        return await way.page(request, token)

    @routes.post("/p/{token}", response_class=HTMLResponse, summary="Save choices")
    async def save(request: Request, token: str) -> HTMLResponse:
        return await way.save(request, token)

    @routes.post("/p/{token}/data", response_class=HTMLResponse, summary="Ask for a link to one's own data")
    def ask(request: Request, token: str, background: BackgroundTasks) -> HTMLResponse:
        answer, letter = way.ask(request, token)
        if letter:
            background.add_task(way.send)
        return answer

    @routes.get("/d/{token}", response_class=HTMLResponse, summary="Download or erase; changes nothing")
    def data(request: Request, token: str) -> HTMLResponse:
        return way.data(request, token)

    @routes.post("/d/{token}", response_class=Response, summary="Download or erase one's own data")
    def act(request: Request, token: str, what: Annotated[str, Form(max_length=20)] = "download") -> Response:
        return way.erase(request, token) if what == "erase" else way.download(request, token)

    return routes
