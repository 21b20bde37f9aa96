"""What the archive learns of articles just saved; called inside the transaction that saved them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.flow import archive as indexing
from digest.flow.sketches import sketch_of
from digest.select import stories as grouping
from digest.store import archive, stories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.model import Article
    from digest.store import Connection
    from digest.text.sketch import Sketch

_LOOKED_UP = 8
"""A word of one in so many articles of a batch may be boilerplate."""


def learn(conn: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Index new and changed articles, which the store has numbered, and group the new ones into stories."""
    indexing.current(conn, now)
    known = {article.id: article for article in articles if article.id}
    sketches = {article.id: sketch_of(article) for article in known.values()}
    archive.add(conn, [archive.Entry(a.id, a.published, sketches[a.id]) for a in known.values()])
    fresh = [article for article in known.values() if article.story is None]
    _group(conn, fresh, _own_words(conn, {a.id: sketches[a.id] for a in fresh}), now)
    indexing.catch_up(conn, now)


def _own_words(conn: Connection, sketches: Mapping[int, Sketch]) -> dict[int, Sketch]:
    """Take out of texts what much of the archive has: a paragraph under every article makes no story.

    Headlines keep their words: what is common there is the event of the day. Only words of an eighth of this
    batch are looked up; a rarer one is not what would pull its articles together.
    """
    held = Counter(term for sketch in sketches.values() for term in sketch.counts.keys() - sketch.title)
    asked = [term for term, count in held.items() if count * _LOOKED_UP >= len(sketches)]
    known = archive.statistics(conn, asked)
    common = {term for term in asked if grouping.common(known.holding.get(term, 0), known.articles)}
    return {number: _without(sketch, common) for number, sketch in sketches.items()}


def _without(sketch: Sketch, common: set[int]) -> Sketch:
    counts = {term: n for term, n in sketch.counts.items() if term in sketch.title or term not in common}
    return replace(sketch, counts=counts)


def _group(conn: Connection, fresh: Sequence[Article], sketches: Mapping[int, Sketch], now: datetime) -> None:
    """Put articles into stories, one after the other by time."""
    if not fresh:
        return
    span = timedelta(seconds=grouping.WINDOW)
    since, until = min(a.published for a in fresh) - span, max(a.published for a in fresh) + span
    group = grouping.Grouping.over(_story(row) for row in stories.active(conn, since, until))
    order = sorted(fresh, key=lambda a: (a.published, a.id))
    placed = [(a.id, group.place(sketches[a.id], a.published, a.language)) for a in order]
    numbers = _keep(conn, group)
    pairs = [(article, group.resolve(key)) for article, key in placed if key is not None]
    for goes, stays in group.joined.items():
        if goes > 0:
            stories.merge(conn, goes, numbers.get(end := group.resolve(stays), end), now)
    stories.put(conn, [(article, numbers.get(key, key)) for article, key in pairs], now)


def _story(row: dict[str, Any]) -> grouping.Story:
    return grouping.Story(
        key=row["id"],
        first=row["first_at"].timestamp(),
        last=row["last_at"].timestamp(),
        size=row["articles"],
        words=grouping.unpack(bytes(row["sketch"])),
        fixed=bool(row["fixed"]),
    )


def _keep(conn: Connection, group: grouping.Grouping) -> dict[int, int]:
    """Write the stories that changed; returns the store's number of each new one's key."""
    changed = [story for story in group.stories.values() if story.changed]
    new = [story for story in changed if story.key < 0]
    numbers = stories.begin(conn, [columns(story) for story in new])
    stories.grow(conn, [{"id": story.key, **columns(story)} for story in changed if story.key > 0])
    return {story.key: number for story, number in zip(new, numbers, strict=True)}


def columns(story: grouping.Story) -> dict[str, Any]:
    """Give a story as the store keeps it: ``first_at, last_at, articles, sketch``."""
    return {
        "first_at": datetime.fromtimestamp(story.first, UTC),
        "last_at": datetime.fromtimestamp(story.last, UTC),
        "articles": story.size,
        "sketch": story.pack(),
    }
