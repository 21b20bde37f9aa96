"""``digest web``: serve the public pages."""

from __future__ import annotations

import signal
import threading

import click

from digest.cli.common import config_option, opened
from digest.errors import UsageError


@click.command()
@click.option("--host", default=None, help="Address to listen on (default: [web] host).")
@click.option("--port", default=None, type=click.IntRange(0, 65535), help="Port (default: [web] port).")
@click.option("--share", is_flag=True, help="Let further processes with --share serve on the same port.")
@config_option
def web(host: str | None, port: int | None, share: bool, config: str | None) -> None:
    """Serve the public pages: sign up, confirm, preferences, leave, archive, pictures.

    One process uses one processor; start several with --share to use more.

    \b
    Example:
      digest web --port 8080
    """
    from digest.web.serve import serve

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with opened(config) as ctx:
        where = (host or ctx.settings.web.host, ctx.settings.web.port if port is None else port)
        click.echo(f"serving on http://{where[0]}:{where[1]} (stop with Ctrl-C)", err=True)
        try:
            serve(ctx, *where, stop, share=share)
        except OSError as error:
            raise UsageError(
                f"the pages cannot be served on {where[0]}:{where[1]}: {error.strerror or error};"
                " give another --host or --port, or stop what listens there"
            ) from None
