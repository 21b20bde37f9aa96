"""``digest run``: the service that makes it come; schedule, worker and web in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.common import config_option, opened

if TYPE_CHECKING:
    import threading

    from digest.flow.context import Context


@click.command()
@click.option("--no-web", is_flag=True, help="Serve no pages here: another process does.")
@click.option("--no-worker", is_flag=True, help="Build and send nothing here: another process does.")
@click.option("--verbose", "-v", is_flag=True, help="Say everything.")
@config_option
def run(no_web: bool, no_worker: bool, verbose: bool, config: str | None) -> int:
    """Run schedule, worker and web in one process. SIGTERM and Ctrl-C finish the message in hand.

    Any number of processes may run on one PostgreSQL database; each edition is made once.

    \b
    Examples:
      digest run
      digest run --no-web
    """
    import threading

    stop = threading.Event()
    _catch_signals(stop)
    _log(verbose)
    with opened(config) as ctx:
        return _run(ctx, stop, web=not no_web, worker=not no_worker)


def _catch_signals(stop: threading.Event) -> None:
    """Let the first SIGTERM or SIGINT ask for an orderly end, and a second one end at once."""
    import os
    import signal

    def asked(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)


def _log(verbose: bool) -> None:
    import logging

    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("digest").setLevel(level)


def _run(ctx: Context, stop: threading.Event, *, web: bool, worker: bool) -> int:
    from digest.schedule import scheduler
    from digest.worker import Worker

    timer = scheduler(ctx)
    working = Worker(ctx, stop)
    timer.start()
    pages = Pages(ctx, stop) if web else None
    if worker:
        working.start()
    parts = [name for name, here in (("schedule", True), ("worker", worker), ("web", web)) if here]
    click.echo(f"running: {', '.join(parts)} (stop with Ctrl-C)", err=True)
    stop.wait()
    click.echo("finishing what is in hand …", err=True)
    timer.shutdown()
    working.join()
    failed = pages is not None and pages.failed()
    click.echo("stopped", err=True)
    return 1 if failed else 0


class Pages:
    """The web part in a thread. Without it links in mails are dead, so its failure ends the process."""

    def __init__(self, ctx: Context, stop: threading.Event) -> None:
        import threading

        self._ctx, self._stop, self._failed = ctx, stop, False
        self._thread = threading.Thread(target=self._serve, name="web")
        self._thread.start()

    def failed(self) -> bool:
        """Wait for its end; tell whether it ended before it was asked to."""
        self._thread.join()
        return self._failed

    def _serve(self) -> None:
        import logging

        from digest.web.serve import serve

        host, port = self._ctx.settings.web.host, self._ctx.settings.web.port
        try:
            serve(self._ctx, host, port, self._stop)
        except (OSError, SystemExit):
            logging.getLogger("digest.web").exception("the pages cannot be served on %s:%d", host, port)
        self._failed = not self._stop.is_set()
        self._stop.set()
