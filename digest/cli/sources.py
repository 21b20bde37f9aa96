"""`digest sources`: add, list, show, test, pause, resume, import and export."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, opened, print_json, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.context import Context
    from digest.flow.discover import Candidate
    from digest.model import Article, Source

_SAMPLE = 10
_LABELS = {
    "success_at": "last success", "new_at": "last new", "checked_at": "last asked", "next_at": "next",
    "per_day": "new a day", "interval": "usual every", "failures": "failures in a row",
}  # fmt: skip
_FOLLOW = 20  # pages read at a visit where a source lists only headlines


@click.group()
def sources() -> None:
    """Add, list, show, test, pause and resume sources.

    \b
    Example:
      digest sources add https://news.example
      digest sources list
    """


@sources.command("list")
@config_option
@at_option
@json_option
def list_(config: str | None, at: datetime | None, *, as_json: bool) -> None:
    """List the sources with their health.

    \b
    Example:
      digest sources list
    """
    from digest.flow.health import health

    with opened(config, at) as ctx:
        rows = [asdict(one) for one in health(ctx)]
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("source", "state", "kind", "last success", "new/day", "usual every", "note"):
        table.add_column(name, justify="right" if name == "new/day" else "left")
    for row in rows:
        table.add_row(
            row["source"],
            row["state"],
            row["kind"],
            stamp(row["success_at"]) or "never",
            f"{row['per_day']:.1f}",
            _span(row["interval"]),
            row["note"],
        )
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else 200
    console.print(table)
    if not rows:
        click.echo("no sources yet; try: digest sources add https://a-news-site.example")


@sources.command()
@config_option
@at_option
@json_option
@click.argument("name")
def show(config: str | None, at: datetime | None, name: str, *, as_json: bool) -> None:
    """Show one source: its settings, its health and its newest articles.

    \b
    Example:
      digest sources show harbour-post
    """
    from digest.flow.health import health
    from digest.flow.refresh import configured
    from digest.store import articles

    with opened(config, at) as ctx:
        row = next((asdict(one) for one in health(ctx) if one.source == name), None)
        if row is None:
            raise click.UsageError(f"no source is named {name!r}; `digest sources list` shows them")
        row["options"] = next((one.options for one in configured(ctx) if one.key == name), {})
        with ctx.store.read() as conn:
            row["newest"] = [_told(one) for one in articles.newest_seen(conn, sources=(name,), limit=_SAMPLE)]
    if as_json:
        print_json(row)
        return
    for key, value in row.items():
        if key != "newest" and value not in ("", None, {}):
            label = _LABELS.get(key, key)
            click.echo(f"{label:14} {_span(value) if key == 'interval' else _plain(key, value)}")
    _print_articles(row["newest"])


@sources.command()
@config_option
@at_option
@json_option
@click.argument("name")
def test(config: str | None, at: datetime | None, name: str, *, as_json: bool) -> int:
    """Read one source now and show what it would bring; nothing is stored.

    \b
    Example:
      digest sources test harbour-post
    """
    from digest.flow.discover import sample

    with opened(config, at) as ctx:
        source = _source(ctx, name)
        found, error = sample(ctx, source)
    told = [_told(one) for one in found.articles]
    if as_json:
        refused = [
            {"where": one.where, "reason": one.reason, "excerpt": one.excerpt} for one in found.refused
        ]
        print_json({"source": name, "kind": found.kind, "error": error, "articles": told, "refused": refused})
        return 1 if error else 0
    click.echo(
        f"{name}: {error}"
        if error
        else f"{name}: read as {found.kind}, {len(told)} articles, {len(found.refused)} refused"
    )
    _print_articles(told[:_SAMPLE])
    for one in found.refused[:_SAMPLE]:
        click.echo(f"refused {one.where}: {one.reason}")
    return 1 if error else 0


@sources.command()
@config_option
@at_option
@click.argument("name")
def pause(config: str | None, at: datetime | None, name: str) -> None:
    """Stop asking a source until it is resumed.

    \b
    Example:
      digest sources pause harbour-post
    """
    from digest.store import sources as states

    with opened(config, at) as ctx:
        _source(ctx, name)
        with ctx.store.write() as conn:
            states.pause(conn, name, ctx.now())
    click.echo(f"{name} is paused; `digest sources resume {name}` asks it again")


@sources.command()
@config_option
@click.argument("name")
def resume(config: str | None, name: str) -> None:
    """Ask a paused source again.

    \b
    Example:
      digest sources resume harbour-post
    """
    from digest.store import sources as states

    with opened(config) as ctx:
        _source(ctx, name)
        with ctx.store.write() as conn:
            was = states.resume(conn, name)
    click.echo(f"{name} is asked again" if was else f"{name} was not paused")


@sources.command()
@config_option
@at_option
@json_option
@click.argument("address")
@click.option("--name", "key", default="", help="The source's key (default: made from the address).")
@click.option("--choose", type=int, default=1, show_default=True, help="Which of the ways found, by number.")
@click.option("--dry-run", is_flag=True, help="Show what would be ingested; write nothing.")
@click.option("--allow-private", is_flag=True, help="Allow addresses inside private networks.")
def add(  # noqa: PLR0913 (one parameter per option)
    config: str | None,
    at: datetime | None,
    address: str,
    key: str,
    choose: int,
    *,
    dry_run: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Find the feeds, sitemap or listing of a site, show what would be ingested, and write the configuration.

    \b
    Examples:
      digest sources add https://post.example
      digest sources add post.example --name post --choose 2
      digest sources add https://post.example/feed.xml --dry-run
    """
    from digest.flow import discover

    with opened(config, at) as ctx:
        found = discover.discover(ctx, address, allow_private=allow_private)
        if not 1 <= choose <= len(found):
            raise click.UsageError(f"--choose {choose}: there are {len(found)} ways to read this site")
        chosen = found[choose - 1]
        values = _values(ctx, chosen, key, allow_private=allow_private)
        if not dry_run:
            _write(ctx, [values])
    ways, sample = [_way(one) for one in found], [_told(one) for one in chosen.articles[:_SAMPLE]]
    if as_json:
        print_json({"added": not dry_run, "source": values, "ways": ways, "articles": sample})
        return
    for n, way in enumerate(ways, start=1):
        told = f"{way['kind']:8} {way['url']}  {way['articles']} articles, {way['full']} with text"
        click.echo(f"{'→' if n == choose else ' '} {n}  {told}")
    _print_articles(sample)
    if "options" in values:
        click.echo(f"their pages are read for the text, at most {_FOLLOW} at a visit (options.follow)")
    next_step = f"added source {values['key']}; next: digest ingest --source {values['key']}"
    click.echo(f"would add source {values['key']}" if dry_run else next_step)


@sources.command("import")
@config_option
@click.argument("file", type=click.File("rb"))
def import_(config: str | None, file: Any) -> None:
    """Add the feeds of an OPML file; those already configured are passed over.

    \b
    Example:
      digest sources import feeds.opml
    """
    from digest.ingest import opml

    with opened(config) as ctx:
        known = {one.url for one in ctx.settings.sources}
        taken = {one.key for one in ctx.settings.sources}
        rows: list[dict[str, object]] = []
        for one in opml.read(file.read()):
            if one.url in known:
                continue
            values = {
                "key": _free_key(one.url, taken),
                "url": one.url,
                "name": one.name,
                "section": one.section,
                "language": one.language,
            }
            taken.add(str(values["key"]))
            rows.append({name: value for name, value in values.items() if value})
        if rows:
            _write(ctx, rows)
    click.echo(f"{len(rows)} sources added")


@sources.command()
@config_option
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
def export(config: str | None, file: Any) -> None:
    """Write the configured sources as OPML.

    \b
    Example:
      digest sources export feeds.opml
    """
    from digest.ingest import opml

    with opened(config) as ctx:
        outlines = [
            opml.Outline(url=one.url, name=one.name or one.key, section=one.section, language=one.language)
            for one in ctx.settings.sources
            if one.url.startswith("http")
        ]
    file.write(opml.write("Sources of Digest", outlines))


# ── parts ─────────────────────────────────────────────────────────────────────────────


def _source(ctx: Context, name: str) -> Source:
    from digest.flow.refresh import configured

    found = {one.key: one for one in configured(ctx)}
    if name not in found:
        raise click.UsageError(
            f"no source is named {name!r}; configured: {', '.join(sorted(found)) or 'none'}"
        )
    return found[name]


def _plain(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {one}" for name, one in value.items())
    return (stamp(value) or "") if key.endswith("_at") else str(value)


def _span(seconds: float | None) -> str:
    if not seconds:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _told(one: Article) -> dict[str, Any]:
    return {
        "headline": one.headline,
        "url": one.url,
        "kind": one.kind.value,
        "published": stamp(one.published),
        "basis": one.basis.value,
        "language": one.language,
        "section": one.section,
        "image": one.image.url if one.image else "",
    }


def _print_articles(told: list[dict[str, Any]]) -> None:
    for one in told:
        marks = " ".join(
            filter(
                None,
                (
                    one["language"],
                    "image" if one["image"] else "",
                    "headline only" if one["kind"] == "headline" else "",
                ),
            )
        )
        click.echo(f"  {one['published']}  {one['headline']}  [{marks}]")


def _way(one: Candidate) -> dict[str, Any]:
    return {
        "url": one.url,
        "kind": one.kind,
        "title": one.title,
        "articles": len(one.articles),
        "full": one.full,
        "refused": one.refused,
    }


def _values(ctx: Context, chosen: Candidate, key: str, *, allow_private: bool) -> dict[str, object]:
    taken = {one.key for one in ctx.settings.sources}
    if key in taken:
        raise click.UsageError(f"a source is already named {key!r}; choose another --name")
    if any(one.url == chosen.url for one in ctx.settings.sources):
        raise click.UsageError(f"{chosen.url} is already a source")
    values: dict[str, object] = {
        "key": key or _free_key(chosen.url, taken),
        "url": chosen.url,
        "kind": chosen.kind,
    }
    if chosen.title:
        values["name"] = chosen.title
    if 2 * chosen.full < len(chosen.articles):
        values["options"] = {"follow": _FOLLOW}  # headlines alone are never picked
    return values | ({"allow_private": True} if allow_private else {})


def _free_key(url: str, taken: set[str]) -> str:
    from digest.flow.visit import key_of

    base = key_of(url)
    return next(key for n in range(1, 10_000) if (key := base if n == 1 else f"{base}-{n}") not in taken)


def _write(ctx: Context, rows: list[dict[str, object]]) -> None:
    from digest.flow.discover import append
    from digest.settings.load import find

    append(find(ctx.settings.root)[1], rows)
