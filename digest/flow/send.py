"""Sending an edition: settle what a killed process left, run the engine, close the books.

Any number of processes may do this to the same edition, and any of them may be killed: what each reader is
owed stands in the ledger, never in a process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.clock import utc_now
from digest.errors import EditionError, SenderError
from digest.flow import alerts, messages, post
from digest.model import Deferred, DeliveryState, EditionState, Submitted
from digest.store import deliveries, editions, ledger

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from datetime import datetime

    from digest.deliver.engine import Ending, Policy
    from digest.deliver.lanes import Lane, Lanes
    from digest.flow.context import Context
    from digest.model import Armed, Edition, Message
    from digest.settings import NewsletterSettings

log = logging.getLogger("digest.send")

SENDABLE = (EditionState.READY, EditionState.SENDING, EditionState.PAUSED)
OVER = (EditionState.SENT, EditionState.SKIPPED, EditionState.MISSED, EditionState.CANCELLED)
LEASE = timedelta(seconds=60)
PAUSE, CANCEL = "pause", "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Where an edition stands, as ``digest send --json`` prints it."""

    edition: int
    newsletter: str
    slot: datetime
    state: str
    candidates: int
    submitted: int = 0
    deferred: int = 0
    refused: int = 0
    suppressed: int = 0
    unknown: int = 0
    expired: int = 0
    cancelled: int = 0
    queued: int = 0
    submitting: int = 0
    seconds: float = 0.0
    reason: str = ""
    retry_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)

    def named(self) -> tuple[int, str, str, int]:
        """Return what a line of the log says: edition, newsletter, state, submitted."""
        return self.edition, self.newsletter, self.state, self.submitted


def totals(ctx: Context, edition: int, seconds: float = 0.0) -> Totals:
    """Read where an edition stands; cheap at any size, and readable while another process sends."""
    with ctx.store.read() as conn:
        found = editions.get(conn, edition)
        counts = deliveries.tallied(conn, edition)
        retry_at = deliveries.next_due(conn, edition) if counts.get("deferred") else None
    known = {state: n for state, n in counts.items() if state != "excluded"}
    return Totals(
        edition=found.id,
        newsletter=found.newsletter,
        slot=found.slot.at,
        state=found.state.value,
        candidates=found.candidates,
        seconds=round(seconds, 3),
        reason=found.reason,
        retry_at=retry_at,
        **known,
    )


def waiting(ctx: Context) -> list[int]:
    """Return the editions there is something to do for now, for a worker to pass to ``send_edition``."""
    now = ctx.now()
    with ctx.store.read() as conn:
        open_ = [e for e in editions.in_state(conn, *SENDABLE) if e.slot.at <= now]
        return [e.id for e in open_ if _has_work(conn, e, now)]


def _has_work(conn: Any, edition: Edition, now: datetime) -> bool:
    control = editions.control(conn, edition.id)
    if control:
        return control == CANCEL
    counts = deliveries.tallied(conn, edition.id)
    if edition.state is EditionState.READY or (edition.expires_at and now >= edition.expires_at):
        return True
    if edition.state is EditionState.PAUSED:  # its sender was down; the row says since when in lease_until
        again = editions.frozen(conn, edition.id)["lease_until"]
        return again is None or again <= now
    due = deliveries.next_due(conn, edition.id) if counts.get("deferred") else None
    return bool(
        counts.get("queued") or counts.get("submitting") or not counts.get("deferred") or (due and due <= now)
    )


# ── one edition ───────────────────────────────────────────────────────────────────────


def never() -> bool:
    """Be the ``stop`` of a run that nobody stops."""
    return False


def send_edition(
    ctx: Context,
    edition_id: int,
    *,
    stop: Callable[[], bool] = never,
    progress: Callable[[Counter[str]], None] | None = None,
) -> Totals:
    """Send what is due of a frozen edition and return where it stands; safe to call again, and at once.

    Raises ``EditionError`` if its state forbids it, ``SenderError`` if no sender can be used as configured.
    """
    began = time.monotonic()
    with ctx.store.read() as conn:
        edition = editions.get(conn, edition_id)
        row = editions.frozen(conn, edition_id)
    if edition.state in OVER:
        return totals(ctx, edition_id)
    _allow(edition, row["control"])
    newsletter = _newsletter(ctx, edition, row)
    if row["control"] == CANCEL:
        close(ctx, edition, DeliveryState.CANCELLED)
        return totals(ctx, edition_id, time.monotonic() - began)
    lanes = make_lanes(ctx, newsletter)
    with ctx.store.write() as conn:
        editions.move(conn, edition_id, EditionState.SENDING, allowed=SENDABLE, reason="")
    run = _Run(ctx, edition, newsletter, lanes)
    ending = run_loop(run.run(stop, progress))
    if ending.kind == "held" and ending.reason and (waiting_on := run.policy.breaker.unburnt):
        with ctx.store.write() as conn:  # it is the service's quarrel with us, not with these readers
            deliveries.unburn(conn, edition_id, waiting_on, ctx.now())
    finish(ctx, edition, ending)
    return totals(ctx, edition_id, time.monotonic() - began)


def _allow(edition: Edition, control: str) -> None:
    if edition.state not in SENDABLE:
        remedy = {
            EditionState.HELD: f"look at it, then `digest editions release {edition.id}`",
            EditionState.DRAFT: "freeze it first: `digest send` does",
        }.get(edition.state, "")
        raise EditionError(
            f"edition {edition.id} is {edition.state}: {edition.reason or 'no reason given'}; {remedy}"
        )
    if control == PAUSE:
        raise EditionError(f"edition {edition.id} is paused; `digest editions resume {edition.id}` goes on")


def _newsletter(ctx: Context, edition: Edition, row: dict[str, Any]) -> NewsletterSettings:
    """Return the newsletter as configured now (its sender may have been replaced), else as it was frozen."""
    found = ctx.settings.newsletters.get(edition.newsletter)
    if found is not None:
        return found
    from digest.flow.build import settings_of  # brings everything that plans: much memory, rarely needed

    return settings_of(row)


def make_lanes(ctx: Context, newsletter: NewsletterSettings) -> Lanes:
    """Make the senders of a newsletter; raises ``SenderError`` where one is unknown or may not send."""
    from digest.deliver.lanes import Lanes

    found = post.names(newsletter)
    if not found:
        raise SenderError(f"newsletter {newsletter.name!r} names no sender")
    return Lanes([_lane(ctx, name) for name in found])


def _lane(ctx: Context, name: str) -> Lane:
    from digest.deliver import pace
    from digest.deliver.lanes import Lane

    sender = post.sender(ctx, name)
    configured = ctx.settings.senders[name]
    limits = pace.make(name, configured, configured.groups)
    paced = limits if limits.limited else None
    return Lane(name, sender, configured.weight, paced, sign=post.signature(ctx, name))


def run_loop(coroutine: Any) -> Any:
    """Run a coroutine on uvloop where it is installed, else on asyncio's own loop."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(coroutine)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(coroutine)


def policy(ctx: Context, *, resend: bool, expires_at: datetime | None) -> Policy:
    """Return how careful the engine is to be, from ``[delivery]``."""
    from digest.deliver.breaker import Breaker
    from digest.deliver.engine import Policy

    care = ctx.settings.delivery
    breaker = Breaker(least=care.least, refused=care.refused, deferred=care.deferred, policy=care.rejected)
    return Policy(k=care.in_doubt, resend=resend, expires_at=expires_at, breaker=breaker)


class _Run:
    """One process's run over one edition."""

    def __init__(self, ctx: Context, edition: Edition, newsletter: NewsletterSettings, lanes: Lanes) -> None:
        from digest import compose
        from digest.deliver import owner

        self.ctx, self.edition, self.lanes = ctx, edition, lanes
        self.resend = newsletter.unknown == "resend"
        self.ledger = ledger.Ledger(ctx.store, edition.id, edition.newsletter, owner.me(), LEASE)
        self.gone = owner.gone
        started, since = ctx.now(), time.monotonic()
        self.clock = lambda: started + timedelta(seconds=time.monotonic() - since)
        keys = messages.keyring(ctx)
        with ctx.store.read() as conn:
            blocks = editions.variant_blocks(conn, edition.id)
            accepted = bool(deliveries.tallied(conn, edition.id).get("submitted"))
        self.makers = {
            key: messages.maker(keys, edition.public_id, compose.load(data)) for key, data in blocks.items()
        }
        self.policy = policy(ctx, resend=self.resend, expires_at=edition.expires_at)
        self.policy.ahead = utc_now() - started
        self.policy.breaker.accepted = accepted

    def message(self, row: Armed) -> Message:
        reader = (row.subscriber, row.subscription, row.address, row.name, row.language)
        return self.makers[row.variant](row.edition, reader)

    async def run(self, stop: Callable[[], bool], progress: Callable[[Counter[str]], None] | None) -> Ending:
        from digest.deliver.engine import Engine

        await self.recover()
        engine = Engine(self.ledger, self.lanes, self.message, self.clock, self.policy)
        return await engine.run(stop, progress)

    async def recover(self) -> None:
        """Take back what dead processes held, and ask senders that can tell what became of the unknown."""
        self.ledger.expire_leases(utc_now(), self.gone, resend=self.resend)
        with self.ctx.store.read() as conn:
            doubtful = deliveries.unknown(conn, self.edition.id)
        tellers = [lane for lane in self.lanes.lanes if lane.sender.limits.can_look_up]
        if not doubtful or len(tellers) != len(self.lanes.lanes):
            return
        for lane in tellers:
            await lane.sender.open()
        for row in doubtful:
            await self._look_up(row["subscriber"])

    async def _look_up(self, subscriber: int) -> None:
        keys = messages.keyring(self.ctx)
        message_id = messages.recipient(keys, self.edition.public_id, (subscriber, 0, "", "", "")).message_id
        answers = [await lane.sender.look_up(message_id) for lane in self.lanes.lanes]
        found = next((answer for answer in answers if isinstance(answer, Submitted)), None)
        if found is None and not all(isinstance(answer, Deferred) for answer in answers):
            return
        to = DeliveryState.SUBMITTED if found else DeliveryState.QUEUED
        with self.ctx.store.write() as conn:
            receipt = found.receipt if found else ""
            deliveries.resolve(conn, self.edition.id, [subscriber], to, self.ctx.now(), receipt=receipt)


# ── closing the books ─────────────────────────────────────────────────────────────────


def finish(ctx: Context, edition: Edition, ending: Ending) -> None:
    """Move the edition to where the run's ending leads."""
    if ending.kind == "expired":
        close(ctx, edition, DeliveryState.EXPIRED)
    elif ending.kind == CANCEL:
        close(ctx, edition, DeliveryState.CANCELLED)
    elif ending.kind == PAUSE:
        _move(ctx, edition, EditionState.PAUSED, "paused by an operator")
    elif ending.kind == "held" and ending.reason:  # without a reason a person held it
        _move(ctx, edition, EditionState.HELD, ending.reason)
        body = f"{ending.reason}\n\nLook at the answers with `digest editions show {edition.id}`, mend the"
        body += f" cause, then `digest editions release {edition.id}`."
        alerts.raise_alert(ctx, f"held:{edition.id}", f"{edition.newsletter}: sending was stopped", body)
    elif ending.kind == "unavailable":
        again = ctx.now() + timedelta(seconds=ending.wait)
        _move(ctx, edition, EditionState.PAUSED, ending.reason, lease_until=again)
        body = f"{ending.reason}\n\nNobody was skipped: the messages wait, and are tried again later."
        alerts.raise_alert(
            ctx, f"sender:{edition.id}", f"{edition.newsletter}: the sender is unavailable", body
        )
    elif ending.kind == "empty":
        _complete(ctx, edition)


def _move(ctx: Context, edition: Edition, to: EditionState, reason: str, **changes: Any) -> None:
    with ctx.store.write() as conn:
        editions.move(conn, edition.id, to, allowed=(EditionState.SENDING,), reason=reason, **changes)


def _complete(ctx: Context, edition: Edition) -> None:
    """Mark as sent what has nothing left to send; deliveries that are unknown stay to be resolved."""
    with ctx.store.write() as conn:
        counts = deliveries.tallied(conn, edition.id)
        if any(counts.get(state) for state in ("queued", "deferred", "submitting")):
            return
        done = editions.move(
            conn, edition.id, EditionState.SENT, allowed=(EditionState.SENDING,), reason="", sent_at=ctx.now()
        )
    if done:
        submitted = counts.get("submitted", 0)
        log.info("edition %s of %s is sent: %d submitted", edition.id, edition.newsletter, submitted)
        for cause in ("held", "sender"):
            alerts.clear(ctx, f"{cause}:{edition.id}")
    if done and counts.get("unknown"):
        body = f"{counts['unknown']} messages may or may not have been accepted when a process was killed.\n"
        body += f"Settle them with `digest editions resolve {edition.id}`."
        alerts.raise_alert(ctx, f"unknown:{edition.id}", f"{edition.newsletter}: deliveries in doubt", body)


def close(ctx: Context, edition: Edition, to: DeliveryState) -> None:
    """End an edition: what has not gone out becomes expired (the edition is sent) or cancelled."""
    state = EditionState.CANCELLED if to is DeliveryState.CANCELLED else EditionState.SENT
    with ctx.store.write() as conn:
        n = deliveries.settle(conn, edition.id, to, ctx.now())
        reason = f"{n} messages {to.value}" if n else ""
        editions.move(
            conn,
            edition.id,
            state,
            allowed=(*SENDABLE, EditionState.HELD),
            reason=reason,
            sent_at=ctx.now(),
            control="",
        )
