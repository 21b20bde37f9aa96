"""``digest themes``: list the themes; copy one to start your own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import click

from digest.cli.common import config_option, json_option, opened, print_json


@click.group()
def themes() -> None:
    """List the themes; copy one to start your own.

    \b
    Examples:
      digest themes list
      digest themes new evening --from briefing
    """


@themes.command("list")
@config_option
@json_option
def list_(config: str | None, as_json: bool) -> None:
    """List the built-in themes and those of the working folder.

    \b
    Example:
      digest themes list
    """
    from digest.compose.themes import names, theme

    with opened(config) as ctx:
        folder = ctx.settings.path(ctx.settings.templates)
        users = {name: news.theme for name, news in ctx.settings.newsletters.items()}
    found = [theme(name, folder) for name in names(folder)]
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "description": one.description,
                    "own": one.own,
                    "newsletters": sorted(name for name, used in users.items() if used == one.name),
                }
                for one in found
            ]
        )
        return
    for one in found:
        used = ", ".join(sorted(name for name, style in users.items() if style == one.name))
        own, users_of = " (own)" if one.own else "", f"  [used by {used}]" if used else ""
        click.echo(f"{one.name}{own}: {one.description}{users_of}")


@themes.command()
@click.argument("name")
@click.option("--from", "source", default="briefing", show_default=True, help="The theme to copy.")
@config_option
@json_option
def new(name: str, source: str, config: str | None, as_json: bool) -> None:
    """Copy a theme into the working folder under a new NAME; change it there.

    \b
    Example:
      digest themes new evening --from magazine
    """
    from digest.compose.themes import folders, theme
    from digest.errors import UsageError

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name) or name == "blocks":
        raise UsageError(f"{name!r} cannot be a theme's name; use lower-case letters, digits and hyphens")
    with opened(config) as ctx:
        overrides = ctx.settings.path(ctx.settings.templates)
    theme(source, overrides)  # says which there are, if there is none of that name
    target = overrides / "editions" / name
    if any((folder / name).exists() for folder in folders(overrides)):
        raise UsageError(f"there is a theme {name!r} already; choose another name, or change that one")
    target.mkdir(parents=True)
    for folder in reversed(folders(overrides)):
        for file in sorted((folder / source).glob("*")):
            shutil.copyfile(file, target / file.name)
    written = [str(Path(target) / file.name) for file in sorted(target.iterdir())]
    if as_json:
        print_json({"theme": name, "from": source, "files": written})
        return
    click.echo(
        f'Wrote {target}; set theme = "{name}" in a newsletter and run: digest preview NEWSLETTER --serve'
    )
