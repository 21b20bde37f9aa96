"""What ``digest send`` means: which edition, frozen first; a test to some addresses; a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest import compose, slots
from digest.errors import ComposeError, EditionError
from digest.flow import alerts, build, due, messages, post
from digest.flow import plan as planning
from digest.flow import send as sending
from digest.flow.progress import Meter
from digest.model import EditionState
from digest.store import editions, subscribers

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.flow.send import Totals
    from digest.model import Edition, Slot, Variant


def _unfinished(ctx: Context, name: str) -> Edition | None:
    """Return the latest edition that was begun, is due and may still be sent."""
    now = ctx.now()
    with ctx.store.read() as conn:
        open_ = editions.in_state(conn, *sending.SENDABLE)
    mine = [e for e in open_ if e.newsletter == name and e.slot.at <= now]
    return max(mine, key=lambda e: e.slot.at, default=None)


def send_slot(ctx: Context, name: str, at: datetime | None) -> Slot:
    """Return the slot ``digest send`` is about: one begun but unfinished, else the latest unmade in grace.

    With ``at`` it is the latest scheduled time ≤ ``at``. Raises ``EditionError`` when nothing is due.
    """
    if at is not None:
        return due.slot_for(ctx, name, at)
    newsletter = ctx.newsletter(name)
    unfinished = _unfinished(ctx, name)
    found = unfinished.slot if unfinished else due.unmade(ctx, newsletter, ctx.now())
    if found is None:
        coming = slots.next(due.rule(newsletter), ctx.now())
        raise EditionError(
            f"nothing of {name!r} is due: its latest slot was made, or is older than grace; the next is"
            f" {coming.local:%Y-%m-%d %H:%M %Z}. To make another one now, give its time with --at",
        )
    return found


def send(  # noqa: PLR0913 (what the command line offers)
    ctx: Context,
    name: str,
    at: datetime | None,
    *,
    force: str = "",
    stop: Callable[[], bool] = sending.never,
    progress: Callable[[Meter], Callable[[Counter[str]], None]] | None = None,
) -> Totals:
    """Freeze the edition of a slot unless it is frozen, and send it; return where it stands.

    Raises ``SenderError`` before anything is frozen when a sender cannot be used as configured.
    """
    newsletter = ctx.newsletter(name)
    slot = send_slot(ctx, name, at)
    sending.make_lanes(ctx, newsletter)
    edition = build.build(ctx, name, slot, force=force)
    if force and edition.state is EditionState.HELD:
        from digest.flow import desk

        desk.release(ctx, edition.id, f"lint overruled: {force}")
    elif edition.state is EditionState.HELD:
        return sending.totals(ctx, edition.id)
    tell = progress(Meter(ctx, edition.id)) if progress else None
    done = sending.send_edition(ctx, edition.id, stop=stop, progress=tell)
    alerts.tell(ctx)  # the operator hears of it even where nothing but cron runs this
    return done


# ── without consequences ──────────────────────────────────────────────────────────────


def _variant(ctx: Context, name: str, slot: Slot) -> Variant:
    """Return the frozen variant of a slot, or compile one as it would be frozen now."""
    newsletter = ctx.newsletter(name)
    with ctx.store.read() as conn:
        edition = editions.by_slot(conn, name, slot.at)
        blocks = editions.variant_blocks(conn, edition.id) if edition else {}
    if blocks:
        return compose.load(next(iter(blocks.values())))
    planned = planning.make_plan(ctx, name, slot)
    if planned.skip:
        raise ComposeError(f"there is no edition to test: {planned.skip}")
    return build.compile_plan(ctx, newsletter, planned).variant


def test_send(ctx: Context, name: str, at: datetime | None, addresses: Sequence[str]) -> list[dict[str, str]]:
    """Send the edition of a slot to some addresses, leaving no trace in the store; return an outcome each.

    The messages' links belong to nobody: leaving through one changes nothing.
    """
    from digest.audience.addresses import normalise

    newsletter = ctx.newsletter(name)
    slot = due.slot_for(ctx, name, at)
    variant = _variant(ctx, name, slot)
    keys, ident = messages.keyring(ctx), due.public_id(name, slot)
    batch = []
    for number, given in enumerate(addresses, 1):
        address = normalise(given).address
        reader = messages.recipient(keys, ident, (0, 0, address, "", ""))
        batch.append(compose.splice(variant, reader, edition=-number))
    outcomes = post.post(ctx, post.names(newsletter)[0], batch)
    return [
        {
            "address": message.to,
            "outcome": type(outcome).__name__.removesuffix("Recipient").lower(),
            "detail": getattr(outcome, "receipt", "")
            or getattr(outcome, "reply", "")
            or getattr(outcome, "reason", ""),
        }
        for message, outcome in zip(batch, outcomes, strict=True)
    ]


def dry_run(ctx: Context, name: str, at: datetime | None) -> dict[str, Any]:
    """Plan and compile as a send would, and say what would be sent to how many; nothing is written."""
    newsletter = ctx.newsletter(name)
    slot = due.slot_for(ctx, name, at) if at else send_slot(ctx, name, at)
    senders = post.names(newsletter)
    sending.make_lanes(ctx, newsletter)
    planned = planning.make_plan(ctx, name, slot)
    found: dict[str, Any] = {
        "newsletter": name, "slot": slot.at, "skip": planned.skip, "picks": len(planned.picks), "subject": "",
        "candidates": 0, "senders": senders, "errors": (), "bytes": 0,
    }  # fmt: skip
    if planned.skip:
        return found
    compiled = build.compile_plan(ctx, newsletter, planned)
    with ctx.store.read() as conn:
        found["candidates"] = sum(1 for _ in subscribers.candidates(conn, name, slot.at))
    found["subject"] = compiled.subject
    found["bytes"] = sum(len(block) for block in compiled.variant.blocks if isinstance(block, bytes))
    found["errors"] = tuple(
        f"{f.id} {f.place}: {f.message}" for f in compose.lint_compiled(compiled) if f.severity == "error"
    )
    return found
