"""Past editions planned again: today's configuration against what was sent, or changed against unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import slots
from digest.errors import UsageError
from digest.flow import due
from digest.flow.plan import make_plan
from digest.store import editions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Plan, Slot
    from digest.settings import NewsletterSettings

_MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One slot replayed: addresses and headlines of picks that stayed, came and went."""

    slot: datetime
    kept: tuple[tuple[str, str], ...]  # (address, headline)
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    skip: str


def replay(ctx: Context, name: str, start: datetime, end: datetime, changed: str | None = None) -> list[Day]:
    """Plan every slot in [start, end] again and compare; nothing is written.

    ``changed`` names a newsletter file to compare with the present configuration; without it the
    present configuration is compared with what was sent. Each slot is planned by itself, after the editions
    that were really sent before it. Raises ``UsageError`` for a span without slots.
    """
    letter = ctx.newsletter(name)
    covered = list(_slots(letter, start, end))
    if not covered:
        raise UsageError(f"{name} has no slot between {start:%Y-%m-%dT%H:%MZ} and {end:%Y-%m-%dT%H:%MZ}")
    other = _with(ctx, name, changed) if changed else None
    return [
        _day(slot, make_plan(ctx, name, slot), make_plan(other, name, slot) if other else None, ctx)
        for slot in covered
    ]


def _slots(letter: NewsletterSettings, start: datetime, end: datetime) -> Iterator[Slot]:
    rule = due.rule(letter)
    slot = slots.current(rule, start)
    if slot.at < start:
        slot = slots.next(rule, start)
    for _ in range(_MOST):
        if slot.at > end:
            return
        yield slot
        slot = slots.next(rule, slot.at)


def _with(ctx: Context, name: str, changed: str) -> Context:
    import tomllib

    from digest.settings import NewsletterSettings

    data = tomllib.loads(Path(changed).read_text(encoding="utf-8"))
    letter = NewsletterSettings.model_validate({**data, "name": name})
    settings = ctx.settings.model_copy(update={"newsletters": {**ctx.settings.newsletters, name: letter}})
    return replace(ctx, settings=settings)


def _picks(plan: Plan) -> dict[str, str]:
    return {pick.article.url: pick.printed for pick in plan.picks}


def _sent(ctx: Context, name: str, slot: Slot) -> dict[str, str]:
    with ctx.store.read() as conn:
        edition = editions.by_slot(conn, name, slot.at)
        items = editions.items(conn, edition.id) if edition else []
    return {item["url"]: item["headline"] for item in items if item["role"] == "pick"}


def _day(slot: Slot, present: Plan, trial: Plan | None, ctx: Context) -> Day:
    before = _picks(present) if trial else _sent(ctx, present.newsletter, slot)
    after = _picks(trial or present)
    return Day(
        slot=slot.at,
        kept=tuple((url, text) for url, text in after.items() if url in before),
        added=tuple((url, text) for url, text in after.items() if url not in before),
        removed=tuple((url, text) for url, text in before.items() if url not in after),
        skip=(trial or present).skip,
    )


def as_json(day: Day) -> dict[str, Any]:
    """Give one slot as the JSON that ``digest replay --json`` prints."""
    return {
        "slot": day.slot,
        "skip": day.skip,
        **{
            name: [{"url": url, "headline": text} for url, text in getattr(day, name)]
            for name in ("kept", "added", "removed")
        },
    }
