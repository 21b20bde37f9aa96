"""What commands share: --config, --at and --json, opening the context, tables and progress."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.flow.context import Context
    from digest.settings import Settings


class At(click.ParamType[datetime]):
    """A point in time: ISO 8601; without a zone it is UTC."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no time; write 2026-07-05T07:00 or 2026-07-05T07:00:00+01:00", param, ctx
            )
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


at_option = click.option(
    "--at", type=At(), default=None, help="Take this as the present time (ISO 8601; UTC if no zone)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
config_option = click.option(
    "--config", "config", metavar="DIR", default=None, help="The working folder (default: the current one)."
)


def chosen(config: str | None) -> str | None:
    """Return the command's own --config, else the group's; None means the current folder."""
    outer = click.get_current_context(silent=True)
    return config or ((outer.find_root().obj or {}).get("config") if outer else None)


def load_settings(config: str | None = None) -> Settings:
    """Load the configuration chosen on the command line, without opening the store."""
    from digest.settings.load import load

    return load(chosen(config))


def newsletter_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 (click's signature)
    """Give the newsletters of the working folder, for the shell's completion."""
    from digest.errors import ConfigError
    from digest.settings.load import find

    outer = ctx.find_root().params.get("config")
    try:
        _, main = find(ctx.params.get("config") or outer)
    except ConfigError:
        return []
    files = (main.parent / "newsletters").glob("*.toml")
    return sorted(file.stem for file in files if file.stem.startswith(incomplete))


newsletter_argument = click.argument("newsletter", shell_complete=newsletter_names)


@contextmanager
def opened(config: str | None = None, at: datetime | None = None) -> Iterator[Context]:
    """Load the configuration, open the store (upgraded if it is the embedded one) and give the context."""
    from digest.flow.context import Context
    from digest.store.migrate import ready

    settings = load_settings(config)
    store = ready(settings)
    try:
        yield Context(settings, store, (lambda: at) if at else utc_now)
    finally:
        store.close()


def stamp(moment: datetime | None) -> str | None:
    """Write a time for JSON: UTC, to the second, with Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_json(value: Any) -> str:
    """Write one JSON value, times as ``stamp`` writes them."""
    return json.dumps(
        value,
        ensure_ascii=False,
        indent=2,
        default=lambda v: stamp(v) if isinstance(v, datetime) else str(v),
    )


def print_json(value: Any) -> None:
    """Print one JSON value, times as ``stamp`` writes them."""
    click.echo(to_json(value))
