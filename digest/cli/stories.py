"""``digest stories``: the groups of articles about one event, and the editor's hand on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, opened, print_json, stamp
from digest.cli.edit import login

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import StoryDecision

by_option = click.option(
    "--by", "actor", default=None, metavar="NAME", help="Who decides (default: the login name)."
)


@click.group()
def stories() -> None:
    """Show stories, and merge, split and link them by hand.

    A story is all articles about one event. It is named by its number or by the address of any of its
    articles. What a hand did stands: later articles may join, but the automatic grouping never undoes it.

    \b
    Examples:
      digest stories list
      digest stories merge 812 https://post.example/harbour-fire-two
    """


@stories.command("list")
@click.option("--days", default=2, show_default=True, type=click.IntRange(1, 366), help="How far back.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1), help="At most this many.")
@at_option
@config_option
@json_option
def list_(days: int, limit: int, at: datetime | None, config: str | None, as_json: bool) -> None:
    """List the stories of the last days, those of most articles first, and what was decided by hand.

    \b
    Example:
      digest stories list --days 7 --json
    """
    from digest.flow import stories as flow

    with opened(config, at) as ctx:
        now = ctx.now()
        found = flow.listed(ctx, now - timedelta(days=days), now, limit)
    if as_json:
        print_json(found)
        return
    if not found["stories"]:
        click.echo(f"no article of the last {days} days belongs to a story")
    for one in found["stories"]:
        click.secho(f"{one['story']:>7}  {one['headline']}", bold=True)
        click.echo(f"         {_facts(one)}\n         {one['url']}")
    _print_decisions(found["decisions"])


def _facts(one: dict[str, Any]) -> str:
    articles, sources = one["articles"], len(one["sources"])
    parts = [
        f"{articles} {'article' if articles == 1 else 'articles'}",
        f"{sources} {'source' if sources == 1 else 'sources'}",
        f"{stamp(one['first_at'])} to {stamp(one['last_at'])}",
    ]
    parts += [f"goes on with {one['follows']}"] if one["follows"] else []
    parts += [f"made by {', '.join(one['by_hand'])}"] if one["by_hand"] else []
    return ", ".join(parts)


def _print_decisions(found: list[dict[str, Any]]) -> None:
    if found:
        click.echo("\nDecided by hand")
    for one in found:
        click.echo(f"  {_words(one)}")


def _words(one: dict[str, Any]) -> str:
    count = f"{one['articles']} {'article' if one['articles'] == 1 else 'articles'}"
    what = {
        "merge": f"story {one['other']} became part of {one['story']} ({count})",
        "split": f"{count} left story {one['other']} for {one['story']}",
        "follow": f"story {one['story']} goes on with {one['other'] or 'none'}",
        "lead": f"story {one['story']} has a lead by choice",
    }[one["kind"]]
    undone = one["undone_at"] and f"; taken back by {one['undone_by']} on {stamp(one['undone_at'])}"
    return f"{one['id']}  {what}, by {one['actor']} on {stamp(one['at'])}{undone or ''}"


@stories.command()
@click.argument("story")
@config_option
@json_option
def show(story: str, config: str | None, as_json: bool) -> None:
    """Show one story: its articles, the earlier ones it goes on with, and what was decided by hand.

    \b
    Example:
      digest stories show https://post.example/harbour-fire
    """
    from digest.flow import stories as flow

    with opened(config) as ctx:
        found = flow.shown(ctx, story)
    if as_json:
        print_json(found)
        return
    click.secho(f"{found['story']}  {found['headline']}", bold=True)
    click.echo(_facts(found))
    for one in reversed(found["chapters"]):
        click.echo(f"  before: {one['story']}  {one['headline']}")
    for one in found["items"]:
        click.echo(f"  {stamp(one['published'])}  {one['source']}: {one['headline']}\n    {one['url']}")
    _print_decisions(found["decisions"])


def _decide(
    config: str | None, as_json: bool, what: Callable[[Any, Context], StoryDecision | Iterable[StoryDecision]]
) -> None:
    from digest.flow import stories as flow
    from digest.model import StoryDecision

    with opened(config) as ctx:
        made = what(flow, ctx)
    rows = [flow.decided(one) for one in ([made] if isinstance(made, StoryDecision) else made)]
    if as_json:
        print_json({"decisions": rows})
        return
    for row in rows:
        click.echo(_words(row))


@stories.command()
@click.argument("story")
@click.argument("others", nargs=-1, required=True)
@by_option
@config_option
@json_option
def merge(story: str, others: tuple[str, ...], actor: str | None, config: str | None, as_json: bool) -> None:
    """Make other stories part of one; it keeps its number.

    \b
    Example:
      digest stories merge 812 815 https://post.example/harbour-fire-two
    """
    _decide(config, as_json, lambda flow, ctx: flow.merge(ctx, (story, *others), actor or login()))


@stories.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@by_option
@config_option
@json_option
def split(urls: tuple[str, ...], actor: str | None, config: str | None, as_json: bool) -> None:
    """Take articles out of their story into one of their own.

    \b
    Example:
      digest stories split https://post.example/another-fire
    """
    _decide(config, as_json, lambda flow, ctx: flow.split(ctx, urls, actor or login()))


@stories.command()
@click.argument("story")
@click.argument("earlier", required=False, default="")
@click.option("--nothing", is_flag=True, help="It goes on with no earlier story.")
@by_option
@config_option
@json_option
def follow(  # noqa: PLR0913, PLR0917 (one parameter an option)
    story: str, earlier: str, nothing: bool, actor: str | None, config: str | None, as_json: bool
) -> None:
    """Say which earlier story one goes on with: its timeline, and whether an edition repeats itself.

    \b
    Examples:
      digest stories follow 901 812
      digest stories follow 901 --nothing
    """
    if bool(earlier) is nothing:
        raise click.UsageError("give the earlier story, or --nothing")
    _decide(config, as_json, lambda flow, ctx: flow.follow(ctx, story, earlier, actor or login()))


@stories.command()
@click.argument("url")
@by_option
@config_option
@json_option
def lead(url: str, actor: str | None, config: str | None, as_json: bool) -> None:
    """Put an article in front of its story, in place of the one found best.

    \b
    Example:
      digest stories lead https://post.example/harbour-fire-report
    """
    _decide(config, as_json, lambda flow, ctx: flow.put_in_front(ctx, url, actor or login()))


@stories.command()
@click.argument("number", required=False, type=int)
@by_option
@config_option
@json_option
def undo(number: int | None, actor: str | None, config: str | None, as_json: bool) -> None:
    """Take back the latest decision about stories, or the one with this number.

    \b
    Example:
      digest stories undo
    """
    from digest.flow import stories as flow

    with opened(config) as ctx:
        row = flow.decided(flow.undo(ctx, number, actor or login()))
    if as_json:
        print_json({"undone": [row]})
    else:
        click.echo(f"undone: {_words(row)}")


@stories.command()
@click.argument("story", required=False, default="")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most this many.")
@config_option
@json_option
def history(story: str, limit: int, config: str | None, as_json: bool) -> None:
    """Show what was decided about stories, or about one: who, when, and what was taken back.

    \b
    Example:
      digest stories history https://post.example/harbour-fire
    """
    from digest.flow import stories as flow

    with opened(config) as ctx:
        found = flow.history(ctx, story, limit)
    if as_json:
        print_json({"decisions": found})
        return
    for one in found:
        click.echo(_words(one))
    if not found:
        click.echo("nothing was decided by hand")
