"""``digest init`` and ``digest check``: a working folder, and whether its configuration holds."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.common import chosen, config_option, json_option, print_json

if TYPE_CHECKING:
    from digest.settings.load import Loaded

_KEYS = """\
# Secret keys. Keep this file private (mode 0600) and in your backups: links in mails already sent need it.
# links: tokens in mails; add a new one with a new id to rotate, and keep the old for a year.
# addresses: hashes of suppressed addresses; never change or remove it.

[[keys]]
id = 1
purpose = "links"
secret = "{links}"

[[keys]]
id = 2
purpose = "addresses"
secret = "{addresses}"
"""


def _write(path: Path, content: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=mode, exist_ok=False)
    path.write_text(content, "utf-8")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Write a working folder: config, keys, one daily newsletter at 07:00.

    \b
    Example:
      digest init my-newsletter
      cd my-newsletter && digest ingest --from https://news.example/rss.xml && digest plan daily
    """
    from digest.errors import UsageError
    from digest.settings.write import DAILY, main_toml, newsletter_toml

    config = folder / "config"
    files = {
        config / "digest.toml": (main_toml(), 0o644),
        config / "newsletters" / "daily.toml": (newsletter_toml(DAILY), 0o644),
        config / "keys.toml": (
            _KEYS.format(links=secrets.token_urlsafe(32), addresses=secrets.token_urlsafe(32)),
            0o600,
        ),
    }
    there = [str(path) for path in files if path.exists()]
    if there:
        msg = f"nothing was written: {', '.join(there)} exists already; choose an empty folder"
        raise UsageError(msg)
    try:
        for path, (content, mode) in files.items():
            _write(path, content, mode)
        (folder / "var").mkdir(exist_ok=True)
    except OSError as error:
        msg = f"{folder} cannot be written: {error.strerror}; choose another folder"
        raise UsageError(msg) from error
    if as_json:
        print_json(
            {"folder": str(folder.resolve()), "files": [str(path.relative_to(folder)) for path in files]}
        )
        return
    click.echo(
        f"Wrote {folder}: config/digest.toml, config/newsletters/daily.toml, config/keys.toml (private)"
    )
    click.echo(f"Next: cd {folder}; digest ingest --from FEED; digest preview daily --out var/preview")


@click.command()
@config_option
@json_option
def check(config: str | None, as_json: bool) -> int:
    """Check the configuration; exit 0 or 2.

    Everything wrong is told at once, each with its file, line and column, the key, the value and the nearest
    valid key; what comes from the environment, with its variable. Sends nothing and opens no database.

    \b
    Example:
      digest check --config my-newsletter
      digest check --json
    """
    from digest.flow.check import check as examine
    from digest.settings.load import read

    loaded = read(chosen(config))
    examine(loaded)
    if as_json:
        print_json(_findings(loaded))
    else:
        _print_findings(loaded)
    return 2 if loaded.problems else 0


def _findings(loaded: Loaded) -> dict[str, Any]:
    return {
        "ok": not loaded.problems,
        "folder": str(loaded.root),
        "problems": [asdict(problem) for problem in loaded.problems],
        "notes": loaded.notes,
        "newsletters": sorted(loaded.raw["newsletters"]),
    }


def _print_findings(loaded: Loaded) -> None:
    for problem in loaded.problems:
        click.echo(str(problem), err=True)
    for note in loaded.notes:
        click.echo(f"note: {note}", err=True)
    if loaded.problems:
        count = len(loaded.problems)
        click.echo(f"{count} problem{'s' if count > 1 else ''} in {loaded.root}", err=True)
    elif loaded.settings is not None:
        settings = loaded.settings
        names = ", ".join(settings.newsletters) or "none"
        senders = ", ".join(f"{name} ({sender.type})" for name, sender in settings.senders.items()) or "none"
        click.echo(f"{loaded.root} is in order")
        click.echo(f"newsletters: {names}; sources: {len(settings.sources)}; senders: {senders}")
