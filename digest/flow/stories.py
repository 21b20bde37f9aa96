"""Stories in the editor's hands: merge, split, follow, lead, undo; and what there is to see of them.

What a hand did stands: the automatic grouping adds new articles to such a story, but joins it to no other
and takes nothing out of it. Every decision is kept with who and when, and can be undone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from digest.errors import UsageError
from digest.flow import chapters, learn, lookup
from digest.model import StoryDecision, StoryDecisionKind
from digest.select.candidates import Standing, lead
from digest.store import articles as stored
from digest.store import stories, story_decisions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Article
    from digest.store import Connection

_EDITOR = "editor"


# ── deciding ──────────────────────────────────────────────────────────────────────────


def merge(ctx: Context, references: Sequence[str], actor: str) -> list[StoryDecision]:
    """Make stories (numbers or addresses) part of the first one; one decision for each.

    Raises ``UsageError`` for what is unknown, or when all are one story already.
    """
    with ctx.store.write() as conn:
        found = [lookup.story(conn, reference) for reference in references]
        stays = found[0]
        going = {one["id"]: one for one in found[1:] if one["id"] != stays["id"]}
        if not going:
            raise UsageError(f"these are one story already: {stays['id']}")
        return [_merge(conn, stays, one, (_name(actor), ctx.now())) for one in going.values()]


def _merge(
    conn: Connection, stays: Mapping[str, Any], goes: Mapping[str, Any], who: tuple[str, datetime]
) -> StoryDecision:
    actor, now = who
    before = {"moved": _held(conn, stories.members(conn, goes["id"])), **_link(stays)}
    stories.merge(conn, goes["id"], stays["id"], now, actor)
    _sum(conn, stays["id"])
    return _keep(conn, (StoryDecisionKind.MERGE, stays["id"], goes["id"]), before, who)


def split(ctx: Context, addresses: Sequence[str], actor: str) -> StoryDecision:
    """Take articles out of their story into one of their own.

    Raises ``UsageError`` when they are of several stories, or all there is of one.
    """
    with ctx.store.write() as conn:
        chosen = {one.id: one for one in (lookup.article(conn, address) for address in addresses)}
        held = {one.story for one in chosen.values()}
        story = held.pop()
        if held or story is None:
            raise UsageError("articles of one story can be split from it, and these are not of one")
        if not set(stories.members(conn, story)) - set(chosen):
            raise UsageError(f"that is all of story {story}; name only the articles that are to leave")
        now, numbers = ctx.now(), list(chosen)
        before = {"moved": _held(conn, numbers)}
        (made,) = stories.begin(conn, [learn.summed(conn, list(chosen.values()))])
        stories.leave(conn, numbers, now)
        stories.put(conn, [(number, made) for number in numbers], now, _name(actor))
        _sum(conn, story)
        return _keep(conn, (StoryDecisionKind.SPLIT, made, story), before, (_name(actor), now))


def follow(ctx: Context, reference: str, earlier: str, actor: str) -> StoryDecision:
    """Say which earlier story one is a new chapter of; ``earlier`` empty says that it is of none.

    Raises ``UsageError`` for what is unknown, or an earlier story that is not earlier.
    """
    with ctx.store.write() as conn:
        story = lookup.story(conn, reference)
        past = lookup.story(conn, earlier) if earlier else None
        if past and (past["first_at"] >= story["first_at"] or past["id"] == story["id"]):
            raise UsageError(f"story {past['id']} did not begin before story {story['id']}")
        number = past["id"] if past else None
        stories.link(conn, story["id"], number, _name(actor))
        return _keep(
            conn, (StoryDecisionKind.FOLLOW, story["id"], number), _link(story), (_name(actor), ctx.now())
        )


def put_in_front(ctx: Context, address: str, actor: str) -> StoryDecision:
    """Make an article its story's lead wherever it may be one. Raises ``UsageError`` for what is unknown."""
    with ctx.store.write() as conn:
        article = lookup.article(conn, address)
        story = lookup.story(conn, address)
        stories.change(conn, story["id"], lead=article.id)
        what = (StoryDecisionKind.LEAD, story["id"], None)
        return _keep(conn, what, {"lead": story["lead"], "chosen": article.id}, (_name(actor), ctx.now()))


def undo(ctx: Context, number: int | None = None, actor: str = "") -> StoryDecision:
    """Undo the latest decision about stories, or the one with this number.

    Raises ``UsageError`` if there is none, it was undone already, or a later decision rests on it.
    """
    with ctx.store.write() as conn:
        standing = story_decisions.standing(conn)
        found = [one for one in standing if number in (None, one.id)]
        if not found:
            raise UsageError(_not_there(conn, number))
        decision = found[0]
        later = _later(standing, decision, decision.kind)
        if later and decision.kind in (StoryDecisionKind.FOLLOW, StoryDecisionKind.LEAD):
            raise UsageError(f"decision {later.id} says otherwise of story {later.story}; undo that first")
        _UNDO[decision.kind](conn, decision, ctx.now())
        story_decisions.undone(conn, decision.id, ctx.now(), _name(actor))
        return replace(decision, undone_at=ctx.now(), undone_by=_name(actor))


def _not_there(conn: Connection, number: int | None) -> str:
    shows = "`digest stories history` shows what there is"
    one = story_decisions.get(conn, number) if number is not None else None
    if one and one.undone_at:
        when = f"{one.undone_at:%Y-%m-%d %H:%M} UTC"
        by = one.undone_by
        return f"decision {number} ({one.kind}) was taken back by {by} on {when} already; decide it anew"
    what = f"decision {number}" if number is not None else "decision"
    return f"there is no {what} about stories to undo; {shows}"


def _later(
    standing: Sequence[StoryDecision], decision: StoryDecision, kind: StoryDecisionKind
) -> StoryDecision | None:
    """Return the latest standing decision of a kind about the same story that came after one."""
    same = [one for one in standing if one.kind is kind and one.story == decision.story]
    return next((one for one in same if one.id > decision.id), None)


def _undo_merge(conn: Connection, decision: StoryDecision, now: datetime) -> None:
    assert decision.other is not None
    _back(conn, decision, decision.story, decision.other, now)
    before = decision.before
    stories.change(conn, decision.other, merged_into=None)
    if not _later(story_decisions.standing(conn), decision, StoryDecisionKind.FOLLOW):
        stories.change(conn, decision.story, follows=before["follows"], linked=before["linked"])
    _sum(conn, decision.other)
    _sum(conn, decision.story)


def _undo_split(conn: Connection, decision: StoryDecision, now: datetime) -> None:
    """Put all of the new story back: what was taken out as it was held before, what came since as well."""
    assert decision.other is not None
    old = stories.resolve(conn, decision.other)
    assert old is not None
    _back(conn, decision, decision.story, old["id"], now)
    stories.merge(conn, decision.story, old["id"], now)
    _sum(conn, old["id"])


def _back(conn: Connection, decision: StoryDecision, now_in: int, to: int, now: datetime) -> None:
    """Move the articles of a decision back to a story, each as it was held there."""
    there = set(stories.members(conn, now_in))
    moved = [(int(article), str(by)) for article, by in decision.before["moved"]]
    gone = [article for article, _ in moved if article not in there]
    if gone:
        one = next(iter(stored.by_ids(conn, gone[:1]).values()), None)
        where = one.url if one else f"article {gone[0]}"
        raise UsageError(f"{where} was moved again since; undo that decision first")
    stories.leave(conn, [article for article, _ in moved], now)
    for by in sorted({by for _, by in moved}):
        stories.put(conn, [(article, to) for article, held in moved if held == by], now, by)


def _undo_follow(conn: Connection, decision: StoryDecision, _now: datetime) -> None:
    before = decision.before
    stories.change(conn, decision.story, follows=before["follows"], linked=before["linked"])


def _undo_lead(conn: Connection, decision: StoryDecision, _now: datetime) -> None:
    stories.change(conn, decision.story, lead=decision.before["lead"])


_UNDO = {
    StoryDecisionKind.MERGE: _undo_merge,
    StoryDecisionKind.SPLIT: _undo_split,
    StoryDecisionKind.FOLLOW: _undo_follow,
    StoryDecisionKind.LEAD: _undo_lead,
}


def _name(actor: str) -> str:
    return _EDITOR if actor in ("", stories.AUTOMATIC) else actor


def _held(conn: Connection, numbers: Sequence[int]) -> list[list[Any]]:
    """Tell how each article is held in its story: by the machine, or by whom."""
    hands = stories.by_hand(conn, numbers)
    return [[number, hands.get(number, stories.AUTOMATIC)] for number in numbers]


def _link(story: Mapping[str, Any]) -> dict[str, Any]:
    return {"follows": story["follows"], "linked": story["linked"]}


def _keep(
    conn: Connection,
    what: tuple[StoryDecisionKind, int, int | None],
    before: dict[str, Any],
    who: tuple[str, datetime],
) -> StoryDecision:
    kind, story, other = what
    actor, at = who
    values: dict[str, Any] = {"kind": kind, "story": story, "other": other, "before": before}
    return story_decisions.add(conn, StoryDecision(id=0, actor=actor, at=at, **values))


def _sum(conn: Connection, story: int) -> None:
    """Sum a story's words anew from the articles it has now, so that later ones find it."""
    articles = list(stored.by_ids(conn, stories.members(conn, story)).values())
    if articles:
        stories.grow(conn, [{"id": story, **learn.summed(conn, articles)}])


# ── showing ───────────────────────────────────────────────────────────────────────────


def listed(ctx: Context, since: datetime, until: datetime, limit: int) -> dict[str, Any]:
    """List stories with an article published in [since, until), largest first, and the standing decisions."""
    with ctx.store.read() as conn:
        found = [_row(ctx, conn, story) for story in stories.latest(conn, since, until, limit)]
        standing = story_decisions.standing(conn, limit=50)
        return {"stories": found, "decisions": [decided(one) for one in standing]}


def shown(ctx: Context, reference: str) -> dict[str, Any]:
    """Tell all about one story (a number or an address): articles, earlier chapters, decisions."""
    with ctx.store.read() as conn:
        story = lookup.story(conn, reference)
        past = chapters.past(conn, story["follows"], story["id"])
        return {
            **_row(ctx, conn, story),
            "chapters": [{"story": one["id"], **_line(_lead(ctx, conn, one))} for one in past],
            "items": [_line(one) for one in _articles(conn, story["id"])],
            "decisions": [decided(one) for one in story_decisions.standing(conn, story["id"])],
        }


def _articles(conn: Connection, story: int) -> list[Article]:
    found = stored.by_ids(conn, stories.members(conn, story))
    return sorted(found.values(), key=lambda one: (one.published, one.id))


def _lead(ctx: Context, conn: Connection, story: Mapping[str, Any]) -> Article:
    own = frozenset(source.key for source in ctx.settings.sources if source.own)
    leads = {story["id"]: story["lead"]} if story["lead"] else {}
    return lead(_articles(conn, story["id"]), Standing(own=own, leads=leads))


def _row(ctx: Context, conn: Connection, story: Mapping[str, Any]) -> dict[str, Any]:
    articles = _articles(conn, story["id"])
    hands = stories.by_hand(conn, [one.id for one in articles])
    return {
        "story": story["id"],
        **_line(_lead(ctx, conn, story)),
        "articles": len(articles),
        "sources": sorted({one.source for one in articles}),
        "first_at": story["first_at"],
        "last_at": story["last_at"],
        "follows": story["follows"],
        "by_hand": sorted(set(hands.values())),
    }


def _line(article: Article) -> dict[str, Any]:
    return {
        "headline": article.headline,
        "url": article.url,
        "source": article.source,
        "published": article.published,
    }


def history(ctx: Context, reference: str, limit: int) -> list[dict[str, Any]]:
    """Return all decisions, undone ones included, latest first; of one story where ``reference`` names it."""
    with ctx.store.read() as conn:
        story = lookup.story(conn, reference)["id"] if reference else None
        return [decided(one) for one in story_decisions.history(conn, story, limit)]


def decided(decision: StoryDecision) -> dict[str, Any]:
    """Give a decision as the JSON that ``digest stories`` prints."""
    return {
        "id": decision.id,
        "kind": decision.kind,
        "story": decision.story,
        "other": decision.other,
        "articles": len(decision.before.get("moved", ())),
        "actor": decision.actor,
        "at": decision.at,
        "undone_at": decision.undone_at,
        "undone_by": decision.undone_by,
    }
