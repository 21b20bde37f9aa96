"""``digest plan``, ``digest why`` and ``digest replay``: what an edition would contain, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import (
    At,
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

    from digest.model import LeftOut, Pick, Plan

_SHOWN = 25


@click.command()
@newsletter_argument
@at_option
@click.option("--all", "everything", is_flag=True, help="List everything that was left out.")
@config_option
@json_option
def plan(newsletter: str, at: datetime | None, everything: bool, config: str | None, as_json: bool) -> None:
    """Show what an edition would contain, and why. Changes nothing.

    \b
    Examples:
      digest plan daily
      digest plan daily --at 2026-07-05T07:00 --json
    """
    from digest.flow import plan as planning
    from digest.flow.due import slot_for

    with opened(config, at) as ctx:
        made = planning.make_plan(ctx, newsletter, slot_for(ctx, newsletter, at))
    if as_json:
        print_json(planning.as_json(made))
    else:
        _print_plan(made, everything=everything)


def _print_plan(made: Plan, *, everything: bool) -> None:
    window = made.slot.window
    click.echo(
        f"{made.newsletter}, due {stamp(made.slot.at)}, covers {stamp(window.start)} to {stamp(window.end)}"
    )
    if made.skip:
        click.secho(f"No edition would be made: {made.skip}.", fg="yellow")
    if made.trouble:
        click.secho(f"The {made.trouble}.", fg="yellow")
    if made.subject:
        click.echo(f"Subject: {made.subject}")
    for place, pick in enumerate(made.picks, 1):
        _print_pick(place, pick)
    if made.more:
        click.echo("\nMore headlines")
        for line in made.more:
            click.echo(f"  · {line.headline}\n    {line.url}")
    _print_left_out(made.left_out, everything=everything)


def _print_pick(place: int, pick: Pick) -> None:
    section = f"  [{pick.section}]" if pick.section else ""
    click.secho(f"\n{place}. {pick.printed}{section}", bold=True)
    click.echo(
        f"   {pick.article.url}\n"
        f"   {pick.article.source}, {stamp(pick.article.published)}, score {pick.score:.2f}"
    )
    for reason in pick.reasons:
        click.echo(f"   {reason.points:+6.2f}  {reason.text}")
    for title, lines in (
        ("how we got here", pick.timeline),
        ("elsewhere", pick.also),
        ("related", pick.related),
    ):
        for line in lines:
            click.echo(f"   {title}: {line.headline}" + (f"  ({line.score:.2f})" if line.score else ""))
            if line.reasons:
                click.echo(f"      {'; '.join(reason.text for reason in line.reasons)}")


def _print_left_out(left: tuple[LeftOut, ...], *, everything: bool) -> None:
    if not left:
        return
    shown = len(left) if everything else _SHOWN
    click.echo(f"\nLeft out ({len(left)})")
    for one in left[:shown]:
        points = f" ({one.score:.2f})" if one.score is not None else ""
        click.echo(f"  · {one.headline}{points}: {one.why}\n    {one.url}")
        if everything and one.reasons:
            parts = ", ".join(f"{reason.rule} {reason.points:+.2f}" for reason in one.reasons)
            click.echo(f"      {parts}")
    if len(left) > shown:
        click.echo(f"  … and {len(left) - shown} more; --all lists them")


@click.command()
@click.argument("url")
@click.option("--newsletter", required=True, metavar="NAME", help="For which newsletter.")
@at_option
@config_option
@json_option
def why(url: str, newsletter: str, at: datetime | None, config: str | None, as_json: bool) -> None:
    """Tell why one article is in an edition, or not.

    \b
    Example:
      digest why https://post.example/harbour --newsletter daily --at 2026-07-05T07:00
    """
    from digest.flow import why as explaining
    from digest.flow.due import slot_for

    with opened(config, at) as ctx:
        answer = explaining.why(ctx, newsletter, slot_for(ctx, newsletter, at), url)
    if as_json:
        print_json(answer)
        return
    click.secho(answer["headline"] or url, bold=True)
    click.echo(f"{answer['verdict']}: {answer['why']}")
    for reason in answer["reasons"]:
        click.echo(f"{reason['points']:+6.2f}  {reason['text']}")
    if answer["score"] is not None:
        click.echo(f"{answer['score']:+6.2f}  in all")
    for one in answer["decisions"]:
        click.echo(f"decision {one['id']}: {one['kind']} {one['value']}".rstrip() + f", by {one['actor']}")
    if answer["frozen"]:
        words = f", as “{answer['printed']}”" if answer["printed"] not in ("", answer["headline"]) else ""
        click.echo(f"the edition is frozen; in it this is: {answer['frozen']}{words}")


@click.command()
@newsletter_argument
@click.option("--from", "start", type=At(), required=True, help="The first slot's time, or earlier.")
@click.option("--to", "end", type=At(), required=True, help="The last slot's time, or later.")
@click.option(
    "--with",
    "changed",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A changed newsletter file to compare with.",
)
@config_option
@json_option
def replay(  # noqa: PLR0913, PLR0917 (one parameter an option)
    newsletter: str, start: datetime, end: datetime, changed: str | None, config: str | None, as_json: bool
) -> None:
    """Run a past span again and show what would differ. Writes nothing.

    Editions are planned one after the other: what an earlier one picks counts as sent for the later ones.
    Without --with, the plans of today's configuration are compared with what was sent; with it, the
    plans of the changed file with those of today's configuration. Articles, stories and decisions are
    those of the time when each edition was made.

    "+" came in, "-" went out, "3 →  1" moved from third place to first.

    \b
    Example:
      digest replay daily --from 2026-06-01 --to 2026-07-01 --with changed/daily.toml
    """
    from digest.flow import replay as replaying

    with opened(config) as ctx:
        days = replaying.replay(ctx, newsletter, start, end, changed)
        found = [replaying.as_json(day) for day in days]
    if as_json:
        print_json({"newsletter": newsletter, "editions": found, **_sum(found)})
        return
    for day in found:
        _print_day(day)
    total = _sum(found)
    click.echo(
        f"\n{total['slots']} slots, {total['same']} the same, "
        f"{total['added']} picks new, {total['removed']} gone"
    )


def _sum(days: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "slots": len(days),
        "same": sum(1 for day in days if not day["added"] and not day["removed"]),
        "added": sum(len(day["added"]) for day in days),
        "removed": sum(len(day["removed"]) for day in days),
    }


def _print_day(day: dict[str, Any]) -> None:
    moved = [one for one in day["kept"] if one["place"] != one["before"]]
    facts = f"{len(day['kept'])} kept, {len(moved)} of them moved"
    if not day["kept"] and not day["removed"]:
        facts = day["was"]
    click.secho(f"\n{stamp(day['slot'])}  {facts}" + (f"  ({day['skip']})" if day["skip"] else ""), bold=True)
    for one in sorted([*day["added"], *moved], key=lambda one: one["place"]):
        sign = f"{one['before']:>2} →" if one.get("before") else "   +"
        why = f" (before: {one['why']})" if one.get("why") else ""
        click.echo(f"  {sign} {one['place']:>2}  {one['headline']}{why}")
    for one in day["removed"]:
        click.echo(f"  {one['before']:>2} -     {one['headline']}: {one['why']}")
