"""What an edition may choose from: the articles of its window, never what was sent, one candidate a story."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from digest.flow import chapters
from digest.model import ArticleKind, LeftOut
from digest.select import history
from digest.select.candidates import Standing, candidates
from digest.select.ranker import Candidate
from digest.store import articles as stored
from digest.store import clicks as followed
from digest.store import editions, stories, story_decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.model import Article, Slot
    from digest.select.editing import Choices
    from digest.settings import NewsletterSettings, Settings
    from digest.store import Connection

LATE = timedelta(days=7)
"""An article that arrives later than this after its publication is archive, not news."""

MEMORY = timedelta(days=60)
"""How far back earlier editions are looked at for what they carried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What went before an edition, where it is not what the store says: a simulated history."""

    sent: tuple[history.Sent, ...] = ()
    frozen_at: datetime | None = None  # of the edition before; what was seen later is this one's
    newest: int | None = None  # the newest article that edition was planned with
    as_of: datetime | None = None  # what was first seen later is not there yet
    places: Mapping[int, int] = field(default_factory=dict)  # article → place in its feed then, where kept
    clicks: Mapping[int, int] | None = None  # article → readers who clicked on it; None: as counted


@dataclass
class Intake:
    """Finds the candidates of one edition; ``chosen`` are the editor's decisions about it."""

    conn: Connection
    settings: Settings
    newsletter: NewsletterSettings
    slot: Slot
    chosen: Choices
    past: Past | None = None
    places: dict[int, int] = field(default_factory=dict)  # of the articles found so far, in their feeds

    # ── articles ──────────────────────────────────────────────────────────────────────

    def articles(self, kind: ArticleKind) -> list[Article]:
        """Return the articles that belong to the window, and those whose hold ended in it."""
        window = self.slot.window
        frozen_at, newest = self._frozen_before()
        found = stored.candidates(
            self.conn,
            window.start,
            window.end,
            late_since=frozen_at,
            late_after=newest,
            as_of=self.as_of,
            oldest=window.start - LATE,
            sources=self.newsletter.sources,
            languages=self.newsletter.languages,
            kinds=(kind,),
        )
        known = {article.url for article in found}
        freed = [url for url, until in self.chosen.held.items() if until in window and url not in known]
        more = [one for one in self._then(self._known(freed)) if one.kind is kind]
        then = [*self._then(found), *(one for one in more if _printable(one, self.slot.at))]
        self.places |= {one.id: one.position for one in then}
        return then

    def _known(self, urls: Iterable[str]) -> list[Article]:
        """Find articles by their addresses; an address the store has lost is passed over."""
        return [one for url in urls if (one := stored.by_url(self.conn, url))]

    @property
    def as_of(self) -> datetime | None:
        """The moment that is simulated; None for the present."""
        return self.past.as_of if self.past else None

    def _then(self, articles: Sequence[Article]) -> list[Article]:
        """Give articles the words, stories and places they had then, where the past is simulated."""
        if self.past is None or self.past.as_of is None:
            return list(articles)
        at, places = self.past.as_of, self.past.places
        groups = stories.as_of(self.conn, at, [one.id for one in articles])
        return [
            replace(one, story=groups.get(one.id, one.story), position=places.get(one.id, one.position))
            for one in stored.then(self.conn, articles, at)
        ]

    def _frozen_before(self) -> tuple[datetime | None, int | None]:
        """Return when the edition before was frozen, and the newest article it was planned with."""
        if self.past and self.past.frozen_at:
            return self.past.frozen_at, self.past.newest
        earlier = editions.previous_frozen(self.conn, self.newsletter.name, self.slot.at)
        return (earlier.frozen_at, editions.known(self.conn, earlier.id)[0]) if earlier else (None, None)

    @cached_property
    def unwanted(self) -> list[Article]:
        """The articles that an editor dropped or holds back beyond this edition: no line names them."""
        held = [url for url, until in self.chosen.held.items() if until >= self.slot.at]
        return self._then(self._known([*sorted(self.chosen.dropped), *held]))

    # ── history ───────────────────────────────────────────────────────────────────────

    @cached_property
    def sent(self) -> list[history.Sent]:
        """What earlier editions of this newsletter carried."""
        if self.past is not None:
            return self._beside(self._regrouped(self.past.sent, self.past.as_of))
        return self._beside(sent_before(self.conn, self.newsletter.name, self.slot.at))

    def _beside(self, sent: Sequence[history.Sent]) -> list[history.Sent]:
        """Add what else a sent pick's story held then, in the story where it is now: it was told with it."""
        late = [(one.article, one.slot) for one in sent if one.slot >= self.slot.at - LATE]
        beside = stories.told_with(self.conn, late, self.as_of)
        known = stored.by_ids(self.conn, sorted({one for some in beside.values() for one in some}))
        then = {one.id: one for one in self._then(list(known.values()))}
        more = [
            replace(one, story=story, headline=then[other].headline, language=then[other].language)
            for one in sent
            for other, story in beside.get(one.article, {}).items()
            if other in then and other != one.article
        ]
        return [*sent, *more]

    def _regrouped(self, sent: Sequence[history.Sent], at: datetime | None) -> list[history.Sent]:
        """Give what was sent the stories and words of a time; a merge since does not count."""
        if at is None:
            return list(sent)
        numbers = [one.article for one in sent]
        groups = stories.as_of(self.conn, at, numbers)
        known = stored.then(self.conn, list(stored.by_ids(self.conn, numbers).values()), at)
        words = {one.id: one.headline for one in known}
        return [
            replace(
                one,
                story=groups.get(one.article, one.story),
                headline=words.get(one.article, one.headline),
            )
            for one in sent
        ]

    def standing(self, articles: Sequence[Article]) -> Standing:
        """Gather what the house and its editors said that decides leads and groups."""
        held = sorted({article.story for article in articles if article.story})
        then = self.as_of
        by_hand = stories.by_hand(self.conn, [article.id for article in articles], then)
        if then:
            leads = story_decisions.leads(self.conn, then)
        else:
            leads = {story: lead for story, (lead, _) in stories.heads(self.conn, held).items() if lead}
        known = {article.url: article for article in articles if article.story}
        leads |= {known[url].story or 0: known[url].id for url in self.chosen.leads if url in known}
        return Standing(
            own=frozenset(source.key for source in self.settings.sources if source.own),
            weights={source.key: source.weight for source in self.settings.sources},
            apart=frozenset(a.story for a in articles if a.id in by_hand and a.story),
            leads=leads,
        )

    # ── candidates ────────────────────────────────────────────────────────────────────

    def candidates(self) -> tuple[list[Candidate], list[LeftOut]]:
        """Return one candidate a story, and what history and the editor keep out."""
        fresh, old = history.unsent(self.articles(ArticleKind.FULL), self.sent)
        made, kept = history.judge(candidates(fresh, self.standing(fresh)), self.sent)
        left = [left_out(one.candidate.lead, one.rule, one.why) for one in kept]
        left += [left_out(article, "sent", f"sent on {before.slot:%Y-%m-%d}") for article, before in old]
        left += [
            left_out(article, "story", f"the same story as “{one.lead.headline}”", of=one.lead)
            for one in made
            for article in one.articles[1:]
        ]
        stay, out = self._without(made)
        return self._told(stay), [*out, *left, *self._barred()]

    def _barred(self) -> list[LeftOut]:
        """Name what may not be printed, withdrawn, embargoed, expired: of the window or wanted."""
        letter, window = self.newsletter, self.slot.window
        found = stored.barred(
            self.conn,
            window.start,
            window.end,
            as_of=self.as_of,
            sources=letter.sources,
            languages=letter.languages,
        )
        each = {one.id: one for one in [*found, *self._known(self.chosen.pinned)]}
        told = [(one, barred(one, self.slot.at)) for one in self._then(list(each.values()))]
        return [left_out(one, *why) for one, why in told if why]

    def _without(self, found: Sequence[Candidate]) -> tuple[list[Candidate], list[LeftOut]]:
        """Take out what the editor dropped or holds back, the whole story with it."""
        stay, out = [], []
        for one in found:
            rule, why = self._unwanted(one)
            if rule and one.lead.url not in self.chosen.pinned:
                out.append(left_out(one.lead, rule, why))
            else:
                stay.append(one)
        return stay, out

    def _unwanted(self, one: Candidate) -> tuple[str, str]:
        for article in one.articles:
            if article.url in self.chosen.dropped:
                return "dropped", f"dropped by {self.chosen.who('drop', article.url)}"
            if article.url in self.chosen.replaced and article.url not in self.chosen.stand_ins:
                return "replaced", "gave way to the editor's choice"
            until = self.chosen.held.get(article.url)
            if until and until >= self.slot.at:
                who = self.chosen.who("hold", article.url)
                return "held", f"held until {until:%Y-%m-%d %H:%M} UTC by {who}"
        return "", ""

    def _told(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Add who else carried each candidate's articles as they are, and what readers clicked."""
        carried = stored.carriers(self.conn, [article.id for one in found for article in one.articles])
        drawn = frozenset(self.newsletter.sources)
        clicks = self._clicks(found)
        told = []
        for one in found:
            keys = frozenset().union(*(carried.get(article.id, frozenset()) for article in one.articles))
            more = (keys & drawn if drawn else keys) - one.sources
            count = sum(clicks.get(article.id, 0) for article in one.articles)
            told.append(replace(one, carriers=more, clicks=count) if more or count else one)
        return told

    def _clicks(self, found: Sequence[Candidate]) -> Mapping[int, int]:
        """Return article → clicks by people in earlier editions, as headlines there; none unless counted."""
        if self.past is not None and self.past.clicks is not None:
            return self.past.clicks
        if not self.newsletter.clicks:
            return {}
        numbers = [article.id for one in found for article in one.articles]
        return followed.of_articles(self.conn, self.newsletter.name, self.slot.at, numbers, self.as_of)

    def linked(self, one: Candidate) -> Candidate | history.Kept:
        """Find what a candidate goes on with; keep it out if that was sent and this says nothing new."""
        follows = chapters.earlier(self.conn, one.lead, self.as_of)
        if follows is None:
            return one
        told = {past["id"] for past in chapters.past(self.conn, follows, one.story)}
        before = [each for each in self.sent if each.story in told]
        known = chapters.headlines(self.conn, sorted(told), self.slot.window.start) if before else []
        return history.goes_on(replace(one, follows=follows), before, known)

    # ── what an editor wants ──────────────────────────────────────────────────────────

    def wanted(self, found: Sequence[Candidate]) -> dict[str, Candidate]:
        """Find what the editor put in, in the window or not; an address the store has lost is passed over."""
        known = {one.lead.url: one for one in found}
        wanted: dict[str, Candidate] = {}
        for url in self.chosen.pinned:
            one = known.get(url) or self._fetched(url)
            if one:
                wanted[url] = one
        return wanted

    def _fetched(self, url: str) -> Candidate | None:
        article = next(iter(self._then(self._known([url]))), None)
        if article is None or not _printable(article, self.slot.at):
            return None
        return Candidate(lead=article, articles=(article,), story=article.story, section=article.section)


def sent_before(conn: Connection, name: str, at: datetime) -> list[history.Sent]:
    """Return what the newsletter's editions before a slot carried, as far back as it matters."""
    return [history.Sent(**row) for row in stories.sent(conn, name, at, at - MEMORY)]


def _printable(article: Article, at: datetime) -> bool:
    """Tell whether an article may be printed, even where an editor wants it."""
    return barred(article, at) is None


def barred(article: Article, at: datetime) -> tuple[str, str] | None:
    """Give the rule and sentence by which nothing of an article may be printed at a time."""
    if article.withdrawn_at is not None:
        return "withdrawn", f"its site took it back (noticed {article.withdrawn_at:%Y-%m-%d %H:%M} UTC)"
    if article.embargo_until is not None and article.embargo_until >= at:
        return "embargo", f"under embargo until {article.embargo_until:%Y-%m-%d %H:%M} UTC"
    if article.expires_at is not None and article.expires_at <= at:
        return "expired", f"it expired on {article.expires_at:%Y-%m-%d %H:%M} UTC"
    return None


def left_out(article: Article, rule: str, why: str, of: Article | None = None) -> LeftOut:
    """Say what kept an article out; ``of`` is the lead of the candidate that it is part of."""
    story = of.id if of else 0
    return LeftOut(
        headline=article.headline, url=article.url, why=why, rule=rule, article=article.id, of=story
    )
