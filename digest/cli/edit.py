"""``digest edit``: the editor's decisions about an edition to come."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, newsletter_argument, opened, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Decision, Slot

_WORDS = ("headline", "subject", "note")
_ACTIONS = ("pin", "drop", "hold", "lock", "replace", "move", *_WORDS, "undo", "list")


@click.command()
@newsletter_argument
@click.argument("action", type=click.Choice(_ACTIONS))
@click.argument("arguments", nargs=-1)
@at_option
@click.option("--by", "actor", default=None, metavar="NAME", help="Who decides (default: the login name).")
@config_option
@json_option
def edit(  # noqa: PLR0913, PLR0917 (one parameter an option)
    newsletter: str,
    action: str,
    arguments: tuple[str, ...],
    at: datetime | None,
    actor: str | None,
    config: str | None,
    as_json: bool,
) -> None:
    """Pin, drop, move and rename: decisions stand on top of the automatic choice.

    \b
    ACTION and its arguments:
      pin URL [PLACE]       put an article in, at a place or at the end
      drop URL              take a story out
      hold URL TIME         keep a story out of every edition due before a time
      lock [URL]            keep a pick (or all) where it is now
      replace URL NEW-URL   put another article in its place
      move URL PLACE        move a pick; the first place is 1
      headline URL WORDS    print other words
      subject WORDS         use this subject
      note WORDS            open with a note (Markdown)
      undo [NUMBER]         take back the latest decision, or one
      list                  show the decisions that stand

    \b
    Examples:
      digest edit daily --at 2026-07-05T07:00 pin https://post.example/harbour 1
      digest edit daily hold https://post.example/harbour 2026-07-06T06:00
      digest edit daily note "Good morning from the harbour."
    """
    from digest.flow import edit as editing
    from digest.flow.due import slot_for

    with opened(config, at) as ctx:
        slot = slot_for(ctx, newsletter, at)
        if action == "list":
            found = editing.listed(ctx, newsletter, slot)
        elif action == "undo":
            found = [editing.undo(ctx, newsletter, slot, _number(arguments))]
        else:
            found = _decide(ctx, (newsletter, action, arguments), slot, actor or login())
    _report(found, action, as_json)


def _decide(ctx: Context, what: tuple[str, str, tuple[str, ...]], slot: Slot, actor: str) -> list[Decision]:
    from digest.flow import edit as editing
    from digest.model import DecisionKind

    newsletter, action, arguments = what
    return editing.decide(ctx, newsletter, slot, (DecisionKind(action), *_split(action, arguments)), actor)


def _split(action: str, arguments: tuple[str, ...]) -> tuple[str, str]:
    """Give the article's address and the value of an action."""
    if action in ("subject", "note"):
        return "", " ".join(arguments)
    least = {"lock": 0, "pin": 1, "drop": 1}.get(action, 2)
    most = {"lock": 1, "drop": 1}.get(action, 2)
    if len(arguments) < least or (len(arguments) > most and action not in _WORDS):
        raise click.UsageError(
            f"{action} takes {least if least == most else f'{least} to {most}'} arguments; see --help"
        )
    return (arguments[0] if arguments else ""), " ".join(arguments[1:])


def _number(arguments: tuple[str, ...]) -> int | None:
    if not arguments:
        return None
    if not arguments[0].isdigit():
        raise click.UsageError(f"{arguments[0]!r} is no decision's number; `list` shows them")
    return int(arguments[0])


def login() -> str:
    """Return the name of who is logged in; empty where nobody is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _report(found: list[Decision], action: str, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"id": d.id, "kind": d.kind, "target": d.target, "value": d.value, "actor": d.actor, "at": d.at}
        for d in found
    ]
    if as_json:
        print_json({"undone" if action == "undo" else "decisions": rows})
        return
    if not rows:
        click.echo("no decisions stand")
    for row in rows:
        verb = "undone: " if action == "undo" else ""
        by = f"  (by {row['actor']})" if row["actor"] else ""
        click.echo(f"{verb}{row['id']}  {row['kind']} {row['target']} {row['value']}".rstrip() + by)
