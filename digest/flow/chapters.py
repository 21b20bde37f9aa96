"""Chapters: which earlier story a story goes on with, and what was told of it before.

A story ends three days after its last article; what comes later about the same matter is a story of its own
that *follows* the earlier one. An editor may say so; else the archive is asked, and what is near enough to
the first story's words and shares two of its headline's is taken for its beginning.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.store import archive, stories, story_decisions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.model import Article, Headline
    from digest.store import Connection

SPAN = timedelta(days=30)
"""How long after its last article a story may be gone on with."""

NEAR = 0.4
"""How near the earlier article is at least; the article itself is 1."""

_SHARED = 2
_CHAPTERS = 6
_LOOKED = 5
_TOLD = 20


def earlier(conn: Connection, article: Article, at: datetime | None = None) -> int | None:
    """Return the story that an article's story goes on with, as said or as found; None if there is none.

    What editors said since ``at`` is passed over.
    """
    story = stories.resolve(conn, article.story) if article.story else None
    then = story_decisions.link(conn, story["id"], at) if story and at else None
    if story and then:
        story |= {"follows": then[0], "linked": then[1]}
    if story is None or story["linked"]:
        return _stands(conn, story)
    sketch, first = sketch_of(article), story["first_at"]
    shown: dict[int, int | None] = {}

    def told(numbers: list[int]) -> set[int]:
        found = archive.shown(conn, numbers, article.published)
        shown.update({number: of for number, (_, of) in found.items() if of and of != story["id"]})
        return set(shown)

    wish = Wish(limit=_LOOKED, before=first, since=first - SPAN, same=2.0, least=NEAR, allowed=told)
    numbers = [one.article for one in related(conn, sketch, wish)]
    titles = {number: entry.sketch.title for number, entry in archive.sketches(conn, numbers).items()}
    for number in numbers:
        if len(titles[number] & sketch.title) >= min(_SHARED, len(sketch.title)):
            return shown[number]
    return None


def _stands(conn: Connection, story: Mapping[str, Any] | None) -> int | None:
    """Follow merges of the earlier story."""
    if story is None or story["follows"] is None:
        return None
    found = stories.resolve(conn, story["follows"])
    return found["id"] if found and found["id"] != story["id"] else None


def past(conn: Connection, follows: int | None, own: int | None = None) -> list[dict[str, Any]]:
    """Return the stories that went before, latest first, beginning with the one followed."""
    found: list[dict[str, Any]] = []
    seen = {own}
    while follows is not None and follows not in seen and len(found) < _CHAPTERS:
        story = stories.resolve(conn, follows)
        if story is None or story["id"] in seen:
            break
        found.append(story)
        seen |= {follows, story["id"]}
        follows = story["follows"]
    return found


def headlines(conn: Connection, numbers: Sequence[int], before: datetime) -> list[Headline]:
    """Return what stories were told under before a time, the latest of each."""
    found = [number for story in numbers for number in stories.chapters(conn, story, before, _TOLD)]
    return [line for line, _ in archive.shown(conn, found, before).values()]
