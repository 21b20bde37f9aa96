"""``digest archive``: the index of related headlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.common import config_option, json_option, opened, print_json

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group()
def archive() -> None:
    """Show or rebuild the index of related headlines.

    \b
    Example:
      digest archive stats
    """


@archive.command()
@config_option
@json_option
def stats(config: str | None, as_json: bool) -> None:
    """Show how much the index holds and with which version of the text rules it was built.

    \b
    Example:
      digest archive stats --json
    """
    from digest.flow import archive as flow

    with opened(config) as ctx:
        found = flow.stats(ctx)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name.replace('_', ' '):>16}  {value}")


@archive.command()
@config_option
@json_option
def rebuild(config: str | None, as_json: bool) -> None:
    """Build the index again from the articles. Safe to stop: it goes on where it was.

    \b
    Example:
      digest archive rebuild
    """
    from digest.flow import archive as flow

    with opened(config) as ctx:
        done = flow.rebuild(ctx, progress=_say(quiet=as_json))
    if as_json:
        print_json({"articles": done})
    else:
        click.echo(f"{done} articles indexed")


def _say(*, quiet: bool) -> Callable[[int, int], None]:
    def say(done: int, total: int) -> None:
        if not quiet:
            click.echo(f"{done} of {total}", err=True)

    return say
