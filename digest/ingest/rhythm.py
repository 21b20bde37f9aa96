"""When a source is asked again: by how often it publishes, what it asks for, and how often it failed.

Pure.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=3)
LONGEST_WISH = timedelta(days=1)
"""A source may ask to be left alone for at most a day; a digest cannot wait longer."""
_FIRST_FAILURE = timedelta(minutes=5)
_GIVE_UP = timedelta(hours=24)
_SHARE = 3  # visits per usual span between articles
_SAMPLE = 30
_MOST_SKIPPED = 72  # hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a source's answer and feed ask for."""

    wait: timedelta = timedelta()  # at least so long
    why: str = ""
    skip_hours: tuple[int, ...] = ()  # of the day, UTC, at which it is not to be asked
    skip_days: tuple[int, ...] = ()  # of the week, Monday is 0


def usual_interval(published: Iterable[datetime], before: float | None = None) -> float | None:
    """Return the usual seconds between two articles.

    The median gap of the newest, smoothed with the earlier figure.
    """
    times = sorted(set(published), reverse=True)[:_SAMPLE]
    gaps = sorted((a - b).total_seconds() for a, b in pairwise(times))
    if not gaps:
        return before
    median = gaps[len(gaps) // 2]
    return median if before is None else before * 0.7 + median * 0.3


def next_at(key: str, now: datetime, interval: float | None, wish: Wish) -> datetime:
    """Return when to ask a healthy source again.

    A third of its usual interval, between 5 minutes and 3 hours; moved out of the hours and days it asks to
    be spared, as long as that is no more than three days (RSS 2.0, skipHours and skipDays).
    """
    usual = timedelta(seconds=interval / _SHARE) if interval else timedelta(minutes=30)
    wait = max(min(max(usual, SHORTEST), LONGEST), min(wish.wait, LONGEST_WISH))
    return _spared(now + wait + _jitter(key, wait), wish)


def _spared(at: datetime, wish: Wish) -> datetime:
    later = at
    for _ in range(_MOST_SKIPPED):
        there = later.astimezone(UTC)
        if there.hour not in wish.skip_hours and there.weekday() not in wish.skip_days:
            return later
        later = there.replace(minute=at.minute, second=at.second) + timedelta(hours=1)
    return at


def after_failure(key: str, now: datetime, failures: int, wish: Wish) -> datetime:
    """Return when to ask a failing source again.

    5, 10, 20 … minutes, at most a day, not before it asks for.
    """
    doubled: int = 1 << min(max(failures - 1, 0), 12)
    wait = min(_FIRST_FAILURE * doubled, _GIVE_UP)
    wait = max(wait, min(wish.wait, timedelta(days=7)))
    return now + wait + _jitter(key, wait)


def wish(headers: Mapping[str, str], now: datetime, ttl: int = 0) -> Wish:
    """Read Retry-After (RFC 9110, 10.2.3), Cache-Control max-age and a feed's own ttl in seconds."""
    if later := retry_after(headers.get("retry-after", ""), now):
        return Wish(wait=later, why="Retry-After")
    age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", headers.get("cache-control", "").lower())
    seconds = max(int(age[1]) if age else 0, ttl)
    return Wish(wait=timedelta(seconds=seconds), why="max-age" if age else "ttl") if seconds else Wish()


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read Retry-After as seconds or as an HTTP date; None when it is absent, past or nonsense."""
    value = value.strip()
    if value.isdigit():
        return timedelta(seconds=min(int(value), 30 * 86_400))
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return until - now if until > now else None


def silent(success: datetime | None, newest: datetime | None, interval: float | None, now: datetime) -> bool:
    """Tell whether a source that answers has been silent unusually long.

    8 usual spans, and at least a day.
    """
    if success is None or newest is None:
        return False
    patience = max(timedelta(days=1), timedelta(seconds=8 * (interval or 86_400)))
    return now - newest > patience


def _jitter(key: str, wait: timedelta) -> timedelta:
    """Up to a tenth more, fixed per source, so that many sources do not come due at once."""
    return wait * (hashlib.blake2b(key.encode(), digest_size=1).digest()[0] / 2550)
