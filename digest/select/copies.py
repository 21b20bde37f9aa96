"""Copies: reports whose text is another's, as when many outlets print one press release."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from digest.select.similar import NEARLY, overlap
from digest.text import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Article
    from digest.select.ranker import Candidate

_READ = 800
"""Characters of a text that are compared: who prints a release cuts it at the end."""

_OF_ONE = 4
"""Articles counted of one source at most: what it brings of one thing all day, a flood brings too."""


class Voices(NamedTuple):
    """How many texts of its own a story has, and who only repeats one of them."""

    articles: int  # with a text of their own, few of each source, and one for all that repeat
    sources: int  # that brought these, and one for all that repeat
    writing: int  # sources with a text of their own
    repeating: int  # sources that brought only what another had before
    repeated: int  # articles with another's text


def voices(candidate: Candidate) -> Voices:
    """Tell a story's own texts from copies; of equal texts the earliest is the original.

    Texts are equal if their beginnings, as long as the shorter is, share most of their terms. A source that
    carried an article as it is, at the same address, repeats it too.
    """
    firsts: list[Article] = []
    known: list[Sequence[Sequence[str]]] = []
    alone = len(candidate.articles) == 1
    for article in sorted(candidate.articles, key=lambda one: (one.published, one.id)):
        texts = () if alone else _texts(article)
        if not any(_alike(mine, other) for others in known for other in others for mine in texts):
            firsts.append(article)
            known.append(texts)
    writing = Counter(article.source for article in firsts)
    repeating = len(candidate.sources - writing.keys())
    repeated = len(candidate.articles) - len(firsts)
    return Voices(
        articles=sum(min(_OF_ONE, count) for count in writing.values()) + min(1, repeated),
        sources=len(writing) + min(1, repeating),
        writing=len(writing),
        repeating=repeating,
        repeated=repeated,
    )


def _texts(article: Article) -> list[list[str]]:
    """Give the terms of its text and of its summary: one feed has both where another has one."""
    texts = {article.body[:_READ], article.summary[:_READ]}
    found = [terms(text, article.language) for text in sorted(texts)]
    return [text for text in found if text] or [terms(article.headline, article.language)]


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    size = min(len(one), len(other))
    return overlap(set(one[:size]), set(other[:size])) >= NEARLY
