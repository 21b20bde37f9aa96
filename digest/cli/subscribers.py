"""``digest subscribers``: import, add, remove, list and export readers."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, opened, print_json, stamp, to_json
from digest.cli.rows import Report, counting, plain, write_csv, write_lines

if TYPE_CHECKING:
    from datetime import datetime


STATES = ("pending", "confirmed", "paused", "unsubscribed")
SHOWN = 50
"""Rows a list prints unless asked for more."""
newsletter_option = click.option("--newsletter", required=True, metavar="NAME", help="The newsletter.")
any_newsletter_option = click.option("--newsletter", default="", metavar="NAME", help="Only this newsletter.")


@click.group()
def subscribers() -> None:
    """Import, add, remove, list, export and forget subscribers.

    \b
    Example:
      digest subscribers import readers.csv --newsletter daily --consent "form on our site, 2026-05"
    """


def _mapping(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    from digest.audience.table import COLUMNS

    pairs = [value.partition("=") for value in values]
    for field, equals, column in pairs:
        if field not in COLUMNS or not equals or not column:
            raise click.BadParameter(f"write FIELD=COLUMN with FIELD one of {', '.join(COLUMNS)}")
    return {field: column for field, _, column in pairs}


@subscribers.command("import")
@click.argument("file", type=click.File("rb"))
@newsletter_option
@click.option("--consent", required=True, metavar="TEXT", help="Where and in which words they agreed.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_mapping,
    metavar="FIELD=COLUMN",
    help="Which column holds email, name, first, last, language, zone or state; repeatable.",
)
@click.option(
    "--refused",
    "refused_file",
    type=click.File("w", encoding="utf-8", lazy=False),
    metavar="FILE.csv",
    help="Write every refused row there, with line and reason.",
)
@click.option("--dry-run", is_flag=True, help="Read and count everything, keep nothing.")
@config_option
@at_option
@json_option
def import_(  # noqa: PLR0913 (click hands over each option)
    file: IO[bytes],
    newsletter: str,
    consent: str,
    columns: dict[str, str],
    config: str | None,
    *,
    refused_file: IO[str] | None,
    dry_run: bool,
    at: datetime | None,
    as_json: bool,
) -> int:
    """Import readers from a CSV table; - reads standard input.

    Delimiter, encoding and columns are found out. Good rows are kept, refused rows are listed with line and
    reason; refused are also rows whose column of states or dates says that they left or bounced. Who
    unsubscribed or must not be mailed is left in peace. Twice changes nothing; what broke off goes on
    where it was. Exit 1 when no row was good.

    \b
    Example:
      digest subscribers import readers.csv --newsletter daily --consent "form on our site, 2026-05"
    """
    from dataclasses import asdict

    from digest.flow import importing

    how = importing.Importing(newsletter=newsletter, consent=consent, columns=columns, dry_run=dry_run)
    report = Report(refused_file)
    with opened(config, at) as ctx, counting("importing") as progress:
        done = importing.import_readers(ctx, file, how, report, progress)
    if as_json:
        print_json({"newsletter": newsletter, "dry_run": dry_run, **asdict(done), "bad_rows": report.first})
    else:
        _tell_import(asdict(done), report.first, dry_run)
    return 1 if done.rows and done.refused == done.rows else 0


def _tell_import(counts: dict[str, int], bad: list[dict[str, Any]], dry_run: bool) -> None:
    for row in bad[:20]:
        click.echo(f"line {row['line']}: {row['reason']}: {row['row']}", err=True)
    if len(bad) > 20:  # noqa: PLR2004 (what one screen shows)
        click.echo("… and more; --refused FILE.csv writes them all", err=True)
    words = {
        "rows": "rows read",
        "new": "new readers",
        "present": "had it already",
        "left": "unsubscribed before, left in peace",
        "suppressed": "must not be mailed",
        "twice": "stood twice in the table",
        "refused": "refused",
    }
    for key, text in words.items():
        click.echo(f"{counts[key]:>9,}  {text}")
    if dry_run:
        click.echo("nothing was kept (--dry-run)")


@subscribers.command()
@click.argument("address")
@newsletter_option
@click.option("--consent", required=True, metavar="TEXT", help="Where and in which words the reader agreed.")
@click.option("--name", default="", help="The reader's name.")
@config_option
@at_option
@json_option
def add(  # noqa: PLR0913 (click hands over each option)
    address: str,
    newsletter: str,
    consent: str,
    name: str,
    *,
    config: str | None,
    at: datetime | None,
    as_json: bool,
) -> int:
    """Add one reader; who unsubscribed or must not be mailed is left in peace (exit 1).

    \b
    Example:
      digest subscribers add ann@example.org --newsletter daily --consent "asked by phone, 5 May"
    """
    from digest.flow import audience

    with opened(config, at) as ctx:
        became = audience.add(ctx, address, newsletter, consent, name)
    texts = {
        "new": f"{address} now gets {newsletter}",
        "present": f"{address} had {newsletter} already",
        "left": f"{address} left {newsletter} before and is left in peace; they can sign up on the page",
        "suppressed": f"{address} must not be mailed; `digest subscribers show {address}` tells why",
    }
    if as_json:
        print_json({"address": address, "newsletter": newsletter, "became": became})
    else:
        click.echo(texts[became])
    return 0 if became in ("new", "present") else 1


@subscribers.command()
@click.argument("address")
@any_newsletter_option
@config_option
@at_option
@json_option
def remove(address: str, newsletter: str, config: str | None, at: datetime | None, as_json: bool) -> None:
    """Unsubscribe a reader from one newsletter, or from all.

    \b
    Example:
      digest subscribers remove ann@example.org --newsletter daily
    """
    from digest.flow import audience

    with opened(config, at) as ctx:
        left = audience.remove(ctx, address, newsletter)
    if as_json:
        print_json({"address": address, "left": left})
    else:
        click.echo(f"{address} left {', '.join(left)}" if left else f"{address} had left already")


@subscribers.command("list")
@any_newsletter_option
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; repeatable.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=None,
    help="At most so many (default: 50; with --json all).",
)
@config_option
@json_option
def list_(
    newsletter: str, states: tuple[str, ...], limit: int | None, config: str | None, as_json: bool
) -> None:
    """List readers and where they stand.

    \b
    Example:
      digest subscribers list --newsletter daily --state confirmed --limit 20
    """
    from itertools import islice

    from digest.flow import audience
    from digest.model import SubscriptionState

    with opened(config) as ctx:
        chosen = [SubscriptionState(state) for state in states]
        most = limit or (None if as_json else SHOWN)
        found = audience.listed(ctx, newsletter, chosen)
        rows = [plain(row) for row in islice(found, most)]
        cut = most is not None and next(found, None) is not None
    if cut:
        click.echo(f"the first {most}; --limit N shows more, `digest subscribers export` gives all", err=True)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['email']:<40} {row['newsletter']:<20} {row['state']:<13} since {row['changed_at']}")
    if not rows:
        click.echo("no subscribers; `digest subscribers import FILE.csv` brings some")


@subscribers.command()
@click.argument("address", required=False)
@click.option(
    "--what",
    type=click.Choice(("subscribers", "subscriptions", "suppressions", "deliveries", "consents")),
    default="subscriptions",
    show_default=True,
    help="Which rows.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "jsonl")),
    default="csv",
    show_default=True,
    help="CSV, or one JSON object a line.",
)
@click.option(
    "--out", type=click.File("w", encoding="utf-8"), default="-", help="File; standard output by default."
)
@any_newsletter_option
@config_option
def export(  # noqa: PLR0913 (click hands over each option)
    address: str | None, what: str, form: str, out: IO[str], newsletter: str, *, config: str | None
) -> int:
    """Export everything as CSV or JSON Lines, streamed; with ADDRESS all that is kept of one reader, as JSON.

    \b
    Example:
      digest subscribers export --what deliveries --format jsonl --out deliveries.jsonl
      digest subscribers export ann@example.org --out ann.json
    """
    from digest.flow import audience, privacy

    with opened(config) as ctx:
        if address:
            kept = privacy.kept(ctx, address)
            out.write(to_json(kept) + "\n")
            return 0 if kept else 1
        rows = audience.exported(ctx, what, newsletter)
        count = (write_csv if form == "csv" else write_lines)(rows, out)
    click.echo(f"{count:,} rows", err=True)
    return 0


@subscribers.command()
@click.argument("address")
@config_option
@json_option
def show(address: str, config: str | None, as_json: bool) -> int:
    """Show everything that is kept of a reader, and why an address is suppressed.

    \b
    Example:
      digest subscribers show ann@example.org --json
    """
    from digest.flow import privacy

    with opened(config) as ctx:
        whole = privacy.kept(ctx, address)
    held = whole.get("suppressions", [])
    if as_json:
        print_json(whole or {"suppressions": []})
        return 0 if whole else 1
    for each in whole.get("subscriptions", []):
        click.echo(f"{each['newsletter']:<24} {each['state']}")
    for each in whole.get("consents", []):
        said = f"{each['newsletter']:<20} {each['source']}  {each['wording']}"
        click.echo(f"{stamp(each['at'])}  {each['act']:<13} {said}")
    for each in held:
        scope = each["scope"] or "everything"
        click.echo(f"suppressed since {stamp(each['at'])}: {each['reason']} ({scope})")
    if not whole:
        click.echo(f"nothing is known of {address}")
    return 0 if whole else 1


@subscribers.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask; it cannot be undone.")
@config_option
@at_option
@json_option
def forget(address: str, yes: bool, config: str | None, at: datetime | None, as_json: bool) -> None:
    """Erase a reader: what is personal goes, a hash stays so that they are never mailed again.

    \b
    Example:
      digest subscribers forget ann@example.org --yes
    """
    from digest.flow import privacy

    with opened(config, at) as ctx:
        number = privacy.find(ctx, address)
        if not yes:
            click.confirm(f"Erase everything about {address}? This cannot be undone", abort=True, err=True)
        done = privacy.forget(ctx, number, "operator")
    if as_json:
        print_json({"subscriber": number, "erased": done})
    else:
        click.echo("erased; a hash keeps the address from being mailed again")


@subscribers.command()
@click.argument("address")
@any_newsletter_option
@click.option("--lift", is_flag=True, help="Take suppressions of this scope back instead.")
@click.option("--reason", default="", help="Why; kept with it.")
@config_option
@at_option
def suppress(  # noqa: PLR0913 (click hands over each option)
    address: str, newsletter: str, lift: bool, reason: str, *, config: str | None, at: datetime | None
) -> None:
    """Never mail an address again: one newsletter, or anything; --lift takes it back.

    \b
    Example:
      digest subscribers suppress ann@example.org --reason "asked by letter"
    """
    from digest.flow import privacy

    with opened(config, at) as ctx:
        if lift:
            count = privacy.unsuppress(ctx, address, newsletter)
            click.echo(f"{count} suppression{'s' * (count != 1)} lifted")
        else:
            new = privacy.suppress(ctx, address, newsletter, reason)
            click.echo("suppressed" if new else "it was suppressed already")


@subscribers.command()
@config_option
@at_option
@json_option
def retain(config: str | None, at: datetime | None, as_json: bool) -> None:
    """Forget what was kept long enough ([audience] keep_…); `digest run` does it every night.

    \b
    Example:
      digest subscribers retain
    """
    from digest.flow import privacy

    with opened(config, at) as ctx:
        done = privacy.retain(ctx)
    if as_json:
        print_json(done)
    else:
        click.echo("\n".join(f"{count:>9,}  {kind}" for kind, count in done.items()))
