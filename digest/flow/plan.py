"""What an edition would contain, and why: reads the store, asks select, writes nothing.

window → articles that belong → never what was sent → one candidate per story → ranker → quotas and
diversity → the editor's decisions → related headlines, earlier chapters, more headlines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest import plugins
from digest.flow import extras
from digest.model import ArticleKind, LeftOut, Plan
from digest.select import choose as choosing
from digest.select import editing, history
from digest.select.candidates import candidates
from digest.select.ranker import Brief, Candidate
from digest.store import articles as stored
from digest.store import decisions, editions, sources, stories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.flow.context import Context
    from digest.model import Article, Pick, Slot
    from digest.select.choose import Ranked
    from digest.settings import NewsletterSettings, Settings
    from digest.store import Connection

LATE = timedelta(days=7)
"""An article that arrives later than this after its publication is archive, not news."""

MEMORY = timedelta(days=60)
"""How far back earlier editions are looked at for what they carried."""


def make_plan(ctx: Context, name: str, slot: Slot) -> Plan:
    """Plan the edition of a slot. The same archive, configuration and decisions give the same plan.

    Raises ``NewsletterUnknown`` and ``PluginMissing``.
    """
    newsletter = ctx.newsletter(name)
    with ctx.store.read() as conn:
        return _Planner(conn, ctx.settings, newsletter, slot).plan()


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

    def plan(self) -> Plan:
        chosen = editing.choices(decisions.standing(self.conn, self.newsletter.name, self.slot.at))
        found, left = self._candidates()
        found, dropped = _without(found, chosen)
        wanted = self._wanted(chosen, found)
        ranked = self._rank(found)
        hand = {url: one for one in ranked if (url := one.candidate.lead.url) in wanted}
        hand |= {
            url: one for one in self._rank([*wanted.values()]) if (url := one.candidate.lead.url) not in hand
        }
        automatic, rest = self._choose(
            [one for one in ranked if one.candidate.lead.url not in wanted], hand, chosen
        )
        picks = editing.arrange(
            [choosing.pick(one) for one in automatic],
            {url: _by_hand(choosing.pick(one), chosen) for url, one in hand.items()},
            chosen,
            self.newsletter.picks,
        )
        out = [*dropped, *self._unplaced(automatic, picks), *(choosing.left_out(*one) for one in rest), *left]
        return self._finish(picks, rest, out, chosen)

    # ── which articles ────────────────────────────────────────────────────────────────

    def _articles(self, kind: ArticleKind) -> list[Article]:
        window = self.slot.window
        earlier = editions.previous_frozen(self.conn, self.newsletter.name, self.slot.at)
        return stored.candidates(
            self.conn,
            window.start,
            window.end,
            late_since=earlier.frozen_at if earlier else None,
            oldest=window.start - LATE,
            sources=self.newsletter.sources,
            languages=self.newsletter.languages,
            kinds=(kind,),
        )

    def _sent(self) -> list[history.Sent]:
        rows = stories.sent(self.conn, self.newsletter.name, self.slot.at, self.slot.at - MEMORY)
        return [history.Sent(**row) for row in rows]

    def _candidates(self) -> tuple[list[Candidate], list[LeftOut]]:
        sent = self._sent()
        fresh, old = history.unsent(self._articles(ArticleKind.FULL), sent)
        own = frozenset(source.key for source in self.settings.sources if source.own)
        made, kept = history.judge(candidates(fresh, own, self._weights()), sent)
        left = [_left(one.candidate.lead, one.rule, one.why) for one in kept]
        left += [_left(article, "sent", f"sent on {before.slot:%Y-%m-%d}") for article, before in old]
        left += [
            _left(article, "story", f"the same story as “{one.lead.headline}”")
            for one in made
            for article in one.articles[1:]
        ]
        return made, left

    def _weights(self) -> Mapping[str, float]:
        return {source.key: source.weight for source in self.settings.sources}

    def _wanted(self, chosen: editing.Choices, found: Sequence[Candidate]) -> dict[str, Candidate]:
        """Find what the editor put in, in the window or not; an address the store has lost is passed over."""
        known = {one.lead.url: one for one in found}
        wanted: dict[str, Candidate] = {}
        for url in chosen.wanted:
            one = known.get(url) or self._fetched(url)
            if one:
                wanted[url] = one
        return wanted

    def _fetched(self, url: str) -> Candidate | None:
        article = stored.by_url(self.conn, url)
        if article is None:
            return None
        return Candidate(lead=article, articles=(article,), story=article.story, section=article.section)

    # ── which picks ───────────────────────────────────────────────────────────────────

    def _rank(self, found: Sequence[Candidate]) -> list[Ranked]:
        ranker = plugins.load(plugins.RANKERS, self.newsletter.ranker)()
        brief = Brief(
            at=self.slot.at,
            window=self.slot.window,
            source_weights=self._weights(),
            own_sources=frozenset(source.key for source in self.settings.sources if source.own),
            weights=self.newsletter.weights,
        )
        return choosing.order([choosing.Ranked(one, ranker.reasons(one, brief)) for one in found])

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
        )
        replacing = set(chosen.replaced.values())
        fixed = [one for url, one in hand.items() if url not in replacing]
        return choosing.choose(ranked, rules, fixed)

    def _unplaced(self, automatic: Sequence[Ranked], picks: Sequence[Pick]) -> list[LeftOut]:
        printed = {pick.article.id for pick in picks}
        return [
            choosing.left_out(one, "replaced", "gave way to the editor's choice")
            for one in automatic
            if one.candidate.lead.id not in printed
        ]

    # ── what stands around them ───────────────────────────────────────────────────────

    def _finish(
        self,
        picks: Sequence[Pick],
        rest: Sequence[tuple[Ranked, str, str]],
        out: list[LeftOut],
        chosen: editing.Choices,
    ) -> Plan:
        letter = self.newsletter
        around = extras.Around(self.conn, letter, self.slot)
        spare = [one.candidate.lead for one, rule, _ in rest if rule != "source" or not letter.per_source]
        dressed = around.dress(picks)
        more = around.more(dressed, [*spare, *self._articles(ArticleKind.HEADLINE)])
        return Plan(
            newsletter=letter.name,
            slot=self.slot,
            picks=tuple(dressed),
            more=more,
            left_out=tuple(out),
            note=chosen.note,
            subject=chosen.subject,
            skip=_too_thin(len(picks), letter.minimum),
        )


def _without(found: Sequence[Candidate], chosen: editing.Choices) -> tuple[list[Candidate], list[LeftOut]]:
    """Take out what the editor dropped, the whole story with it."""
    stay, out = [], []
    for one in found:
        url = next((a.url for a in one.articles if a.url in chosen.dropped), "")
        if url and one.lead.url not in chosen.wanted:
            who = chosen.dropped[url] or "the editor"
            out.append(_left(one.lead, "dropped", f"dropped by {who}"))
        else:
            stay.append(one)
    return stay, out


def _by_hand(pick: Pick, chosen: editing.Choices) -> Pick:
    return replace(pick, reasons=(editing.by_hand(chosen, pick.article.url), *pick.reasons))


def _left(article: Article, rule: str, why: str) -> LeftOut:
    return LeftOut(headline=article.headline, url=article.url, why=why, rule=rule, article=article.id)


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
            {"headline": one.headline, "url": one.url, "why": one.why, "rule": one.rule}
            for one in plan.left_out
        ],
        "note": plan.note,
        "subject": plan.subject,
        "skip": plan.skip,
    }


def _line(headline: str, url: str, published: datetime | None, score: float) -> dict[str, Any]:
    return {"headline": headline, "url": url, "published": published, "score": score}


def _pick_json(pick: Pick) -> dict[str, Any]:
    article = pick.article
    return {
        **_line(pick.printed, article.url, article.published, pick.score),
        "source": article.source,
        "section": pick.section,
        "story": pick.story,
        "follow_up": pick.follow_up,
        "reasons": [{"rule": r.rule, "points": r.points, "text": r.text} for r in pick.reasons],
        "related": [_line(one.headline, one.url, one.published, one.score) for one in pick.related],
        "timeline": [_line(one.headline, one.url, one.published, one.score) for one in pick.timeline],
        "also": [{"headline": one.headline, "url": one.url, "source": one.source} for one in pick.also],
    }
