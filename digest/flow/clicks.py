"""Counting clicks, where a newsletter wants it: links named, clicks judged and summed, stories reported.

A link names an edition and a story's address, never a reader; what is written down is a number for each link
and hour. The network of a click is in memory for seconds, as a hash under a key that no other process has.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

from digest import tokens
from digest.audience.machines import EARLY, Bursts, Click, Networks, agent, neighbourhood
from digest.flow.messages import keyring
from digest.store import clicks, editions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from digest.audience.machines import Counted
    from digest.flow.context import Context
    from digest.model import Plan
    from digest.settings import NewsletterSettings
    from digest.store.clicks import Target

_ID = re.compile("[a-z2-7]{16}")
_KNOWN = 10_000
"""Links whose address is remembered: a few hundred editions."""

log = logging.getLogger(__name__)


# ── links ─────────────────────────────────────────────────────────────────────────────


def _addresses(plan: Plan) -> Iterator[str]:
    for pick in plan.picks:
        yield pick.article.url
        yield from (each.url for each in (*pick.related, *pick.timeline))
    yield from (each.url for each in plan.more)


def links(ctx: Context, newsletter: NewsletterSettings, plan: Plan, public_id: str) -> dict[str, str]:
    """Name the links to an edition's stories, address → id, and keep them; nothing unless clicks are counted.

    They are kept when an edition is compiled, also for a preview, so that a preview's links lead somewhere.
    """
    if not newsletter.clicks:
        return {}
    ring = keyring(ctx)
    named = {
        url: tokens.link_id(ring, public_id, url)
        for url in _addresses(plan)
        if url.startswith(("https://", "http://"))
    }
    with ctx.store.read() as conn:
        missing = not clicks.kept(conn, public_id, named.values())
    if missing:
        with ctx.store.write() as conn:
            clicks.keep_links(conn, public_id, named, ctx.now())
    return named


# ── counting ──────────────────────────────────────────────────────────────────────────


class Clicks:
    """What the pages count with; any thread may call it. ``key`` is this process's own, random."""

    def __init__(self, ctx: Context, key: bytes) -> None:
        self._ctx, self._key = ctx, key
        self._filters = Networks(ctx.settings.web.scanners)
        self._bursts = Bursts()
        self._unwritten: Counted = Counter()
        self._known: dict[str, Target] = {}
        self._lock = Lock()
        self._writing = Lock()

    def known(self, link: str) -> Target | None:
        """Return where a link leads, if that is in memory."""
        return self._known.get(link)

    def target(self, link: str) -> Target | None:
        """Return where a link leads; None for what is none. Asks the store, once a link."""
        if not _ID.fullmatch(link):
            return None
        with self._ctx.store.read() as conn:
            found = clicks.target(conn, link)
        if found and found.out_at:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[link] = found
        return found

    def seen(self, link: str, found: Target, address: str, browser: str) -> None:
        """Count that a link was followed from a network address by a ``browser`` (empty: surely none).

        What is followed before its edition was frozen is somebody's preview and not counted.
        """
        if found.out_at is None:
            return
        now = self._ctx.now()
        sure = agent(browser) and address not in self._filters and now - found.out_at >= EARLY
        told = f"{found.edition}\0{neighbourhood(address)}".encode()
        group = hashlib.blake2b(told, key=self._key, digest_size=16).digest()
        with self._lock:
            self._bursts.seen(group, Click(link, now, sure))

    def write(self, *, everything: bool = False) -> None:
        """Write down the clicks that are known to be part of a burst or of none; ``everything`` at the end.

        What cannot be written now is kept for the next time.
        """
        with self._writing:
            with self._lock:
                self._unwritten += self._bursts.settled(None if everything else self._ctx.now())
            if not self._unwritten:
                return
            try:
                with self._ctx.store.write() as conn:
                    clicks.add(conn, _summed(self._unwritten))
            except Exception:
                log.exception("clicks could not be written down; they are kept until they can")
            else:
                self._unwritten.clear()


def _summed(counted: Counted) -> dict[tuple[str, datetime], clicks.Count]:
    return {
        (link, hour): clicks.Count(counted[link, hour, True], counted[link, hour, False])
        for link, hour, _ in counted
    }


# ── reporting ─────────────────────────────────────────────────────────────────────────


def report(ctx: Context, reference: int | str) -> dict[str, Any]:
    """Tell how often each story of an edition was followed: ``low`` surely by people, ``high`` in all.

    An address that is printed twice counts where it stands first. Raises ``EditionUnknown``.
    """
    with ctx.store.read() as conn:
        edition = editions.get(conn, reference)
        items = editions.items(conn, edition.id)
        counts = clicks.of_edition(conn, edition.public_id)
    left = dict(counts)
    rows = [_row(item, left) for item in items]
    stories = [row for row in rows if row["role"] == "pick"]
    for story in stories:
        below = [row for row in rows if row["parent"] == story["pos"]]
        story["related"] = _range(below) | {"links": [_link(row) for row in below]}
    more = [row for row in rows if row["role"] == "more"]
    return {
        "edition": edition.id,
        "newsletter": edition.newsletter,
        "slot": edition.slot.at,
        "counted": bool(counts),
        **_range(rows),
        "stories": [_link(row) | {"related": row["related"]} for row in stories],
        "more": [_link(row) for row in more],
    }


def _row(item: dict[str, Any], left: dict[str, clicks.Count]) -> dict[str, Any]:
    count = left.pop(item["url"], clicks.Count(0, 0))
    row = {name: item[name] for name in ("role", "parent", "pos", "headline", "url")}
    return row | {"low": count.people, "high": count.people + count.unsure}


def _link(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("headline", "url", "low", "high")}


def _range(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"low": sum(row["low"] for row in rows), "high": sum(row["high"] for row in rows)}
