"""Rendering pages: templates that escape everything, in the reader's language, the newsletter's accent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from digest.compose.color import DARK, LIGHT, ink_on, tone
from digest.resources import data
from digest.web import language

if TYPE_CHECKING:
    from pathlib import Path

    from digest.flow.context import Context
    from digest.settings import NewsletterSettings

DEFAULT_ACCENT = "#9B1C1F"


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
        first = next(iter(ctx.settings.newsletters.values()), None)
        self._site = first.site if first else ""

    def voice(self, request: Request, *more: str) -> language.Voice:
        """Choose a page's language: ``?lang=``, then what is known (reader, newsletter), then the browser."""
        wishes = [request.query_params.get("lang", ""), *more]
        return language.choose([*wishes, *language.accepted(request.headers.get("accept-language", ""))])

    def page(
        self,
        template: str,
        voice: language.Voice,
        *,
        newsletter: NewsletterSettings | None = None,
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """Render one page. ``newsletter`` gives it its name and accent."""
        text = self._jinja.get_template(template).render(
            _=voice,
            voice=voice,
            newsletter=newsletter,
            root=self.root,
            base=self.base,
            style=self.style_address(newsletter),
            site=self._site,
            **values,
        )
        return HTMLResponse(text, status, {"Content-Language": voice.code})

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
        name = newsletter.name if newsletter else "default"
        version = hashlib.sha256(self.style(name).encode()).hexdigest()[:10]
        return f"{self.root}/style/{name}.css?v={version}"
