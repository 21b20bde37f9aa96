"""Who follows links: people, or the filters that open every link of a mail before its reader does. Pure.

Nobody can tell for certain, so a count is a range: surely people, and all. What counts as unsure:

- a program's name in place of a browser's, a browser that loads ahead, or no name (``agent``);
- a network of a mail filter (``Networks``): few are published, and lists of them age;
- a burst: ``BURST`` links of one edition followed from one network within ``WITHIN``;
- the first minutes after an edition could arrive (``EARLY``), when filters look and few people do.

People who share a network (an office, a phone company) are unsure rather than counted as too many.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

BURST = 4
"""Clicks in one edition from one network within ``WITHIN`` that no single reader makes."""
WITHIN = timedelta(seconds=10)
EARLY = timedelta(minutes=2)
MOST = 20_000
"""Networks remembered at once; with more, what waits longest is settled early."""

FILTERS = (
    "209.222.80.0/21",  # Barracuda, as its manual names them
    "40.92.0.0/15",  # Microsoft, Exchange Online Protection, as its list of endpoints names them
    "40.107.0.0/16",
    "52.100.0.0/14",
    "104.47.0.0/17",
    "2a01:111:f400::/48",
    "2a01:111:f403::/48",
)
"""Networks that mail services publish as their filters'."""

_PROGRAMS = (
    *("bot", "crawl", "spider", "preview", "prefetch", "scan", "headless", "phantom", "python", "curl"),
    *("wget", "http-client", "barracuda", "proofpoint", "mimecast", "safelinks", "ironport", "externalhit"),
)


def agent(name: str) -> bool:
    """Tell whether a User-Agent is a person's browser: all of them begin with the same old word."""
    lower = name.casefold()
    return lower.startswith(("mozilla/5.0", "opera/9")) and not any(word in lower for word in _PROGRAMS)


class Networks:
    """The networks of mail filters: those known, and ``more`` of the operator's."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._known = [ip_network(each, strict=False) for each in (*FILTERS, *more)]

    def __contains__(self, address: str) -> bool:
        """Tell whether an address is in one of them; what is no address is in none."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        found = (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
        return any(found in each for each in self._known)


def neighbourhood(address: str) -> str:
    """Return what counts as one network of a burst: an IPv4 /24, an IPv6 /48; empty for what is neither."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    found = (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
    return str(ip_network((int(found), 48 if found.version == 6 else 24), strict=False))  # noqa: PLR2004 (IPv6)


class Click(NamedTuple):
    """One link followed."""

    link: str
    at: datetime
    sure: bool  # nothing but its neighbours can speak against a person


Counted = Counter[tuple[str, "datetime", bool]]
"""How many clicks of (link, full hour, surely a person)."""


@dataclass(slots=True)
class _Group:
    waiting: deque[Click] = field(default_factory=deque)
    burst_until: datetime | None = None


class Bursts:
    """Holds clicks until it is known whether they are part of a burst.

    ``key`` of a group stands for one edition and one network; it is forgotten with its last click.
    """

    def __init__(self) -> None:
        self._groups: dict[bytes, _Group] = {}
        self._counted: Counted = Counter()

    def __len__(self) -> int:
        """Return how many networks are remembered."""
        return len(self._groups)

    def seen(self, key: bytes, click: Click) -> None:
        """Take one click; clicks come in the order of time."""
        if key not in self._groups and len(self._groups) >= MOST:
            self._expire(self._groups.pop(next(iter(self._groups))), None)
        group = self._groups.setdefault(key, _Group())
        if group.burst_until and click.at <= group.burst_until:
            group.burst_until = click.at + WITHIN
            self._count(click, sure=False)
            return
        self._expire(group, click.at)
        group.waiting.append(click)
        if len(group.waiting) >= BURST:
            group.burst_until = click.at + WITHIN
            while group.waiting:
                self._count(group.waiting.popleft(), sure=False)

    def settled(self, now: datetime | None = None) -> Counted:
        """Return, once, the clicks about which all is known by ``now``; without it, all."""
        for key in list(self._groups):
            self._settle(key, now)
        done, self._counted = self._counted, Counter()
        return done

    def _settle(self, key: bytes, now: datetime | None) -> None:
        group = self._groups[key]
        self._expire(group, now)
        if not group.waiting and (now is None or group.burst_until is None or group.burst_until < now):
            del self._groups[key]

    def _expire(self, group: _Group, now: datetime | None) -> None:
        while group.waiting and (now is None or now - group.waiting[0].at > WITHIN):
            click = group.waiting.popleft()
            self._count(click, sure=click.sure)

    def _count(self, click: Click, *, sure: bool) -> None:
        self._counted[click.link, click.at.replace(minute=0, second=0, microsecond=0), sure] += 1
