"""Choosing picks from ranked candidates: quotas, diversity, reading time; and why the others stay out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.model import LeftOut, Pick, Reason
from digest.select.beats import beat_of
from digest.select.ranker import total
from digest.select.similar import NEARLY, overlap
from digest.text import terms, title_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from digest.model import Article
    from digest.select.ranker import Candidate

WORDS_A_MINUTE = 230
CLOSENESS = 1.0
"""Points taken from a candidate for a pick that says the same in all words; less for less."""

SAME_SOURCE = 0.06
"""Points taken for each pick of the same source."""

SAME_SECTION = 0.08
SAME_BEAT = 0.3
"""Points taken for each pick of the same beat (sport, entertainment, lifestyle), unless configured."""

SAME_THEME = 0.2
"""Points taken for each pick, after the first, that has a word of its headline: a tournament, a trial."""

_LONG = 4
_CONSIDERED = 400


@dataclass(frozen=True, slots=True)
class Quota:
    """At least and at most so many picks of one section; ``most`` 0 means no limit."""

    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an edition allows."""

    picks: int
    per_source: int = 0
    reading_minutes: int = 0
    sections: Mapping[str, Quota] = field(default_factory=dict)  # by casefolded name
    same_beat: float = SAME_BEAT


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and the parts of it."""

    candidate: Candidate
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The sum of the points."""
        return total(self.reasons)


@dataclass(frozen=True, slots=True)
class _Text:
    """What of a candidate's lead is compared with that of picks."""

    title: AbstractSet[str]
    vector: Mapping[str, float]
    beat: str

    @property
    def theme(self) -> list[str]:
        """The words of the headline that can be its theme."""
        return sorted(word for word in self.title if len(word) >= _LONG or not word.isascii())


@dataclass(slots=True)
class _State:
    rules: Rules
    chosen: list[Ranked] = field(default_factory=list)
    texts: list[_Text] = field(default_factory=list)
    by_source: Counter[str] = field(default_factory=Counter)
    by_section: Counter[str] = field(default_factory=Counter)
    by_beat: Counter[str] = field(default_factory=Counter)
    by_word: Counter[str] = field(default_factory=Counter)
    words: int = 0
    known: dict[int, _Text] = field(default_factory=dict)  # by the identity of the candidate

    def text(self, ranked: Ranked) -> _Text:
        """Read a candidate's lead once."""
        number = id(ranked.candidate)
        if number not in self.known:
            self.known[number] = _text(ranked.candidate.lead)
        return self.known[number]

    def take(self, ranked: Ranked) -> None:
        text = self.text(ranked)
        self.chosen.append(ranked)
        self.texts.append(text)
        self.by_source[ranked.candidate.lead.source] += 1
        self.by_section[ranked.candidate.section.casefold()] += 1
        self.by_beat[text.beat] += 1
        self.by_word.update(text.theme)
        self.words += _words(ranked.candidate)

    def forbids(self, ranked: Ranked) -> tuple[str, str] | None:
        """Give the rule that keeps a candidate out now, and its sentence."""
        if full := self.full(ranked):
            return full
        same = self._same(ranked)
        return ("story", f"nearly the same headline as “{same.candidate.lead.headline}”") if same else None

    def full(self, ranked: Ranked) -> tuple[str, str] | None:
        """Give the quota that keeps a candidate out now, and its sentence."""
        section, source = ranked.candidate.section.casefold(), ranked.candidate.lead.source
        most = self.rules.sections.get(section, Quota()).most
        if most and self.by_section[section] >= most:
            return "section", f"section {ranked.candidate.section} has its {most} picks"
        if self.rules.per_source and self.by_source[source] >= self.rules.per_source:
            return "source", f"source {source} has its {self.rules.per_source} picks"
        limit = self.rules.reading_minutes * WORDS_A_MINUTE
        if limit and self.chosen and self.words + _words(ranked.candidate) > limit:
            return "reading_time", f"the edition is filled to {self.rules.reading_minutes} minutes of reading"
        return None

    def _same(self, ranked: Ranked) -> Ranked | None:
        """Find a pick with nearly the same headline, unless an editor told their stories apart."""
        title = self.text(ranked).title
        for other, text in zip(self.chosen, self.texts, strict=True):
            apart = ranked.candidate.apart or other.candidate.apart
            if not apart and overlap(title, text.title) >= NEARLY:
                return other
        return None

    def owed(self) -> set[str]:
        """Give the sections that still miss picks, where there is room for no others."""
        missing = {
            name: quota.least - self.by_section[name]
            for name, quota in self.rules.sections.items()
            if quota.least > self.by_section[name]
        }
        room = self.rules.picks - len(self.chosen)
        return set(missing) if missing and sum(missing.values()) >= room else set()


def order(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Sort by score; ties go to the newer article, then to the lower number."""
    return sorted(
        ranked, key=lambda r: (-r.score, -r.candidate.lead.published.timestamp(), r.candidate.lead.id)
    )


def choose(
    ranked: Sequence[Ranked], rules: Rules, fixed: Sequence[Ranked] = ()
) -> tuple[list[Ranked], list[tuple[Ranked, str, str]]]:
    """Pick one by one the best candidate that the rules allow, each less for what it repeats.

    ``fixed`` (an editor's pins) count against the quotas and are not in the answer. Returns the picks
    in order and the rest as (candidate, rule, sentence); what was compared
    has the points it lost to the picks.
    """
    state = _State(rules)
    for one in fixed:
        state.take(one)
    pool = order(ranked)
    open_, out = _considered(pool, rules)
    taken: list[Ranked] = []
    while open_ and len(state.chosen) < rules.picks:
        best = _best(state, open_)
        if best is None:
            break
        one, lowered = best
        open_.remove(one)
        state.take(lowered)
        taken.append(lowered)
    near = order([_lowered(state, one) for one in open_])
    told = [(one, *(state.forbids(one) or _below(one, taken))) for one in near]
    return taken, [*told, *((one, *(state.full(one) or _below(one, taken))) for one in out)]


def _considered(pool: Sequence[Ranked], rules: Rules) -> tuple[list[Ranked], list[Ranked]]:
    """Part the best, as many of each section that must have picks included, from those never asked."""
    open_ = list(pool[:_CONSIDERED])
    out: list[Ranked] = []
    seen: Counter[str] = Counter()
    for one in pool[_CONSIDERED:]:
        section = one.candidate.section.casefold()
        seen[section] += 1
        wanted = rules.sections.get(section, Quota()).least and seen[section] <= _CONSIDERED
        (open_ if wanted else out).append(one)
    return open_, out


def _best(state: _State, pool: Sequence[Ranked]) -> tuple[Ranked, Ranked] | None:
    owed = state.owed()
    allowed = [one for one in pool if state.forbids(one) is None]
    wanted = [one for one in allowed if one.candidate.section.casefold() in owed] or allowed
    best: tuple[float, Ranked, Ranked] | None = None
    for one in wanted:
        if best and one.score <= best[0]:
            break
        lowered = _lowered(state, one)
        if best is None or lowered.score > best[0]:
            best = (lowered.score, one, lowered)
    return (best[1], best[2]) if best else None


def _lowered(state: _State, one: Ranked) -> Ranked:
    """Take points for what the picks so far have already: words, source, beat, section."""
    parts, text_of = [], state.text(one)
    close = max((_cosine(text_of.vector, other.vector) for other in state.texts), default=0.0)
    if close > 0.1:  # noqa: PLR2004 (a word or two in common is chance)
        parts.append(
            Reason(rule="closeness", points=-round(CLOSENESS * close, 4), text="close to another pick")
        )
    same = state.by_source[one.candidate.lead.source]
    if same:
        text = f"{_picks(same)} of this source already"
        parts.append(Reason(rule="same_source", points=-round(SAME_SOURCE * same, 4), text=text))
    word, times = max(
        ((word, state.by_word[word]) for word in text_of.theme),
        key=lambda item: item[1],
        default=("", 0),
    )
    if times > 1:
        text = f"{times} picks have “{word}” in their headlines already"
        parts.append(Reason(rule="same_theme", points=-round(SAME_THEME * (times - 1), 4), text=text))
    beat = text_of.beat
    if beat and state.by_beat[beat] and state.rules.same_beat:
        text = f"{_picks(state.by_beat[beat])} of {beat} already"
        points = -round(state.rules.same_beat * state.by_beat[beat], 4)
        parts.append(Reason(rule="same_beat", points=points, text=text))
    section = one.candidate.section.casefold()
    if section and state.by_section[section]:
        text = f"{_picks(state.by_section[section])} of this section already"
        points = -round(SAME_SECTION * state.by_section[section], 4)
        parts.append(Reason(rule="same_section", points=points, text=text))
    return replace(one, reasons=(*one.reasons, *parts))


def _below(one: Ranked, taken: Sequence[Ranked]) -> tuple[str, str]:
    if not taken:
        return "rank", "the editor's picks take every place"
    last = min(pick.score for pick in taken)
    if one.score > last:
        return "rank", "the last places went to sections that must have their picks"
    return "rank", f"ranked below the {_picks(len(taken))}, the last of which has {last:.2f}"


def _picks(count: int) -> str:
    return f"{count} pick" if count == 1 else f"{count} picks"


def _words(candidate: Candidate) -> int:
    return len(candidate.lead.headline.split()) + len(
        (candidate.lead.summary or candidate.lead.body[:600]).split()
    )


def _text(lead: Article) -> _Text:
    beat = beat_of(lead)
    counts = Counter(terms(f"{lead.headline}\n{lead.summary or lead.body[:400]}", lead.language))
    size = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    return _Text(
        title=title_terms(lead.headline, lead.language),
        vector={term: count / size for term, count in counts.items()},
        beat=beat.name if beat else "",
    )


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(value * other[term] for term, value in one.items() if term in other)


def left_out(ranked: Ranked, rule: str, why: str) -> LeftOut:
    """Describe a candidate that was not chosen."""
    lead = ranked.candidate.lead
    return LeftOut(
        headline=lead.headline,
        url=lead.url,
        why=why,
        rule=rule,
        score=ranked.score,
        article=lead.id,
        reasons=ranked.reasons,
    )


def pick(ranked: Ranked) -> Pick:
    """Make a pick of a chosen candidate."""
    one = ranked.candidate
    return Pick(
        article=one.lead,
        score=ranked.score,
        reasons=ranked.reasons,
        section=one.section,
        story=one.story,
        follow_up=one.follow_up,
        follows=one.follows,
    )
