"""The archive index as a whole: which version built it, what is still to be indexed, building it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.flow.sketches import sketch_of
from digest.store import archive, facts
from digest.text import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.flow.context import Context
    from digest.store import Connection

BUILT = "archive.version"
BEHIND = "archive.behind"
CHUNK = 2000
"""Articles indexed in one transaction."""


def current(conn: Connection, now: datetime) -> None:
    """Begin the index again if other text rules built it, or if nothing tells which did.

    What it held is forgotten in the caller's transaction; ``catch_up`` then fills it, newest first.
    """
    if facts.get(conn, BUILT) == VERSION:
        return
    archive.clear(conn)
    facts.put(conn, BUILT, VERSION, now)
    facts.put(conn, BEHIND, value=True, now=now)


def catch_up(conn: Connection, now: datetime, limit: int = CHUNK) -> int:
    """Index up to ``limit`` articles that the index lacks, newest first; returns how many it did."""
    if not facts.get(conn, BEHIND, default=False):
        return 0
    missing = archive.missing(conn, limit)
    archive.add(conn, [archive.Entry(a.id, a.published, sketch_of(a)) for a in missing])
    if len(missing) < limit:
        facts.put(conn, BEHIND, value=False, now=now)
    return len(missing)


def rebuild(ctx: Context, progress: Callable[[int, int], None] | None = None, *, chunk: int = CHUNK) -> int:
    """Build the index again, in transactions of ``chunk`` articles; returns how many it indexed.

    Stopped in the middle, it is filled on by the next ingest or by calling this once more.
    """
    now = ctx.now()
    with ctx.store.write() as conn:
        archive.clear(conn)
        facts.put(conn, BUILT, VERSION, now)
        facts.put(conn, BEHIND, value=True, now=now)
        total = archive.size(conn)["not_indexed"]
    done = 0
    while True:
        with ctx.store.write() as conn:
            step = catch_up(conn, now, chunk)
        done += step
        if progress:
            progress(done, total)
        if step < chunk:
            return done


def stats(ctx: Context) -> dict[str, Any]:
    """Tell what the index holds: articles, not_indexed, blocks, lists, postings, bytes, version."""
    with ctx.store.read() as conn:
        return {**archive.size(conn), "version": facts.get(conn, BUILT, default=""), "text_rules": VERSION}
