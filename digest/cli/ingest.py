"""`digest ingest`: read the sources and keep what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, opened, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.refresh import Report, SourceReport

_SHOWN = 5  # refusals printed per source


@click.command()
@config_option
@at_option
@click.option("--source", "only", multiple=True, metavar="NAME", help="Read only this source; repeatable.")
@click.option(
    "--from", "inputs", multiple=True, metavar="PATH|URL|-",
    help="Read a file, a folder, an address or standard input instead; repeatable.",
)  # fmt: skip
@click.option("--allow-private", is_flag=True, help="Let --from reach addresses inside private networks.")
@json_option
def ingest(  # noqa: PLR0913 (one parameter per option)
    config: str | None,
    at: datetime | None,
    only: tuple[str, ...],
    inputs: tuple[str, ...],
    *,
    allow_private: bool,
    as_json: bool,
) -> int:
    """Read the sources and keep what is new.

    Prints one line per source as it is read, then what was new, changed, unchanged and refused, with reasons.
    Exit code 1 when every source failed.

    \b
    Examples:
      digest ingest
      digest ingest --source harbour-post
      digest ingest --from feeds/ --from https://post.example/feed.xml
      curl -s https://post.example/feed.json | digest ingest --from -
      digest ingest --from feed.xml --at 2026-07-05T06:30
    """
    from digest.flow.refresh import refresh

    if only and inputs:
        raise click.UsageError(
            "--source names configured sources and --from replaces them; use one of the two"
        )
    with opened(config, at) as ctx:
        report = refresh(ctx, only=only, inputs=inputs, allow_private=allow_private, progress=_progress)
    if as_json:
        print_json(as_dict(report))
    else:
        _print(report)
    return 1 if report.failed else 0


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report as its JSON shape."""
    return {
        "sources": [
            {
                "source": one.source,
                "status": one.status,
                "new": one.new,
                "changed": one.changed,
                "unchanged": one.unchanged,
                "refused": [
                    {"where": r.where, "reason": r.reason, "excerpt": r.excerpt} for r in one.refused
                ],
                "error": one.error,
                "excerpt": one.excerpt,
            }
            for one in report.sources
        ],
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "seconds": report.seconds,
    }


def _progress(one: SourceReport) -> None:
    told = (
        one.error
        or f"{one.new} new, {one.changed} changed, {one.unchanged} unchanged, {len(one.refused)} refused"
    )
    click.echo(f"{one.source}: {one.status}: {told}", err=True)


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("source", "status"):
        table.add_column(name)
    for name in ("new", "changed", "unchanged", "refused"):
        table.add_column(name, justify="right")
    for one in report.sources:
        table.add_row(
            one.source, one.status, str(one.new), str(one.changed), str(one.unchanged), str(len(one.refused))
        )
    table.add_section()
    table.add_row(
        "all",
        "",
        str(report.new),
        str(report.changed),
        str(report.unchanged),
        str(report.refused),
        style="bold",
    )
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else 160
    console.print(table)
    for one in report.sources:
        _print_refused(one)
    click.echo(f"{report.seconds:.1f} s")


def _print_refused(one: SourceReport) -> None:
    if one.error:
        click.echo(f"{one.source}: {one.error}" + (f"  [{one.excerpt}]" if one.excerpt else ""))
    refusals = [refused for refused in one.refused if refused.reason != one.error]
    for refused in refusals[:_SHOWN]:
        click.echo(
            f"{one.source}: refused {refused.where}: {refused.reason}"
            + (f"  [{refused.excerpt}]" if refused.excerpt else "")
        )
    if len(refusals) > _SHOWN:
        click.echo(f"{one.source}: and {len(refusals) - _SHOWN} more; --json lists all")
