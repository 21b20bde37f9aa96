"""What the archive learns of articles just saved; called inside the transaction that saved them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.flow import archive as indexing
from digest.flow import boilerplate
from digest.flow.sketches import sketch_of
from digest.select import stories as grouping
from digest.store import archive, stories
from digest.store import articles as stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.model import Article
    from digest.store import Connection
    from digest.text.sketch import Sketch


def learn(conn: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Index new and changed articles, which the store has numbered, and group the new ones into stories."""
    indexing.current(conn, now)
    known = {article.id: article for article in articles if article.id}
    sketches = {article.id: sketch_of(article) for article in known.values()}
    archive.add(conn, [archive.Entry(a.id, a.published, sketches[a.id]) for a in known.values()])
    fresh = [article for article in known.values() if article.story is None]
    _group(conn, fresh, sketches, now)
    indexing.tidy(conn, now, len(known))


def summed(conn: Connection, articles: Sequence[Article]) -> dict[str, Any]:
    """Give a story of these articles as the store keeps it: ``first_at, last_at, articles, sketch``."""
    items = [_item(one, sketch_of(one)) for one in articles]
    return columns(_around(conn, articles).summed(0, items))


# ── grouping ──────────────────────────────────────────────────────────────────────────


def _group(conn: Connection, fresh: Sequence[Article], sketches: Mapping[int, Sketch], now: datetime) -> None:
    """Put articles into stories, one after the other by time, and look again at the stories they touched."""
    if not fresh:
        return
    group = _around(conn, fresh)
    dull = boilerplate.dull(conn, fresh, sketches)
    for one in sorted(fresh, key=lambda a: (a.published, a.id)):
        group.place(_item(one, boilerplate.without(sketches[one.id], dull[one.source])))
    held = _held(conn, group, dull)
    group.look_again(held)
    _write(conn, group, held, now)


def _around(conn: Connection, articles: Sequence[Article]) -> grouping.Grouping:
    span = timedelta(seconds=grouping.WINDOW)
    since, until = min(a.published for a in articles) - span, max(a.published for a in articles) + span
    return grouping.Grouping.over(_story(row) for row in stories.active(conn, since, until))


def _item(article: Article, sketch: Sketch) -> grouping.Item:
    return grouping.Item(article.id, article.published.timestamp(), sketch, article.language)


def _held(
    conn: Connection, group: grouping.Grouping, dull: Mapping[str, set[int]]
) -> dict[int, tuple[int, grouping.Item]]:
    """Read the articles of the stories to be looked at again, each with the story it is in."""
    doubtful = set(group.doubtful())
    keys = [key for key in (*group.joined, *doubtful) if key > 0 and group.resolve(key) in doubtful]
    rows = stories.held(conn, keys)
    known = archive.sketches(conn, [row["article"] for row in rows])
    missing = stored.by_ids(conn, [row["article"] for row in rows if row["article"] not in known])
    found = {number: entry.sketch for number, entry in known.items()}
    found |= {number: sketch_of(one) for number, one in missing.items()}
    return {
        row["article"]: (
            row["story"],
            grouping.Item(
                row["article"],
                row["published"].timestamp(),
                boilerplate.without(found[row["article"]], dull.get(row["source"], dull[""])),
                row["language"],
            ),
        )
        for row in rows
    }


def _story(row: dict[str, Any]) -> grouping.Story:
    return grouping.Story(
        key=row["id"],
        first=row["first_at"].timestamp(),
        last=row["last_at"].timestamp(),
        size=row["articles"],
        packed=bytes(row["sketch"]),
        fixed=bool(row["fixed"]),
    )


def _write(
    conn: Connection,
    group: grouping.Grouping,
    held: Mapping[int, tuple[int, grouping.Item]],
    now: datetime,
) -> None:
    """Write what grouping decided: new and changed stories, joined ones, and who belongs where."""
    numbers = _keep(conn, group)

    def told(key: int) -> int:
        end = group.resolve(key)
        return numbers.get(end, end)

    for goes in group.joined:
        if goes > 0:
            stories.merge(conn, goes, told(goes), now)
    pairs = {number: told(key) for number, key in group.placed.items()}
    moved = [number for number, (key, _) in held.items() if pairs.get(number, told(key)) != told(key)]
    stories.leave(conn, moved, now)
    stories.put(conn, [(n, story) for n, story in pairs.items() if n not in held or n in moved], now)


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
