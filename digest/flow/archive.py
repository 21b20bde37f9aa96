"""The archive index as a whole: which version built it, what is still to be indexed, building it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.flow.sketches import sketch_of
from digest.store import archive, facts, postings
from digest.text import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.flow.context import Context
    from digest.store import Connection

BUILT = "archive.version"
BEHIND = "archive.behind"
"""The articles below this number are still to be looked at; 0 when all are indexed."""

CHUNK = 2000
"""Articles indexed in one transaction."""

PACE = 64
"""Articles for which a slice of the older lists is joined: twice as fast as new ones come."""

AT_LEAST = 2
AT_ONCE = 64
"""Slices that a rebuild joins in one transaction."""


def current(conn: Connection, now: datetime) -> None:
    """Begin the index again if other text rules built it, or if nothing tells which did.

    What it held is forgotten in the caller's transaction; ``catch_up`` then fills it, newest first.
    """
    if facts.get(conn, BUILT) != VERSION:
        begin_again(conn, now)


def begin_again(conn: Connection, now: datetime) -> None:
    """Empty the index and note that every article is to be indexed."""
    archive.clear(conn, now)
    facts.put(conn, BUILT, VERSION, now)
    facts.put(conn, BEHIND, archive.newest(conn) + 1, now)


def catch_up(conn: Connection, now: datetime, limit: int = CHUNK) -> int:
    """Look at up to ``limit`` articles that may not be indexed, newest first; returns how many it indexed."""
    archive.lock(conn)
    below = facts.get(conn, BEHIND, default=0)
    if not below:
        return 0
    missing, below = archive.missing(conn, below, limit)
    archive.add(conn, [archive.Entry(a.id, a.published, sketch_of(a)) for a in missing])
    facts.put(conn, BEHIND, below, now)
    return len(missing)


def tidy(conn: Connection, now: datetime, added: int) -> None:
    """Do an ingest's share of what is left to do: index older articles, else join their lists."""
    if facts.get(conn, BEHIND, default=0):
        catch_up(conn, now)
    else:
        archive.lock(conn)
        postings.join(conn, AT_LEAST + added // PACE, now)


def rebuild(ctx: Context, progress: Callable[[int, int], None] | None = None, *, chunk: int = CHUNK) -> int:
    """Build the index again, in transactions of ``chunk`` articles; returns how many it indexed.

    Stopped in the middle, it is filled on by the next ingest or by calling this once more.
    """
    now = ctx.now()
    with ctx.store.write() as conn:
        begin_again(conn, now)
        total = archive.waiting(conn)
    done, behind = 0, True
    while behind:
        with ctx.store.write() as conn:
            done += catch_up(conn, now, chunk)
            behind = bool(facts.get(conn, BEHIND))
        if progress:
            progress(done, total)
    more = True
    while more:
        with ctx.store.write() as conn:
            archive.lock(conn)
            more = postings.join(conn, AT_ONCE, now)
    return done


def stats(ctx: Context) -> dict[str, Any]:
    """Tell what the index holds: articles, not_indexed, blocks, terms, postings, bytes, version."""
    with ctx.store.read() as conn:
        return {**archive.size(conn), "version": facts.get(conn, BUILT, default=""), "text_rules": VERSION}
