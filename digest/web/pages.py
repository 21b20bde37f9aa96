"""Rendering pages: templates that escape everything, in the reader's language, the newsletter's accent."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape
from starlette.requests import Request

from digest.compose.color import DARK, LIGHT, ink_on, tone
from digest.resources import data
from digest.web import language

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from digest.flow.context import Context
    from digest.settings import NewsletterSettings

DEFAULT_ACCENT = "#9B1C1F"
PUBLIC = {"Cache-Control": "public, max-age=300"}
"""Of pages that are the same for everyone; a browser may show them for five minutes."""
_OWN = "\ue000%s\ue001"
"""Stands for a reader's own value while a page is rendered; a private character that no text has."""
_RENDERED = 500
"""Pages kept rendered but for a reader's own values."""


class Pages:
    """The templates of one installation, and what every page needs."""

    def __init__(self, ctx: Context) -> None:
        self.settings = ctx.settings
        own: Path = ctx.settings.path(ctx.settings.templates)
        self._jinja = Environment(
            loader=ChoiceLoader([FileSystemLoader(own / "web"), FileSystemLoader(data("templates") / "web")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.base = ctx.settings.base_url.rstrip("/")
        self.root = urlsplit(self.base).path
        self._styles: dict[str, str] = {}
        self._style_addresses: dict[str, str] = {}
        self._kept: dict[Hashable, str] = {}
        first = next(iter(ctx.settings.newsletters.values()), None)
        self._site = first.site if first else ""

    def voice(self, request: Request, *more: str) -> language.Voice:
        """Choose a page's language: ``?lang=``, then what is known (reader, newsletter), then the browser."""
        asked = request.query_params.get("lang", "")[:20] if request.scope["query_string"] else ""
        return _voice(asked, more) or _voice_of_browser(request.headers.get("accept-language", "")[:100])

    def page(
        self,
        template: str,
        voice: language.Voice,
        *,
        newsletter: NewsletterSettings | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """Render one page. ``newsletter`` gives it its name and accent."""
        text = self._render(template, voice, {**values, "newsletter": newsletter})
        return HTMLResponse(text, status, {"Content-Language": voice.code, **(headers or {})})

    def own(
        self,
        template: str,
        voice: language.Voice,
        values: Mapping[str, Any],
        *,
        own: Mapping[str, str],
        differs: Hashable,
    ) -> HTMLResponse:
        """Render a page of one reader. Pages that differ only in ``own`` are rendered once.

        ``values`` has ``newsletter``, as ``page`` does. ``own`` values are escaped and put in afterwards;
        ``differs`` is all that ``values`` depend on beside language and newsletter.
        """
        newsletter: NewsletterSettings | None = values["newsletter"]
        key = (template, voice.language.tag, newsletter.name if newsletter else None, differs)
        text = self._kept.get(key)
        if text is None:
            places = {name: _OWN % name for name in own}
            text = self._render(template, voice, {**values, **places})
            if len(self._kept) >= _RENDERED:
                self._kept.clear()
            self._kept[key] = text
        for name, value in own.items():
            text = text.replace(_OWN % name, str(escape(value)))
        return HTMLResponse(text, 200, {"Content-Language": voice.code})

    def _render(
        self,
        template: str,
        voice: language.Voice,
        values: Mapping[str, Any],
    ) -> str:
        return self._jinja.get_template(template).render(
            _=voice,
            voice=voice,
            root=self.root,
            base=self.base,
            style=self.style_address(values["newsletter"]),
            site=self._site,
            **values,
        )

    def here(self, request: Request) -> str:
        """Return the path a form of this page is sent to, as readers see it."""
        path: str = request.scope["path"]
        return self.root + path

    def not_valid(self, request: Request) -> HTMLResponse:
        """Answer a link that is not ours or no longer valid, whatever the cause, with the same page."""
        voice = self.voice(request)
        text = voice("The link is incomplete or no longer valid. Open it again from a recent mail.")
        return self.message(voice, voice("This link does not work"), text, status=404)

    def no_newsletter(self, request: Request) -> HTMLResponse:
        """Answer a newsletter that is not there."""
        voice = self.voice(request)
        text = voice("Check the address, or open the link again from a recent mail.")
        return self.message(voice, voice("There is no such newsletter"), text, status=404)

    def message(
        self,
        voice: language.Voice,
        title: str,
        text: str,
        *,
        newsletter: NewsletterSettings | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Render a page that only says something."""
        return self.page(
            "message.html.j2", voice, newsletter=newsletter, status=status, title=title, text=text
        )

    def style(self, name: str) -> str:
        """Return the stylesheet in the accent of a newsletter (any other name: the default accent)."""
        if name not in self._styles:
            found = self.settings.newsletters.get(name)
            if found is None and "" in self._styles:
                return self._styles[""]
            accent = tone(found.accent if found else DEFAULT_ACCENT)
            self._styles[name if found else ""] = self._jinja.get_template("style.css.j2").render(
                light=LIGHT, dark=DARK, accent=accent, on_accent=ink_on(accent.light)
            )
        return self._styles.get(name, self._styles.get("", ""))

    def style_address(self, newsletter: NewsletterSettings | None) -> str:
        """Return the stylesheet's address; it changes with its content, so browsers may keep it for ever."""
        name = newsletter.name if newsletter and newsletter.name else "default"
        if name not in self._style_addresses:
            version = hashlib.sha256(self.style(name).encode()).hexdigest()[:10]
            self._style_addresses[name] = f"{self.root}/style/{name}.css?v={version}"
        return self._style_addresses[name]


@lru_cache(1000)
def _voice(asked: str, more: tuple[str, ...]) -> language.Voice | None:
    return language.first([asked, *more])


@lru_cache(1000)
def _voice_of_browser(header: str) -> language.Voice:
    return language.choose(language.accepted(header))
