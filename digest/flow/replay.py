"""Past editions planned again, one after the other: what an earlier one picked counts as sent for the later.

Today's configuration against what was really sent, or a changed one against today's. Both sides begin with
what was sent before the span, and then live with their own choices; a slot that carried nothing (missed,
cancelled) carries nothing in the first. Everything the record holds is as it was at each edition's moment,
its freezing, else ``build_before`` ahead of the slot: articles and their words, withdrawals, stories, leads
and links by hand, holds, places in feeds. What was corrected, merged or taken back since changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import slots
from digest.errors import UsageError
from digest.flow import due
from digest.flow.intake import MEMORY, Past, sent_before
from digest.flow.plan import make_plan
from digest.flow.why import told
from digest.model import EditionState
from digest.select.history import Sent
from digest.store import articles as stored
from digest.store import editions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Plan, Slot
    from digest.settings import NewsletterSettings

_MOST = 2000
_CARRIED_NOTHING = (EditionState.DRAFT, EditionState.MISSED, EditionState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One pick of a replayed edition: where it stands now and stood before (0: not), its score and rule."""

    url: str
    headline: str
    place: int
    before: int
    score: float | None = None
    why: str = ""  # for one that went: what keeps it out now; for one that came: what kept it out before


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One slot replayed: picks that stayed, came and went; ``was`` tells what stood there before."""

    slot: datetime
    kept: tuple[Line, ...]
    added: tuple[Line, ...]
    removed: tuple[Line, ...]
    skip: str
    was: str = ""


def replay(ctx: Context, name: str, start: datetime, end: datetime, changed: str | None = None) -> list[Day]:
    """Plan every slot in [start, end] again, each after the ones before it, and compare; nothing is written.

    ``changed`` names a newsletter file to compare with the present configuration; without it the
    present configuration is compared with what was sent. Raises ``UsageError`` for a span without slots
    and for a file that is no newsletter.
    """
    letter = ctx.newsletter(name)
    covered = list(_slots(letter, start, end))
    if not covered:
        raise UsageError(f"{name} has no slot between {start:%Y-%m-%dT%H:%MZ} and {end:%Y-%m-%dT%H:%MZ}")
    mine = _Chain(ctx, name, covered[0])
    then = _with(ctx, name, changed) if changed else ctx
    other = _Chain(then, name, covered[0]) if changed else None
    days = []
    for slot in covered:
        lived = _lived(ctx, name, slot)
        if other is None:
            before, after = _Before(lived.picks, lived.state), mine.plan(slot, lived, carried=lived.carried)
        else:
            before, after = _planned(mine.plan(slot, lived)), other.plan(slot, lived)
        days.append(_day(then, before, after))
    return days


@dataclass(frozen=True, slots=True)
class _Before:
    """What a replayed edition is compared with."""

    picks: Mapping[str, str]  # address → headline, in order
    was: str
    kept_out: Mapping[str, str] = field(default_factory=dict)  # address → why, where it was planned


def _planned(plan: Plan) -> _Before:
    picks = {pick.article.url: pick.printed for pick in plan.picks}
    return _Before(picks, plan.skip or "planned", {one.url: one.why for one in plan.left_out})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lived:
    """What became of a slot in life."""

    picks: dict[str, str]  # what the edition carried: address → headline
    state: str
    at: datetime | None = None  # when it was frozen
    carried: bool = True  # what it picked counts as sent: it was, or nothing is known of it
    newest: int | None = None
    places: Mapping[int, int] = field(default_factory=dict)


def _lived(ctx: Context, name: str, slot: Slot) -> _Lived:
    with ctx.store.read() as conn:
        edition = editions.by_slot(conn, name, slot.at)
        if edition is None:
            return _Lived(picks={}, state="no edition")
        items = editions.items(conn, edition.id)
        newest, places = editions.known(conn, edition.id)
    return _Lived(
        picks={item["url"]: item["headline"] for item in items if item["role"] == "pick"},
        state=str(edition.state),
        at=edition.frozen_at,
        carried=edition.state not in _CARRIED_NOTHING,
        newest=newest,
        places=places,
    )


class _Chain:
    """A simulated run of a newsletter: what each plan picked counts as sent for those after it."""

    def __init__(self, ctx: Context, name: str, first: Slot) -> None:
        self._ctx, self._name = ctx, name
        with ctx.store.read() as conn:
            self._sent = sent_before(conn, name, first.at)
            earlier = editions.previous_frozen(conn, name, first.at)
            self._newest = editions.known(conn, earlier.id)[0] if earlier else None
        self._frozen = earlier.frozen_at if earlier else None

    def plan(self, slot: Slot, lived: _Lived, *, carried: bool = True) -> Plan:
        """Plan a slot as it was or would have been; what it picked counts as sent where it was carried."""
        moment = lived.at or slot.at - self._ctx.newsletter(self._name).build_before
        past = Past(
            sent=tuple(one for one in self._sent if one.slot >= slot.at - MEMORY),
            frozen_at=self._frozen,
            newest=self._newest,
            as_of=moment,
            places=lived.places,
        )
        plan = make_plan(self._ctx, self._name, slot, past)
        if carried and not plan.skip:
            self._frozen, self._newest = moment, lived.newest
            self._sent += [_told(pick, slot) for pick in plan.picks]
        return plan


def _told(pick: Any, slot: Slot) -> Sent:
    article = pick.article
    return Sent(
        article=article.id,
        story=article.story,
        headline=article.headline,
        slot=slot.at,
        language=article.language,
    )


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

    from pydantic import ValidationError

    from digest.settings import NewsletterSettings

    try:
        data = tomllib.loads(Path(changed).read_text(encoding="utf-8"))
        letter = NewsletterSettings.model_validate({**data, "name": name})
    except (OSError, ValueError) as error:
        told = error.errors() if isinstance(error, ValidationError) else ()
        why = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told) or str(error)
        raise UsageError(f"{changed} is no newsletter's file: {why}") from error
    settings = ctx.settings.model_copy(update={"newsletters": {**ctx.settings.newsletters, name: letter}})
    return replace(ctx, settings=settings)


def _day(ctx: Context, before: _Before, after: Plan) -> Day:
    places = {url: place for place, url in enumerate(before.picks, 1)}
    lines = [
        Line(
            url=pick.article.url,
            headline=pick.printed,
            place=place,
            before=places.get(pick.article.url, 0),
            score=pick.score,
            why=before.kept_out.get(pick.article.url, ""),
        )
        for place, pick in enumerate(after.picks, 1)
    ]
    stayed = {line.url for line in lines}
    out = {one.url: one for one in after.left_out}
    gone = [
        Line(
            url=url,
            headline=headline,
            place=0,
            before=places[url],
            score=out[url].score if url in out else None,
            why=out[url].why if url in out else _gone(ctx, after, url),
        )
        for url, headline in before.picks.items()
        if url not in stayed
    ]
    return Day(
        slot=after.slot.at,
        kept=tuple(line for line in lines if line.before),
        added=tuple(line for line in lines if not line.before),
        removed=tuple(gone),
        skip=after.skip,
        was=before.was,
    )


def _gone(ctx: Context, plan: Plan, url: str) -> str:
    """Say why a plan does not name what stood there before."""
    with ctx.store.read() as conn:
        article = stored.by_url(conn, url)
    return str(told(ctx, plan, article)["why"]) if article else "the archive has lost it"


def as_json(day: Day) -> dict[str, Any]:
    """Give one slot as the JSON that ``digest replay --json`` prints."""
    return {
        "slot": day.slot,
        "was": day.was,
        "skip": day.skip,
        "kept": [_line(one) | {"place": one.place, "before": one.before} for one in day.kept],
        "added": [_line(one) | {"place": one.place, "why": one.why} for one in day.added],
        "removed": [_line(one) | {"before": one.before, "why": one.why} for one in day.removed],
    }


def _line(one: Line) -> dict[str, Any]:
    return {"url": one.url, "headline": one.headline, "score": one.score}
