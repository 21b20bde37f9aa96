"""``digest bounces``: what messages that came back say, and acting on it."""

from __future__ import annotations

import json
from typing import Any

import click

from digest.cli.common import json_option


@click.group()
def bounces() -> None:
    """Classify and apply bounces and complaints.

    \b
    Example:
      digest bounces classify var/bounces
    """


@bounces.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@json_option
def classify(paths: tuple[str, ...], as_json: bool) -> None:
    """Show what would be concluded from messages, changing nothing. Files, folders, maildirs, mboxes.

    \b
    Example:
      digest bounces classify var/bounces --json
    """
    from digest.audience.bounces import classify as conclude
    from digest.audience.bounces.files import messages

    counts: dict[str, int] = {}
    for name, data in messages(paths):
        report = conclude(data)
        counts[report.kind] = counts.get(report.kind, 0) + 1
        row: dict[str, Any] = {
            "file": name,
            "kind": report.kind.value,
            "recipient": report.recipient,
            "class": str(report.classed),
            "code": report.code,
            "reason": report.reason,
        }
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(
                f"{row['kind']:<10} {row['class']:<8} {row['code']:<7} {row['recipient']:<36} {row['reason'][:60]}"
            )
    if not as_json:
        click.echo(
            ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "no messages",
            err=True,
        )
