"""Stories: articles about one event, grouped one by one as they arrive, with a second look after each batch.

An article joins the story that it is likest to, if that is enough; else it begins a story. Likeness to a
story is the mean of the likeness to each of its articles (average link), and each of those is the cosine of
their words, which fades with the time between the two. A story keeps the sum of its articles' words, so the
mean costs no more than one cosine; what lies long back fades in that sum while it still counts among the
articles, so a story does not drift along for weeks. How much a word counts depends on how many *stories* of
these days have it, not on how many articles: a name that a hundred reports of one event repeat is what tells
them from the rest. More is asked of long texts than of headlines, and of languages whose stems keep less of a
word. Who comes first should not decide: stories that a batch touched are looked at again
(`digest.select.regroup`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from digest.select.holders import Holders, Weights, pack, unpack
from digest.select.regroup import PROBES, TWO, Leaf, Vector, dot, regroup
from digest.select.related import COMMON, GROWN
from digest.text.sketch import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.text.sketch import Sketch

WINDOW = 72 * 3600
"""Seconds after a story's last article in which another may join it."""

FADE = 120 * 3600
"""Seconds in which the likeness of two articles fades to 1/e."""

MOST, SHORTER = 0.15, 0.13
"""Likeness that is asked of an article with n terms: MOST - SHORTER / √n; more by language and for text."""

TEXT = 0.4
"""How much more is asked for the share of words that the headline has not; not for languages in ``STRICTER``.

Headlines choose their words; in a sentence below, reports of two matches or two wars have many in common.
"""

STRICTER = {"ar": 2.65, **dict.fromkeys(("fa", "he", "ja", "ko", "th", "ur", "zh"), 1.7)}
"""By language, how many times more is asked. Arabic and English were measured; the others, whose words are
short, folded far or pairs of characters, are set between; all others are taken to be like English."""

FEW = 20
"""Articles below which nothing is taken for boilerplate."""

SMALL = 40
"""A larger story is not looked at again: it stands by itself, and taking it apart would cost the most."""

NEAR = 0.8
"""At this part of what is asked, a second story is compared with the one that an article joined."""

BESIDE = 0.5
"""At this part of what is asked, a story beside the one chosen is looked at again too."""

ARTICLE_TERMS = 60
STORY_TERMS = 250
_CLOSER_LOOK = 10
_REFRESH = 64
_DAMPENED = (0.0, *(1 + math.log(count) for count in range(1, 256)))
"""What a word said so many times weighs; a sketch counts no further."""


@dataclass(frozen=True, slots=True)
class Item:
    """An article as grouping sees it; ``language`` is a BCP 47 tag and decides how much is asked."""

    number: int
    at: float  # published, seconds since 1970
    sketch: Sketch
    language: str = ""


@dataclass(slots=True)
class Story:
    """A story as grouping sees it: the sum of its articles' words, each article of length 1."""

    key: int  # its number; negative until the store has given one
    first: float  # seconds since 1970
    last: float
    size: int
    packed: bytes = b""  # its words as ``pack`` wrote them
    since: float = math.inf
    fixed: bool = False  # an editor's hand was on it: it takes articles and does nothing else
    changed: bool = False
    _words: dict[int, float] | None = None

    def __post_init__(self) -> None:
        """Take words that were summed before as they weighed at the last article."""
        if math.isinf(self.since) and math.isfinite(self.last):
            self.since = self.last

    @property
    def words(self) -> dict[int, float]:
        """Its words as they weigh at ``since``; earlier articles weigh less, later ones more."""
        if self._words is None:
            self._words = unpack(self.packed)
        return self._words

    def add(self, vector: Vector, at: float) -> None:
        """Take in an article's words."""
        self.since = at if math.isinf(self.since) else self.since
        say = _grown(at - self.since)
        words = self.words
        for term, x in vector.items():
            words[term] = words.get(term, 0.0) + say * x
        self.first, self.last = min(self.first, at), max(self.last, at)
        self.size += 1
        self.changed = True

    def fade(self, at: float) -> float:
        """Tell what its words have left at a time; before its last article it is taken as then."""
        return faded(max(at, self.last) - self.since) * faded(max(0.0, self.first - at))

    def pack(self) -> bytes:
        """Write its weightiest words, as they weigh at its last article, as bytes."""
        top = sorted(self.words.items(), key=lambda item: (-item[1], item[0]))[:STORY_TERMS]
        left = faded(self.last - self.since)
        return pack({term: weight * left for term, weight in top})


def faded(seconds: float) -> float:
    """Give what likeness keeps over a time."""
    return math.exp(-seconds / FADE)


def _grown(seconds: float) -> float:
    return math.exp(seconds / FADE)


@dataclass(slots=True)
class Grouping:
    """Places articles one after the other, then looks again.

    ``placed`` tells each article's story, ``joined`` which stories became part of which.
    """

    stories: dict[int, Story] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    placed: dict[int, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    _items: dict[int, Item] = field(default_factory=dict)
    _holders: dict[int, set[int]] = field(init=False)
    _counted: dict[int, Vector] = field(default_factory=dict)  # by article: its words, not yet weighed
    _looked: dict[int, Vector] = field(default_factory=dict)  # as the second look weighs them
    _weights: dict[int, float] = field(init=False)
    _next: int = -1

    def __post_init__(self) -> None:
        """Begin to weigh words."""
        self._holders = Holders([(story.key, story.packed) for story in self.stories.values()])
        self._weights = Weights(self.stories, self._holders)

    @classmethod
    def over(cls, stories: Iterable[Story]) -> Grouping:
        """Begin with the stories that may still grow."""
        return cls({story.key: story for story in stories})

    def place(self, item: Item) -> int | None:
        """Put an article into a story and return the story's key; None for an article without words."""
        if len(self._items) % _REFRESH == 0:
            self._weights.clear()
        vector = self._vector(item)
        if not vector:
            return None
        asked = _asked(item, vector)
        found = self._likeliest(vector, item.at, item.sketch.title)
        story = self.stories[found[0][1]] if found and found[0][0] >= asked else self._begin(item.at)
        self._take(story, vector, item.at)
        self.placed[item.number], self._items[item.number] = story.key, item
        self.touched |= {story.key, *(key for likeness, key in found if likeness >= BESIDE * asked)}
        for likeness, key in found:
            if likeness >= NEAR * asked and key != story.key and key in self.stories:
                story = self._perhaps_join(story, self.stories[key], asked)
        return story.key

    def resolve(self, key: int) -> int:
        """Follow joins to the story that stayed."""
        while key in self.joined:
            key = self.joined[key]
        return key

    def summed(self, key: int, items: Iterable[Item]) -> Story:
        """Sum the words of a story's articles anew."""
        story = Story(key=key, first=math.inf, last=-math.inf, size=0)
        for item in sorted(items, key=lambda item: (item.at, item.number)):
            story.add(self._looked.get(item.number) or self._vector(item), item.at)
        return story

    # ── the second look ───────────────────────────────────────────────────────────────

    def doubtful(self) -> list[int]:
        """Give the stories that this batch touched or came near to and that may be looked at again."""
        keys = {self.resolve(key) for key in self.touched}
        found = (self.stories[key] for key in sorted(keys) if key in self.stories)
        return [story.key for story in found if story.size <= SMALL and not story.fixed]

    def look_again(self, held: Mapping[int, tuple[int, Item]]) -> None:
        """Group the articles of doubtful stories anew, all at once; a story keeps the most of its articles.

        ``held`` are the articles that those stories had before this batch, with the story of each. ``placed``
        then tells where each of them and of this batch belongs, and ``joined`` where emptied stories went.
        """
        doubtful = set(self.doubtful())
        where = {number: self.resolve(key) for number, key in self.placed.items()}
        where |= {number: self.resolve(key) for number, (key, _) in held.items()}
        items = {**self._items, **{number: item for number, (_, item) in held.items()}}
        chosen = [items[number] for number in sorted(where) if where[number] in doubtful]
        leaves = [self._leaf(item) for item in chosen]
        groups = regroup(leaves, faded, WINDOW)
        self._claim([[chosen[place] for place in group] for group in groups], where, doubtful)

    def _leaf(self, item: Item) -> Leaf:
        vector = self._looked[item.number] = self._vector(item)
        return Leaf(vector, item.at, _asked(item, vector), item.sketch.title)

    def _claim(self, groups: list[list[Item]], where: dict[int, int], doubtful: set[int]) -> None:
        """Give each group the number of the story that most of its articles had, the largest first.

        Articles of earlier batches say it: an edition may have told of them under that number.
        """
        claims = []
        for group in groups:
            earlier = Counter(where[item.number] for item in group if item.number not in self._items)
            had = earlier or Counter(where[item.number] for item in group)
            key, count = min(had.items(), key=lambda pair: (-pair[1], _age(self.stories[pair[0]])))
            place = (not earlier, -count, _age(self.stories[key]), min(item.number for item in group))
            claims.append((place, key, group))
        members: dict[int, set[int]] = defaultdict(set)
        for number, story in where.items():
            members[story].add(number)
        free = set(doubtful)
        for _, key, group in sorted(claims, key=lambda claim: claim[0]):
            kept = key in free
            free.discard(key)
            if not (kept and members[key] == {item.number for item in group}):
                self._settle(self.stories[key] if kept else self._begin(group[0].at), group)
        for key in sorted(free):
            self._empty(key, where)

    def _settle(self, story: Story, group: list[Item]) -> None:
        self._forget(story)
        made = self.summed(story.key, group)
        made.changed = True
        self.stories[story.key] = made
        for term in made.words:
            self._holders[term].add(story.key)
        self.placed |= dict.fromkeys((item.number for item in group), story.key)

    def _empty(self, key: int, where: dict[int, int]) -> None:
        """Make a story all of whose articles went elsewhere part of the one where the most of them are."""
        went = Counter(self.resolve(self.placed[number]) for number, story in where.items() if story == key)
        self._forget(self.stories.pop(key))
        if went:
            self.joined[key] = min(went.items(), key=lambda pair: (-pair[1], _age(self.stories[pair[0]])))[0]

    def _forget(self, story: Story) -> None:
        for term in story.words:
            self._holders[term].discard(story.key)

    # ── likeness ──────────────────────────────────────────────────────────────────────

    def _vector(self, item: Item) -> Vector:
        counted = self._counted.get(item.number)
        if counted is None:
            counted = self._counted[item.number] = _shorten(item.sketch)
        weights = self._weights
        weighted = {term: x * weights[term] for term, x in counted.items()}
        size = math.sqrt(sum([x * x for x in weighted.values()])) or 1.0
        return {term: x / size for term, x in weighted.items()}

    def _likeliest(self, vector: Vector, at: float, title: frozenset[int]) -> list[tuple[float, int]]:
        """Give (likeness, story) of the likeliest stories, best first; ties go to the older.

        A story that knows no word of the article's headline is none of them: what they share is how a
        newsroom begins, ends or describes everything.
        """
        probes = sorted(sorted(vector), key=vector.__getitem__, reverse=True)[:PROBES]
        held = [(vector[term] * vector[term], self._holders[term]) for term in probes]
        shared = Counter(chain.from_iterable([holders for _, holders in held]))
        least = min(TWO, len(vector))
        near = [key for key, count in shared.items() if count >= least and self._open(key, at)]
        if title:
            know = set().union(*[self._holders[term] for term in title if term < SECOND])
            near = [key for key in near if key in know]
        points = {key: sum([x for x, holders in held if key in holders]) for key in near}
        near.sort(key=lambda key: (-points[key], abs(key)))
        looked = [(self._likeness(vector, self.stories[key], at), key) for key in near[:_CLOSER_LOOK]]
        return sorted(looked, key=lambda item: (-item[0], abs(item[1])))

    def _open(self, key: int, at: float) -> bool:
        story = self.stories[key]
        return story.first - WINDOW <= at <= story.last + WINDOW

    def _likeness(self, vector: Vector, story: Story, at: float) -> float:
        return dot(vector, story.words) / story.size * story.fade(at)

    # ── changing stories ──────────────────────────────────────────────────────────────

    def _begin(self, at: float) -> Story:
        story = Story(key=self._next, first=at, last=at, size=0)
        self._next -= 1
        self.stories[story.key] = story
        return story

    def _take(self, story: Story, vector: Vector, at: float) -> None:
        story.add(vector, at)
        for term in vector:
            self._holders[term].add(story.key)

    def _perhaps_join(self, one: Story, other: Story, asked: float) -> Story:
        if one.fixed or other.fixed:
            return one
        small, large = sorted((one, other), key=lambda story: len(story.words))
        left = one.fade(one.last) * other.fade(other.last) * faded(abs(one.last - other.last))
        if dot(small.words, large.words) * left / one.size / other.size < asked:
            return one
        older, younger = sorted((one, other), key=_age)
        return self._join(older, younger)

    def _join(self, stays: Story, goes: Story) -> Story:
        say = _grown(goes.since - stays.since)
        for term, x in goes.words.items():
            stays.words[term] = stays.words.get(term, 0.0) + say * x
            self._holders[term].discard(goes.key)
            self._holders[term].add(stays.key)
        stays.first, stays.last = min(stays.first, goes.first), max(stays.last, goes.last)
        stays.size += goes.size
        stays.changed = True
        self.joined[goes.key] = stays.key
        del self.stories[goes.key]
        return stays


def common(holding: int, articles: int) -> bool:
    """Tell whether so many of an archive's articles have a word that it tells no event from another.

    That is half of them, a quarter of a grown archive; of fewer than twenty nobody can tell.
    """
    part = COMMON if articles >= GROWN else 2 * COMMON
    return articles >= FEW and holding > part * articles


def asked_of(words: int, language: str = "", headline: float = 1.0) -> float:
    """Give the likeness that an article with so many different words needs to join a story.

    ``headline`` is the part of them that its headline has.
    """
    stricter = STRICTER.get(language.split("-", 1)[0].casefold()) or 1 + TEXT * (1 - headline)
    return (MOST - SHORTER / math.sqrt(words)) * stricter


def _asked(item: Item, vector: Vector) -> float:
    headline = len(item.sketch.title.intersection(vector))
    return asked_of(len(vector), item.language, headline / len(vector))


def _age(story: Story) -> tuple[bool, int]:
    """Sort stored stories before new ones, and each by who came first."""
    return story.key < 0, abs(story.key)


def _shorten(sketch: Sketch) -> Vector:
    """Give the article's weightiest words, dampened; those said once in a long text go first."""
    counts = {term: count for term, count in sketch.counts.items() if term < SECOND}
    if len(counts) > ARTICLE_TERMS:
        ranked = sorted(counts.items(), key=lambda item: (item[0] not in sketch.title, -item[1]))
        counts = dict(ranked[:ARTICLE_TERMS])
    return {term: _DAMPENED[count] for term, count in counts.items()}
