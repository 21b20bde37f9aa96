"""Slots and windows; picks, plans and the editor's decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from digest.model.articles import Article, Headline, Reason


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span [start, end)."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Slot:
    """The time at which an edition is due, and what it covers."""

    at: datetime
    local: datetime  # the same instant in the newsletter's zone
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A story chosen for an edition, with its reasons."""

    article: Article  # the story's lead
    score: float
    reasons: tuple[Reason, ...]
    section: str = ""
    story: int | None = None
    related: tuple[Headline, ...] = ()
    timeline: tuple[Headline, ...] = ()  # the story's own earlier chapters, oldest first
    headline: str = ""  # the editor's words, where they differ
    also: tuple[Headline, ...] = ()  # the same story elsewhere
    follow_up: bool = False  # an earlier edition carried this story; it has developed since
    follows: int | None = None  # the earlier story that it goes on with

    @property
    def printed(self) -> str:
        """The headline as it is printed."""
        return self.headline or self.article.headline


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A candidate that was not chosen, and the rule that kept it out."""

    headline: str
    url: str
    why: str  # a sentence
    rule: str = ""
    score: float | None = None
    article: int = 0
    reasons: tuple[Reason, ...] = ()  # the parts of its score, where it was ranked
    of: int = 0  # the lead of its story, where that is the candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an edition would contain, and why."""

    newsletter: str
    slot: Slot
    picks: tuple[Pick, ...]
    more: tuple[Headline, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    note: str = ""  # the editor's note, Markdown
    subject: str = ""  # the editor's subject, where given
    skip: str = ""  # why there should be no edition (too thin); empty when there should
    trouble: str = ""  # what the ranker failed at; empty when it did not
    decided: tuple[int, ...] = ()  # the editor's decisions that it stands on
    newest: int = 0  # the newest article the archive had
    places: Mapping[int, int] = field(default_factory=dict)  # candidates' articles → places in their feeds


class DecisionKind(StrEnum):
    """What an editor can decide about an edition to come."""

    PIN = "pin"
    DROP = "drop"
    LOCK = "lock"
    REPLACE = "replace"
    MOVE = "move"
    HEADLINE = "headline"
    SUBJECT = "subject"
    NOTE = "note"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An editor's decision; it stands on top of the automatic choice."""

    id: int
    newsletter: str
    slot: datetime
    kind: DecisionKind
    target: str  # the article's address, or empty
    value: str  # position, words, replacement's address
    actor: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""


class StoryDecisionKind(StrEnum):
    """What an editor can decide about stories, whatever the newsletter."""

    MERGE = "merge"
    SPLIT = "split"
    FOLLOW = "follow"
    LEAD = "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """An editor's decision about a story; the automatic grouping never undoes it."""

    id: int
    kind: StoryDecisionKind
    story: int  # the one it made, enlarged or is about
    other: int | None  # merged into it, split from it, followed by it
    before: dict[str, Any]  # what undoing brings back
    actor: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
