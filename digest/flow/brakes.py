"""Brakes: what is learnt after a message was accepted stops an edition as a refusal would have.

A relay takes everything and the bounces come later; the circuit breaker of a running send never sees them.
Bounces that are our own fault (content, us) stop the edition as soon as they are no accident. Bounces by
policy stop it when a domain turns away too large a share of what it was given, and much of the edition is for
that domain; else they are only told. Nobody's address is held against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.flow import alerts
from digest.model import EditionState, EventKind
from digest.store import domains, editions

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.model import Edition, Event
    from digest.store import Connection
    from digest.store.domains import Bounced

OURS = ("content", "us")
OURS_AT_MOST = 3
"""Bounces that are our own fault before the edition is held."""

POLICY_LEAST = 10
"""Bounces by policy from one domain before their share means anything."""

MUCH = 0.05
"""Share of an edition's readers from which a domain that turns us away holds all of it."""

LIVE = (EditionState.READY, EditionState.SENDING, EditionState.PAUSED)


def heard(ctx: Context, event: Event) -> str:
    """Weigh an event that was just kept; return "edition held" or "told" if it had consequences."""
    what = str(event.detail.get("class", ""))
    if event.kind is not EventKind.BOUNCED or event.edition is None or what not in (*OURS, "policy"):
        return ""
    with ctx.store.read() as conn:
        edition = editions.get(conn, event.edition)
        since = domains.released(conn, edition.id)
        bounces = domains.bounced(conn, edition.id, since)
        reason, hold = _ours(bounces) if what in OURS else _policy(ctx, conn, edition, bounces)
    if not reason:
        return ""
    return _stop(ctx, edition, reason) if hold else _tell(ctx, edition, reason)


def _ours(bounces: list[Bounced]) -> tuple[str, bool]:
    mine = [bounce for bounce in bounces if bounce.what in OURS]
    if len(mine) < OURS_AT_MOST:
        return "", False
    return f"{len(mine)} messages bounced for a fault of ours; the last answer: {mine[-1].reason}", True


def _policy(ctx: Context, conn: Connection, edition: Edition, bounces: list[Bounced]) -> tuple[str, bool]:
    """Judge the latest bounce's domain by what it did with the messages around those it turned away."""
    by_policy = [bounce for bounce in bounces if bounce.what == "policy"]
    domain = by_policy[-1].domain if by_policy else ""
    mine = [bounce for bounce in by_policy if bounce.domain == domain]
    times = [bounce.accepted for bounce in mine if bounce.accepted]
    if len(mine) < POLICY_LEAST or not times:
        return "", False
    given = max(len(mine), domains.accepted(conn, edition.id, domain, min(times), max(times)))
    if len(mine) / given <= ctx.settings.delivery.rejected:
        return "", False
    reason = f"{domain} turned away {len(mine)} of {given} messages by policy; the last answer:"
    much = domains.readers(conn, edition.id, domain) >= MUCH * edition.candidates
    return f"{reason} {mine[-1].reason}", much


def _stop(ctx: Context, edition: Edition, reason: str) -> str:
    with ctx.store.write() as conn:
        held = editions.move(conn, edition.id, EditionState.HELD, allowed=LIVE, reason=reason)
    if not held:
        return _tell(ctx, edition, reason)
    body = f"{reason}\n\nLook at the answers with `digest editions show {edition.id}`, mend the"
    body += f" cause, then `digest editions release {edition.id}`."
    alerts.raise_alert(ctx, f"held:{edition.id}", f"{edition.newsletter}: sending was stopped", body)
    return "edition held"


def _tell(ctx: Context, edition: Edition, reason: str) -> str:
    body = f"{reason}\n\nNothing was stopped. See `digest editions show {edition.id}`."
    alerts.raise_alert(ctx, f"bounces:{edition.id}", f"{edition.newsletter}: messages are turned away", body)
    return "told"
