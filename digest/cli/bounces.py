"""``digest bounces``: what messages that came back say, and acting on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import at_option, config_option, json_option, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from digest.flow.context import Context


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
            said = f"{row['recipient']:<36} {report.reason[:60]}"
            click.echo(f"{row['kind']:<10} {row['class']:<8} {row['code']:<7} {said}")
    if not as_json:
        click.echo(
            ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "no messages",
            err=True,
        )


@bounces.command()
@click.option(
    "--from",
    "place",
    required=True,
    metavar="MAILDIR|IMAPS-URL|-",
    help="Where returned mail lies; - is a pipe.",
)
@config_option
@at_option
@json_option
def apply(place: str, config: str | None, at: datetime | None, as_json: bool) -> None:
    """Act on returned mail: count bounces, suppress dead addresses and complainers, honour mailed leaving.

    Who is meant is read from our own signed return path only. Each message is taken once. As a pipe it reads
    one message, so that a mail server can deliver to it.

    \b
    Example:
      digest bounces apply --from /var/mail/bounces
      digest bounces apply --from imaps://bounces:PASSWORD@mail.example.org/INBOX
      bounces+*: "|digest --config /srv/news bounces apply --from -"
    """
    from digest.flow import returns

    counts: dict[str, int] = {}
    with opened(config, at) as ctx:
        for name, data, done in _from(place):
            applied = returns.receive(ctx, data)
            done()
            label = f"{applied.kind}: {applied.effect}"
            counts[label] = counts.get(label, 0) + 1
            if as_json:
                row = {
                    "file": name,
                    "kind": applied.kind,
                    "effect": applied.effect,
                    "subscriber": applied.subscriber,
                }
                click.echo(json.dumps(row, ensure_ascii=False))
    if not as_json:
        click.echo(
            "\n".join(f"{number:>6}  {label}" for label, number in sorted(counts.items())) or "no messages"
        )


@bounces.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=2525, show_default=True, help="0: any free one."
)
@click.option("--lmtp", is_flag=True, help="Speak LMTP (RFC 2033) instead of SMTP.")
@config_option
def listen(host: str, port: int, lmtp: bool, config: str | None) -> None:
    """Take returned mail over SMTP or LMTP and act on it, until told to stop.

    Only addresses we signed ourselves (bounces+TOKEN@DOMAIN) are accepted; nothing is relayed. Let the mail
    server of bounce_domain hand them over.

    \b
    Example:
      digest bounces listen --port 2525
      bounce.example.org  smtp:[127.0.0.1]:2525      (Postfix, transport_maps)
    """
    import asyncio
    import logging
    import signal

    from digest.flow import listening

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(host: str, port: int) -> None:
        click.echo(f"listening at {host} port {port}", err=True)

    async def serve(ctx: Context) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await listening.listen(ctx, (host, port), ready, stop, lmtp=lmtp)

    with opened(config) as ctx:
        asyncio.run(serve(ctx))


def _nothing() -> None:
    """Do nothing: what came through a pipe is gone from it."""


def _from(place: str) -> Iterator[tuple[str, bytes, Callable[[], None]]]:
    from digest.audience import mailboxes

    if place == "-":
        with click.open_file("-", "rb") as stream:
            yield "-", stream.read(30_000_000), _nothing
    elif place.startswith(("imap:", "imaps:")):
        yield from mailboxes.imap(place)
    else:
        from pathlib import Path

        yield from mailboxes.maildir(Path(place))
