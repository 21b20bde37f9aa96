"""The worker: reads sources, builds and sends what is due, again and again; finishes when asked to stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.flow import alerts, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context

log = logging.getLogger("digest.worker")

POLL = 2.0
"""Seconds between looks at what is due: how late a slot may begin."""

READ = 15.0
"""Seconds between looks at which sources are due."""

BACK_OFF = 30.0
"""Seconds to wait after an unforeseen fault, such as a database that is away."""

CUT_OFF = 10.0
"""Seconds that sources in hand may take to answer once the worker was asked to stop."""

HANDS = 2
"""Editions sent at the same time: a long one does not hold up another newsletter's."""


@dataclass(slots=True)
class Worker:
    """Threads that work until ``stop`` is set; ``join`` returns once each finished what it had in hand."""

    ctx: Context
    stop: threading.Event
    back_off: float = BACK_OFF
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        in_hand = work.InHand()
        stopped = self.stop.is_set
        loops: list[tuple[str, float, Callable[[], object]]] = [
            ("read", READ, lambda: work.read_sources(self.ctx)),
            ("build", POLL, lambda: work.build_due(self.ctx, stopped)),
            *((f"send-{n}", POLL, lambda: work.send_due(self.ctx, stopped, in_hand)) for n in range(HANDS)),
        ]
        for name, pause, once in loops:
            thread = threading.Thread(target=self._loop, args=(name, pause, once), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self) -> None:
        """Wait until every thread has ended; reading may be cut off: each source is saved by itself."""
        for thread in self._threads:
            thread.join(CUT_OFF if thread.name == "read" else None)

    def _loop(self, name: str, pause: float, once: Callable[[], object]) -> None:
        wait = 0.0
        while not self.stop.wait(wait):
            wait = pause if self._tried(name, once) else self.back_off

    def _tried(self, name: str, once: Callable[[], object]) -> bool:
        """Do one round; a fault is logged and told, never fatal: it may be gone in half a minute."""
        cause = f"worker:{name}"
        try:
            once()
            alerts.clear(self.ctx, cause)
        except Exception as error:
            log.exception("the worker's %s thread failed", name)
            self._tell(cause, name, error)
            return False
        return True

    def _tell(self, cause: str, name: str, error: Exception) -> None:
        body = f"{type(error).__name__}: {error}\n\n"
        body += f"It is tried again every {self.back_off:g} seconds; the log has the details."
        try:
            alerts.raise_alert(self.ctx, cause, f"the worker's {name} thread fails", body)
        except Exception:
            log.exception("and the alert could not be kept")
