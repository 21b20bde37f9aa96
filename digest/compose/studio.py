"""The preview page: one edition as readers will see it, and why it is so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from digest.compose import color
from digest.compose.language import language
from digest.compose.typography import FACES
from digest.resources import data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.compose.lint import Finding
    from digest.model import Plan

_SCHEME = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
_DESKTOP, _PHONE = 640, 390


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the preview page shows."""

    plan: Plan | None
    newsletter: str
    language: str
    state: str  # "not frozen yet", or the edition's state
    html: str  # as the reader gets it
    text: str
    headers: Sequence[tuple[str, str]]
    preheader: str
    size: int  # bytes of the whole message
    findings: Sequence[Finding] = ()
    trimmed: Sequence[str] = ()
    broken: Mapping[str, str] = field(default_factory=dict)  # picture's address → why it is not shown
    local_images: Mapping[str, str] = field(
        default_factory=dict
    )  # address in the mail → file beside the page
    live: bool = False  # served: reloads itself


def framed(html: str, *, dark: bool) -> str:
    """Return the mail as a frame shows it: one colour scheme forced, links opening in a tab of their own."""
    scheme = _SCHEME.sub("@media all" if dark else "@media not all", html)
    return scheme.replace("<head>", '<head><base target="_blank">', 1)


def page(sheet: Sheet) -> str:
    """Render the preview page."""
    env = Environment(
        loader=FileSystemLoader(str(data("templates"))),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html.j2", "html"], default_for_string=True, default=True),
    )
    return env.get_template("preview/index.html.j2").render(_values(sheet))


def failure(title: str, message: str) -> str:
    """Render the page a served preview shows while the edition cannot be made."""
    env = Environment(
        loader=FileSystemLoader(str(data("templates"))),
        undefined=StrictUndefined,
        autoescape=True,
    )
    return env.get_template("preview/failure.html.j2").render(
        title=title, message=message, light=color.LIGHT, dark=color.DARK, faces=FACES["latin"], live=True
    )


def _values(sheet: Sheet) -> dict[str, Any]:
    html = sheet.html
    for address, file in sheet.local_images.items():
        html = html.replace(address, file)
    headers = dict(sheet.headers)
    spoken = language(sheet.language)
    return {
        "sheet": sheet,
        "plan": sheet.plan,
        "subject": headers.get("Subject", ""),
        "sender": headers.get("From", "").partition("<")[0].strip().strip('"') or headers.get("From", ""),
        "dir": spoken.dir,
        "lang": spoken.tag,
        "frames": [
            {"label": label, "width": width, "dark": dark, "html": framed(html, dark=dark)}
            for dark in (False, True)
            for label, width in (("Desktop", _DESKTOP), ("Phone", _PHONE))
        ],
        "html_size": len(sheet.html.encode()),
        "light": color.LIGHT,
        "dark": color.DARK,
        "accent": color.tone("#9B1C1F"),
        "faces": FACES["latin"],
        "arabic": FACES["arabic"],
        "nothing": Markup("&#8212;"),
        "live": sheet.live,
    }
