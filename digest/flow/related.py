"""From an article to its related headlines: ask the archive index for candidates, score them exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.select import meaning
from digest.select import related as relating
from digest.store import archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from digest.store import Connection
    from digest.text.meaning import Encode
    from digest.text.sketch import Sketch

CANDIDATES = 150
POSTINGS = 300_000
"""So many postings are read to propose candidates, at most: of a large archive, those of the rarer terms."""

FEWEST = 8
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: how many, from when to when, and what must not come."""

    limit: int
    before: datetime | None = None
    since: datetime | None = None
    without: AbstractSet[int] = field(default_factory=frozenset)  # article numbers
    unlike: tuple[AbstractSet[int], ...] = ()  # headlines (term numbers) that must not be repeated
    same: float = relating.SAME  # above 1: near-identical headlines stay
    least: float = 0.0  # how near at least, and by two words; the article itself is 1
    allowed: Callable[[list[int]], set[int]] | None = None  # which of these article numbers may be shown
    headline: str = ""  # the article's own, for the encoder
    encode: Encode | None = None  # mixes in what headlines mean; None goes by words alone


def related(conn: Connection, sketch: Sketch, wish: Wish) -> list[tuple[int, float]]:
    """Give the related articles' numbers, best first, each with its likeness (the article itself is 1)."""
    corpus = _corpus(conn, sketch.counts)
    asked = relating.query(sketch, corpus)
    within = archive.blocks(conn, wish.since, wish.before)
    if not asked or not within:
        return []
    found = _candidates(conn, _affordable(asked, corpus, len(within)), within, wish)
    mean = corpus.mean_length
    first = relating.order(asked, found, mean)
    whole = relating.score(asked, sketch, mean) or 1.0
    sense = _sense(conn, sketch, found, wish)
    chosen, lendable = (
        relating.lenders(sense.mixed(first, whole), meaning.STEEP) if sense else relating.lenders(first)
    )
    wider = relating.widen(asked, chosen, lendable, _corpus(conn, lendable))
    scored = relating.order(wider, found, mean)
    if sense:
        scored = sense.leaning(chosen).mixed(scored, whole)
    likeness = {near.article: points / whole for points, near in first}
    if wish.least:
        scored = [
            (points, near)
            for points, near in scored
            if likeness[near.article] >= wish.least and relating.meets(sketch, near.sketch)
        ]
    kept = relating.distinct(scored, (sketch.title, *wish.unlike), wish.limit, wish.same)
    return [(near.article, round(likeness[near.article], 4)) for _, near in kept]


def _sense(conn: Connection, sketch: Sketch, found: list[relating.Near], wish: Wish) -> meaning.Sense | None:
    """Encode the article's headline and those proposed, where its headline is much of the article."""
    share = meaning.share(sketch)
    if wish.encode is None or not wish.headline.strip() or share < meaning.LITTLE:
        return None
    told = archive.headlines(conn, [near.article for near in found])
    own, *others = wish.encode([wish.headline, *told.values()])
    return meaning.Sense(own, dict(zip(told, others, strict=True)), meaning.SAY * share)


def _affordable(asked: relating.Query, corpus: relating.Corpus, blocks: int) -> list[tuple[int, float]]:
    """Give the weightiest terms, as many as can be read; those left out still count when scores are exact."""
    share = min(1.0, blocks * archive.BLOCK / max(1, corpus.articles))
    terms: list[tuple[int, float]] = []
    spent = 0.0
    for term, weight in asked.items():
        cost = share * corpus.holding.get(term, 0)
        if spent + cost > POSTINGS and len(terms) >= FEWEST:
            continue
        spent += cost
        terms.append((term, weight))
    return terms


def _corpus(conn: Connection, terms: object) -> relating.Corpus:
    counted = archive.statistics(conn, terms)  # type: ignore[arg-type]
    return relating.Corpus(counted.articles, counted.mean_length, counted.holding)


def _candidates(
    conn: Connection, asked: list[tuple[int, float]], within: list[int], wish: Wish
) -> list[relating.Near]:
    """Take the index's proposals that fit the wish; ask for more where most of them do not."""
    limit = CANDIDATES
    for _ in range(_ROUNDS):
        numbers = archive.nearest(conn, asked, limit, within)
        entries = archive.sketches(conn, [number for number in numbers if number not in wish.without])
        fitting = [entry for number in numbers if (entry := entries.get(number)) and _fits(entry, wish)]
        if len(fitting) >= CANDIDATES // 4 or len(numbers) < limit:
            break
        limit *= 4
    fitting = fitting[:CANDIDATES]
    allowed = wish.allowed([entry.article for entry in fitting]) if wish.allowed else None
    return [
        relating.Near(entry.article, entry.sketch)
        for entry in fitting
        if allowed is None or entry.article in allowed
    ]


def _fits(entry: archive.Entry, wish: Wish) -> bool:
    return (wish.before is None or entry.published < wish.before) and (
        wish.since is None or entry.published >= wish.since
    )
