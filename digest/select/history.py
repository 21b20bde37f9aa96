"""What an edition must not repeat: articles and stories that earlier editions carried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.select.copies import voices
from digest.select.similar import NEARLY, overlap
from digest.text import title_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from digest.model import Article, Headline
    from digest.select.ranker import Candidate

DEVELOPED_SOURCES = 2
"""So many sources must bring something new before a story counts as developed."""

NEW_WORDS = 0.45
"""A developed story's headline shares less than this with every one that was sent about it."""

NEW_SHARE = 0.2
"""Of the headline of what goes on with an ended story, so much is in none of that story's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A pick of an earlier edition that was not cancelled, or what stood in its story then, after it."""

    article: int
    story: int | None
    headline: str
    slot: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A candidate that history keeps out: the rule and its sentence."""

    candidate: Candidate
    rule: str
    why: str


def unsent(
    articles: Iterable[Article], sent: Iterable[Sent]
) -> tuple[list[Article], list[tuple[Article, Sent]]]:
    """Part the articles that were never sent from those that were, each with when."""
    by_article = {one.article: one for one in sent}
    fresh, old = [], []
    for article in articles:
        before = by_article.get(article.id)
        if before is None:
            fresh.append(article)
        else:
            old.append((article, before))
    return fresh, old


def before(article: Article, sent: Iterable[Sent]) -> str:
    """Say when an article or its story was sent; empty where neither was."""
    story = article.story or 0
    same = [one for one in sent if article.id == one.article or story == (one.story or -1)]
    if not same:
        return ""
    last = max(same, key=lambda one: (one.article == article.id, one.slot))
    what = "it" if last.article == article.id else "its story"
    return f"{what} was sent on {last.slot:%Y-%m-%d}"


def judge(candidates: Sequence[Candidate], sent: Sequence[Sent]) -> tuple[list[Candidate], list[Kept]]:
    """Part the candidates that may come from those whose story was sent and has not developed since."""
    by_story: dict[int, list[Sent]] = {}
    for one in sent:
        if one.story is not None:
            by_story.setdefault(one.story, []).append(one)
    printed = {one.article: one for one in reversed(sent)}
    titles = [(title_terms(one.headline, one.language), one) for one in printed.values()]
    kept, fine = [], []
    for candidate in candidates:
        verdict = _verdict(candidate, by_story, titles)
        if isinstance(verdict, Kept):
            kept.append(verdict)
        else:
            fine.append(verdict)
    return fine, kept


def goes_on(candidate: Candidate, sent: Sequence[Sent], known: Iterable[Headline] = ()) -> Candidate | Kept:
    """Judge a candidate whose story goes on with earlier ones, of which ``sent`` was carried.

    Days lie between, so one source is enough; but its headline must say something that no headline of the
    earlier stories said, of which ``known`` are some.
    """
    if not sent:
        return candidate
    own = title_terms(candidate.lead.headline, candidate.lead.language)
    last = max(one.slot for one in sent)
    told = [(one.headline, one.language) for one in sent] + [(one.headline, one.language) for one in known]
    said = frozenset().union(*(title_terms(*one) for one in told))
    if own and len(own - said) >= NEW_SHARE * len(own):
        return replace(candidate, follow_up=True)
    why = f"what it goes on with was sent on {last:%Y-%m-%d}, and it says nothing new"
    return Kept(candidate, "sent", why)


def _verdict(
    candidate: Candidate, by_story: Mapping[int, list[Sent]], titles: Sequence[tuple[AbstractSet[str], Sent]]
) -> Candidate | Kept:
    own = title_terms(candidate.lead.headline, candidate.lead.language)
    for title, one in titles:
        if overlap(own, title) >= NEARLY:
            return Kept(candidate, "sent", f"nearly the same headline was sent on {one.slot:%Y-%m-%d}")
    chapters = [one for article in candidate.articles for one in by_story.get(article.story or 0, ())]
    if not chapters:
        return candidate
    last = max(one.slot for one in chapters)
    news = tuple(article for article in candidate.articles if article.published >= last)
    new_words = all(overlap(own, title_terms(one.headline, one.language)) < NEW_WORDS for one in chapters)
    if new_words and news and voices(replace(candidate, articles=news)).writing >= DEVELOPED_SOURCES:
        return replace(candidate, follow_up=True)
    return Kept(candidate, "sent", f"its story was sent on {last:%Y-%m-%d} and has not developed since")
