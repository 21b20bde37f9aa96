"""The schedule: APScheduler runs the short jobs, soon and again; faults do not end it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from digest import schedule
from digest.clock import utc_now
from digest.store import editions, facts


def eventually(check, seconds=10.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_it_ticks_at_once(context):
    """A scheduler that was started has looked at the time within moments, not after the first interval."""
    ctx = replace(context, now=utc_now)

    def mark():
        with ctx.store.read() as conn:
            return facts.get(conn, "tick:daily")

    timer = schedule.scheduler(ctx)
    timer.start()
    try:
        assert eventually(mark)
    finally:
        timer.shutdown()


def test_jobs_are_short_lone_and_forgiving(context):
    """One run at a time, several missed runs are one, and none is ever too late to run."""
    timer = schedule.scheduler(replace(context, now=utc_now))
    timer.start(paused=True)
    try:
        jobs = timer.get_jobs()
        assert {job.id for job in jobs} == {"tick", "watch", "refusals", "retain"}
        assert {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in jobs} == {
            (True, 1, None)
        }
    finally:
        timer.shutdown()


def test_a_tick_that_fails_is_followed_by_the_next(context):
    """The first three looks at the clock fail; the scheduler goes on and a later tick does its work."""
    looks = []

    def clock():
        if threading.current_thread() is not threading.main_thread():
            looks.append(1)
            if len(looks) < 4:
                raise OSError("the clock is away")
        return utc_now()

    ctx = replace(context, now=clock)
    timer = schedule.scheduler(ctx)
    timer.reschedule_job("tick", trigger="interval", seconds=0.1)
    timer.start()

    def mark():
        with ctx.store.read() as conn:
            return facts.get(conn, "tick:daily")

    try:
        assert eventually(mark)
        assert len(looks) >= 4
    finally:
        timer.shutdown()


def test_nothing_is_made_by_looking(context):
    """A scheduler beside a house whose slot is not due makes no edition."""
    timer = schedule.scheduler(replace(context, now=utc_now))
    timer.start()
    time.sleep(0.3)
    timer.shutdown()
    with context.store.read() as conn:
        assert editions.listed(conn) == []
