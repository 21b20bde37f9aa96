"""Stories: articles about one event, grouped one by one as they arrive.

An article joins the story whose words it shares most, if that is enough; else it begins a story.
Likeness is the cosine between the article and the sum of the story's articles, held back towards the
mean likeness to each of them, so that a large and mixed story does not take in whatever comes. How
much a word counts depends on how many *stories* of these days have it, not on how many articles: a
name that a hundred reports of one event repeat is what tells them from the rest. Likeness fades with
the time since the story's last article and ends after three days. A long text meets others by chance
more often than a headline, so more is asked of it, and of languages whose stems keep less of a word.
A new article may show that two stories are one; the older then keeps its number.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.select.related import COMMON, GROWN
from digest.text.sketch import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.text.sketch import Sketch

WINDOW = 72 * 3600
"""Seconds after a story's last article in which another may join it."""

FADE = 72 * 3600
"""Seconds in which likeness fades to 1/e."""

MOST, SHORTER = 0.27, 0.15
"""Likeness that is asked of an article with n terms: MOST - SHORTER / √n, times ``STRICTER``."""

STRICTER = {"ar": 1.65, **dict.fromkeys(("fa", "he", "ja", "ko", "th", "ur", "zh"), 1.4)}
"""By language, how many times more is asked. Arabic and English were measured; the others, whose words are
short, folded far or pairs of characters, are set between; all others are taken to be like English."""

RARE = 1.5
"""How steeply a word's weight grows with its rarity (power of the logarithm)."""

HELD = 0.3
"""How far likeness is held back from the cosine with a story's sum (0) to the mean of its articles (1)."""

JOIN = 1.2
"""Two stories are one when their likeness is this many times what is asked of the article that shows it."""

FEW = 20
"""Articles below which nothing is taken for boilerplate."""

NEAR = 0.8
ARTICLE_TERMS = 60
STORY_TERMS = 250
_PROBES = 20
_CLOSER_LOOK = 10
_REFRESH = 64
_PRIOR = 20
_TWO = 2
_PAIR = struct.Struct("<If")


@dataclass(slots=True)
class Story:
    """A story as grouping sees it: the sum of its articles' words."""

    key: int  # its number; negative until the store has given one
    first: float  # seconds since 1970
    last: float
    size: int
    words: dict[int, float]
    fixed: bool = False  # an editor's hand was on it: it takes articles but is never joined to another
    changed: bool = False

    def add(self, counts: dict[int, float], at: float) -> None:
        """Take in an article's words."""
        length = math.sqrt(sum(x * x for x in counts.values())) or 1.0
        for term, x in counts.items():
            self.words[term] = self.words.get(term, 0.0) + x / length
        self.first, self.last = min(self.first, at), max(self.last, at)
        self.size += 1
        self.changed = True

    def pack(self) -> bytes:
        """Write its weightiest words as bytes."""
        top = sorted(self.words.items(), key=lambda item: (-item[1], item[0]))[:STORY_TERMS]
        return b"".join(_PAIR.pack(term, weight) for term, weight in top)


def summed(key: int, articles: Iterable[tuple[Sketch, datetime]]) -> Story:
    """Sum the words of a story's articles anew, as grouping would have: (sketch, published) pairs."""
    story = Story(key=key, first=math.inf, last=-math.inf, size=0, words={})
    for sketch, published in articles:
        story.add(_shorten(sketch), published.timestamp())
    return story


def unpack(data: bytes) -> dict[int, float]:
    """Read what ``Story.pack`` wrote."""
    return dict(_PAIR.iter_unpack(data))


@dataclass(slots=True)
class Grouping:
    """Places articles one after the other. ``joined`` tells which stories became part of which."""

    stories: dict[int, Story] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    _holders: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _weights: dict[int, float] = field(default_factory=dict)
    _sizes: dict[int, float] = field(default_factory=dict)
    _placed: int = 0
    _next: int = -1

    @classmethod
    def over(cls, stories: Iterable[Story]) -> Grouping:
        """Begin with the stories that may still grow."""
        made = cls()
        for story in stories:
            made.stories[story.key] = story
            for term in story.words:
                made._holders[term].add(story.key)
        return made

    def place(self, sketch: Sketch, published: datetime, language: str = "") -> int | None:
        """Put an article into a story and return the story's key; None for an article without words.

        ``language`` is a BCP 47 tag; it decides how much likeness is asked.
        """
        counts = _shorten(sketch)
        if not counts:
            return None
        self._tick()
        at = published.timestamp()
        asked = asked_of(len(counts), language)
        found = self._likeliest(counts, at, sketch.title)
        story = self.stories[found[0][1]] if found and found[0][0] >= asked else self._begin(at)
        self._take(story, counts, at)
        for likeness, key in found:
            if likeness >= NEAR * asked and key != story.key and key in self.stories:
                story = self._perhaps_join(story, self.stories[key], JOIN * asked)
        return story.key

    def resolve(self, key: int) -> int:
        """Follow joins to the story that stayed."""
        while key in self.joined:
            key = self.joined[key]
        return key

    def _tick(self) -> None:
        """Weigh words anew from time to time: cheaper than always, and it is all that drifts."""
        if self._placed % _REFRESH == 0:
            self._weights.clear()
            self._sizes.clear()
        self._placed += 1

    def _weight(self, term: int) -> float:
        known = self._weights.get(term)
        if known is None:
            held = len(self._holders.get(term, ()))
            known = self._weights[term] = math.log1p((len(self.stories) + _PRIOR) / (held + 1)) ** RARE
        return known

    def _size(self, story: Story) -> float:
        known = self._sizes.get(story.key)
        if known is None:
            weight = self._weight
            known = math.sqrt(sum((x * weight(term)) ** 2 for term, x in story.words.items())) or 1.0
            self._sizes[story.key] = known
        return known

    def _likeliest(
        self, counts: dict[int, float], at: float, title: frozenset[int]
    ) -> list[tuple[float, int]]:
        """Give (likeness, story) of the likeliest stories, best first; ties go to the older.

        A story that knows no word of the article's headline is none of them: what they share is how a
        newsroom begins, ends or describes everything.
        """
        weighted = {term: x * self._weight(term) for term, x in counts.items()}
        size = math.sqrt(sum(x * x for x in weighted.values())) or 1.0
        shared: Counter[int] = Counter()
        points: dict[int, float] = defaultdict(float)
        for term in sorted(weighted, key=lambda t: (-weighted[t], t))[:_PROBES]:
            for key in self._holders.get(term, ()):
                shared[key] += 1
                points[key] += weighted[term] * weighted[term]
        near = [
            key for key, count in shared.items() if count >= min(_TWO, len(counts)) and self._open(key, at)
        ]
        if title:
            near = [key for key in near if not title.isdisjoint(self.stories[key].words)]
        near.sort(key=lambda key: (-points[key], abs(key)))
        mean = size / (math.sqrt(sum(x * x for x in counts.values())) or 1.0)
        looked = [
            (self._likeness(weighted, (size, mean), self.stories[key], at), key)
            for key in near[:_CLOSER_LOOK]
        ]
        return sorted(looked, key=lambda item: (-item[0], abs(item[1])))[:_CLOSER_LOOK]

    def _open(self, key: int, at: float) -> bool:
        story = self.stories[key]
        return story.first - WINDOW <= at <= story.last + WINDOW

    def _likeness(
        self, weighted: dict[int, float], sizes: tuple[float, float], story: Story, at: float
    ) -> float:
        words, weight = story.words, self._weight
        dot = sum(x * words[term] * weight(term) for term, x in weighted.items() if term in words)
        away = max(0.0, at - story.last, story.first - at)
        size, mean = sizes  # of the article; and of its words on average, as its siblings' may be taken to be
        whole = math.pow(self._size(story), 1 - HELD) * math.pow(story.size * mean, HELD)
        return dot / size / whole * math.exp(-away / FADE)

    def _begin(self, at: float) -> Story:
        story = Story(key=self._next, first=at, last=at, size=0, words={})
        self._next -= 1
        self.stories[story.key] = story
        return story

    def _take(self, story: Story, counts: dict[int, float], at: float) -> None:
        story.add(counts, at)
        for term in counts:
            self._holders[term].add(story.key)
        self._sizes.pop(story.key, None)

    def _perhaps_join(self, one: Story, other: Story, asked: float) -> Story:
        if one.fixed or other.fixed:
            return one
        small, large = sorted((one.words, other.words), key=len)
        weight = self._weight
        dot = sum(x * large[term] * weight(term) ** 2 for term, x in small.items() if term in large)
        if dot / self._size(one) / self._size(other) < asked:
            return one
        older, younger = sorted((one, other), key=_age)
        return self._join(older, younger)

    def _join(self, stays: Story, goes: Story) -> Story:
        for term, x in goes.words.items():
            stays.words[term] = stays.words.get(term, 0.0) + x
            self._holders[term].discard(goes.key)
            self._holders[term].add(stays.key)
        stays.first, stays.last = min(stays.first, goes.first), max(stays.last, goes.last)
        stays.size += goes.size
        stays.changed = True
        self.joined[goes.key] = stays.key
        del self.stories[goes.key]
        self._sizes.pop(stays.key, None)
        return stays


def common(holding: int, articles: int) -> bool:
    """Tell whether so many of an archive's articles have a word that it tells no event from another.

    That is half of them, a quarter of a grown archive; of fewer than twenty nobody can tell.
    """
    part = COMMON if articles >= GROWN else 2 * COMMON
    return articles >= FEW and holding > part * articles


def asked_of(words: int, language: str = "") -> float:
    """Give the likeness that an article with so many different words needs to join a story."""
    return (MOST - SHORTER / math.sqrt(words)) * STRICTER.get(language.split("-", 1)[0].casefold(), 1.0)


def _age(story: Story) -> tuple[bool, int]:
    """Sort stored stories before new ones, and each by who came first."""
    return story.key < 0, abs(story.key)


def _shorten(sketch: Sketch) -> dict[int, float]:
    """Give the article's weightiest words, dampened; those said once in a long text go first."""
    counts = {term: count for term, count in sketch.counts.items() if term < SECOND}
    if len(counts) > ARTICLE_TERMS:
        ranked = sorted(counts.items(), key=lambda item: (item[0] not in sketch.title, -item[1]))
        counts = dict(ranked[:ARTICLE_TERMS])
    return {term: 1 + math.log(count) for term, count in counts.items()}
