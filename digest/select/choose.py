"""Choosing picks from ranked candidates: quotas, diversity, reading time; and why the others stay out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.model import LeftOut, Pick, Reason
from digest.select.ranker import total
from digest.text import terms, title_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.select.ranker import Candidate

WORDS_A_MINUTE = 230
CLOSENESS = 1.0
"""Points taken from a candidate for a pick that says the same in all words; less for less."""

SAME_SOURCE = 0.12
"""Points taken for each pick of the same source."""

SAME_SECTION = 0.08
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


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and the parts of it."""

    candidate: Candidate
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The sum of the points."""
        return total(self.reasons)


@dataclass(slots=True)
class _State:
    rules: Rules
    chosen: list[Ranked] = field(default_factory=list)
    vectors: list[dict[str, float]] = field(default_factory=list)
    by_source: Counter[str] = field(default_factory=Counter)
    by_section: Counter[str] = field(default_factory=Counter)
    by_word: Counter[str] = field(default_factory=Counter)
    words: int = 0

    def take(self, ranked: Ranked, vector: dict[str, float]) -> None:
        self.chosen.append(ranked)
        self.vectors.append(vector)
        self.by_source[ranked.candidate.lead.source] += 1
        self.by_section[ranked.candidate.section.casefold()] += 1
        self.by_word.update(_theme(ranked.candidate))
        self.words += _words(ranked.candidate)

    def forbids(self, ranked: Ranked) -> tuple[str, str] | None:
        """Give the rule that keeps a candidate out now, and its sentence."""
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
        state.take(one, _vector(one.candidate))
    pool = order(ranked)
    open_, out = pool[:_CONSIDERED], pool[_CONSIDERED:]
    vectors = {id(one): _vector(one.candidate) for one in open_}
    taken: list[Ranked] = []
    while open_ and len(state.chosen) < rules.picks:
        best = _best(state, open_, vectors)
        if best is None:
            break
        one, lowered = best
        open_.remove(one)
        state.take(lowered, vectors[id(one)])
        taken.append(lowered)
    rest = [*order([_lowered(state, one, vectors[id(one)]) for one in open_]), *out]
    return taken, [(one, *_why(state, one, taken)) for one in rest]


def _best(
    state: _State, pool: Sequence[Ranked], vectors: Mapping[int, dict[str, float]]
) -> tuple[Ranked, Ranked] | None:
    owed = state.owed()
    allowed = [one for one in pool if state.forbids(one) is None]
    wanted = [one for one in allowed if one.candidate.section.casefold() in owed] or allowed
    best: tuple[float, Ranked, Ranked] | None = None
    for one in wanted:
        if best and one.score <= best[0]:
            break
        lowered = _lowered(state, one, vectors[id(one)])
        if best is None or lowered.score > best[0]:
            best = (lowered.score, one, lowered)
    return (best[1], best[2]) if best else None


def _lowered(state: _State, one: Ranked, vector: dict[str, float]) -> Ranked:
    """Take points for what the picks so far have already: words, source, section."""
    parts = []
    close = max((_cosine(vector, other) for other in state.vectors), default=0.0)
    if close > 0.1:  # noqa: PLR2004 (a word or two in common is chance)
        parts.append(
            Reason(rule="closeness", points=-round(CLOSENESS * close, 4), text="close to another pick")
        )
    same = state.by_source[one.candidate.lead.source]
    if same:
        text = f"{_picks(same)} of this source already"
        parts.append(Reason(rule="same_source", points=-round(SAME_SOURCE * same, 4), text=text))
    word, times = max(
        ((word, state.by_word[word]) for word in sorted(_theme(one.candidate))),
        key=lambda item: item[1],
        default=("", 0),
    )
    if times > 1:
        text = f"{times} picks have “{word}” in their headlines already"
        parts.append(Reason(rule="same_theme", points=-round(SAME_THEME * (times - 1), 4), text=text))
    section = one.candidate.section.casefold()
    if section and state.by_section[section]:
        text = f"{_picks(state.by_section[section])} of this section already"
        points = -round(SAME_SECTION * state.by_section[section], 4)
        parts.append(Reason(rule="same_section", points=points, text=text))
    return replace(one, reasons=(*one.reasons, *parts))


def _why(state: _State, one: Ranked, taken: Sequence[Ranked]) -> tuple[str, str]:
    found = state.forbids(one)
    if found:
        return found
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


def _vector(candidate: Candidate) -> dict[str, float]:
    lead = candidate.lead
    counts = Counter(terms(f"{lead.headline}\n{lead.summary or lead.body[:400]}", lead.language))
    size = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    return {term: count / size for term, count in counts.items()}


def _theme(candidate: Candidate) -> frozenset[str]:
    """Give the words of a headline that can be its theme."""
    lead = candidate.lead
    found = title_terms(lead.headline, lead.language)
    return frozenset(word for word in found if len(word) >= _LONG or not word.isascii())


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
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
