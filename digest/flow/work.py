"""Work: what is due is built and sent. One edition's trouble never stops another's.

Every function does what there is to do at ``ctx.now()`` and returns; the worker calls them again and again.
They may run in any number of threads and processes: building is guarded by a lease on the edition, sending by
the ledger.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.deliver import owner as owners
from digest.errors import DigestError, EditionError, UsageError
from digest.flow import alerts, build, due, refresh, send
from digest.flow.progress import Meter
from digest.model import EditionState
from digest.store import editions

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context
    from digest.model import Edition
    from digest.settings import NewsletterSettings
    from digest.store import Connection

log = logging.getLogger("digest.work")

LEASE = timedelta(minutes=10)
"""How long a process that builds may be silent before another one takes over."""

TOLD_EVERY = 30.0
"""Seconds between two lines of the log about an edition that is being sent."""

AGAIN_AFTER = timedelta(minutes=1)
"""How long to wait before a build that failed is tried again."""


def read_sources(ctx: Context) -> int:
    """Ask the sources whose time has come; return how many articles are new or changed."""
    if not ctx.settings.sources:
        return 0
    report = refresh.refresh(ctx, due=True)
    for one in report.sources:
        if one.turn:
            log.warning("source %s: %s", one.source, one.turn)
    return report.new + report.changed


# ── building ──────────────────────────────────────────────────────────────────────────


def drafts(ctx: Context) -> list[tuple[Edition, NewsletterSettings]]:
    """Return the editions to be built now, earliest slot first, each with its newsletter."""
    now = ctx.now()
    with ctx.store.read() as conn:
        found = editions.in_state(conn, EditionState.DRAFT)
    known = ctx.settings.newsletters
    _drop(ctx, [edition for edition in found if edition.newsletter not in known])
    both = [(edition, known[edition.newsletter]) for edition in found if edition.newsletter in known]
    return [
        (edition, newsletter)
        for edition, newsletter in both
        if edition.slot.at - newsletter.build_before <= now
    ]


def _drop(ctx: Context, orphans: list[Edition]) -> None:
    """Record as cancelled what was due of a newsletter that has been taken out of the configuration."""
    for edition in orphans:
        reason = "the newsletter was taken out of the configuration before it was built"
        with ctx.store.write() as conn:
            allowed = (EditionState.DRAFT,)
            editions.move(conn, edition.id, EditionState.CANCELLED, allowed=allowed, reason=reason)


def build_due(ctx: Context, stop: Callable[[], bool] = send.never) -> int:
    """Build every edition that is due; return how many were settled (ready, held, skipped or missed).

    Sources are asked first: after the service was down the news of the missing hours is still out there.
    """
    waiting = drafts(ctx)
    if not waiting:
        return 0
    _read_first(ctx)
    settled = 0
    for edition, newsletter in waiting:
        if stop():
            break
        settled += _build_one(ctx, edition, newsletter)
    return settled


def _read_first(ctx: Context) -> None:
    try:
        read_sources(ctx)
    except Exception as error:  # noqa: BLE001 (the edition is made of what there is)
        log.warning("sources could not be read before building: %s", error)


def _build_one(ctx: Context, edition: Edition, newsletter: NewsletterSettings) -> bool:
    now, owner = ctx.now(), owners.thread()
    with ctx.store.write() as conn:
        _take_back(conn, edition)
        if not editions.claim(conn, edition.id, owner, now, now + LEASE):
            return False
        if edition.slot.at + newsletter.grace < now:
            reason = f"it could not be made within the grace of {due.span(newsletter.grace)}"
            editions.unclaim(conn, edition.id, owner)
            return editions.move(
                conn, edition.id, EditionState.MISSED, allowed=(EditionState.DRAFT,), reason=reason
            )
    try:
        built = build.build(ctx, edition.newsletter, edition.slot)
    except Exception as error:  # noqa: BLE001 (whatever it is, the operator must hear of it and others go on)
        _failed(ctx, edition, error)
        return False
    with ctx.store.write() as conn:
        editions.unclaim(conn, edition.id, owner)
    alerts.clear(ctx, f"build:{edition.id}")
    log.info(
        "edition %s of %s is %s%s",
        built.id,
        built.newsletter,
        built.state,
        f": {built.reason}" if built.reason else "",
    )
    return built.state is not EditionState.DRAFT


def _take_back(conn: Connection, edition: Edition) -> None:
    """Free an edition whose builder was killed: on this machine that is known at once, lease or not."""
    owner = str(editions.frozen(conn, edition.id)["owner"])
    if owner and owners.gone(owner):
        log.warning("edition %s was being built by a process that is gone; it is built anew", edition.id)
        editions.unclaim(conn, edition.id, owner)


def _failed(ctx: Context, edition: Edition, error: Exception) -> None:
    """Tell of a build that failed, and leave it to be tried again a little later, by any process."""
    now = ctx.now()
    with ctx.store.write() as conn:
        editions.claim(conn, edition.id, owners.thread(), now, now + AGAIN_AFTER)
        editions.move(
            conn, edition.id, EditionState.DRAFT, allowed=(EditionState.DRAFT,), owner=f"failed:{edition.id}"
        )
    words = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}: {error}"
    log.error(
        "edition %s of %s could not be built: %s", edition.id, edition.newsletter, words, exc_info=error
    )
    body = (
        f"The edition for {edition.slot.local:%A %Y-%m-%d %H:%M %Z} could not be built:\n\n{words}\n\n"
        f"It is tried again every minute until its grace is over. See `digest preview {edition.newsletter}`."
    )
    alerts.raise_alert(ctx, f"build:{edition.id}", f"{edition.newsletter}: the edition cannot be built", body)


# ── sending ───────────────────────────────────────────────────────────────────────────


class InHand:
    """Which editions this process is sending, so that its threads take different ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._editions: set[int] = set()

    def take(self, edition: int) -> bool:
        """Take an edition; False if another thread has it."""
        with self._lock:
            if edition in self._editions:
                return False
            self._editions.add(edition)
            return True

    def give_back(self, edition: int) -> None:
        """Let others take it."""
        with self._lock:
            self._editions.discard(edition)


def send_due(ctx: Context, stop: Callable[[], bool] = send.never, in_hand: InHand | None = None) -> int:
    """Send what is due of every edition; return how many editions were worked on."""
    hands = in_hand or InHand()
    worked = 0
    for edition in send.waiting(ctx):
        if stop():
            break
        if not hands.take(edition):
            continue
        try:
            worked += _send_one(ctx, edition, stop)
        finally:
            hands.give_back(edition)
    return worked


def _telling(ctx: Context, edition: int) -> Callable[[object], None]:
    """Return what logs, now and then, how far an edition is."""
    meter = Meter(ctx, edition)
    last = time.monotonic()

    def tell(_counts: object) -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD_EVERY:
            last = time.monotonic()
            meter.read()
            log.info("edition %s of %s: %s", edition, meter.totals.newsletter, meter.line())

    return tell


def _send_one(ctx: Context, edition: int, stop: Callable[[], bool]) -> bool:
    try:
        totals = send.send_edition(ctx, edition, stop=stop, progress=_telling(ctx, edition))
    except EditionError as error:  # somebody paused or held it in this very moment
        log.info("edition %s was not sent: %s", edition, error)
        return False
    except (UsageError, DigestError, OSError) as error:
        log.error("edition %s could not be sent: %s", edition, error)  # noqa: TRY400 (its words are enough)
        body = f"{error}\n\nNobody was skipped; it is tried again until it expires."
        body += f" See `digest editions show {edition}`."
        alerts.raise_alert(ctx, f"send:{edition}", f"edition {edition} cannot be sent", body)
        return False
    alerts.clear(ctx, f"send:{edition}")
    if totals.state not in send.OVER:  # of its end the process that ended it tells, once
        log.info("edition %s of %s is %s: %d submitted", *totals.named())
    return True
