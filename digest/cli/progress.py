"""Showing progress: one live line on a terminal, lines now and then elsewhere; always on standard error."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.progress import Meter

LIVE = 0.25
"""Seconds between two pictures of the live line."""

APART = 10.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """``with Progress() as progress: … progress.start(meter)`` gives what is called often and shows."""

    def __init__(self, *, quiet: bool = False, apart: float = APART) -> None:
        self._apart = apart
        self._live = sys.stderr.isatty() and not quiet
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the live line away: what comes next begins on a clean one."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def start(self, meter: Meter) -> Callable[[Any], None]:
        """Return what is to be called whenever something may have changed."""
        every = LIVE if self._live else self._apart
        last = time.monotonic()

        def tell(_counts: Any = None) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < every:
                return
            last = now
            meter.read()
            self.show(meter.line())

        return tell

    def show(self, line: str) -> None:
        """Show a line: in place of the last one on a terminal, below it elsewhere."""
        if self._live:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            sys.stderr.write(f"\r\x1b[2K{line[: max(10, columns - 1)]}")
            self._shown = True
        else:
            sys.stderr.write(f"{line}{os.linesep}")
        sys.stderr.flush()
