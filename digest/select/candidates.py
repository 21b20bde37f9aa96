"""From the articles of a window to candidates: one per story, each with the best of its articles in front."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.select.kinds import kind_of
from digest.select.ranker import Candidate
from digest.select.similar import nearly_equal
from digest.text import terms, title_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from digest.model import Article

_TEXT_STEP = 300
_TEXT_STEPS = 4
_TOLD = 12.0
"""Worth of a headline that says all that the others say; a picture is worth 1, so is ``_TEXT_STEP``."""

_WORDS = 8
"""Words of a usual headline."""

_STALE = 6 * 3600
"""Seconds behind the newest report after which a headline loses half a point, and again after as many: the
ferries that stopped at noon run again next morning."""

_ECHO = 2
_ECHOES = 4
"""Echoes counted of one source at most: a feed that floods echoes itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known beside the articles: the house's sources, and what editors decided about stories."""

    own: AbstractSet[str] = frozenset()  # the newsroom's own sources
    weights: Mapping[str, float] = field(default_factory=dict)  # of sources; 1 is usual
    apart: AbstractSet[int] = frozenset()  # stories made by hand: a headline alone joins nothing to them
    leads: Mapping[int, int] = field(default_factory=dict)  # story → the article an editor put in front


PLAIN = Standing()


@dataclass(slots=True)
class _Bundle:
    articles: list[Article] = field(default_factory=list)
    titles: list[AbstractSet[str]] = field(default_factory=list)
    stories: set[int] = field(default_factory=set)


def candidates(articles: Sequence[Article], standing: Standing = PLAIN) -> list[Candidate]:
    """Bundle articles by story; articles with nearly equal headlines count as one story, too."""
    bundles = _bundles(articles, standing.apart)
    made = [_candidate(bundle.articles, standing) for bundle in bundles]
    echoes = _echoes(bundles)
    return [replace(one, echoes=count) for one, count in zip(made, echoes, strict=True)]


def _echoes(bundles: Sequence[_Bundle]) -> list[int]:
    """Count for each bundle the others that share two words of a headline with it, few of each source."""
    held: dict[str, set[int]] = defaultdict(set)
    words = [frozenset().union(*bundle.titles) for bundle in bundles]
    sources = [bundle.articles[0].source for bundle in bundles]
    for index, said in enumerate(words):
        for term in said:
            held[term].add(index)
    counts = []
    for index, said in enumerate(words):
        shared = Counter(other for term in said for other in held[term] if other != index)
        by_source = Counter(sources[other] for other, count in shared.items() if count >= _ECHO)
        counts.append(sum(min(_ECHOES, count) for count in by_source.values()))
    return counts


def _bundles(articles: Iterable[Article], apart: AbstractSet[int]) -> list[_Bundle]:
    by_story: dict[int, _Bundle] = {}
    by_term: dict[str, list[_Bundle]] = defaultdict(list)
    made: list[_Bundle] = []
    for article in sorted(articles, key=lambda a: (a.published, a.id)):
        title = title_terms(article.headline, article.language)
        fixed = article.story in apart
        bundle = by_story.get(article.story or 0) or (None if fixed else _alike(title, by_term))
        if bundle is None:
            bundle = _Bundle()
            made.append(bundle)
        if article.story:
            by_story[article.story] = bundle
            bundle.stories.add(article.story)
        bundle.articles.append(article)
        bundle.titles.append(title)
        for term in () if fixed else title:
            by_term[term].append(bundle)
    return made


def _alike(title: AbstractSet[str], by_term: Mapping[str, list[_Bundle]]) -> _Bundle | None:
    """Find a bundle with a nearly equal headline; it shares at least the rarest terms."""
    rare = sorted(title, key=lambda term: (len(by_term.get(term, ())), term))
    for term in rare[: len(rare) // 2 + 1]:
        for bundle in by_term.get(term, ()):
            if nearly_equal(title, bundle.titles):
                return bundle
    return None


def lead(articles: Sequence[Article], standing: Standing = PLAIN) -> Article:
    """Choose a story's lead: the editor's choice, the newsroom's own, the fullest report, the earliest.

    The fullest is the one with text, a picture and a headline that says what happened, which is what the
    others say in headline or summary, and that still holds: hours behind the newest report count against it.
    A question, an opinion, a set of pictures leads no report.
    """
    if len(articles) == 1:
        return articles[0]
    chosen = {standing.leads.get(article.story or 0) for article in articles}
    telling = _telling(articles)
    newest = max(article.published for article in articles)

    def worth(article: Article) -> tuple[float, ...]:
        own = article.source in standing.own
        odd = kind.weight if (kind := kind_of(article)) else 0.0
        stale = (newest - article.published).total_seconds() // _STALE / 2
        full = _complete(article) + _TOLD * telling[article.id] - stale
        weight = standing.weights.get(article.source, 1.0)
        return (article.id in chosen, own, -odd, full, weight, -article.published.timestamp(), -article.id)

    return max(articles, key=worth)


def _telling(articles: Sequence[Article]) -> dict[int, float]:
    """Tell for each article how near its headline is to what the others say: 1 is nearest.

    A word counts by how many of the others have it in headline or summary, dampened, so that the name which
    all have does not decide alone; a long headline may say more, but not without end.
    """
    titles = {article.id: title_terms(article.headline, article.language) for article in articles}
    said = Counter(
        term
        for article in articles
        for term in titles[article.id] | {*terms(article.summary, article.language)}
    )
    others = max(1, len(articles) - 1)
    return {
        number: sum(math.sqrt((said[term] - 1) / others) for term in title)
        / math.sqrt(_WORDS * max(1, len(title)))
        for number, title in titles.items()
    }


def _candidate(articles: Sequence[Article], standing: Standing) -> Candidate:
    first = lead(articles, standing)
    others = sorted((a for a in articles if a is not first), key=lambda a: (a.published, a.id))
    return Candidate(
        lead=first,
        articles=(first, *others),
        story=first.story,
        section=first.section,
        apart=first.story in standing.apart,
    )


def _complete(article: Article) -> float:
    """Tell how complete a report is, from 0 to 5."""
    text = max(len(article.body), len(article.summary))
    return min(_TEXT_STEPS, text // _TEXT_STEP) + float(article.image is not None)
