"""The built-in rankers: ``importance`` weighs what an editor would, ``recent`` only looks at the clock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from digest.model import Reason
from digest.select.beats import beat_of
from digest.select.copies import voices
from digest.select.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Article
    from digest.select.copies import Voices
    from digest.select.ranker import Brief, Candidate

WEIGHTS = {
    "freshness": 0.35,  # × 0.5 per half window of age
    "sources": 1.2,  # × log2 of the number of sources that report the story; copies count as one
    "coverage": 0.3,  # × log2 of the number of articles about it, four of a source; copies count as one
    "echoes": 0.25,  # × log2 of 1 + the number of other articles that touch on it
    "source": 1.0,  # × (the source's weight − 1)
    "position": 0.4,  # × how much higher than the middle it stands in a feed that an editor ordered
    "complete": 0.4,  # × how complete the lead is: text, picture
    "own": 0.3,  # the newsroom's own story
    "volume": 0.3,  # − × log2 of how many times more than a flood begins with its one source brings
    "kind": 0.6,  # − for a sponsor's text, a game, a live page, a gallery, a list (select/kinds.py)
    "beat.sport": -0.4,  # for sport among other news (select/beats.py)
    "beat.entertainment": -0.4,
    "beat.lifestyle": -0.4,
    "same_beat": 0.3,  # − for each pick of the same beat that stands already (select/choose.py)
    "clicks": 0.2,  # × log2 of 1 + the readers who clicked on it in earlier editions
}
"""The parts of importance with their usual weights; ``[weights]`` of a newsletter changes them.

``weights."section.NAME"`` adds points to a section, ``weights."beat.sport"`` to a beat.
"""

_HOUR = 3600
_ENOUGH = 400
_PLACES = 8
_DAY = 86400
_MANY, _TIMES, _MOST = 100, 10, 6.0


class Importance:
    """Distinct sources, coverage, position, source weight, completeness and freshness, each in its place."""

    weights: ClassVar[Mapping[str, float]] = WEIGHTS

    def reasons(self, candidate: Candidate, brief: Brief) -> tuple[Reason, ...]:
        """Give every part that is not nothing."""
        weights = {**WEIGHTS, **brief.weights}
        told = voices(candidate)
        parts = (
            _freshness(candidate, brief),
            _sources(candidate, told),
            _coverage(candidate, told),
            _echoes(candidate),
            _source(candidate, brief),
            _position(candidate.articles),
            _complete(candidate.lead),
            _own(candidate, brief),
            _volume(candidate, brief, told),
            _kind(candidate.lead),
            _clicks(candidate),
        )
        found = [Reason(rule=p.rule, points=round(weights[p.rule] * p.points, 4), text=p.text) for p in parts]
        if beat := beat_of(candidate.lead):
            found.append(Reason(rule="beat", points=weights[f"beat.{beat.name}"], text=beat.text))
        section = candidate.section.casefold()
        if extra := weights.get(f"section.{section}", 0.0):
            found.append(Reason(rule="section", points=extra, text=f"section {candidate.section}"))
        return tuple(reason for reason in found if reason.points)


class Recent:
    """The newest first; nothing else counts."""

    def reasons(self, candidate: Candidate, brief: Brief) -> tuple[Reason, ...]:
        """Give freshness alone."""
        return (_age(candidate, brief),)


def _age(candidate: Candidate, brief: Brief) -> Reason:
    seconds = max(0.0, (brief.at - candidate.lead.published).total_seconds())
    points = 1 / (1 + seconds / 86400)
    return Reason(
        rule="freshness", points=round(points, 6), text=f"published {_ago(seconds)} before the edition"
    )


def _freshness(candidate: Candidate, brief: Brief) -> Reason:
    newest = max(article.published for article in candidate.articles)
    seconds = max(0.0, (brief.at - newest).total_seconds())
    half = max(6 * _HOUR, (brief.window.end - brief.window.start).total_seconds() / 2)
    return Reason(
        rule="freshness",
        points=0.5 ** (seconds / half),
        text=f"newest report {_ago(seconds)} before the edition",
    )


def _ago(seconds: float) -> str:
    hours = seconds / _HOUR
    return f"{seconds / 60:.0f} min" if hours < 1 else f"{hours:.0f} h"


def _sources(candidate: Candidate, told: Voices) -> Reason:
    """Count sources; all that only print another's text count as one."""
    text = f"reported by {len(candidate.sources)} sources"
    if told.repeating > 1:
        text += f", {told.repeating} of them with another's text"
    return Reason(rule="sources", points=math.log2(told.sources), text=text)


def _coverage(candidate: Candidate, told: Voices) -> Reason:
    """Count articles, few of each source; all with another's text count as one."""
    text = f"{len(candidate.articles)} articles about it"
    if told.repeated > 1:
        text += f", {told.repeated} of them with another's text"
    return Reason(rule="coverage", points=min(4.0, math.log2(told.articles)), text=text)


def _echoes(candidate: Candidate) -> Reason:
    count = candidate.echoes
    text = "1 other article touches on it" if count == 1 else f"{count} other articles touch on it"
    return Reason(rule="echoes", points=min(4.0, math.log2(1 + count)), text=text)


def _source(candidate: Candidate, brief: Brief) -> Reason:
    best = max(brief.source_weights.get(article.source, 1.0) for article in candidate.articles)
    return Reason(rule="source", points=best - 1, text=f"source weight {best:g}")


def _position(articles: tuple[Article, ...]) -> Reason:
    place = min((article.position for article in articles if article.position > 0), default=0)
    points = 1 / (1 + (place - 1) / _PLACES) - 0.5 if place else 0.0
    return Reason(rule="position", points=points, text=f"number {place} in its feed")


def _complete(lead: Article) -> Reason:
    text = max(len(lead.body), len(lead.summary))
    points = 0.6 * min(1.0, text / _ENOUGH) + (0.4 if lead.image else 0.0)
    what = f"{text} characters of text" + (" and a picture" if lead.image else "")
    return Reason(rule="complete", points=points, text=what)


def _own(candidate: Candidate, brief: Brief) -> Reason:
    own = candidate.lead.source in brief.own_sources
    return Reason(rule="own", points=1.0 if own else 0.0, text="the newsroom's own")


def _volume(candidate: Candidate, brief: Brief, told: Voices) -> Reason:
    """Count a source's items less where it floods the edition; what others write about too is exempt.

    A flood is ten times what sources usually bring, and more than a hundred a day: a large newsroom among
    small ones is none.
    """
    counts = sorted(brief.volumes.values())
    mine = brief.volumes.get(candidate.lead.source, 0)
    usual = counts[(len(counts) - 1) // 2] if counts else 0
    days = max(1.0, (brief.window.end - brief.window.start).total_seconds() / _DAY)
    flood = max(_MANY * days, _TIMES * usual)
    if told.writing > 1 or candidate.lead.source in brief.own_sources or mine <= flood or len(counts) == 1:
        return Reason(rule="volume", points=0.0, text="")
    points = -min(_MOST, math.log2(mine / flood))
    return Reason(rule="volume", points=points, text=f"one of {mine} from its source alone")


def _kind(lead: Article) -> Reason:
    kind = kind_of(lead)
    return Reason(rule="kind", points=-kind.weight if kind else 0.0, text=kind.text if kind else "")


def _clicks(candidate: Candidate) -> Reason:
    count = candidate.clicks
    text = f"{count} {'reader' if count == 1 else 'readers'} clicked on it before"
    return Reason(rule="clicks", points=min(8.0, math.log2(1 + count)), text=text)
