"""What a person does to editions: hold, release, pause, resume, cancel, resolve. Each act is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.errors import EditionError, UsageError
from digest.flow import alerts
from digest.flow import send as sending
from digest.model import DeliveryState, EditionState
from digest.store import deliveries, editions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.flow.context import Context
    from digest.model import Edition
    from digest.store import Connection

LIVE = (EditionState.READY, EditionState.SENDING, EditionState.PAUSED)


def _note(ctx: Context, conn: Connection, edition: Edition, act: str, reason: str) -> None:
    deliveries.note(conn, ctx.now(), act, edition.id, reason)


def _get(conn: Connection, reference: int | str) -> Edition:
    return editions.get(conn, reference)


def hold(ctx: Context, reference: int | str, reason: str = "") -> Edition:
    """Keep an edition from being sent until it is released; one being sent stops within a second."""
    with ctx.store.write() as conn:
        edition = _get(conn, reference)
        why = reason or "held by an operator"
        editions.require(conn, edition, EditionState.HELD, (EditionState.DRAFT, *LIVE), why)
        _note(ctx, conn, edition, "hold", reason)
        return editions.get(conn, edition.id)


def release(ctx: Context, reference: int | str, reason: str = "") -> Edition:
    """Let a held edition be sent, or built if it was held before it was frozen."""
    with ctx.store.write() as conn:
        edition = _get(conn, reference)
        to = EditionState.READY if edition.frozen_at else EditionState.DRAFT
        editions.require(conn, edition, to, (EditionState.HELD,), reason)
        _note(ctx, conn, edition, "release", reason)
        found = editions.get(conn, edition.id)
    alerts.clear(ctx, f"held:{edition.id}")
    return found


def pause(ctx: Context, reference: int | str, reason: str = "") -> Edition:
    """Stop sending within a second, in whichever process, until ``resume``; survives restarts."""
    with ctx.store.write() as conn:
        edition = _get(conn, reference)
        why = reason or "paused by an operator"
        editions.require(conn, edition, EditionState.PAUSED, LIVE, why)
        editions.set_control(conn, edition.id, sending.PAUSE)
        _note(ctx, conn, edition, "pause", reason)
        return editions.get(conn, edition.id)


def resume(ctx: Context, reference: int | str, reason: str = "") -> Edition:
    """Go on with a paused edition; whatever sends editions picks it up."""
    with ctx.store.write() as conn:
        edition = _get(conn, reference)
        editions.require(conn, edition, EditionState.READY, (EditionState.PAUSED,), "")
        editions.set_control(conn, edition.id, "")
        _note(ctx, conn, edition, "resume", reason)
        return editions.get(conn, edition.id)


def cancel(ctx: Context, reference: int | str, reason: str = "") -> Edition:
    """End an edition within a second: nothing more of it leaves, and the next one may carry its stories."""
    with ctx.store.write() as conn:
        edition = _get(conn, reference)
        allowed = (EditionState.DRAFT, EditionState.HELD, *LIVE)
        why = reason or "cancelled by an operator"
        editions.require(conn, edition, EditionState.CANCELLED, allowed, why)
        editions.set_control(conn, edition.id, sending.CANCEL)
        deliveries.settle(conn, edition.id, DeliveryState.CANCELLED, ctx.now(), reply=why)
        _note(ctx, conn, edition, "cancel", reason)
        return editions.get(conn, edition.id)


def resolve(
    ctx: Context, reference: int | str, to: str, addresses: Sequence[str] = (), reason: str = ""
) -> dict[str, Any]:
    """Settle deliveries that are unknown: ``submitted`` (they arrived) or ``resend`` (they did not).

    Without addresses all of the edition; ``to`` empty only lists them.
    """
    with ctx.store.read() as conn:
        edition = _get(conn, reference)
        unknown = deliveries.unknown(conn, edition.id)
    chosen = [row for row in unknown if not addresses or row["address"] in addresses]
    strangers = set(addresses) - {row["address"] for row in unknown}
    if strangers:
        raise UsageError(f"not unknown in edition {edition.id}: {', '.join(sorted(strangers))}")
    if to:
        _settle(ctx, edition, to, [row["subscriber"] for row in chosen], reason)
    return {"edition": edition.id, "resolved": len(chosen) if to else 0, "to": to, "unknown": chosen}


def _settle(ctx: Context, edition: Edition, to: str, subscribers: list[int], reason: str) -> None:
    state = DeliveryState.SUBMITTED if to == "submitted" else DeliveryState.QUEUED
    with ctx.store.write() as conn:
        receipt = f"resolved by an operator {reason}".strip()
        done = deliveries.resolve(conn, edition.id, subscribers, state, ctx.now(), receipt=receipt)
        again = bool(done) and state is DeliveryState.QUEUED
        if again and not editions.move(
            conn, edition.id, EditionState.READY, allowed=(EditionState.SENT, *LIVE)
        ):
            raise EditionError(f"edition {edition.id} is {edition.state}; nothing of it can be sent again")
        _note(ctx, conn, edition, f"resolve {to}", reason)
    if done == len(subscribers):
        alerts.clear(ctx, f"unknown:{edition.id}")


def show(ctx: Context, reference: int | str) -> dict[str, Any]:
    """Tell all about an edition: its standing, its answers, what it printed."""
    with ctx.store.read() as conn:
        edition = _get(conn, reference)
        found = sending.totals(ctx, edition.id).as_json()
        return found | {
            "public_id": edition.public_id,
            "candidates_sha": edition.candidates_sha,
            "frozen_at": edition.frozen_at,
            "expires_at": edition.expires_at,
            "sent_at": edition.sent_at,
            "control": editions.control(conn, edition.id),
            "variants": editions.variant_facts(conn, edition.id),
            "answers": deliveries.refusals(conn, edition.id),
            "items": [
                {"role": i["role"], "headline": i["headline"], "url": i["url"]}
                for i in editions.items(conn, edition.id)
                if i["role"] == "pick"
            ],
        }
