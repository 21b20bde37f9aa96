"""The state of sources: conditional-request marks, when to ask again, health.

What a source is stands in the configuration.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime  # noqa: TC003 (dataclasses read it)
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from digest.store.dialect import dialect_of
from digest.store.schema import articles, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of one source. ``interval``: usual seconds between new articles."""

    key: str
    url: str = ""
    name: str = ""
    kind: str = ""
    etag: str = ""
    modified: str = ""
    next_at: datetime | None = None
    failures: int = 0
    error: str = ""
    excerpt: str = ""
    checked_at: datetime | None = None
    success_at: datetime | None = None
    new_at: datetime | None = None
    interval: float | None = None
    paused_at: datetime | None = None
    state: dict[str, Any] = field(default_factory=dict)


_COLUMNS = tuple(f.name for f in fields(SourceState))
_KEPT_BY_NOTE = ("key", "paused_at")


def states(conn: Connection) -> dict[str, SourceState]:
    """Return every source ever read, by key."""
    return {row.key: _state(row._mapping) for row in conn.execute(select(sources).order_by(sources.c.key))}  # noqa: SLF001 (public)


def state(conn: Connection, key: str) -> SourceState | None:
    """Return one source's state; None when it was never read."""
    row = conn.execute(select(sources).where(sources.c.key == key)).first()
    return _state(row._mapping) if row else None  # noqa: SLF001 (SQLAlchemy's public name)


def note(conn: Connection, visited: Iterable[SourceState]) -> None:
    """Write what visits found; a pause that somebody set in the meantime stays."""
    rows = [asdict(one) for one in visited]
    if not rows:
        return
    dialect = dialect_of(conn)
    query = dialect.insert(sources)
    changed = {name: query.excluded[name] for name in _COLUMNS if name not in _KEPT_BY_NOTE}
    conn.execute(query.on_conflict_do_update(index_elements=["key"], set_=changed), rows)


def pause(conn: Connection, key: str, now: datetime) -> None:
    """Stop asking a source until it is resumed."""
    dialect = dialect_of(conn)
    query = dialect.insert(sources).values(key=key, paused_at=now)
    conn.execute(
        query.on_conflict_do_update(index_elements=["key"], set_={"paused_at": query.excluded.paused_at})
    )


def resume(conn: Connection, key: str) -> bool:
    """Ask a source again, at once; returns whether it was paused."""
    rule = (sources.c.key == key) & sources.c.paused_at.is_not(None)
    return (
        conn.execute(update(sources).where(rule).values(paused_at=None, next_at=None, failures=0)).rowcount
        == 1
    )


def due(conn: Connection, now: datetime) -> list[str]:
    """Return the keys of known sources that may be asked now, longest waiting first."""
    rule = sources.c.paused_at.is_(None) & or_(sources.c.next_at.is_(None), sources.c.next_at <= now)
    return list(conn.execute(select(sources.c.key).where(rule).order_by(sources.c.next_at)).scalars())


def counts(conn: Connection, since: datetime) -> dict[str, int]:
    """Return how many articles each source brought since a time."""
    query = (
        select(articles.c.source, func.count()).where(articles.c.seen_at >= since).group_by(articles.c.source)
    )
    return {source: count for source, count in conn.execute(query)}  # noqa: C416 (rows are no tuples to mypy)


def _state(row: Any) -> SourceState:
    values = {name: row[name] for name in _COLUMNS}
    return SourceState(**values | {"state": values["state"] or {}})
