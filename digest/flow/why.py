"""Why one article is in an edition, or not: the plan's own words about it, or why it was never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest import slots
from digest.flow import due, lookup
from digest.flow.intake import LATE, barred
from digest.flow.plan import make_plan, reasons_json
from digest.model import ArticleKind
from digest.store import decisions, editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.flow.context import Context
    from digest.model import Article, Headline, LeftOut, Pick, Plan, Slot

_AROUND = ("related", "timeline", "also")


def why(ctx: Context, name: str, slot: Slot, url: str) -> dict[str, Any]:
    """Answer for one address: ``url, headline, verdict, rule, why, score, reasons, decisions``, and more.

    The verdict is one of: pick, related, timeline, also, more, left out, not asked. ``frozen`` tells as what
    the edition printed it, where that is frozen already, and ``printed`` under which words: they may have
    been corrected since. Raises ``UsageError`` if the archive does not know the address.
    """
    plan = make_plan(ctx, name, slot)
    with ctx.store.read() as conn:
        article = lookup.article(conn, url)
        edition = editions.by_slot(conn, name, slot.at)
        items = editions.items(conn, edition.id) if edition and edition.frozen_at else None
        standing = decisions.standing(conn, name, slot.at)
    answer = {"url": article.url, "headline": article.headline, "newsletter": name, "slot": slot.at}
    return {
        **answer,
        **told(ctx, plan, article),
        **_printed(items, article),
        "decisions": [
            {"id": one.id, "kind": one.kind, "value": one.value, "actor": one.actor, "at": one.at}
            for one in standing
            if one.target == article.url
        ],
    }


def told(ctx: Context, plan: Plan, article: Article) -> dict[str, Any]:
    """Give what a plan says of an article: ``verdict, rule, why, score, reasons``."""
    return next((one for one in _answers(plan, article) if one), None) or _not_asked(ctx, plan, article)


def _printed(items: list[dict[str, Any]] | None, article: Article) -> dict[str, Any]:
    if items is None:
        return {"frozen": None, "printed": ""}
    found = next((item for item in items if item["article"] == article.id), None)
    if found is None:
        return {"frozen": "not printed", "printed": ""}
    return {"frozen": str(found["role"]), "printed": str(found["headline"])}


def _answer(verdict: str, rule: str, text: str, score: float | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "rule": rule, "why": text, "score": score, "reasons": []}


def _answers(plan: Plan, article: Article) -> Iterator[dict[str, Any] | None]:
    """Look for an article from the front of the edition to its back; the first answer counts."""
    yield _as_pick(plan, article)
    around = _around(plan, article)
    left = next((one for one in plan.left_out if one.article == article.id), None)
    listed = any(one.article == article.id for one in plan.more)
    if left:
        verdict = "more" if listed else around["verdict"] if around else "left out"
        text = _with_lead(plan, left) + (f"; {around['why']}{_because(around)}" if around else "")
        yield _answer(verdict, left.rule, text, left.score) | {"reasons": reasons_json(left.reasons)}
    yield around
    yield _answer("more", "headline", "listed under more headlines") if listed else None


def _as_pick(plan: Plan, article: Article) -> dict[str, Any] | None:
    for place, pick in enumerate(plan.picks, 1):
        if pick.article.id == article.id:
            text = "; ".join([f"pick {place} of {len(plan.picks)}", *_by_hand(pick)])
            if plan.skip:
                text += f"; but no edition would be made: {plan.skip}"
            if pick.follow_up:
                text += "; an update of a story that was sent before"
            reasons = reasons_json(pick.reasons)
            return _answer("pick", "pick", text, pick.score) | {"reasons": reasons}
    return None


def _by_hand(pick: Pick) -> list[str]:
    return [one.text for one in pick.reasons if one.rule in ("pinned", "replaced")]


def _around(plan: Plan, article: Article) -> dict[str, Any] | None:
    words = {"related": "as related", "timeline": "as how we got here", "also": "as told elsewhere"}
    for place, pick in enumerate(plan.picks, 1):
        for role in _AROUND:
            for line in getattr(pick, role):
                if line.article == article.id:
                    answer = _answer(role, role, f"it stands under pick {place} {words[role]}")
                    return answer | _score_of(line)
    return None


def _score_of(line: Headline) -> dict[str, Any]:
    return {"score": line.score, "reasons": reasons_json(line.reasons)} if line.reasons else {}


def _because(around: dict[str, Any]) -> str:
    """Tell in the sentence what made it related, where the parts of the score are those of the candidate."""
    texts = [reason["text"] for reason in around["reasons"]]
    return f" ({'; '.join(texts)})" if texts else ""


def _with_lead(plan: Plan, left: LeftOut) -> str:
    """Say what became of the candidate that an article is part of."""
    if not left.of:
        return left.why
    for place, pick in enumerate(plan.picks, 1):
        if pick.article.id == left.of:
            return f"{left.why}, which is pick {place}"
    lead = next((one for one in plan.left_out if one.article == left.of), None)
    return f"{left.why}, which is left out: {lead.why}" if lead else left.why


def _not_asked(ctx: Context, plan: Plan, article: Article) -> dict[str, Any]:
    rule, text = next(_causes(ctx, plan, article))
    return _answer("not asked", rule, text)


def _causes(ctx: Context, plan: Plan, article: Article) -> Iterator[tuple[str, str]]:
    """Give the reasons why an article was no candidate, the weightiest first."""
    letter, window = ctx.newsletter(plan.newsletter), plan.slot.window
    if bar := barred(article, plan.slot.at):
        yield bar
    if letter.sources and article.source not in letter.sources:
        yield "source", f"the newsletter does not draw on {article.source}"
    if letter.languages and article.language and article.language not in letter.languages:
        yield "language", f"the newsletter takes no articles in {article.language}"
    if article.kind is ArticleKind.HEADLINE:
        yield "headline", "a headline without text is never a pick"
    if not window.start <= article.published < window.end:
        yield "window", _other_window(ctx, plan, article)
    yield "unknown", "nothing in the plan names it"


def _other_window(ctx: Context, plan: Plan, article: Article) -> str:
    rule = due.rule(ctx.newsletter(plan.newsletter))
    moment = max(article.published, article.embargo_until or article.published)
    slot = slots.next(rule, moment)
    text = f"published {article.published:%Y-%m-%d %H:%M} UTC, it belongs to the edition of "
    text += f"{slot.local:%Y-%m-%d %H:%M}"
    if slot.at > plan.slot.at:
        return f"{text}, which is later"
    if article.seen_at > slot.at:
        days = (article.seen_at - article.published).days
        text += f"; it arrived on {article.seen_at:%Y-%m-%d %H:%M}"
        return f"{text}, more than {LATE.days} days late" if days >= LATE.days else text
    return f"{text}, which is earlier"
