"""The command line: one module per command group, imported only when its command is asked for."""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import TYPE_CHECKING, Any

import click

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    # command: (module, one-line help) — the help stands here so that `digest --help` imports nothing
    "init": ("setup", "Write a working folder: config, keys, one daily newsletter."),
    "check": ("setup", "Check the configuration; exit 0 or 2."),
    "demo": ("demo", "Run the whole path with a bundled newsroom in a temporary folder."),
    "ingest": ("ingest", "Read the sources and keep what is new."),
    "sources": ("sources", "Add, list, show, test, pause and resume sources."),
    "plan": ("plan", "Show what an edition would contain, and why; changes nothing."),
    "why": ("plan", "Tell why one article is in an edition, or not."),
    "replay": ("plan", "Run a past span again and show what would differ."),
    "edit": ("edit", "Pin, drop, move and rename: the editor's decisions."),
    "stories": ("stories", "Show stories; merge, split and link them by hand."),
    "archive": ("archive", "The index of related headlines: rebuild, stats."),
    "preview": ("preview", "Write or serve the edition as it would be sent."),
    "lint": ("lint", "Check a newsletter or a message against the rules of email."),
    "themes": ("themes", "List the themes; copy one to start your own."),
    "send": ("send", "Freeze an edition and send it; safe to run again."),
    "editions": ("editions", "List, show, hold, release, pause, cancel and audit editions."),
    "subscribers": ("subscribers", "Import, add, remove, list, export and forget subscribers."),
    "bounces": ("bounces", "Classify and apply bounces and complaints."),
    "doctor": ("doctor", "Check DNS, keys, clock and senders; say what to change."),
    "run": ("run", "Run everything: schedule, worker and web."),
    "schedule": ("schedule", "Show the coming slots and what they cover."),
    "web": ("web", "Serve the public pages."),
    "db": ("db", "Upgrade or back up the database."),
}


class Lazy(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of a newcomer's path."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command; it holds a click command of the same name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"digest.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; name the nearest where there is none."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else "`digest --help` lists them"
            ctx.fail(f"there is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", "config", metavar="DIR", default=None, help="The working folder (default: the current one)."
)
@click.version_option(package_name="newsdigest", prog_name="digest")
@click.pass_context
def digest(ctx: click.Context, config: str | None) -> None:
    """Newsletter digests for news sites, from feeds to inbox.

    \b
    Start here:
      digest demo                 see the whole path work
      digest init my-newsletter   make your own
    """
    ctx.obj = {"config": config}


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code: 0 done, 1 failed, 2 usage or configuration."""
    try:
        result: Any = digest.main(list(arguments), prog_name="digest", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except Exception as error:
        code = _tell(error)
        if code is None:
            raise
        return code
    return result if isinstance(result, int) else 0


def _tell(error: Exception) -> int | None:
    """Print what a foreseen error says and return the exit code; None for a fault of ours."""
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    if isinstance(error, BrokenPipeError):  # the reader of our output has left
        sys.stderr.close()
        return 1
    if isinstance(error, DigestError):
        message, code = str(error), error.exit_code
    elif isinstance(error, click.Abort):
        message, code = "stopped", 1
    elif type(error).__module__.startswith("sqlalchemy."):  # by name: nothing heavy is imported here
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        message, code = f"the database failed: {reason}; nothing half-done was kept", 1
    else:
        return None
    click.echo(f"digest: {message}", err=True)
    return code
