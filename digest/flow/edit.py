"""Editor's decisions: checked against the archive and the plan, kept, undone and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.flow import lookup
from digest.flow.intake import barred
from digest.flow.plan import make_plan
from digest.model import Decision, DecisionKind
from digest.store import decisions, editions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.flow.context import Context
    from digest.model import Plan, Slot

_ABOUT_AN_ARTICLE = frozenset(DecisionKind) - {DecisionKind.SUBJECT, DecisionKind.NOTE}
_NEEDS_VALUE = frozenset({DecisionKind.MOVE, DecisionKind.REPLACE, DecisionKind.HEADLINE, DecisionKind.HOLD})
_OF_A_PICK = frozenset({DecisionKind.MOVE, DecisionKind.REPLACE, DecisionKind.HEADLINE})
"""Decisions that mean nothing unless the article is a pick."""


def decide(
    ctx: Context, name: str, slot: Slot, wish: tuple[DecisionKind, str, str], actor: str
) -> list[Decision]:
    """Keep a decision: ``wish`` is (kind, article's address or "", value). Returns what was kept.

    ``lock`` without an address locks every present pick in its place; ``hold`` keeps an article out of every
    edition of the newsletter before a time. Raises ``UsageError`` when the archive has no such article, the
    value is no place or time, what is moved, replaced or renamed is no pick, what is put in may not be
    printed, or the edition is frozen already.
    """
    kind, target, value = wish
    _open(ctx, name, slot)
    if kind is DecisionKind.LOCK:
        return _lock(ctx, name, slot, target, actor)
    if kind in _ABOUT_AN_ARTICLE:
        target = _known(ctx, target)
    if kind in _NEEDS_VALUE and not value:
        raise UsageError(f"{kind} needs a value: a place, an address, words or a time")
    value = _value(ctx, slot, kind, target, value)
    if kind in _OF_A_PICK:
        _picked(make_plan(ctx, name, slot), target, kind)
    return [_keep(ctx, name, slot, (kind, target, value), actor)]


def _value(ctx: Context, slot: Slot, kind: DecisionKind, target: str, value: str) -> str:
    """Check a decision's value and write it as it is kept."""
    if kind in (DecisionKind.PIN, DecisionKind.MOVE) and value:
        value = str(_place(value))
    elif kind is DecisionKind.REPLACE:
        value = _known(ctx, value)
        if value == target:
            raise UsageError(f"{target} cannot be put in for itself; name the article that is to come")
    elif kind is DecisionKind.HOLD:
        value = _until(value)
    if kind in (DecisionKind.PIN, DecisionKind.REPLACE):
        _may_print(ctx, slot, value if kind is DecisionKind.REPLACE else target)
    return value


def _may_print(ctx: Context, slot: Slot, url: str) -> None:
    with ctx.store.read() as conn:
        why = barred(lookup.article(conn, url), slot.at)
    if why:
        raise UsageError(f"{url} cannot be in the edition of {slot.local:%Y-%m-%d %H:%M}: {why[1]}")


def _until(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{value!r} is no time; write 2026-07-06T06:00 (UTC) or with +01:00") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _picked(plan: Plan, url: str, kind: DecisionKind) -> None:
    """Refuse what would have no effect: the article is no pick now."""
    if any(url == pick.article.url for pick in plan.picks):
        return
    found = next((one for one in plan.left_out if one.url == url), None)
    why = f" ({found.why})" if found else ""
    remedy = f"`digest edit {plan.newsletter} pin {url}` puts it in"
    raise UsageError(f"{url} is no pick of this edition{why}, so {kind} would change nothing; {remedy}")


def undo(ctx: Context, name: str, slot: Slot, number: int | None) -> Decision:
    """Undo the latest decision, or the one with this number. Raises ``UsageError`` if there is none."""
    _open(ctx, name, slot)
    with ctx.store.write() as conn:
        undone = decisions.undo(conn, name, slot.at, ctx.now(), number)
    if undone is None:
        what = f"decision {number}" if number is not None else "decision"
        raise UsageError(f"there is no {what} to undo for this edition; `digest edit {name} list` shows them")
    return undone


def listed(ctx: Context, name: str, slot: Slot) -> list[Decision]:
    """Return the standing decisions about an edition."""
    ctx.newsletter(name)
    with ctx.store.read() as conn:
        return decisions.standing(conn, name, slot.at)


def _open(ctx: Context, name: str, slot: Slot) -> None:
    ctx.newsletter(name)
    with ctx.store.read() as conn:
        edition = editions.by_slot(conn, name, slot.at)
    if edition is not None and edition.state not in editions.UNFROZEN:
        raise UsageError(
            f"the edition of {slot.local:%Y-%m-%d %H:%M} is {edition.state} and can no longer be edited; "
            "give --at the time of a coming one",
        )


def _known(ctx: Context, url: str) -> str:
    with ctx.store.read() as conn:
        return lookup.article(conn, url).url


def _place(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise UsageError(f"{value!r} is no place; the first is 1")
    return int(value)


def _lock(ctx: Context, name: str, slot: Slot, target: str, actor: str) -> list[Decision]:
    picks = make_plan(ctx, name, slot).picks
    places = {pick.article.url: place for place, pick in enumerate(picks, 1)}
    wanted: Sequence[str] = [_known(ctx, target)] if target else list(places)
    missing = [url for url in wanted if url not in places]
    if missing or not wanted:
        raise UsageError(f"{missing[0] if missing else name} has no pick to lock now; pin it instead")
    return [_keep(ctx, name, slot, (DecisionKind.LOCK, url, str(places[url])), actor) for url in wanted]


def _keep(ctx: Context, name: str, slot: Slot, wish: tuple[DecisionKind, str, str], actor: str) -> Decision:
    kind, target, value = wish
    now = ctx.now()
    values = {"newsletter": name, "slot": slot.at, "kind": kind, "target": target, "value": value}
    with ctx.store.write() as conn:
        number = decisions.add(conn, Decision(id=0, actor=actor, at=now, **values))  # type: ignore[arg-type]
    return Decision(id=number, actor=actor, at=now, **values)  # type: ignore[arg-type]
