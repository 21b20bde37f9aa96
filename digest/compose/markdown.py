"""The editor's and the sponsor's words: a little Markdown, as HTML for mails and as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from digest.compose.bidi import direction, without_controls

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAGS = {"p", "strong", "em", "a", "br", "ul", "ol", "li"}


@dataclass(frozen=True, slots=True)
class Prose:
    """Words of a person, ready for both parts."""

    html: Markup
    text: str
    way: str = "ltr"


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("zero").enable(["emphasis", "link", "newline", "autolink", "list", "escape", "entity"])


def prose(source: str, surrounding: str) -> Prose | None:
    """Turn Markdown into paragraphs with emphasis, lists and https links; everything else becomes plain text.

    Raw HTML is shown as written, never obeyed. Returns None for empty text.
    """
    source = without_controls(source.strip())
    if not source:
        return None
    way = direction(source, surrounding)
    attributes = f' dir="{way}"' if way != surrounding else ""
    clean = nh3.clean(
        _parser().render(source),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "mailto"},
        link_rel=None,
    )
    styled = clean.replace("<p>", f'<p class="prose"{attributes}>').replace("<a ", '<a class="link" ')
    styled = styled.replace("<li>", f'<li class="prose"{attributes}>')
    return Prose(Markup(styled.strip()), _plain(source), way)  # noqa: S704 (cleaned above)


def _plain(source: str) -> str:
    """Write the same words as plain text; a paragraph's links follow it, one address a line."""
    lines: list[str] = []
    for token in _parser().parse(source):
        if token.type == "inline":
            text, links = _inline(token.children or [])
            lines += [text, *links]
    return "\n".join(lines)


def _inline(children: list[Token]) -> tuple[str, list[str]]:
    text, links = "", []
    for child in children:
        if child.type == "link_open":
            href = str(child.attrs.get("href", ""))
            links += [href.removeprefix("mailto:")] if href.startswith(("https:", "mailto:")) else []
        elif child.type in ("softbreak", "hardbreak"):
            text += " "
        else:
            text += child.content
    return text, [link for link in links if link not in text]
