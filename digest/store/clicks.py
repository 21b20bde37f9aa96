"""Clicks: where the counted links of an edition lead, and how often each was followed, hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, exists, func, select

from digest.store.dialect import dialect_of
from digest.store.schema import clicks, edition_items, editions, links

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Target(NamedTuple):
    """Where a link leads."""

    edition: str  # public id
    url: str
    out_at: datetime | None  # when its edition could first be in somebody's hands; None before it is frozen


class Count(NamedTuple):
    """How often a link was followed."""

    people: int  # by all signs
    unsure: int  # machines, or people who could not be told from them


def keep_links(conn: Connection, public_id: str, named: Mapping[str, str], now: datetime) -> None:
    """Keep the links of an edition, ``named`` from address to id; those that are kept already stay."""
    rows = [{"id": link, "edition": public_id, "url": url, "at": now} for url, link in sorted(named.items())]
    if rows:  # another process may keep the same ones just now
        conn.execute(dialect_of(conn).insert(links).on_conflict_do_nothing(index_elements=["id"]), rows)


def kept(conn: Connection, public_id: str, ids: Collection[str]) -> bool:
    """Tell whether all of these links of an edition are kept."""
    query = select(links.c.id).where(links.c.edition == public_id)
    return set(ids) <= {row.id for row in conn.execute(query)}


def target(conn: Connection, link: str) -> Target | None:
    """Return where a link leads; None for what is no link of ours."""
    edition = and_(editions.c.public_id == links.c.edition, editions.c.frozen_at.is_not(None))
    query = select(links.c.edition, links.c.url, editions.c.slot, editions.c.frozen_at)
    row = conn.execute(query.join(editions, edition, isouter=True).where(links.c.id == link)).first()
    if row is None:
        return None
    return Target(row.edition, row.url, max(row.slot, row.frozen_at) if row.frozen_at else None)


def add(conn: Connection, counted: Mapping[tuple[str, datetime], Count]) -> None:
    """Add to the counts of (link, full hour)."""
    if not counted:
        return
    statement = dialect_of(conn).insert(clicks)
    statement = statement.on_conflict_do_update(
        index_elements=["link", "hour"],
        set_={
            "people": clicks.c.people + statement.excluded.people,
            "unsure": clicks.c.unsure + statement.excluded.unsure,
        },
    )
    rows = [  # in one order everywhere, so that two processes never wait for each other in a circle
        {"link": link, "hour": hour, "people": count.people, "unsure": count.unsure}
        for (link, hour), count in sorted(counted.items())
    ]
    conn.execute(statement, rows)


def of_edition(conn: Connection, public_id: str) -> dict[str, Count]:
    """Return how often each link of an edition was followed, by address; those never followed too."""
    query = (
        select(
            links.c.url,
            func.coalesce(func.sum(clicks.c.people), 0),
            func.coalesce(func.sum(clicks.c.unsure), 0),
        )
        .join(clicks, clicks.c.link == links.c.id, isouter=True)
        .where(links.c.edition == public_id)
        .group_by(links.c.url)
    )
    return {row[0]: Count(int(row[1]), int(row[2])) for row in conn.execute(query)}


def of_articles(
    conn: Connection,
    newsletter: str,
    before: datetime,
    articles: Collection[int],
    until: datetime | None = None,
) -> dict[int, int]:
    """Return article → clicks by people in a newsletter's editions before a time; only what was clicked.

    ``until`` leaves out the clicks of later hours.
    """
    printed = (
        select(edition_items.c.article, editions.c.public_id, edition_items.c.url)
        .join(editions, editions.c.id == edition_items.c.edition)
        .where(
            editions.c.newsletter == newsletter,
            editions.c.slot < before,
            edition_items.c.article.in_(list(articles)),
        )
        .distinct()  # an article may stand in an edition twice, below two stories
        .subquery()
    )
    total = func.sum(clicks.c.people)
    query = (
        select(printed.c.article, total)
        .join(links, and_(links.c.edition == printed.c.public_id, links.c.url == printed.c.url))
        .join(clicks, clicks.c.link == links.c.id)
        .where(*([clicks.c.hour < until] if until else []))
        .group_by(printed.c.article)
        .having(total > 0)
    )
    return {int(row[0]): int(row[1]) for row in conn.execute(query)}


def drop(conn: Connection, before: datetime) -> int:
    """Delete counts of hours before a time; return how many. Links stay: old mails still lead somewhere."""
    return conn.execute(delete(clicks).where(clicks.c.hour < before)).rowcount


def drop_unused(conn: Connection, before: datetime) -> int:
    """Delete links kept before a time for previews of editions that were never frozen; return how many."""
    frozen = exists().where(editions.c.public_id == links.c.edition, editions.c.frozen_at.is_not(None))
    return conn.execute(delete(links).where(links.c.at < before, ~frozen)).rowcount
