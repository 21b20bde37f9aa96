"""The schedule: APScheduler calls short jobs at short intervals. It decides nothing and does no work."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from digest.flow import alerts, privacy, returns
from digest.flow.tick import tick
from digest.flow.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context

log = logging.getLogger("digest.schedule")

TICK = 5
"""Seconds between looks at which slots came due; editions are built minutes ahead of theirs."""

RETAIN = 6 * 3600
"""Seconds between looks for what was kept long enough."""

WATCH = 60
"""Seconds between looks for what the operator should hear of."""


def jobs(ctx: Context) -> dict[str, tuple[int, Callable[[], object]]]:
    """Return the jobs by name: seconds between runs, and what to call."""
    return {
        "tick": (TICK, lambda: _told(ctx, "tick", _ticked)),
        "watch": (WATCH, lambda: _told(ctx, "watch", watch)),
        "refusals": (WATCH, lambda: _told(ctx, "refusals", returns.count_refusals)),
        "retain": (RETAIN, lambda: _told(ctx, "retain", privacy.retain)),
    }


def _told(ctx: Context, name: str, job: Callable[[Context], object]) -> None:
    """Run a job; a fault is told once, until the job succeeds again, and never ends the schedule."""
    cause = f"schedule:{name}"
    try:
        job(ctx)
        alerts.clear(ctx, cause)
    except Exception as error:
        log.exception("the schedule's %s failed", name)
        body = f"{type(error).__name__}: {error}\n\nIt is tried again in seconds; the log has the details."
        with suppress(Exception):  # a store that is away keeps no alerts; the log has it
            alerts.raise_alert(ctx, cause, f"the schedule's {name} fails", body)


def _ticked(ctx: Context) -> None:
    found = tick(ctx)
    for edition in found.due:
        log.info("%s: an edition is due at %s", edition.newsletter, edition.slot.local)
    for edition in found.missed:
        log.warning("%s: the edition for %s was missed", edition.newsletter, edition.slot.local)
    if found.passed_over:
        log.warning("%d older slots passed as well and are not recorded one by one", found.passed_over)


def scheduler(ctx: Context) -> BackgroundScheduler:
    """Make the scheduler; ``start()`` and ``shutdown()`` belong to the caller.

    A run that was late is run once, however many were due (``coalesce``, no misfire limit): what is due is
    worked out from the database, not from how often a job fired.
    """
    made = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for name, (seconds, job) in jobs(ctx).items():
        made.add_job(job, "interval", seconds=seconds, id=name, next_run_time=ctx.now())
    return made
