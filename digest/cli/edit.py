"""``digest edit``: the editor's decisions about an edition to come."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import (
    at_option,
    config_option,
    json_option,
    newsletter_argument,
    opened,
    print_json,
    stamp,
)

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Decision, Slot

_TAKES = {
    "pin": "URL [PLACE]",
    "drop": "URL",
    "hold": "URL TIME",
    "lock": "[URL]",
    "replace": "URL NEW-URL",
    "move": "URL PLACE",
    "headline": "URL WORDS...",
    "subject": "WORDS...",
    "note": "WORDS...",
    "undo": "[NUMBER]",
    "list": "",
    "history": "",
}
"""Each action's arguments; those in brackets may be left out."""


@click.command()
@newsletter_argument
@click.argument("action", type=click.Choice(tuple(_TAKES)))
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

    Each is answered with what became of the article. The later decision about an article wins; all stay on
    record. An article is named by its address, with or without what a browser hangs on to it.

    \b
    ACTION and its arguments:
      pin URL [PLACE]       put an article in, at a place, or where it is, or at the end
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
      history               show all, those taken back as well, with who and when

    Words that begin with a dash come after "--".

    \b
    Examples:
      digest edit daily --at 2026-07-05T07:00 pin https://post.example/harbour 1
      digest edit daily hold https://post.example/harbour 2026-07-06T06:00
      digest edit daily note "Good morning from the harbour."
    """
    from digest.flow import edit as editing
    from digest.flow.due import slot_for

    _check(action, arguments)
    with opened(config, at) as ctx:
        slot = slot_for(ctx, newsletter, at)
        who = login() if actor is None else actor
        found, effects = _done(ctx, (newsletter, action, arguments), slot, who)
        due = slot.at
    rows = [editing.as_json(one) for one in found]
    key = "undone" if action == "undo" else "decisions"
    if as_json:
        print_json({"newsletter": newsletter, "slot": due, key: rows, "effects": effects})
        return
    for row in rows:
        click.echo(f"undone: {_line(row)}" if action == "undo" else _line(row) + _undone(row))
    if not rows:
        looks = action in ("list", "history")
        click.echo("no decisions stand" if looks else "nothing to do: it stands so already")
    click.echo(f"the edition of {newsletter} due {stamp(due)}" + (":" if effects else ""))
    for one in effects:
        click.echo(f"  “{one['headline']}”: {one['why']}")


def _check(action: str, arguments: tuple[str, ...]) -> None:
    """Refuse too few or too many arguments before anything is opened."""
    takes = _TAKES[action].split()
    least = sum(1 for one in takes if not one.startswith("["))
    many = bool(takes) and takes[-1].endswith("...")
    if len(arguments) < least or (len(arguments) > len(takes) and not many):
        raise click.UsageError(f"{action} takes {_TAKES[action] or 'no arguments'}; see --help")
    if action == "undo" and arguments and not (arguments[0].isascii() and arguments[0].isdigit()):
        raise click.UsageError(f"{arguments[0]!r} is no decision's number; `list` shows them")


def _done(
    ctx: Context, what: tuple[str, str, tuple[str, ...]], slot: Slot, actor: str
) -> tuple[list[Decision], list[dict[str, Any]]]:
    """Do what was asked; give the decisions it is about, and what became of their articles."""
    from digest.flow import edit as editing
    from digest.model import DecisionKind

    newsletter, action, arguments = what
    if action in ("list", "history"):
        return (editing.listed if action == "list" else editing.history)(ctx, newsletter, slot), []
    if action == "undo":
        found = editing.undo(ctx, newsletter, slot, int(arguments[0]) if arguments else None, actor)
    else:
        wish = (DecisionKind(action), *_split(action, arguments))
        found = editing.decide(ctx, newsletter, slot, wish, actor)
    return found, editing.effects(ctx, newsletter, slot, found)


def _split(action: str, arguments: tuple[str, ...]) -> tuple[str, str]:
    """Give the article's address and the value of an action."""
    if action in ("subject", "note"):
        return "", " ".join(arguments)
    return (arguments[0] if arguments else ""), " ".join(arguments[1:])


def login() -> str:
    """Return the name of who is logged in; empty where nobody is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _line(row: dict[str, Any]) -> str:
    by = f", by {row['actor']}" if row["actor"] else ""
    line = f"{row['id']}  {row['kind']} {row['target']}".rstrip() + f" {row['value']}".rstrip()
    return f"{line}  ({stamp(row['at'])}{by})"


def _undone(row: dict[str, Any]) -> str:
    by = f", by {row['undone_by']}" if row["undone_by"] else ""
    return f" taken back ({stamp(row['undone_at'])}{by})" if row["undone_at"] else ""
