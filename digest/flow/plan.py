"""What an edition would contain, and why: reads the store, asks select, writes nothing.

window → articles that belong → never what was sent → one candidate per story → ranker → quotas and
diversity → the editor's decisions → related headlines, earlier chapters, more headlines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digest.flow import chapters, extras
from digest.flow.intake import Intake, left_out
from digest.flow.ranking import Ranking
from digest.ingest import urls
from digest.model import ArticleKind, DecisionKind, LeftOut, Plan
from digest.select import choose as choosing
from digest.select import editing, history
from digest.select.ranker import Brief, Candidate
from digest.store import articles as stored
from digest.store import decisions, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.flow.intake import Past
    from digest.model import Decision, Pick, Reason, Slot
    from digest.select.choose import Ranked
    from digest.settings import NewsletterSettings, Settings
    from digest.store import Connection

LOOKED = 3
"""Candidates are asked what they go on with where they may be picked: so many times the picks wanted."""


def make_plan(ctx: Context, name: str, slot: Slot, past: Past | None = None) -> Plan:
    """Plan the edition of a slot. The same archive, configuration and decisions give the same plan.

    ``past`` stands for what earlier editions carried, where that is simulated. Raises ``NewsletterUnknown``
    and ``PluginMissing``.
    """
    newsletter = ctx.newsletter(name)
    with ctx.store.read() as conn:
        return _Planner(conn, ctx.settings, newsletter, slot, past, Ranking(newsletter.ranker)).plan()


def source_names(conn: Connection, settings: Settings) -> dict[str, str]:
    """Give every source's name as readers see it: configured, else what the source calls itself."""
    known = {key: state.name for key, state in sources.states(conn).items() if state.name}
    return known | {source.key: source.name for source in settings.sources if source.name}


@dataclass(slots=True)
class _Planner:
    conn: Connection
    settings: Settings
    newsletter: NewsletterSettings
    slot: Slot
    past: Past | None
    ranking: Ranking

    def plan(self) -> Plan:
        then = self.past is not None and self.past.as_of is not None
        standing = decisions.standing(self.conn, self.newsletter.name, self.slot.at, then=then)
        chosen = editing.choices(self._present(one) for one in standing)
        intake = Intake(self.conn, self.settings, self.newsletter, self.slot, chosen, self.past)
        found, left = intake.candidates()
        wanted = intake.wanted(found)
        found, covered = _uncovered(found, wanted, chosen.stand_ins)
        hand = {one.candidate.lead.url: one for one in self._rank([*wanted.values()])}
        ranked, told = self._linked(intake, self._rank(found))
        automatic, rest = self._choose(ranked, hand, chosen)
        picks = editing.arrange(
            [choosing.pick(one) for one in automatic],
            {url: self._by_hand(one, chosen, intake) for url, one in hand.items()},
            chosen,
            self.newsletter.picks,
        )
        out = [
            *self._unplaced(automatic, picks),
            *(choosing.left_out(*one) for one in rest),
            *told,
            *covered,
            *left,
        ]
        made = self._finish(intake, _once(picks), rest, out)
        return replace(
            made,
            decided=tuple(one.id for one in standing),
            newest=stored.newest(self.conn),
            places=intake.places,
            trouble=self.ranking.trouble,
        )

    def _present(self, decision: Decision) -> Decision:
        """Write a decision with the addresses of now: an article known by headline alone may get another."""
        replaces = decision.kind is DecisionKind.REPLACE
        value = self._address(decision.value) if replaces else decision.value
        return replace(decision, target=self._address(decision.target), value=value)

    def _address(self, url: str) -> str:
        found = stored.by_url(self.conn, url, urls.key(url)) if url else None
        return found.url if found else url

    # ── which picks ───────────────────────────────────────────────────────────────────

    def _rank(self, found: Sequence[Candidate]) -> list[Ranked]:
        brief = Brief(
            at=self.slot.at,
            window=self.slot.window,
            source_weights={source.key: source.weight for source in self.settings.sources},
            own_sources=frozenset(source.key for source in self.settings.sources if source.own),
            weights=self.newsletter.weights,
            volumes=Counter(
                article.source for one in found if len(one.sources) == 1 for article in one.articles
            ),
        )
        return self.ranking.order(found, brief)

    def _linked(self, intake: Intake, ranked: Sequence[Ranked]) -> tuple[list[Ranked], list[LeftOut]]:
        """Keep out what only goes on with a story that was sent; mark what has something new to say."""
        stay, out = [], []
        for place, one in enumerate(ranked):
            judged = intake.linked(one.candidate) if place < LOOKED * self.newsletter.picks else one.candidate
            if isinstance(judged, history.Kept):
                out.append(choosing.left_out(one, judged.rule, judged.why))
            else:
                stay.append(replace(one, candidate=judged))
        return stay, out

    def _choose(
        self, ranked: Sequence[Ranked], hand: Mapping[str, Ranked], chosen: editing.Choices
    ) -> tuple[list[Ranked], list[tuple[Ranked, str, str]]]:
        quotas = {
            section.name.casefold(): choosing.Quota(section.min, section.max)
            for section in self.newsletter.sections
        }
        rules = choosing.Rules(
            picks=self.newsletter.picks,
            per_source=self.newsletter.per_source,
            reading_minutes=self.newsletter.reading_time,
            sections=quotas,
            same_beat=self.newsletter.weights.get("same_beat", choosing.SAME_BEAT),
        )
        fixed = [one for url, one in hand.items() if url not in chosen.stead or url in chosen.places]
        return choosing.choose(ranked, rules, fixed)

    def _unplaced(self, automatic: Sequence[Ranked], picks: Sequence[Pick]) -> list[LeftOut]:
        printed = {pick.article.id for pick in picks}
        return [
            choosing.left_out(one, "replaced", "gave way to the editor's choice")
            for one in automatic
            if one.candidate.lead.id not in printed
        ]

    def _by_hand(self, one: Ranked, chosen: editing.Choices, intake: Intake) -> Pick:
        pick = choosing.pick(one)
        hand = editing.by_hand(chosen, pick.article.url)
        before = history.before(pick.article, intake.sent)
        reasons = (replace(hand, text=f"{hand.text}; {before}") if before else hand, *pick.reasons)
        return replace(pick, reasons=reasons, follows=chapters.earlier(self.conn, pick.article, intake.as_of))

    # ── what stands around them ───────────────────────────────────────────────────────

    def _finish(
        self,
        intake: Intake,
        picks: Sequence[Pick],
        rest: Sequence[tuple[Ranked, str, str]],
        out: list[LeftOut],
    ) -> Plan:
        letter = self.newsletter
        around = extras.Around(self.conn, letter, self.slot, intake.unwanted)
        spare = [one.candidate.lead for one, rule, _ in rest if rule != "source" or not letter.per_source]
        dressed = around.dress(picks)
        more = around.more(dressed, [*spare, *intake.articles(ArticleKind.HEADLINE)])
        return Plan(
            newsletter=letter.name,
            slot=self.slot,
            picks=tuple(dressed),
            more=more,
            left_out=tuple(out),
            note=intake.chosen.note,
            subject=intake.chosen.subject,
            skip=_too_thin(len(picks), letter.minimum),
        )


def _uncovered(
    found: Sequence[Candidate], wanted: Mapping[str, Candidate], stand_ins: Collection[str]
) -> tuple[list[Candidate], list[LeftOut]]:
    """Part the candidates from those whose story the editor put in by another of its articles.

    A stand-in stays: it keeps the place for what was put in for it.
    """
    leads = {one.lead.id for one in wanted.values()}
    told: dict[int, Candidate] = {one.story: one for one in wanted.values() if one.story}
    stay, out = [], []
    for one in found:
        if one.lead.id in leads:
            continue
        kept = one.lead.url in stand_ins
        by = None if kept else _cover(one, leads, told, wanted.values())
        if by is None:
            stay.append(one)
        else:
            out.append(left_out(one.lead, "story", f"the same story as “{by.lead.headline}”", of=by.lead))
    return stay, out


def _cover(
    one: Candidate, leads: Collection[int], told: Mapping[int, Candidate], wanted: Collection[Candidate]
) -> Candidate | None:
    for article in one.articles:
        if article.id in leads:
            return next(each for each in wanted if each.lead.id == article.id)
        if article.story and article.story in told:
            return told[article.story]
    return None


def _once(picks: Sequence[Pick]) -> list[Pick]:
    """Let a story's number stand once, where an editor wants two of its articles."""
    seen: set[int] = set()
    once = []
    for pick in picks:
        again = pick.story in seen
        once.append(replace(pick, story=None) if again else pick)
        seen |= {pick.story} if pick.story else set()
    return once


def _too_thin(count: int, minimum: int) -> str:
    if count and count >= minimum:
        return ""
    if not count:
        return "nothing new: no story to pick"
    return f"too thin: {count} {'story' if count == 1 else 'stories'}, {minimum} are needed"


def as_json(plan: Plan) -> dict[str, Any]:
    """Give a plan as the JSON that ``digest plan --json`` prints."""
    return {
        "newsletter": plan.newsletter,
        "slot": plan.slot.at,
        "window": {"start": plan.slot.window.start, "end": plan.slot.window.end},
        "picks": [_pick_json(pick) for pick in plan.picks],
        "more": [{"headline": one.headline, "url": one.url} for one in plan.more],
        "left_out": [
            {
                "headline": one.headline,
                "url": one.url,
                "why": one.why,
                "rule": one.rule,
                "score": one.score,
                "reasons": reasons_json(one.reasons),
            }
            for one in plan.left_out
        ],
        "note": plan.note,
        "subject": plan.subject,
        "skip": plan.skip,
        "trouble": plan.trouble,
    }


def _line(headline: str, url: str, published: datetime | None, score: float) -> dict[str, Any]:
    return {"headline": headline, "url": url, "published": published, "score": score}


def reasons_json(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Give the parts of a score as JSON."""
    return [{"rule": one.rule, "points": one.points, "text": one.text} for one in reasons]


def _pick_json(pick: Pick) -> dict[str, Any]:
    article = pick.article
    return {
        **_line(pick.printed, article.url, article.published, pick.score),
        "source": article.source,
        "section": pick.section,
        "story": pick.story,
        "follow_up": pick.follow_up,
        "follows": pick.follows,
        "reasons": reasons_json(pick.reasons),
        "related": [
            _line(one.headline, one.url, one.published, one.score) | {"reasons": reasons_json(one.reasons)}
            for one in pick.related
        ],
        "timeline": [_line(one.headline, one.url, one.published, one.score) for one in pick.timeline],
        "also": [{"headline": one.headline, "url": one.url, "source": one.source} for one in pick.also],
    }
