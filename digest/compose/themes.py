"""Themes: folders under templates/editions, the built-in ones and the operator's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from digest.errors import TemplateError
from digest.resources import data

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("theme.toml", "subject.txt.j2", "preheader.txt.j2", "body.html.j2", "body.txt.j2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What a theme says about itself in theme.toml."""

    name: str
    title: str = ""
    description: str = ""
    pictures: str = "lead"  # which stories show one: lead, first (of each section), none
    lead_words: int = 45
    story_words: int = 30
    sections: bool = False  # whether stories are put under their sections
    picture_width: int = 600  # pixels as shown
    own: bool = False  # whether the operator's folder has it


def folders(overrides: Path | None) -> tuple[Path, ...]:
    """Return where edition templates are looked for, the operator's own first."""
    own = (overrides / "editions",) if overrides is not None else ()
    return (*own, data("templates") / "editions")


def names(overrides: Path | None) -> tuple[str, ...]:
    """Return the names of all themes."""
    found = {path.parent.name for folder in folders(overrides) for path in folder.glob("*/theme.toml")}
    return tuple(sorted(found))


def theme(name: str, overrides: Path | None) -> Theme:
    """Read a theme; single files may come from the operator's folder and the rest from the built-in one.

    Raises ``TemplateError`` when there is none of that name or its theme.toml is wrong.
    """
    for folder in folders(overrides):
        path = folder / name / "theme.toml"
        if path.is_file():
            return _read(path, name, own=folder != folders(None)[0])
    raise TemplateError(f"no theme is named {name!r}; there are: {', '.join(names(overrides))}")


def _read(path: Path, name: str, *, own: bool) -> Theme:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        return Theme(name=name, own=own, **values)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        remedy = "its keys are those of the built-in briefing theme"
        raise TemplateError(f"{path}: {error}; {remedy}") from error


@cache
def builtin() -> tuple[str, ...]:
    """Return the names of the themes that ship with Digest."""
    return names(None)
