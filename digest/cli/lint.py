"""``digest lint``: check a newsletter's coming edition, a message or a page against the rules of email."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.common import at_option, config_option, json_option, opened, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from digest.compose.lint import Finding

_MOST = 50_000_000  # bytes
_MARKS = {"error": "✗", "warning": "!", "info": "·"}


@click.command()
@click.argument("what", metavar="NEWSLETTER|FILE")
@at_option
@click.option(
    "--deep",
    is_flag=True,
    help="Look at it in a browser too, and ask SpamAssassin and rspamd where installed.",
)
@click.option("--clients", is_flag=True, help="Tell which mail clients go without what it uses.")
@config_option
@json_option
def lint(  # noqa: PLR0913, PLR0917 (one parameter an option)
    what: str,
    at: datetime | None,
    deep: bool,
    clients: bool,
    config: str | None,
    as_json: bool,
) -> int:
    """Check a newsletter's edition, a FILE.eml or a FILE.html against the rules of email.

    Exit 1 if there are errors. docs/lint.md explains every rule.

    \b
    Examples:
      digest lint daily
      digest lint daily --at 2026-07-05T07:00 --deep
      digest lint preview/message.eml --clients --json
      digest lint var/outbox/new/1751698800.host
      digest lint - < message.eml
    """
    found, html, message = _checked(what, at, config)
    if clients and html:
        from digest.compose.lint import clients as support
        from digest.compose.lint.dom import Page

        found += support.findings(Page(html))
    missed: list[str] = []
    if deep:
        from digest.flow import browser

        found += browser.looked_at(html) if html else []
        filtered, missed = browser.asked(message) if message else ([], [])
        found += filtered
    _print(what, found, missed, as_json=as_json)
    return int(any(finding.severity == "error" for finding in found))


def _checked(what: str, at: datetime | None, config: str | None) -> tuple[list[Finding], str, bytes]:
    """Return findings, HTML and message of whatever was named: a file has a dot or a slash in its name."""
    from digest.compose.lint import lint_message, lint_page
    from digest.compose.lint.message import Wire

    if what == "-" or "." in what or "/" in what:
        data = _read(what)
        if _is_page(what, data):
            return *lint_page(data), b""
        page = Wire(data if b"\r\n" in data else data.replace(b"\n", b"\r\n")).page
        return lint_message(data), page.html if page else "", data
    from digest.flow import preview

    with opened(config, at) as ctx:
        made = preview.preview(ctx, what, at)
    page = Wire(made.message).page
    return list(made.findings), page.html if page else "", made.message


def _read(what: str) -> bytes:
    from digest.errors import UsageError

    try:
        if what == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with Path(what).open("rb") as file:
                data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}; give a newsletter or a file") from error
    if len(data) > _MOST:
        raise UsageError(f"{what} has more than {_MOST:,} bytes: no mail server takes such a message")
    return data


def _is_page(what: str, data: bytes) -> bool:
    """Tell a page from a message: by the name's end, else by its first character."""
    suffix = Path(what).suffix.lower()
    if suffix in (".html", ".htm", ".eml"):
        return suffix != ".eml"
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _print(what: str, found: list[Finding], missed: list[str], *, as_json: bool) -> None:
    if as_json:
        keys = ("id", "severity", "place", "message", "source", "remedy")
        findings = [{key: str(getattr(item, key)) for key in keys} for item in found]
        print_json({"what": what, "findings": findings, "not_asked": missed})
        return
    for item in sorted(found, key=lambda one: (list(_MARKS).index(one.severity), one.id)):
        click.echo(f"{_MARKS[item.severity]} {item.id}  {item.place}: {item.message}")
        if item.remedy:
            click.echo(f"       {item.remedy}  ({item.source})")
    for line in missed:
        click.echo(line)
    counts = {level: sum(item.severity == level for item in found) for level in _MARKS}
    click.echo(f"{what}: {counts['error']} errors, {counts['warning']} warnings, {counts['info']} notes")
