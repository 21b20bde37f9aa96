"""From the articles of a window to candidates: one per story, each with the best of its articles in front."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.select.ranker import Candidate
from digest.select.similar import nearly_equal
from digest.text import title_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from digest.model import Article

_TEXT_STEP = 300
_TEXT_STEPS = 4
_ECHO = 2


@dataclass(slots=True)
class _Bundle:
    articles: list[Article] = field(default_factory=list)
    titles: list[AbstractSet[str]] = field(default_factory=list)
    stories: set[int] = field(default_factory=set)


def candidates(
    articles: Sequence[Article],
    own: AbstractSet[str] = frozenset(),
    weights: Mapping[str, float] | None = None,
) -> list[Candidate]:
    """Bundle articles by story; articles with nearly equal headlines count as one story, too.

    ``own`` are the newsroom's own sources, ``weights`` the sources' weights: both decide the lead.
    """
    bundles = _bundles(articles)
    made = [_candidate(bundle.articles, own, weights or {}) for bundle in bundles]
    echoes = _echoes(bundles)
    return [replace(one, echoes=count) for one, count in zip(made, echoes, strict=True)]


def _echoes(bundles: Sequence[_Bundle]) -> list[int]:
    """Count for each bundle the other bundles that share at least two words of a headline with its own."""
    held: dict[str, set[int]] = defaultdict(set)
    words = [frozenset().union(*bundle.titles) for bundle in bundles]
    for index, terms in enumerate(words):
        for term in terms:
            held[term].add(index)
    counts = []
    for index, terms in enumerate(words):
        shared = Counter(other for term in terms for other in held[term] if other != index)
        counts.append(sum(1 for count in shared.values() if count >= _ECHO))
    return counts


def _bundles(articles: Iterable[Article]) -> list[_Bundle]:
    by_story: dict[int, _Bundle] = {}
    by_term: dict[str, list[_Bundle]] = defaultdict(list)
    made: list[_Bundle] = []
    for article in sorted(articles, key=lambda a: (a.published, a.id)):
        title = title_terms(article.headline, article.language)
        bundle = by_story.get(article.story or 0) or _alike(title, by_term)
        if bundle is None:
            bundle = _Bundle()
            made.append(bundle)
        if article.story:
            by_story[article.story] = bundle
            bundle.stories.add(article.story)
        bundle.articles.append(article)
        bundle.titles.append(title)
        for term in title:
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


def _candidate(articles: Sequence[Article], own: AbstractSet[str], weights: Mapping[str, float]) -> Candidate:
    lead = max(articles, key=lambda a: (*_quality(a, own, weights), -a.published.timestamp(), -a.id))
    others = sorted((a for a in articles if a is not lead), key=lambda a: (a.published, a.id))
    return Candidate(lead=lead, articles=(lead, *others), story=lead.story, section=lead.section)


def _quality(article: Article, own: AbstractSet[str], weights: Mapping[str, float]) -> tuple[float, ...]:
    """Own first, then the fuller text, the picture, the weightier source; the earliest of equals."""
    text = max(len(article.body), len(article.summary))
    return (
        float(article.source in own),
        float(min(_TEXT_STEPS, text // _TEXT_STEP)) + float(article.image is not None),
        weights.get(article.source, 1.0),
    )
