"""``digest preview``: write the edition as it would be sent, or serve it and rebuild as things change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.common import (
    at_option,
    config_option,
    json_option,
    newsletter_argument,
    opened,
    print_json,
    stamp,
)

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.preview import Preview


@click.command()
@newsletter_argument
@at_option
@click.option("--as", "address", metavar="ADDRESS", default="", help="Make the message of this reader.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option(
    "--serve", is_flag=True, help="Show it on localhost; reload when a template or the archive changes."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8025, show_default=True, help="Port for --serve."
)
@config_option
@json_option
def preview(  # noqa: PLR0913, PLR0917 (one parameter an option)
    newsletter: str,
    at: datetime | None,
    address: str,
    out: Path | None,
    serve: bool,
    port: int,
    config: str | None,
    as_json: bool,
) -> None:
    """Write or serve the edition as it would be sent; nothing is frozen or sent.

    index.html shows it on desktop and phone, light and dark, with its plain text, headers, picks and
    reasons; message.eml is byte for byte what a send would hand over.

    \b
    Examples:
      digest preview daily --out preview
      digest preview daily --at 2026-07-05T07:00 --as reader@example.org --out preview
      digest preview daily --serve
    """
    from digest.errors import UsageError
    from digest.flow import preview as flow

    if out is None and not serve:
        raise UsageError("say where to write it (--out DIR), or --serve to look at it at once")

    def make() -> Preview:
        with opened(config, at) as ctx:
            return flow.preview(ctx, newsletter, at, address)

    if serve:
        _serve(newsletter, config, out, port, make)
        return
    assert out is not None
    made = make()
    files = flow.write(made, out)
    if as_json:
        print_json(_described(made, files))
        return
    click.echo(f"{made.title}: {len(made.plan.picks)} stories, {len(made.message):,} bytes, {made.state}")
    click.echo(f"look at {out / 'index.html'}")


def _described(made: Preview, files: list[Path]) -> dict[str, object]:
    from hashlib import sha256

    return {
        "newsletter": made.newsletter,
        "slot": stamp(made.plan.slot.at),
        "state": made.state,
        "subject": made.variant.subject,
        "bytes": len(made.message),
        "sha256": sha256(made.message).hexdigest(),
        "trimmed": list(made.trimmed),
        "findings": [
            {"id": found.id, "severity": str(found.severity), "place": found.place, "message": found.message}
            for found in made.findings
        ],
        "files": [str(file) for file in files],
    }


def _serve(newsletter: str, config: str | None, out: Path | None, port: int, make: object) -> None:
    import tempfile

    from digest.cli.live import Live

    with tempfile.TemporaryDirectory(prefix="digest-preview-") as folder:
        live = Live(newsletter, out or Path(folder), make, lambda: _watched(config))  # type: ignore[arg-type]
        click.echo(
            f"preview of {newsletter} at http://127.0.0.1:{live.listen(port)}/ (stop with Ctrl+C)", err=True
        )
        live.run()


def _watched(config: str | None) -> tuple[object, ...]:
    """Return what a preview rests on: times of templates and configuration, and the archive's state."""
    from digest.resources import data
    from digest.store.pulse import pulse

    with opened(config) as ctx:
        root = ctx.settings.root
        places = (
            root / "config",
            root / "digest.toml",
            ctx.settings.path(ctx.settings.templates),
            data("templates"),
        )
        with ctx.store.read() as conn:
            archive = pulse(conn)
    return _times(places), archive


def _times(places: tuple[Path, ...]) -> tuple[tuple[str, int], ...]:
    files = [place for place in places if place.is_file()]
    files += [file for place in places if place.is_dir() for file in place.rglob("*") if file.is_file()]
    return tuple(sorted((str(file), file.stat().st_mtime_ns) for file in files))
