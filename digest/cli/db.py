"""``digest db``: upgrade and back up the database."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli.common import config_option, json_option, load_settings, print_json


@click.group()
def db() -> None:
    """Upgrade or back up the database.

    \b
    Example:
      digest db backup --to /srv/backup/digest.db
    """


@db.command()
@config_option
@json_option
def upgrade(config: str | None, as_json: bool) -> None:
    """Bring the database to this program's version; safe to run again.

    The embedded database is copied first, and upgrades itself when opened anyway. PostgreSQL waits for this.

    \b
    Example:
      digest db upgrade --config /srv/news
    """
    from digest.store import Store, migrate

    store = Store(load_settings(config).database_url)
    try:
        found, saved = migrate.upgrade(store)
    finally:
        store.close()
    head = migrate.HISTORY.head
    if as_json:
        print_json({"from": found, "to": head, "copy": str(saved) if saved else None})
    elif found == head:
        click.echo(f"{store.where} is at version {head} already")
    else:
        click.echo(f"{store.where}: upgraded from {found or 'nothing'} to {head}")
        if saved:
            click.echo(f"the database as it was: {saved}")


@db.command()
@config_option
@click.option(
    "--to",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write (var/backup/…).",
)
@json_option
def backup(config: str | None, target: Path | None, as_json: bool) -> None:
    """Copy the database to one file while it is in use.

    The embedded database is copied as it was last committed and the copy is checked; to restore it, stop
    Digest and put the file in its place. PostgreSQL is dumped by pg_dump; pg_restore brings it back. The
    secret keys are not in the database: keep config/keys.toml too.

    \b
    Example:
      digest db backup --to /srv/backup/digest.db
    """
    from digest.clock import utc_now
    from digest.store import Store
    from digest.store import backup as copies

    settings = load_settings(config)
    store = Store(settings.database_url)
    suffix = "db" if store.is_sqlite else "dump"
    usual = settings.path("var/backup") / f"digest-{utc_now():%Y%m%dT%H%M%SZ}.{suffix}"
    try:
        written = copies.backup(store, target or usual)
    finally:
        store.close()
    size = written.stat().st_size
    if as_json:
        print_json({"file": str(written), "bytes": size})
    else:
        click.echo(f"{written}: {size / 1e6:.1f} MB, checked. Keep config/keys.toml with it.")
