"""``digest demo``: the whole path with a bundled newsroom, in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import json_option, print_json, stamp

if TYPE_CHECKING:
    from digest.testing.demo import Outcome


@click.command()
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Work in this folder.")
@json_option
@click.pass_context
def demo(context: click.Context, keep: Path | None, as_json: bool) -> None:
    """Run the whole path with a bundled newsroom and count what arrives.

    An invented newspaper is read over HTTP, two editions are planned, composed and sent over SMTP to 200
    readers, in English and Arabic. Exit code 1 unless each of them has exactly one message.

    \b
    Examples:
      digest demo
      digest demo --keep /tmp/harbour-post
    """
    import tempfile
    import time

    from digest.errors import UsageError
    from digest.testing.demo import run

    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty; give --keep a new folder")
    folder = keep or Path(tempfile.mkdtemp(prefix="digest-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    outcome = run(folder.resolve(), lambda words: click.echo(f"· {words}", err=True))
    outcome.seconds["total"] = round(time.monotonic() - began, 2)
    if as_json:
        print_json(_described(outcome))
    else:
        _show(outcome)
    context.exit(0 if outcome.complete else 1)


def _described(outcome: Outcome) -> dict[str, Any]:
    return {
        "folder": str(outcome.folder),
        "articles": outcome.articles,
        "editions": [
            {"newsletter": name, **{k: stamp(v) if k == "slot" else v for k, v in edition.items()}}
            for name, edition in outcome.editions.items()
        ],
        "expected": outcome.expected,
        "received": outcome.received,
        "distinct": outcome.distinct,
        "complete": outcome.complete,
        "seconds": outcome.seconds,
        "maildir": str(outcome.maildir),
        "previews": [str(page) for page in outcome.previews()],
    }


def _show(outcome: Outcome) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("newsletter", "state", "stories", "related", "more", "messages"):
        table.add_column(heading, justify="left" if heading in {"newsletter", "state"} else "right")
    for name, edition in outcome.editions.items():
        figures = (edition["picks"], edition["related"], edition["more"], edition["submitted"])
        table.add_row(name, edition["state"], *map(str, figures))
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(table)
    arrived = f"{outcome.received} messages arrived for {outcome.distinct} of {outcome.expected} readers"
    console.print(f"\n{outcome.articles} articles read; {arrived}; {outcome.seconds['total']:.1f} s.")
    for name, edition in outcome.editions.items():
        if edition["reason"]:
            console.print(f"{name}: {edition['reason']}")
    console.print("\nLook at:")
    for page in outcome.previews():
        console.print(f"  {page}")
    console.print(f"  {outcome.maildir / 'new'}   (one file a message)")
    console.print(
        f"\nThe folder is an ordinary working folder: digest editions list --config {outcome.folder}"
    )
