"""Freezing an edition: plan, compile, lint, then fix everything in one transaction. Done once per slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest import compose, tokens
from digest.errors import EditionError
from digest.flow import alerts, clicks, due, messages, pictures, tailor
from digest.flow import plan as planning
from digest.model import Edition, EditionState
from digest.store import decisions, deliveries, editions, stories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.flow.context import Context
    from digest.model import Plan, Slot
    from digest.settings import NewsletterSettings

RECHECKS = 3
"""How often picks are asked for again when some turn out to be withdrawn."""

MAIN = "main"
"""The key of the variant for readers who have no content of their own."""


def frame(ctx: Context, newsletter: NewsletterSettings, plan: Plan) -> compose.Frame:
    """Gather everything about an edition that is not its stories."""
    from digest.flow import refresh

    settings = ctx.settings
    ident = due.public_id(newsletter.name, plan.slot)
    with ctx.store.read() as conn:
        names = planning.source_names(conn, settings)
    ready = pictures.prepare(ctx, newsletter, plan)
    return compose.Frame(
        newsletter=newsletter,
        public_id=ident,
        slot=plan.slot,
        boundary=tokens.boundary(messages.keyring(ctx), ident),
        base_url=settings.base_url,
        image_base_url=settings.image_base_url,
        images=ready.images,
        logo=ready.logo,
        embedded=ready.embedded,
        source_names=names,
        own_sources=frozenset(one.key for one in refresh.configured(ctx) if one.own),
        kind="breaking" if newsletter.breaking else "regular",
        clicks=clicks.links(ctx, newsletter, plan, ident),
    )


def compile_plan(ctx: Context, newsletter: NewsletterSettings, plan: Plan) -> compose.Compiled:
    """Compile a plan as it would be frozen now. Pictures and counted links are kept; nothing else."""
    return _compiled(ctx, plan, frame(ctx, newsletter, plan))


def _compiled(ctx: Context, plan: Plan, framed: compose.Frame) -> compose.Compiled:
    return compose.compile(plan, framed, ctx.settings.path(ctx.settings.templates))


def _errors(findings: Iterable[compose.Finding]) -> tuple[str, ...]:
    return tuple(
        f"{found.id} {found.place}: {found.message}" for found in findings if found.severity == "error"
    )


def build(ctx: Context, name: str, slot: Slot, *, force: str = "") -> Edition:
    """Freeze the edition of a slot, or return it as it was frozen before.

    Too thin a plan is recorded as skipped; lint errors hold the edition unless ``force`` gives the reason
    for sending all the same, which is recorded. Two processes may call this at once: one freezes.
    """
    newsletter = ctx.newsletter(name)
    now = ctx.now()
    with ctx.store.write() as conn:
        edition = editions.insert_due(conn, due.edition_of(newsletter, slot), now)
        if edition.state is EditionState.MISSED:  # asked for by name: it is made all the same
            editions.move(conn, edition.id, EditionState.DRAFT, allowed=(EditionState.MISSED,), reason="")
            edition = editions.get(conn, edition.id)
    if edition.state is not EditionState.DRAFT:
        return edition
    planned = _planned(ctx, name, slot)
    _tell(ctx, planned)
    if planned.skip:
        return _settle(ctx, edition, EditionState.SKIPPED, planned.skip)
    framed = frame(ctx, newsletter, planned)
    compiled = {MAIN: _compiled(ctx, planned, framed)}
    wishes = tailor.wishes(ctx, planned, slot)
    for wish in wishes:
        if wish.key:
            compiled[wish.key] = _compiled(ctx, tailor.narrowed(planned, wish.sections), framed)
    found = dict.fromkeys(
        error for each in compiled.values() for error in _errors(compose.lint_compiled(each))
    )
    draft = _Draft(edition, planned, compiled, () if force else tuple(found), force, wishes)
    return _freeze(ctx, draft) or build(ctx, name, slot, force=force)


def _planned(ctx: Context, name: str, slot: Slot) -> Plan:
    """Plan, ask the sites whether the picks still stand, and plan again without those taken back."""
    planned = planning.make_plan(ctx, name, slot)
    for _ in range(RECHECKS):
        if not _withdrawn(ctx, planned):
            break
        planned = planning.make_plan(ctx, name, slot)
    return planned


def _tell(ctx: Context, plan: Plan) -> None:
    """Open or close the cause that a newsletter's ranker fails: the edition is made, by another ranker."""
    cause = f"ranker:{plan.newsletter}"
    if not plan.trouble:
        alerts.clear(ctx, cause)
        return
    body = f"The {plan.trouble}.\nimportance ranked what it failed on. Mend the plugin or set another ranker "
    body += f"in the newsletter's file; `digest plan {plan.newsletter}` tells whether it works."
    alerts.raise_alert(ctx, cause, f"{plan.newsletter}: the ranker fails", body)


def _withdrawn(ctx: Context, plan: Plan) -> list[str]:
    """Ask for the picks of configured web sources; files and pushed articles have no site to ask."""
    from digest.flow import refresh

    asked = {one.key for one in refresh.configured(ctx) if one.url.startswith(("http:", "https:"))}
    return refresh.check_withdrawn(ctx, [p.article.url for p in plan.picks if p.article.source in asked])


def _settle(ctx: Context, edition: Edition, state: EditionState, reason: str) -> Edition:
    with ctx.store.write() as conn:
        editions.move(conn, edition.id, state, allowed=(EditionState.DRAFT,), reason=reason)
        return editions.get(conn, edition.id)


def _variant_row(key: str, compiled: compose.Compiled) -> dict[str, Any]:
    variant = compiled.variant
    return {
        "key": key,
        "subject": variant.subject,
        "blocks": compose.dump(variant),
        "page": compiled.page,
        "sha256": variant.sha256,
    }


@dataclass(frozen=True, slots=True)
class _Draft:
    edition: Edition
    plan: Plan
    compiled: dict[str, compose.Compiled]  # by the variant's key
    errors: tuple[str, ...]
    force: str
    wishes: list[tailor.Wish]


def _freeze(ctx: Context, draft: _Draft) -> Edition | None:
    """Write everything an edition is in one transaction; the loser of a race writes nothing.

    None where an editor decided something since it was planned: it must be planned again.
    """
    edition, force = draft.edition, draft.force
    newsletter = ctx.newsletter(edition.newsletter)
    now = ctx.now()
    with ctx.store.write() as conn:
        decisions.lock(conn, edition.newsletter)
        standing = decisions.standing(conn, edition.newsletter, edition.slot.at)
        if tuple(one.id for one in standing) != draft.plan.decided:
            return None
        values: dict[str, Any] = {
            "config": newsletter.model_dump(mode="json", by_alias=True),
            "note": draft.plan.note,
            "known": {"newest": draft.plan.newest, "places": [*draft.plan.places.items()]},
            "frozen_at": now,
            "ready_at": now,
            "reason": f"lint overruled: {force}" if force else "",
        }
        if not editions.freeze(conn, edition.id, values):
            return editions.get(conn, edition.id)
        editions.write_items(conn, edition.id, draft.plan)
        for pick in draft.plan.picks:
            if pick.story and pick.follows:
                stories.link(conn, pick.story, pick.follows)
        for key, compiled in draft.compiled.items():
            editions.write_variant(conn, edition.id, _variant_row(key, compiled))
        own: list[tuple[dict[str, object], str]] = [
            ({"sections": list(wish.sections)}, wish.key) for wish in draft.wishes
        ]
        weekday = edition.slot.local.weekday()
        count, sha = deliveries.queue(
            conn, edition.id, newsletter.name, MAIN, edition.slot.at, weekday=weekday, own=own
        )
        editions.count(conn, edition.id, count, sha)
        if draft.errors:
            reason = "lint: " + "; ".join(draft.errors[:5])
            editions.move(conn, edition.id, EditionState.HELD, allowed=(EditionState.READY,), reason=reason)
        return editions.get(conn, edition.id)


def settings_of(row: dict[str, Any]) -> NewsletterSettings:
    """Return the newsletter's settings as they were when the edition was frozen.

    Raises ``EditionError`` if the edition was not frozen.
    """
    from digest.settings import NewsletterSettings

    if row["config"] is None:
        msg = f"edition {row['id']} is not frozen yet"
        raise EditionError(msg)
    return NewsletterSettings.model_validate({**row["config"], **_durations(row["config"])})


def _durations(config: dict[str, Any]) -> dict[str, timedelta]:
    from pydantic import TypeAdapter

    adapter = TypeAdapter(timedelta)
    return {key: adapter.validate_python(config[key]) for key in ("build_before", "grace", "expires_after")}
