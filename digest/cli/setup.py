"""``digest init`` and ``digest check``: a working folder, and whether its configuration holds."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from digest.cli.common import config_option, json_option, print_json

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
    for path, (content, mode) in files.items():
        _write(path, content, mode)
    (folder / "var").mkdir(exist_ok=True)
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
def check(config: str | None, as_json: bool) -> None:
    """Check the configuration; exit 0 or 2.

    \b
    Example:
      digest check --config my-newsletter
    """
    from digest.settings.load import load

    settings = load(config)
    click.echo(
        f"in order: {len(settings.newsletters)} newsletters, {len(settings.sources)} sources", err=as_json
    )
