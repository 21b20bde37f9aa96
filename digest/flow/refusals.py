"""Reports of mail services that were refused, counted over all processes since the last one that was taken.

A wrong secret is told by nobody else: the service tries again and gives up, and bounces are no longer learnt.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.store import facts

if TYPE_CHECKING:
    from datetime import datetime

    from digest.flow.context import Context


@dataclass(frozen=True, slots=True)
class Refused:
    """How many reports a hook refused in a row, until when, and why the latest."""

    hook: str
    number: int
    at: datetime
    why: str


class Refusals:
    """Counts in this process; ``write`` adds what came together, so that a flood costs no writes."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._here: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def add(self, hook: str, why: str) -> None:
        """Count a report that was refused."""
        with self._lock:
            self._here[hook] = self._here.get(hook, (0, ""))[0] + 1, why

    def taken(self, hook: str) -> None:
        """Forget what was refused before: a report was taken, so the hook works."""
        with self._lock:
            self._here.pop(hook, None)
        with self._ctx.store.read() as conn:
            known = facts.get(conn, _number(hook))
        if known:
            with self._ctx.store.write() as conn:
                facts.forget(conn, _number(hook))
                facts.forget(conn, _why(hook))

    def write(self) -> None:
        """Add what was counted here to what the store knows; nothing is written where nothing came."""
        with self._lock:
            here, self._here = self._here, {}
        if not here:
            return
        now = self._ctx.now()
        with self._ctx.store.write() as conn:
            for hook, (number, why) in here.items():
                facts.add(conn, _number(hook), number, now)
                facts.put(conn, _why(hook), why, now)


def listed(ctx: Context) -> list[Refused]:
    """Return the configured hooks that refused reports since they last took one."""
    found = []
    with ctx.store.read() as conn:
        for hook in ctx.settings.hooks:
            number, at = facts.get(conn, _number(hook)), facts.changed_at(conn, _number(hook))
            if number and at:
                found.append(Refused(hook, number, at, str(facts.get(conn, _why(hook), ""))))
    return found


def _number(hook: str) -> str:
    return f"hook:{hook}:refused"


def _why(hook: str) -> str:
    return f"hook:{hook}:why"
