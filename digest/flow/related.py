"""From an article to its related headlines: ask the archive index for candidates, score them exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.select import meaning
from digest.select import related as relating
from digest.select.beside import Beside
from digest.select.nearness import Nearness
from digest.store import archive, postings

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from digest.select.nearness import Part
    from digest.store import Connection
    from digest.text.meaning import Encode
    from digest.text.sketch import Sketch

CANDIDATES = 150
POSTINGS = 300_000
"""So many postings are read to propose candidates, at most: of a large archive, those of the rarer terms."""

FEWEST = 8
_ROUNDS = 4
_FEW = CANDIDATES // 4
_EACH = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: how many, from when to when, what speaks for an article, and what must not come."""

    limit: int
    before: datetime | None = None
    since: datetime | None = None
    around: datetime | None = None  # when the article was published: what came out in the same days is nearer
    story: int | None = None  # that the article belongs to: its reports are nearer, and lend their words
    without: AbstractSet[int] = field(default_factory=frozenset)  # article numbers
    unlike: tuple[AbstractSet[int], ...] = ()  # headlines (term numbers) that must not be repeated
    same: float = relating.SAME  # above 1: near-identical headlines stay
    once: bool = False  # one headline of each story
    least: float = 0.0  # how near by words at least, and by two of them; the article itself is 1
    allowed: Callable[[list[int]], set[int]] | None = None  # which of these article numbers may be shown
    headline: str = ""  # the article's own, for the encoder
    encode: Encode | None = None  # mixes in what headlines mean; None goes by words alone


@dataclass(frozen=True, slots=True)
class Found:
    """A related article, how near it is, and why."""

    article: int
    score: float
    parts: tuple[Part, ...]


def related(conn: Connection, sketch: Sketch, wish: Wish) -> list[Found]:
    """Give the related articles, best first; the article itself would have 1 for its own words."""
    corpus = _corpus(conn, sketch.counts)
    asked = relating.query(sketch, corpus)
    within = archive.blocks(conn, wish.since, wish.before)
    if not asked or not within:
        return []
    found, shown = _candidates(conn, _affordable(asked, corpus, len(within)), within, wish)
    mean = corpus.mean_length
    beside = Beside(wish.story, wish.around, meaning.share(sketch))
    sense = _sense(conn, sketch, found, wish)
    near = Nearness(asked, mean, relating.score(asked, sketch, mean) or 1.0, beside, sense)
    first = near.words(found)
    chosen, lendable = near.lenders(first)
    near = near.widened(chosen, lendable, _corpus(conn, lendable))
    enough = {one.article for points, one in first if one.article in shown and points >= wish.least}
    scored = [(points, one) for points, one in near.judged(near.words(found)) if one.article in enough]
    if wish.least:
        scored = [(points, one) for points, one in scored if relating.meets(sketch, one.sketch)]
    kept = relating.distinct(scored, (sketch.title, *wish.unlike), wish.limit, wish.same, once=wish.once)
    return [_found(one, near) for _, one in kept]


def _found(one: relating.Near, near: Nearness) -> Found:
    parts = near.parts(one)
    return Found(one.article, round(sum(part.points for part in parts), 4), parts)


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
    share = min(1.0, blocks * postings.BLOCK / max(1, corpus.articles))
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
) -> tuple[list[relating.Near], AbstractSet[int]]:
    """Take the index's proposals that fit the wish, and tell which of them may be shown.

    All of them lend their words. More are asked for where too few fit or may be shown.
    """
    limit = CANDIDATES
    fitting: list[archive.Entry] = []
    shown: set[int] = set()
    looked: set[int] = set(wish.without)
    for _ in range(_ROUNDS):
        numbers = archive.nearest(conn, asked, limit, within)
        new = [number for number in numbers if number not in looked]
        looked.update(new)
        may = wish.allowed(new) if wish.allowed else set(new)
        entries = archive.sketches(conn, new if len(fitting) < CANDIDATES else [n for n in new if n in may])
        fits = [entry for n in new if (entry := entries.get(n)) and _fits(entry, wish)]
        fitting += fits
        shown.update(entry.article for entry in fits if entry.article in may)
        if len(numbers) < limit or (len(fitting) >= _FEW and len(shown) >= min(_FEW, _EACH * wish.limit)):
            break
        limit *= 4
    proposed = fitting[:CANDIDATES] + [e for e in fitting[CANDIDATES:] if e.article in shown][:CANDIDATES]
    told = archive.stories(conn, [e.article for e in proposed]) if wish.once or wish.story else {}
    return [relating.Near(e.article, e.sketch, e.published, told.get(e.article)) for e in proposed], shown


def _fits(entry: archive.Entry, wish: Wish) -> bool:
    return (wish.before is None or entry.published < wish.before) and (
        wish.since is None or entry.published >= wish.since
    )
