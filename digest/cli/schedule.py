"""``digest schedule``: what is coming, and what it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import (
    at_option,
    config_option,
    json_option,
    newsletter_names,
    opened,
    print_json,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Slot


@click.command()
@click.argument("newsletter", required=False, shell_complete=newsletter_names)
@click.option(
    "--next", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many slots."
)
@at_option
@config_option
@json_option
def schedule(
    newsletter: str | None, count: int, at: datetime | None, config: str | None, as_json: bool
) -> None:
    """Show the coming slots and the window of news each covers, in the newsletter's zone.

    \b
    Examples:
      digest schedule
      digest schedule daily --next 30 --json
    """
    with opened(config, at) as ctx:
        names = [ctx.newsletter(newsletter).name] if newsletter else sorted(ctx.settings.newsletters)
        rows = list(_rows(ctx, names, count))
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("no newsletters are configured; write config/newsletters/NAME.toml")
    _show(rows)


def _rows(ctx: Context, names: list[str], count: int) -> Iterator[dict[str, Any]]:
    from itertools import islice

    from digest import slots
    from digest.flow.due import rule

    for name in names:
        newsletter = ctx.settings.newsletters[name]
        for slot in islice(slots.coming(rule(newsletter), ctx.now()), count):
            yield {
                "newsletter": name,
                "slot": stamp(slot.at),
                "local": slot.local.isoformat(),
                "zone": newsletter.timezone,
                "window": {"start": stamp(slot.window.start), "end": stamp(slot.window.end)},
                "hours": round((slot.window.end - slot.window.start).total_seconds() / 3600, 2),
                "built": stamp(slot.at - newsletter.build_before),
                "note": _note(slot),
            }


def _note(slot: Slot) -> str:
    """Say what a change of the clocks does to a slot; empty where there is none."""
    from digest import slots

    minutes = slots.clock_change(slot).total_seconds() / 60
    if not minutes:
        return ""
    way = "forward" if minutes > 0 else "back"
    return f"the clocks go {way} by {abs(minutes):g} min in this window"


def _show(rows: list[dict[str, Any]]) -> None:
    from datetime import datetime
    from itertools import groupby
    from zoneinfo import ZoneInfo

    for (name, zone), mine in groupby(rows, key=lambda row: (row["newsletter"], row["zone"])):
        click.secho(f"{name} ({zone})", bold=True)
        for row in mine:
            edges = (datetime.fromisoformat(row["window"][edge]) for edge in ("start", "end"))
            start, end = (edge.astimezone(ZoneInfo(zone)) for edge in edges)
            due = f"{datetime.fromisoformat(row['local']):%a %Y-%m-%d %H:%M}"
            note = f"   {row['note']}" if row["note"] else ""
            click.echo(
                f"  {due}   covers {start:%a %m-%d %H:%M} to {end:%a %m-%d %H:%M}, {row['hours']:g} h{note}"
            )
        click.echo()
