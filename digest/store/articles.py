"""Articles: read by window, id and address. Saving them is in ``digest.store.saving``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, not_, or_, select, update

from digest.model import ArticleKind
from digest.store.article_rows import article_of
from digest.store.saving import Saved, save
from digest.store.schema import article_keys, article_sources, article_versions, articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from digest.model import Article

__all__ = [
    "Saved", "barred", "between", "by_ids", "by_url", "candidates", "carriers", "ending", "newest",
    "newest_seen", "printable", "save", "then", "versions", "with_text", "withdraw", "withdrawn_again",
]  # fmt: skip

_CHUNK = 400
_LAG = timedelta(hours=1)
"""So long at most an article that was read is on its way into the archive."""
_TELLING = 8  # characters of an address's last part below which it names nothing


def _from(sources: Sequence[str], languages: Sequence[str]) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if sources:
        carried = exists().where(
            article_sources.c.article == articles.c.id, article_sources.c.source.in_(sources)
        )
        rules.append(or_(articles.c.source.in_(sources), carried))
    if languages:
        rules.append(articles.c.language.in_([*languages, ""]))
    return rules


def candidates(  # noqa: PLR0913 (the parts of one question; all but the window have defaults)
    conn: Connection,
    window_start: datetime,
    window_end: datetime,
    *,
    late_since: datetime | None = None,
    late_after: int | None = None,
    as_of: datetime | None = None,
    oldest: datetime | None = None,
    sources: Sequence[str] = (),
    languages: Sequence[str] = (),
    kinds: Sequence[ArticleKind] = (ArticleKind.FULL,),
) -> list[Article]:
    """Return the articles that belong to a window, newest first: published in [start, end), or late arrivals.

    A late arrival was published before the window and first seen after ``late_since`` (when the earlier
    edition was frozen), or a little before but kept after article ``late_after`` (the newest it was planned
    with); ``oldest`` bounds how long before. ``as_of`` leaves out what was first seen after that time, and
    takes in what was withdrawn after it.
    Withdrawn articles are left out; an article without a language fits every choice of languages. One under
    embargo belongs to the window in which that ends; one that has expired by the window's end to none.
    """
    inside = and_(articles.c.published >= window_start, articles.c.published < window_end)
    if late_since is not None:
        since = articles.c.seen_at >= late_since
        if late_after is not None:
            missed = and_(articles.c.id > late_after, articles.c.seen_at >= late_since - _LAG)
            since = or_(since, missed)
        late = [articles.c.published < window_start, since, articles.c.seen_at < window_end]
        inside = or_(inside, and_(*late, *([articles.c.published >= oldest] if oldest else [])))
    freed = and_(
        articles.c.embargo_until >= window_start,
        articles.c.embargo_until < window_end,
        articles.c.published < window_end,
    )
    rules = [or_(inside, freed), *printable(window_end, as_of), *_from(sources, languages)]
    if kinds:
        rules.append(articles.c.kind.in_(list(kinds)))
    if as_of is not None:
        rules.append(articles.c.seen_at <= as_of)
    return _all(conn, select(articles).where(*rules).order_by(articles.c.published.desc(), articles.c.id))


def printable(at: datetime, as_of: datetime | None = None) -> list[ColumnElement[bool]]:
    """Return what must hold for an article to be printed at a time: not withdrawn, embargoed nor expired.

    Withdrawn after ``as_of`` is not withdrawn.
    """
    stands: ColumnElement[bool] = articles.c.withdrawn_at.is_(None)
    if as_of is not None:
        stands = or_(stands, articles.c.withdrawn_at > as_of)
    return [
        stands,
        or_(articles.c.embargo_until.is_(None), articles.c.embargo_until < at),
        or_(articles.c.expires_at.is_(None), articles.c.expires_at > at),
    ]


def barred(  # noqa: PLR0913 (the parts of one question; all but the window have defaults)
    conn: Connection,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime | None = None,
    sources: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> list[Article]:
    """Return the full articles published in [start, end) that may not be printed at its end."""
    rules = [articles.c.published >= start, articles.c.published < end, *_from(sources, languages)]
    rules += [articles.c.kind == ArticleKind.FULL, not_(and_(*printable(end, as_of)))]
    return _all(conn, select(articles).where(*rules).order_by(articles.c.published.desc(), articles.c.id))


def carriers(conn: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Return the keys of all sources that carried each article, its own included."""
    found: dict[int, set[str]] = {}
    for start in range(0, len(ids), _CHUNK):
        part = article_sources.c.article.in_(ids[start : start + _CHUNK])
        for article, source in conn.execute(
            select(article_sources.c.article, article_sources.c.source).where(part)
        ):
            found.setdefault(article, set()).add(source)
    return {article: frozenset(keys) for article, keys in found.items()}


def between(  # noqa: PLR0913 (the parts of one question; all but the window have defaults)
    conn: Connection,
    start: datetime,
    end: datetime,
    *,
    sources: Sequence[str] = (),
    languages: Sequence[str] = (),
    kinds: Sequence[ArticleKind] = (),
    limit: int | None = None,
) -> list[Article]:
    """Return articles published in [start, end), newest first, withdrawn ones included."""
    rules = [articles.c.published >= start, articles.c.published < end, *_from(sources, languages)]
    if kinds:
        rules.append(articles.c.kind.in_(list(kinds)))
    query = select(articles).where(*rules).order_by(articles.c.published.desc(), articles.c.id)
    return _all(conn, query.limit(limit) if limit else query)


def newest_seen(conn: Connection, *, sources: Sequence[str] = (), limit: int = 20) -> list[Article]:
    """Return the articles first seen last."""
    query = (
        select(articles).where(*_from(sources, ())).order_by(articles.c.seen_at.desc(), articles.c.id.desc())
    )
    return _all(conn, query.limit(limit))


def by_ids(conn: Connection, ids: Iterable[int]) -> dict[int, Article]:
    """Return articles by number; numbers that do not exist are absent."""
    wanted = list(dict.fromkeys(ids))
    found: dict[int, Article] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(articles).where(articles.c.id.in_(wanted[start : start + _CHUNK]))
        found |= {row.id: article_of(row) for row in conn.execute(query)}
    return found


def by_url(conn: Connection, url: str, url_key: str = "") -> Article | None:
    """Return an article by its address or by its key (``digest.ingest.urls.key``).

    AMP and former addresses included.
    """
    row = conn.execute(
        select(articles).where(or_(articles.c.url_key == (url_key or url), articles.c.url == url)).limit(1)
    ).first()
    if row is None:
        known = select(article_keys.c.article).where(article_keys.c.key.in_([url, url_key or url])).limit(1)
        row = conn.execute(select(articles).where(articles.c.id == known.scalar_subquery())).first()
    return article_of(row) if row else None


def ending(conn: Connection, tail: str) -> list[str]:
    """Return addresses, two at most, whose last part is ``tail``: what a wrong one may mean."""
    if len(tail) < _TELLING:
        return []
    query = select(articles.c.url).where(articles.c.url_key.endswith(f"/{tail}", autoescape=True))
    return list(conn.execute(query.limit(2)).scalars())


def with_text(conn: Connection, url_keys: Sequence[str]) -> set[str]:
    """Return those of the given keys whose article is known with its text."""
    known: set[str] = set()
    for start in range(0, len(url_keys), _CHUNK):
        part = list(url_keys[start : start + _CHUNK])
        rule = articles.c.body != ""
        known |= set(
            conn.execute(select(articles.c.url_key).where(articles.c.url_key.in_(part), rule)).scalars()
        )
        query = select(article_keys.c.key).join(articles, articles.c.id == article_keys.c.article)
        known |= set(conn.execute(query.where(article_keys.c.key.in_(part), rule)).scalars())
    return known


def versions(conn: Connection, article: int) -> list[dict[str, Any]]:
    """Return an article's versions, oldest first: ``version, seen_at, headline, summary, body``."""
    query = (
        select(article_versions)
        .where(article_versions.c.article == article)
        .order_by(article_versions.c.version)
    )
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def then(conn: Connection, found: Sequence[Article], at: datetime) -> list[Article]:
    """Give articles the words they had at a time, and unmark those withdrawn after it."""
    changed = [one.id for one in found if one.version > 1]
    texts: dict[int, Any] = {}
    for start in range(0, len(changed), _CHUNK):
        part = article_versions.c.article.in_(changed[start : start + _CHUNK])
        query = select(article_versions).where(part, article_versions.c.seen_at <= at)
        texts |= {row.article: row for row in conn.execute(query.order_by(article_versions.c.version))}
    return [_then(one, texts.get(one.id), at) for one in found]


def _then(one: Article, text: Any, at: datetime) -> Article:
    gone = one.withdrawn_at if one.withdrawn_at and one.withdrawn_at <= at else None
    one = replace(one, withdrawn_at=gone)
    if text is None:
        return one
    words = {"headline": text.headline, "summary": text.summary, "body": text.body}
    return replace(one, version=text.version, **words)


def newest(conn: Connection) -> int:
    """Return the number of the article that was kept last; they are given in order. 0 where there is none."""
    return int(conn.execute(select(func.max(articles.c.id))).scalar() or 0)


def withdraw(conn: Connection, ids: Iterable[int], now: datetime) -> int:
    """Mark articles as taken back by their site; returns how many were not so before."""
    rule = and_(articles.c.id.in_(list(ids)), articles.c.withdrawn_at.is_(None))
    return conn.execute(update(articles).where(rule).values(withdrawn_at=now)).rowcount


def withdrawn_again(conn: Connection, ids: Iterable[int]) -> int:
    """Take the mark off articles that can be read again."""
    rule = and_(articles.c.id.in_(list(ids)), articles.c.withdrawn_at.is_not(None))
    return conn.execute(update(articles).where(rule).values(withdrawn_at=None)).rowcount


def _all(conn: Connection, query: Select[Any]) -> list[Article]:
    return [article_of(row) for row in conn.execute(query)]
