"""Why one article is in an edition, or not: the plan's own words about it, or why it was never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.errors import UsageError
from digest.flow.plan import make_plan
from digest.model import ArticleKind
from digest.store import articles as stored

if TYPE_CHECKING:
    from digest.flow.context import Context
    from digest.model import Article, Plan, Slot


def why(ctx: Context, name: str, slot: Slot, url: str) -> dict[str, Any]:
    """Answer for one address: ``url, headline, verdict, why, rule, score, reasons``.

    The verdict is one of: pick, more, left out, not asked. Raises ``UsageError`` if the archive
    does not know the address.
    """
    plan = make_plan(ctx, name, slot)
    with ctx.store.read() as conn:
        article = stored.by_url(conn, url)
    if article is None:
        msg = f"the archive has no article {url}; is it the address as the source gives it?"
        raise UsageError(msg)
    answer = {"url": article.url, "headline": article.headline, "newsletter": name, "slot": slot.at}
    return answer | (_in_plan(plan, article) or _not_asked(ctx, plan, article))


def _answer(verdict: str, rule: str, text: str, score: float | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "rule": rule, "why": text, "score": score, "reasons": []}


def _in_plan(plan: Plan, article: Article) -> dict[str, Any] | None:
    for place, pick in enumerate(plan.picks, 1):
        if pick.article.id == article.id:
            reasons = [{"rule": r.rule, "points": r.points, "text": r.text} for r in pick.reasons]
            return _answer("pick", "pick", f"pick {place} of {len(plan.picks)}", pick.score) | {
                "reasons": reasons
            }
    listed = any(one.article == article.id for one in plan.more)
    for one in plan.left_out:
        if one.article == article.id:
            verdict = "more" if listed else "left out"
            return _answer(verdict, one.rule, one.why, one.score)
    return _answer("more", "headline", "listed under more headlines") if listed else None


def _not_asked(ctx: Context, plan: Plan, article: Article) -> dict[str, Any]:
    letter, window = ctx.newsletter(plan.newsletter), plan.slot.window
    foreign = bool(letter.languages and article.language and article.language not in letter.languages)
    causes = (
        (article.withdrawn_at is not None, "withdrawn", "its site took it back"),
        (
            bool(letter.sources) and article.source not in letter.sources,
            "source",
            f"the newsletter does not draw on {article.source}",
        ),
        (foreign, "language", f"the newsletter takes no articles in {article.language}"),
        (article.kind is ArticleKind.HEADLINE, "headline", "a headline without text is never a pick"),
        (article.published >= window.end, "window", "it belongs to a later edition"),
        (article.published < window.start, "window", "it belongs to an earlier edition"),
        (True, "unknown", "nothing in the plan names it"),
    )
    rule, text = next((rule, text) for holds, rule, text in causes if holds)
    return _answer("not asked", rule, text)
