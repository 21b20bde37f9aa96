"""A second look at a few stories: their articles grouped anew, all at once, by average link.

Grouping one by one lets the order of arrival decide: an early article may have begun in the wrong story
because the right one was not there yet. Here the two likest groups become one, again and again, while the
mean likeness between their articles is at least what is asked of them (average link, Sneath & Sokal 1973);
so later evidence corrects earlier placement, and it matters little in how many batches the articles came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Vector = dict[int, float]
"""Weights by term, of length 1."""

PROBES = 20
"""So many of their weightiest words decide whether two articles are compared: one in common for headlines,
two for texts, which share some word with everything."""

TWO = 2
"""Words that two articles share at least if one is to pull the other; fewer where one has no more."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An article as it is looked at again."""

    vector: Vector
    at: float  # published, seconds since 1970
    asked: float  # the least likeness to others in a group
    title: frozenset[int]

    def meets(self, other: Leaf, shared: int) -> bool:
        """Tell whether two may begin a group: words in common, and one knows one of the other's headline."""
        enough = shared >= min(TWO, len(self.vector), len(other.vector))
        words = self.title.isdisjoint(other.vector) and other.title.isdisjoint(self.vector)
        return enough and not (words and self.title and other.title)


class _Tree:
    """Groups, what links each to others (the sum over pairs of articles), and which others it has met."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.groups = {place: [place] for place in range(len(leaves))}
        self.asked = {place: leaf.asked for place, leaf in enumerate(leaves)}
        self.links: dict[int, dict[int, float]] = {place: {} for place in self.groups}
        self.met: dict[int, set[int]] = {place: set() for place in self.groups}

    def gain(self, one: int, other: int) -> float:
        """Give the mean likeness of two groups by what is asked of them; 0 if they have not met."""
        if other not in self.met[one]:
            return 0.0
        mean = self.links[one][other] / len(self.groups[one]) / len(self.groups[other])
        return mean / max(self.asked[one], self.asked[other])

    def join(self, one: int, other: int) -> int:
        """Make two groups one; returns its number."""
        new = 1 + max(self.asked)
        self.groups[new] = self.groups.pop(one) + self.groups.pop(other)
        self.asked[new] = max(self.asked[one], self.asked[other])
        row, more = self.links.pop(one), self.links.pop(other)
        for third, x in more.items():
            row[third] = row.get(third, 0.0) + x
        row.pop(one, None)
        row.pop(other, None)
        self.met[new] = (self.met.pop(one) | self.met.pop(other)) - {one, other}
        for third, x in row.items():
            self.links[third].pop(one, None)
            self.links[third].pop(other, None)
            self.links[third][new] = x
        for third in self.met[new]:
            self.met[third] -= {one, other}
            self.met[third].add(new)
        self.links[new] = row
        return new


def regroup(leaves: Sequence[Leaf], keeps: Callable[[float], float], longest: float) -> list[list[int]]:
    """Group articles by average link; returns their places, grouped.

    ``keeps`` tells what likeness keeps over a number of seconds, ``longest`` how far apart two may be.
    """
    tree = _Tree(leaves)
    _link(tree, leaves, keeps, longest)
    heap = [
        (-tree.gain(one, other), one, other) for one, row in tree.met.items() for other in row if one < other
    ]
    heap = [entry for entry in heap if entry[0] <= -1]
    heapify(heap)
    while heap:
        _, one, other = heappop(heap)
        if one in tree.groups and other in tree.groups:
            new = tree.join(one, other)
            for third in tree.met[new]:
                if (gain := tree.gain(new, third)) >= 1:
                    heappush(heap, (-gain, third, new))
    return [sorted(group) for group in tree.groups.values()]


def _link(tree: _Tree, leaves: Sequence[Leaf], keeps: Callable[[float], float], longest: float) -> None:
    holders: dict[int, list[int]] = defaultdict(list)
    for place, leaf in enumerate(leaves):
        probes = sorted(leaf.vector, key=leaf.vector.__getitem__, reverse=True)[:PROBES]
        shared = Counter(chain.from_iterable([holders[term] for term in probes]))
        for term in probes:
            holders[term].append(place)
        few = len(leaf.vector) <= PROBES
        for other, count in shared.items():
            beside = leaves[other]
            if count < TWO and not few and len(beside.vector) > PROBES:
                continue
            apart = abs(leaf.at - beside.at)
            if apart <= longest:
                likeness = dot(leaf.vector, beside.vector) * keeps(apart)
                tree.links[place][other] = tree.links[other][place] = likeness
                if likeness >= min(leaf.asked, beside.asked) / TWO and leaf.meets(beside, count):
                    tree.met[place].add(other)
                    tree.met[other].add(place)


def dot(one: Vector, other: Vector) -> float:
    """Give the likeness of two articles, or of an article and a sum: their product, word by word."""
    return sum([x * other[term] for term, x in one.items() if term in other])
