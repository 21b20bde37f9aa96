"""Stories: which articles tell of one event, what an editor changed in that, and what editions carried."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from digest.model import EditionState
from digest.store.schema import articles, edition_items, editions, stories, story_articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection


def sent(conn: Connection, newsletter: str, before: datetime, since: datetime) -> list[dict[str, Any]]:
    """Return the picks of earlier, non-cancelled editions: ``article, story, headline, slot, language``.

    The story is the article's present one, so a merge counts for what was sent before it.
    """
    query = (
        select(
            edition_items.c.article,
            articles.c.story,
            articles.c.headline,
            articles.c.language,
            editions.c.slot,
        )
        .join(editions, editions.c.id == edition_items.c.edition)
        .join(articles, articles.c.id == edition_items.c.article)
        .where(
            editions.c.newsletter == newsletter,
            editions.c.slot < before,
            editions.c.slot >= since,
            editions.c.state != EditionState.CANCELLED,
            edition_items.c.role == "pick",
        )
        .order_by(editions.c.slot, edition_items.c.pos)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def chapters(conn: Connection, story: int, before: datetime, limit: int) -> list[int]:
    """Return the numbers of a story's articles published before a time, latest first."""
    query = (
        select(articles.c.id)
        .where(articles.c.story == story, articles.c.published < before, articles.c.withdrawn_at.is_(None))
        .order_by(articles.c.published.desc(), articles.c.id.desc())
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


_CHUNK = 500

# ── grouping ──────────────────────────────────────────────────────────────────────────

AUTOMATIC = "auto"


def active(conn: Connection, since: datetime, until: datetime, limit: int = 20_000) -> list[dict[str, Any]]:
    """Return the stories between two times: ``id, first_at, last_at, articles, sketch, fixed``.

    ``fixed`` tells that an editor's hand was on it: on its articles, its lead or what it follows. At most
    ``limit``, the latest.
    """
    moved = exists().where(story_articles.c.story == stories.c.id, story_articles.c.by != AUTOMATIC)
    by_hand = or_(moved, stories.c.lead.is_not(None), stories.c.linked.not_in(("", AUTOMATIC)))
    columns = (stories.c.id, stories.c.first_at, stories.c.last_at, stories.c.articles, stories.c.sketch)
    query = (
        select(*columns, by_hand.label("fixed"))
        .where(
            stories.c.last_at >= since,
            stories.c.first_at <= until,
            stories.c.merged_into.is_(None),
            stories.c.sketch.is_not(None),
        )
        .order_by(stories.c.last_at.desc(), stories.c.id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def held(conn: Connection, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Return the articles of stories: ``article, story, published, source, language``."""
    c = articles.c
    columns = (c.id.label("article"), c.story, c.published, c.source, c.language)
    found: list[dict[str, Any]] = []
    for start in range(0, len(numbers), _CHUNK):
        query = select(*columns).where(c.story.in_(numbers[start : start + _CHUNK])).order_by(c.id)
        found += [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)
    return found


def begin(conn: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Make stories (``first_at, last_at, articles, sketch``); returns their numbers in the same order."""
    if not rows:
        return []
    if conn.dialect.name == "sqlite":  # there, rows that return their numbers are inserted one by one
        last = conn.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'stories'").scalar() or 0
        numbers = [last + n for n in range(1, len(rows) + 1)]
        conn.execute(insert(stories), [{"id": n, **row} for n, row in zip(numbers, rows, strict=True)])
        return numbers
    made = conn.execute(insert(stories).returning(stories.c.id, sort_by_parameter_order=True), list(rows))
    return list(made.scalars())


def grow(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what stories have become: ``id`` with the columns of ``begin``."""
    if rows:
        values: dict[str, Any] = {
            name: bindparam(f"to_{name}") for name in ("first_at", "last_at", "articles", "sketch")
        }
        named = [
            {f"to_{key}" if key != "id" else "story": value for key, value in row.items()} for row in rows
        ]
        conn.execute(update(stories).where(stories.c.id == bindparam("story")).values(values), named)


def put(conn: Connection, pairs: Sequence[tuple[int, int]], since: datetime, by: str = AUTOMATIC) -> None:
    """Note that articles, so far in no story, belong to stories from a time on: (article, story) pairs."""
    if not pairs:
        return
    told = [{"article": article, "story": story, "since": since, "by": by} for article, story in pairs]
    conn.execute(_telling(conn, story_articles), told)
    statement = update(articles).where(articles.c.id == bindparam("number")).values(story=bindparam("of"))
    conn.execute(statement, [{"number": article, "of": story} for article, story in pairs])


def _telling(conn: Connection, table: Table) -> Any:
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    query = dialect.insert(table)
    again = {"until": None, "by": query.excluded.by}
    return query.on_conflict_do_update(index_elements=["story", "article", "since"], set_=again)


def merge(conn: Connection, goes: int, stays: int, at: datetime, by: str = AUTOMATIC) -> int:
    """Make one story part of another; returns how many articles moved. What was, stays on record."""
    held = select(articles.c.id).where(articles.c.story == goes)
    moved = list(conn.execute(held).scalars())
    leave(conn, moved, at)
    put(conn, [(article, stays) for article in moved], at, by)
    conn.execute(update(stories).where(stories.c.id == goes).values(merged_into=stays))
    followed = select(stories.c.follows).where(stories.c.id == goes).scalar_subquery()
    own = stories.c.id == func.coalesce(followed, stays)
    heir = (stories.c.id == stays) & (stories.c.linked == "") & ~own
    conn.execute(update(stories).where(heir).values(follows=followed, linked=AUTOMATIC))
    return len(moved)


def leave(conn: Connection, numbers: Sequence[int], at: datetime) -> None:
    """Note that articles no longer belong to their stories from a time on."""
    if numbers:
        statement = (
            update(story_articles)
            .where(story_articles.c.article.in_(list(numbers)), story_articles.c.until.is_(None))
            .values(until=at)
        )
        conn.execute(statement)
        conn.execute(update(articles).where(articles.c.id.in_(list(numbers))).values(story=None))


def resolve(conn: Connection, story: int) -> dict[str, Any] | None:
    """Return a story as it stands now, merges followed; None if there is no such story.

    As ``id, lead, follows, linked, first_at, last_at, articles``.
    """
    names = ("id", "lead", "merged_into", "follows", "linked", "first_at", "last_at", "articles")
    columns = [stories.c[name] for name in names]
    number: int | None = story
    while number is not None:
        row = conn.execute(select(*columns).where(stories.c.id == number)).first()
        if row is None:
            return None
        number, found = row.merged_into, dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return {name: value for name, value in found.items() if name != "merged_into"}


def latest(conn: Connection, since: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Return stories, as ``resolve``, with an article published in [since, until); the largest first."""
    inside = select(articles.c.story).where(
        articles.c.published >= since, articles.c.published < until, articles.c.story.is_not(None)
    )
    query = (
        select(stories.c.id)
        .where(stories.c.id.in_(inside), stories.c.merged_into.is_(None))
        .order_by(stories.c.articles.desc(), stories.c.last_at.desc(), stories.c.id)
        .limit(limit)
    )
    found = [resolve(conn, number) for number in conn.execute(query).scalars()]
    return [one for one in found if one]


def by_hand(conn: Connection, numbers: Sequence[int], at: datetime | None = None) -> dict[int, str]:
    """Return those of the articles that an editor put into their story, now or at a time, and who did."""
    c = story_articles.c
    rule = c.until.is_(None) if at is None else (c.since <= at) & (c.until.is_(None) | (c.until > at))
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = select(c.article, c.by).where(
            c.article.in_(numbers[start : start + _CHUNK]), rule, c.by != AUTOMATIC
        )
        found |= {row.article: row.by for row in conn.execute(query)}
    return found


def heads(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
    """Return each story's lead as an editor chose it, and the story it follows: (lead, follows)."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for start in range(0, len(numbers), _CHUNK):
        part = stories.c.id.in_(numbers[start : start + _CHUNK])
        for row in conn.execute(select(stories.c.id, stories.c.lead, stories.c.follows).where(part)):
            found[row.id] = (row.lead, row.follows)
    return found


def link(conn: Connection, story: int, earlier: int | None, by: str = AUTOMATIC) -> bool:
    """Note which earlier story one follows; what an editor said, the machine does not change."""
    rule = stories.c.id == story
    if by == AUTOMATIC:
        rule &= stories.c.linked.in_(("", AUTOMATIC))
    return conn.execute(update(stories).where(rule).values(follows=earlier, linked=by)).rowcount == 1


def change(conn: Connection, story: int, **values: Any) -> None:
    """Set columns of a story: ``lead``, ``merged_into``, ``follows``, ``linked``."""
    conn.execute(update(stories).where(stories.c.id == story).values(**values))


def members(conn: Connection, story: int) -> list[int]:
    """Return the numbers of a story's articles, earliest first."""
    query = (
        select(articles.c.id).where(articles.c.story == story).order_by(articles.c.published, articles.c.id)
    )
    return list(conn.execute(query).scalars())


def as_of(conn: Connection, at: datetime, numbers: Sequence[int]) -> dict[int, int]:
    """Return which story each article belonged to at a time; before its first record, the first one's.

    What was read later is grouped when it is read, so its first story is the nearest to what it had been.
    """
    c = story_articles.c
    found: dict[int, int] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = (
            select(c.article, c.story, c.since)
            .where(c.article.in_(numbers[start : start + _CHUNK]), or_(c.until.is_(None), c.until > c.since))
            .order_by(c.article, c.since)
        )
        for row in conn.execute(query):
            if row.article not in found or row.since <= at:
                found[row.article] = row.story
    return found


_EVER = datetime.max.replace(tzinfo=UTC)


def told_with(
    conn: Connection, sent: Iterable[tuple[int, datetime]], at: datetime | None = None
) -> dict[int, dict[int, int]]:
    """Return for each article that was sent, with when, what its story held then: article → its story now.

    Grouping moves articles, so what stood beside a pick may be another story's. What a hand moved is left
    out: it was told apart. ``at`` is the time that counts as now.
    """
    slots: dict[int, datetime] = dict(sent)
    c = story_articles.c
    own = [row for part in _chunks([*slots]) for row in conn.execute(_told().where(c.article.in_(part)))]
    were = {row.article: row.story for row in own if _in_story(row, slots[row.article])}
    members: dict[int, list[Any]] = defaultdict(list)
    for part in _chunks(sorted(set(were.values()))):
        for row in conn.execute(_told().where(c.story.in_(part))):
            members[row.story].append(row)
    beside = {
        article: [row.article for row in members[story] if _in_story(row, slots[article])]
        for article, story in were.items()
    }
    everyone = sorted({one for some in beside.values() for one in some})
    moved = by_hand(conn, everyone, at)
    now = as_of(conn, at or _EVER, [one for one in everyone if one not in moved])
    return {article: {one: now[one] for one in some if one in now} for article, some in beside.items()}


def _told() -> Any:
    c = story_articles.c
    return select(c.article, c.story, c.since, c.until).order_by(c.article, c.since)


def _in_story(row: Any, at: datetime) -> bool:
    return bool(row.since <= at and (row.until is None or row.until > at))


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK))
