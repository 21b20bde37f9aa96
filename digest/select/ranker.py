"""What a ranker is given and what it gives: the plugin interface of selection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.model import Article, Reason, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story that could be picked: its lead article and all its articles of this window."""

    lead: Article
    articles: tuple[Article, ...]  # the lead first
    story: int | None = None
    section: str = ""
    echoes: int = 0  # other articles of the window whose headlines share two words with the lead's
    follow_up: bool = False  # an earlier edition carried this story; it has developed since
    follows: int | None = None  # the earlier story that it goes on with
    carriers: frozenset[str] = frozenset()  # further sources that carried one of its articles as it is
    apart: bool = False  # an editor made its story: a headline alone does not tell that it is another's
    clicks: int = 0  # readers who clicked on its articles in earlier editions

    @property
    def sources(self) -> frozenset[str]:
        """The keys of the sources that report it."""
        return frozenset(article.source for article in self.articles) | self.carriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The edition that a ranker works for. Everything a ranker may know; it reads no clock and no store."""

    at: datetime  # the slot
    window: Window
    source_weights: Mapping[str, float] = field(default_factory=dict)
    own_sources: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)  # the newsletter's [weights]
    volumes: Mapping[str, int] = field(default_factory=dict)  # source → its articles that it alone brings


class Ranker(Protocol):
    """Orders stories: the sum of the points is the score, the texts are what an editor reads.

    Equal input gives equal output; points are finite; a rule's name is stable; texts are not empty.
    """

    def reasons(self, candidate: Candidate, brief: Brief) -> tuple[Reason, ...]:
        """Give the parts of one candidate's score."""
        ...


def total(reasons: tuple[Reason, ...]) -> float:
    """Add up a score, rounded so that it prints as it compares."""
    return round(sum(reason.points for reason in reasons), 4)
