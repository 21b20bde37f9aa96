"""Editor's decisions: checked against the archive and the plan, kept, undone, listed; what came of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest import slots
from digest.errors import UsageError
from digest.flow import due, lookup
from digest.flow.intake import barred
from digest.flow.plan import make_plan
from digest.flow.why import told
from digest.model import Decision, DecisionKind
from digest.select.editing import choices
from digest.store import decisions, editions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.flow.context import Context
    from digest.model import Plan, Slot
    from digest.store import Connection

_ABOUT_AN_ARTICLE = frozenset(DecisionKind) - {DecisionKind.SUBJECT, DecisionKind.NOTE}
_OF_A_PICK = frozenset({DecisionKind.MOVE, DecisionKind.REPLACE, DecisionKind.HEADLINE})
"""Decisions that mean nothing unless the article is a pick."""

_NEEDS = {
    DecisionKind.MOVE: "the place to move to, such as 1",
    DecisionKind.REPLACE: "the address of the article that is to come",
    DecisionKind.HEADLINE: "the words to print",
    DecisionKind.SUBJECT: "the words of the subject",
    DecisionKind.NOTE: "the words of the note",
    DecisionKind.HOLD: "the time until which it is held, such as 2026-07-06T06:00",
}


def decide(
    ctx: Context, name: str, slot: Slot, wish: tuple[DecisionKind, str, str], actor: str
) -> list[Decision]:
    """Keep a decision: ``wish`` is (kind, article's address or "", value). Returns what was kept.

    Nothing is kept, and nothing returned, where it stands so already. ``lock`` without an address locks every
    present pick in its place; ``pin`` without a place leaves a pick where it is; ``hold`` keeps an article
    out of every edition of the newsletter before a time. Raises ``UsageError`` when the archive has no such
    article, the value is no place or time, what is moved, replaced or renamed is no pick, what is put in may
    not be printed, or the edition is frozen already.
    """
    kind, target, value = wish
    with ctx.store.read() as conn:
        _open(ctx, conn, name, slot)
    if kind is DecisionKind.LOCK:
        return _keep(ctx, name, slot, _locks(ctx, name, slot, target), actor)
    if kind in _ABOUT_AN_ARTICLE:
        target = _known(ctx, target)
    value = _value(ctx, slot, (kind, target, _words(kind, value)))
    if kind in _OF_A_PICK or (kind is DecisionKind.PIN and not value):
        places = _places(made := make_plan(ctx, name, slot))
        if kind is DecisionKind.PIN:
            value = str(places.get(target, ""))
        elif target not in places:
            raise UsageError(_no_pick(made, target, kind))
    return _keep(ctx, name, slot, [(kind, target, value)], actor)


def effects(ctx: Context, name: str, slot: Slot, made: Iterable[Decision]) -> list[dict[str, Any]]:
    """Tell what became of each article that decisions are about: ``url, headline, verdict, why``."""
    urls = dict.fromkeys(
        url
        for one in made
        for url in (one.target, one.value if one.kind is DecisionKind.REPLACE else "")
        if url
    )
    if not urls:
        return []
    plan, found = make_plan(ctx, name, slot), []
    for url in urls:
        with ctx.store.read() as conn:
            article = lookup.article(conn, url)
        answer = told(ctx, plan, article)
        found.append({"url": article.url, "headline": article.headline} | {k: answer[k] for k in _TOLD})
    return found


_TOLD = ("verdict", "rule", "why")


def undo(ctx: Context, name: str, slot: Slot, number: int | None, actor: str = "") -> list[Decision]:
    """Undo the latest decision, or the one with this number; picks locked at once are freed at once.

    Raises ``UsageError`` if there is none, it was undone already, or the edition is frozen.
    """
    with ctx.store.write() as conn:
        decisions.lock(conn, name)
        _open(ctx, conn, name, slot)
        standing = decisions.standing(conn, name, slot.at)
        found = [one for one in standing if number in (None, one.id)][-1:]
        if not found:
            raise UsageError(_not_there(conn, name, number))
        last = found[0]
        if number is None and last.kind is DecisionKind.LOCK:
            found = [one for one in standing if (one.kind, one.at, one.actor) == _act(last)]
        decisions.undo(conn, [one.id for one in found], ctx.now(), actor)
        return [replace(one, undone_at=ctx.now(), undone_by=actor) for one in found]


def _act(one: Decision) -> tuple[DecisionKind, datetime, str]:
    return one.kind, one.at, one.actor


def _not_there(conn: Connection, name: str, number: int | None) -> str:
    """Say why there is nothing to undo, and what to do."""
    shows = f"`digest edit {name} history` shows what there is"
    if number is None:
        return f"there is no decision to undo for this edition; {shows}"
    one = decisions.get(conn, name, number)
    if one is None:
        return f"{name} has no decision {number}; {shows}"
    if one.undone_at is None:
        at = f"{one.slot:%Y-%m-%dT%H:%MZ}"
        return f"decision {number} is about the edition due {at}; give --at {at}"
    by = f" by {one.undone_by}" if one.undone_by else ""
    when = f"{one.undone_at:%Y-%m-%d %H:%M} UTC"
    return f"decision {number} ({one.kind}) was taken back{by} on {when} already; decide it anew"


def listed(ctx: Context, name: str, slot: Slot) -> list[Decision]:
    """Return the standing decisions about an edition."""
    ctx.newsletter(name)
    with ctx.store.read() as conn:
        return decisions.standing(conn, name, slot.at)


def history(ctx: Context, name: str, slot: Slot) -> list[Decision]:
    """Return all decisions about an edition, those taken back included, in the order they were made."""
    ctx.newsletter(name)
    with ctx.store.read() as conn:
        return decisions.history(conn, name, slot.at)


def as_json(one: Decision) -> dict[str, Any]:
    """Give a decision as the JSON that ``digest edit`` prints."""
    names = ("id", "kind", "target", "value", "actor", "at", "undone_at", "undone_by")
    return {name: getattr(one, name) for name in names}


# ── checks ────────────────────────────────────────────────────────────────────────────


def _open(ctx: Context, conn: Connection, name: str, slot: Slot) -> None:
    """Refuse what comes too late: the edition is frozen, or will never be made."""
    letter = ctx.newsletter(name)
    edition = editions.by_slot(conn, name, slot.at)
    if edition is not None and (edition.frozen_at or edition.state not in editions.UNFROZEN):
        coming = slots.next(due.rule(letter), max(ctx.now(), slot.at))
        raise UsageError(
            f"the edition of {slot.local:%Y-%m-%d %H:%M} is {edition.state} and can no longer be edited; "
            f"for the coming one give --at {coming.at:%Y-%m-%dT%H:%MZ}",
        )


def _words(kind: DecisionKind, value: str) -> str:
    """Write a value in one line (a note keeps its lines); refuse one that is missing."""
    value = value.strip() if kind is DecisionKind.NOTE else " ".join(value.split())
    if not value and kind in _NEEDS:
        raise UsageError(f"{kind} needs {_NEEDS[kind]}; to take one back, use undo")
    return value


def _value(ctx: Context, slot: Slot, wish: tuple[DecisionKind, str, str]) -> str:
    """Check a decision's value and write it as it is kept."""
    kind, target, value = wish
    if kind in (DecisionKind.PIN, DecisionKind.MOVE) and value:
        value = str(_place(value))
    elif kind is DecisionKind.REPLACE:
        value = _known(ctx, value)
        if value == target:
            raise UsageError(f"{target} cannot be put in for itself; name the article that is to come")
    elif kind is DecisionKind.HOLD:
        value = _until(value, slot)
    if kind in (DecisionKind.PIN, DecisionKind.REPLACE):
        _may_print(ctx, slot, value if kind is DecisionKind.REPLACE else target)
    return value


def _may_print(ctx: Context, slot: Slot, url: str) -> None:
    with ctx.store.read() as conn:
        why = barred(lookup.article(conn, url), slot.at)
    if why:
        raise UsageError(f"{url} cannot be in the edition of {slot.local:%Y-%m-%d %H:%M}: {why[1]}")


def _until(value: str, slot: Slot) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{value!r} is no time; write 2026-07-06T06:00 (UTC) or with +01:00") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment < slot.at:
        raise UsageError(
            f"{moment:%Y-%m-%d %H:%M} UTC is before the edition is due ({slot.at:%Y-%m-%d %H:%M} UTC), "
            "so hold would keep nothing out of it; give a later time"
        )
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _places(plan: Plan) -> dict[str, int]:
    return {pick.article.url: place for place, pick in enumerate(plan.picks, 1)}


def _no_pick(plan: Plan, url: str, kind: DecisionKind) -> str:
    """Say why a decision would have no effect, and what would."""
    found = next((one for one in plan.left_out if one.url == url), None)
    why = f" ({found.why})" if found else ""
    remedy = f"`digest edit {plan.newsletter} pin {url}` puts it in"
    return f"{url} is no pick of this edition{why}, so {kind} would change nothing; {remedy}"


def _known(ctx: Context, url: str) -> str:
    with ctx.store.read() as conn:
        return lookup.article(conn, url).url


def _place(value: str) -> int:
    if not _PLACE.fullmatch(value):
        raise UsageError(f"{value!r} is no place; the first is 1")
    return int(value)


_PLACE = re.compile("[1-9][0-9]{0,3}")


def _locks(ctx: Context, name: str, slot: Slot, target: str) -> list[tuple[DecisionKind, str, str]]:
    places = _places(make_plan(ctx, name, slot))
    wanted: Sequence[str] = [_known(ctx, target)] if target else list(places)
    missing = [url for url in wanted if url not in places]
    if missing:
        remedy = f"`digest edit {name} pin {missing[0]}` puts it in"
        raise UsageError(f"{missing[0]} is no pick to lock now; {remedy}")
    if not wanted:
        raise UsageError(f"{name} has no pick to lock now; `digest plan {name}` says why")
    return [(DecisionKind.LOCK, url, str(places[url])) for url in wanted]


def _keep(
    ctx: Context, name: str, slot: Slot, wishes: Iterable[tuple[DecisionKind, str, str]], actor: str
) -> list[Decision]:
    """Write down what changes something, unless the edition was frozen meanwhile."""
    now, kept = ctx.now(), []
    with ctx.store.write() as conn:
        decisions.lock(conn, name)
        _open(ctx, conn, name, slot)
        standing = decisions.standing(conn, name, slot.at)
        for kind, target, value in wishes:
            one = Decision(
                id=0,
                newsletter=name,
                slot=slot.at,
                kind=kind,
                target=target,
                value=value,
                actor=actor,
                at=now,
            )
            if choices([*standing, one]) == choices(standing):
                continue
            one = replace(one, id=decisions.add(conn, one))
            standing.append(one)
            kept.append(one)
    return kept
