"""``digest editions``: list, show, clicks, hold, release, pause, resume, cancel, audit, resolve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from digest.cli.common import config_option, json_option, opened, print_json, stamp, to_json

reference = click.argument("edition", metavar="ID")
reason_option = click.option("--reason", default="", help="Why; it is written down.")


@click.group()
def editions() -> None:
    """Look after editions: what was sent, what is held, what is unknown.

    \b
    Examples:
      digest editions list
      digest editions show 12
      digest editions audit 12 --against var/outbox
    """


@editions.command("list")
@click.option("--newsletter", default="", help="Only this newsletter's.")
@click.option("--limit", default=50, show_default=True, help="At most this many, latest first.")
@json_option
@config_option
def list_(newsletter: str, limit: int, as_json: bool, config: str | None) -> None:
    """List editions, latest first. Example: digest editions list --newsletter daily."""
    from digest.flow import send as sending
    from digest.store import editions as store

    with opened(config) as ctx:
        with ctx.store.read() as conn:
            found = store.listed(conn, newsletter, limit)
        rows = [sending.totals(ctx, edition.id).as_json() for edition in found]
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("no editions yet: `digest send NEWSLETTER` makes one")
        return
    _table(rows)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in (
        "id",
        "newsletter",
        "slot (UTC)",
        "state",
        "readers",
        "submitted",
        "open",
        "refused",
        "unknown",
        "reason",
    ):
        table.add_column(
            title,
            justify="right" if title in ("readers", "submitted", "open", "refused", "unknown") else "left",
        )
    for row in rows:
        waiting = row["queued"] + row["submitting"] + row["deferred"]
        numbers = (row["candidates"], row["submitted"], waiting, row["refused"], row["unknown"])
        start = (str(row["edition"]), row["newsletter"], f"{row['slot']:%Y-%m-%d %H:%M}", row["state"])
        table.add_row(*start, *(str(n) for n in numbers), row["reason"][:60])
    Console(width=None if Console().is_terminal else 160).print(table)


@editions.command()
@reference
@click.option("--every", default=1.0, show_default=True, help="Seconds between two looks.")
@json_option
@config_option
def watch(edition: str, every: float, as_json: bool, config: str | None) -> None:
    """Show how far an edition is until it is over, whoever sends it. Example: digest editions watch 12.

    On a terminal one live line, elsewhere a line at each look; with --json an object a line. It only reads.
    """
    import time

    from digest.cli.progress import Progress
    from digest.flow import send as sending
    from digest.flow.progress import Meter
    from digest.store import editions as store

    with opened(config) as ctx, Progress(quiet=as_json) as progress:
        with ctx.store.read() as conn:
            number = store.get(conn, edition).id
        meter = Meter(ctx, number)
        while True:
            if as_json:
                click.echo(json.dumps(json.loads(to_json(meter.figures())), ensure_ascii=False))
            else:
                progress.show(meter.line())
            if meter.totals.state in (*sending.OVER, "held"):
                break
            time.sleep(every)
            meter.read()
    if not as_json:
        click.echo(f"edition {number} is {meter.totals.state}: {meter.line()}")


@editions.command()
@reference
@json_option
@config_option
def show(edition: str, as_json: bool, config: str | None) -> None:
    """Show one edition: figures, answers of mail services, picks. Example: digest editions show 12."""
    from digest.flow import desk

    with opened(config) as ctx:
        found = desk.show(ctx, edition)
    if as_json:
        print_json(found)
        return
    for name in (
        "edition",
        "newsletter",
        "slot",
        "state",
        "control",
        "reason",
        "candidates",
        "submitted",
        "deferred",
    ):
        click.echo(f"{name:<12} {_plain(found[name])}")
    for name in (
        "refused",
        "suppressed",
        "unknown",
        "expired",
        "cancelled",
        "queued",
        "frozen_at",
        "expires_at",
        "sent_at",
    ):
        click.echo(f"{name:<12} {_plain(found[name])}")
    for variant in found["variants"]:
        click.echo(f"variant      {variant['key']}: {variant['subject']!r} {variant['sha256'][:12]}")
    for item in found["items"]:
        click.echo(f"pick         {item['headline']}")
    for answer in found["answers"]:
        click.echo(
            f"answer       {answer['n']} × {answer['state']}: {answer['code'] or ''} {answer['reply']}"
        )


def _plain(value: Any) -> str:
    return str(stamp(value)) if hasattr(value, "tzinfo") else "" if value is None else str(value)


@editions.command()
@reference
@json_option
@config_option
def clicks(edition: str, as_json: bool, config: str | None) -> None:
    """Show how often each story was followed, surely by people to in all. Example: digest editions clicks 12.

    Nothing is counted unless the newsletter says "clicks = true". Filters that open every link of a mail are
    recognised where they can be: the truth is between the two numbers.
    """
    from digest.flow import clicks as counting

    with opened(config) as ctx:
        found = counting.report(ctx, edition)
    if as_json:
        print_json(found)
        return
    if not found["counted"]:
        click.echo(f'clicks were not counted: write "clicks = true" for newsletter {found["newsletter"]}')
        return
    for story in found["stories"]:
        below = story["related"]
        more = f"  (related: {_between(below)})" if below["links"] else ""
        click.echo(f"{_between(story):>11}  {story['headline']}{more}")
    for headline in found["more"]:
        click.echo(f"{_between(headline):>11}  - {headline['headline']}")
    click.echo(f"{_between(found):>11}  in all")


def _between(counted: dict[str, Any]) -> str:
    low, high = counted["low"], counted["high"]
    return str(low) if low == high else f"{low}–{high}"


def _act(act: str, edition: str, reason: str, *, as_json: bool, config: str | None) -> None:
    from digest.flow import desk
    from digest.flow import send as sending

    with opened(config) as ctx:
        found = getattr(desk, act)(ctx, edition, reason)
        if as_json:
            print_json(sending.totals(ctx, found.id).as_json())
        else:
            click.echo(f"edition {found.id} is {found.state}{': ' + found.reason if found.reason else ''}")


@editions.command()
@reference
@reason_option
@json_option
@config_option
def hold(edition: str, reason: str, as_json: bool, config: str | None) -> None:
    """Keep an edition from being sent. Example: digest editions hold 12 --reason "wrong lead"."""
    _act("hold", edition, reason, as_json=as_json, config=config)


@editions.command()
@reference
@reason_option
@json_option
@config_option
def release(edition: str, reason: str, as_json: bool, config: str | None) -> None:
    """Let a held edition go out, by `digest run` or `digest send`. Example: digest editions release 12."""
    _act("release", edition, reason, as_json=as_json, config=config)


@editions.command()
@reference
@reason_option
@json_option
@config_option
def pause(edition: str, reason: str, as_json: bool, config: str | None) -> None:
    """Stop sending within a second, in every process, until resumed. Example: digest editions pause 12."""
    _act("pause", edition, reason, as_json=as_json, config=config)


@editions.command()
@reference
@reason_option
@json_option
@config_option
def resume(edition: str, reason: str, as_json: bool, config: str | None) -> None:
    """Go on with a paused edition. Example: digest editions resume 12."""
    _act("resume", edition, reason, as_json=as_json, config=config)


@editions.command()
@reference
@reason_option
@json_option
@config_option
def cancel(edition: str, reason: str, as_json: bool, config: str | None) -> None:
    """End an edition: nothing more of it leaves. Example: digest editions cancel 12 --reason "retracted"."""
    _act("cancel", edition, reason, as_json=as_json, config=config)


@editions.command()
@reference
@click.option(
    "--against",
    type=click.Path(exists=True, path_type=Path),
    help="A maildir, or a mail log that names Message-IDs.",
)
@json_option
@config_option
def audit(edition: str, against: Path | None, as_json: bool, config: str | None) -> int:
    """Check that nobody was lost or altered; exit 1 when the books do not close.

    \b
    Compares the readers frozen with the rows there are, their states with what was moved there, submitted
    with receipts, and with --against what really arrived.
    Example: digest editions audit 12 --against var/outbox
    """
    from digest.flow import audit as auditing

    with opened(config) as ctx:
        found = auditing.audit(ctx, edition, against)
    if as_json:
        print_json(found.as_json())
    elif found.findings:
        click.echo(f"edition {found.edition}: the books do not close")
        for finding in found.findings:
            click.echo(f"  {finding}")
    else:
        states = ", ".join(f"{n} {state}" for state, n in sorted(found.figures["states"].items()))
        click.echo(
            f"edition {found.edition}: the books close ({found.figures['candidates']} readers: {states})"
        )
    return int(bool(found.findings))


@editions.command()
@reference
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--submitted", "to", flag_value="submitted", help="They arrived.")
@click.option("--resend", "to", flag_value="resend", help="They did not arrive: send them again.")
@reason_option
@json_option
@config_option
def resolve(**given: Any) -> None:
    """List deliveries that are unknown after a kill, or settle them.

    \b
    Examples:
      digest editions resolve 12
      digest editions resolve 12 --submitted --reason "found in the relay's log"
      digest editions resolve 12 --resend anna@example.com
    """
    from digest.flow import desk

    with opened(given["config"]) as ctx:
        found = desk.resolve(ctx, given["edition"], given["to"] or "", given["addresses"], given["reason"])
    if given["as_json"]:
        print_json(found)
        return
    for row in found["unknown"]:
        click.echo(
            f"{row['address']}  try {row['attempt']}  {row['sender']}  {row['at']:%H:%M:%S}  {row['reply']}"
        )
    click.echo(
        f"{found['resolved']} resolved as {found['to']}"
        if found["to"]
        else f"{len(found['unknown'])} unknown"
    )
