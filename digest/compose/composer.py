"""From plan and frame to the compiled edition: view → render → trim → inline → assemble.

A pure function: the same plan, frame and template folder give the same bytes on any machine at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digest.compose import headers, mime, segments
from digest.compose.budget import fitted
from digest.compose.frame import Compiled
from digest.compose.inline import inline
from digest.compose.language import language
from digest.compose.render import environment, look, one_line, render, render_source
from digest.compose.themes import theme
from digest.compose.view import Viewer, swatches
from digest.errors import ComposeError

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from digest.compose.frame import Asset, Frame
    from digest.model import Plan


_OWED = ("postal_address",)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One attempt at an edition: its parts before they are put into a message."""

    html: str
    text: str
    subject: str
    preheader: str


class Composer:
    """Renders plans for one frame: theme, language and templates are looked up once."""

    def __init__(self, frame: Frame, overrides: Path | None) -> None:
        self.frame = frame
        self.theme = theme(frame.newsletter.theme, overrides)
        spoken = language(frame.newsletter.language)
        self.env: ImmutableSandboxedEnvironment = environment(spoken, overrides)
        self.look = look(frame, spoken) | {"palette": swatches(frame.newsletter)}

    def _file(self, name: str, values: dict[str, Any]) -> str:
        return render(self.env, f"{self.theme.name}/{name}", values)

    def _subject(self, plan: Plan, values: dict[str, Any]) -> str:
        if plan.subject:
            return one_line(plan.subject)
        configured = self.frame.newsletter.subject
        if configured:
            where = f"newsletters/{self.frame.newsletter.name}.toml: subject"
            return one_line(render_source(self.env, configured, where, values))
        return one_line(self._file("subject.txt.j2", values))

    def values(self, plan: Plan, *, page: bool) -> dict[str, Any]:
        """Return every name a template can use."""
        values = self.look | Viewer(self.frame, self.theme, plan).values() | {"page": page}
        values["subject"] = self._subject(plan, values)
        values["preheader"] = one_line(self._file("preheader.txt.j2", values))
        return values

    def render(self, plan: Plan, *, page: bool = False) -> Rendered:
        """Render and inline one plan; ``page`` leaves out what is a reader's own."""
        values = self.values(plan, page=page)
        return Rendered(
            html=inline(self._file("body.html.j2", values)),
            text="" if page else tidy(self._file("body.txt.j2", values)),
            subject=values["subject"],
            preheader=values["preheader"],
        )


def tidy(text: str) -> str:
    """Return a text part without trailing spaces and with at most one empty line in a row."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join("-- " if line == "--" else line for line in kept) + "\n"


def compile(plan: Plan, frame: Frame, overrides: Path | None = None) -> Compiled:  # noqa: A001 (what it is)
    """Compile a plan into the message every reader shares, and the page "view in browser" shows.

    ``overrides`` is the folder whose files replace built-in templates of the same path. Raises
    ``TemplateError`` with file and line, and ``ComposeError`` where there is nothing to print.
    """
    if not plan.picks:
        day = f"{plan.slot.local:%Y-%m-%d %H:%M}"
        raise ComposeError(f"{plan.newsletter}: there is no story to print in the edition of {day}")
    composer = Composer(frame, overrides)
    tried: list[tuple[Plan, Rendered]] = []

    def size(candidate: Plan) -> int:
        tried[:] = [(candidate, composer.render(candidate))]
        return len(tried[0][1].html.encode())

    kept, trimmed = fitted(plan, size)
    last, rendered = tried[0]
    assert last is kept, "what is kept was measured last"
    fields = headers.build(frame, rendered.subject)
    shown = _shown(rendered.html, frame)
    blocks = mime.assemble(
        fields,
        rendered.text,
        rendered.html,
        boundary=frame.boundary,
        marks=frame.marks(),
        embedded=[_embedded(frame, asset) for asset in shown if asset.hash in frame.embedded],
    )
    return Compiled(
        variant=segments.freeze("main", rendered.subject, blocks, envelope_domain=frame.bounce_domain),
        page=_page(composer, kept, overrides),
        html=rendered.html,
        text=rendered.text,
        subject=rendered.subject,
        preheader=rendered.preheader,
        headers=fields,
        trimmed=trimmed,
        images=shown,
        missing=tuple(name for name in _OWED if not getattr(frame.newsletter, name)),
    )


def _page(composer: Composer, plan: Plan, overrides: Path | None) -> bytes:
    """Render what "view in browser" shows: pictures come from the web part, never from the message.

    Its links lead straight to the stories: a page is read by search engines and people who got no mail.
    """
    if composer.frame.embedded or composer.frame.clicks:
        composer = Composer(replace(composer.frame, embedded={}, clicks={}), overrides)
    return composer.render(plan, page=True).html.encode()


def _shown(html: str, frame: Frame) -> tuple[Asset, ...]:
    assets = {asset.hash: asset for asset in (*frame.images.values(), frame.logo) if asset is not None}
    return tuple(asset for asset in assets.values() if frame.image_url(asset) in html)


def _embedded(frame: Frame, asset: Asset) -> tuple[str, str, bytes]:
    return frame.image_url(asset).removeprefix("cid:"), asset.media_type, frame.embedded[asset.hash]
