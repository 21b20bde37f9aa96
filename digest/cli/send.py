"""``digest send``: freeze an edition and send it; test sends; dry runs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, newsletter_argument, opened, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.context import Context
    from digest.flow.send import Totals

UNHAPPY = ("held", "paused", "missed")


class Stop:
    """Set by SIGINT and SIGTERM: messages in hand are finished, then the command ends; a second ends it."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Tell whether a signal came."""
        return self.asked

    def install(self) -> None:
        """Listen to the signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)

    def _heard(self, number: int, _frame: Any) -> None:
        if self.asked:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.asked = True
        click.echo("finishing the messages in hand …", err=True)


@click.command()
@newsletter_argument
@at_option
@click.option(
    "--to",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="Send a test to this address only; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Make everything, send nothing, change nothing.")
@click.option(
    "--force", default="", metavar="REASON", help="Send although lint found errors; the reason is recorded."
)
@json_option
@config_option
def send(**given: Any) -> int:
    """Freeze the newsletter's edition and send it to its subscribers.

    Run it again after an interruption: nobody gets it twice, nobody is left out. Without --at it is the
    latest slot that is due and not yet made. --to and --dry-run consume nothing: no edition is made of them.

    \b
    Examples:
      digest send daily
      digest send daily --at 2026-07-05T07:00 --dry-run
      digest send daily --to me@example.com
    """
    from digest.flow import dispatch

    at: datetime | None = given["at"]
    with opened(given["config"], at) as ctx:
        if given["addresses"]:
            result = dispatch.test_send(ctx, given["newsletter"], at, given["addresses"])
            return show_test(result, as_json=given["as_json"])
        if given["dry_run"]:
            return show_dry(dispatch.dry_run(ctx, given["newsletter"], at), as_json=given["as_json"])
        return _send(ctx, given)


def _send(ctx: Context, given: dict[str, Any]) -> int:
    from digest.cli.progress import Progress
    from digest.flow import dispatch

    stop = Stop()
    stop.install()
    with Progress(quiet=given["as_json"]) as progress:
        done = dispatch.send(
            ctx, given["newsletter"], given["at"], force=given["force"], stop=stop, progress=progress.start
        )
    return show(done, as_json=given["as_json"])


def show(done: Totals, *, as_json: bool) -> int:
    """Print where an edition stands; return the command's exit code."""
    bad = done.state in UNHAPPY or done.unknown > 0
    if as_json:
        print_json(done.as_json())
        return int(bad)
    words = ("submitted", "deferred", "refused", "suppressed", "unknown", "expired", "cancelled", "queued")
    counts = ", ".join(f"{getattr(done, word)} {word}" for word in words if getattr(done, word))
    rate = f", {done.submitted / done.seconds:.0f} a second" if done.seconds >= 1 and done.submitted else ""
    line = f"edition {done.edition} ({done.newsletter}, {done.slot:%Y-%m-%d %H:%M} UTC) is {done.state}"
    click.echo(f"{line}: {counts or 'nobody to send to'} of {done.candidates} in {done.seconds:.1f} s{rate}")
    for note in _notes(done):
        click.echo(note)
    return int(bad)


def _notes(done: Totals) -> list[str]:
    notes = []
    if done.reason:
        notes.append(f"  {done.reason}")
    if done.state == "held":
        notes.append(f"  look at it, then: digest editions release {done.edition}")
    if done.state == "sending" and done.queued:
        notes.append(
            f"  {done.queued} are not sent yet: this command again goes on, `digest run` does so too"
        )
    if done.deferred and done.retry_at:
        notes.append(
            f"  deferred ones are due again at {done.retry_at:%H:%M} UTC: `digest run`, or this command again"
        )
    if done.unknown:
        notes.append(f"  settle the unknown ones: digest editions resolve {done.edition}")
    return notes


def show_test(outcomes: list[dict[str, str]], *, as_json: bool) -> int:
    """Print what became of a test send."""
    if as_json:
        print_json(outcomes)
    else:
        for entry in outcomes:
            click.echo(f"{entry['address']}: {entry['outcome']} {entry['detail']}".rstrip())
    return int(any(entry["outcome"] != "submitted" for entry in outcomes))


def show_dry(found: dict[str, Any], *, as_json: bool) -> int:
    """Print what would be sent."""
    if as_json:
        print_json(found)
    elif found["skip"]:
        click.echo(f"no edition: {found['skip']}")
    else:
        click.echo(f"{found['newsletter']}, {found['slot']:%Y-%m-%d %H:%M} UTC: {found['subject']!r}")
        click.echo(
            f"  {found['picks']} picks to {found['candidates']} readers through {', '.join(found['senders'])}"
        )
        for line in found["errors"]:
            click.echo(f"  lint: {line}")
    return int(bool(found["errors"]))
