"""Boilerplate: words under the articles of the whole archive, or of one source, which tell events not apart.

A paragraph under every article of a source would make its texts one story. Headlines keep all their words:
what is common there is the event of the day.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from digest.select import stories as grouping
from digest.store import archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Article
    from digest.store import Connection
    from digest.text.sketch import Sketch

LATEST = 40
"""So many of a source's latest articles tell what it writes under all of them."""

_LOOKED_UP = 8
"""A word of one in so many articles of a batch may be boilerplate; a rarer one pulls few together."""


def dull(conn: Connection, fresh: Sequence[Article], sketches: Mapping[int, Sketch]) -> dict[str, set[int]]:
    """Tell which terms of texts say nothing, by source; under "" those of the archive as a whole."""
    everywhere = _of_all(conn, [sketches[article.id] for article in fresh])
    found = {"": everywhere}
    for source in sorted({article.source for article in fresh}):
        found[source] = everywhere | _of_source(conn, source)
    return found


def without(sketch: Sketch, terms: set[int]) -> Sketch:
    """Take terms out of an article's text."""
    if terms.isdisjoint(sketch.counts):
        return sketch
    counts = {term: n for term, n in sketch.counts.items() if term in sketch.title or term not in terms}
    return replace(sketch, counts=counts)


def _of_all(conn: Connection, sketches: Sequence[Sketch]) -> set[int]:
    held = _held(sketches)
    asked = [term for term, count in held.items() if count * _LOOKED_UP >= len(sketches)]
    known = archive.statistics(conn, asked)
    return {term for term in asked if grouping.common(known.holding.get(term, 0), known.articles)}


def _of_source(conn: Connection, source: str) -> set[int]:
    latest = [entry.sketch for entry in archive.latest(conn, source, LATEST)]
    return {term for term, count in _held(latest).items() if grouping.common(count, len(latest))}


def _held(sketches: Iterable[Sketch]) -> Counter[int]:
    return Counter(chain.from_iterable([sketch.counts.keys() - sketch.title for sketch in sketches]))
