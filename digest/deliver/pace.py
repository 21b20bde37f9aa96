"""Pace: how many messages a sender, and each group of recipient domains, may take in which span of time.

Pure arithmetic on the clock; what is used of each span is kept by the ledger, in the transaction that arms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Protocol

from digest.model import Allowance, Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WHOLE = ""
"""The name of the group that stands for the sender as a whole."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits: messages in any second, hour and day; 0 means no limit."""

    per_second: float = 0
    per_hour: int = 0
    per_day: int = 0

    def spans(self, now: datetime) -> tuple[Span, ...]:
        """Return the limits as spans of slices, the shortest first."""
        found = []
        if self.per_second:
            seconds = 1 if self.per_second >= 1 else ceil(1 / self.per_second)
            found.append(_span(max(1, int(self.per_second)), seconds, 20, now))
        if self.per_hour:
            found.append(_span(self.per_hour, 3600, 60, now))
        if self.per_day:
            found.append(_span(self.per_day, 86_400, 96, now))
        return tuple(found)


def _span(limit: int, seconds: int, slices: int, now: datetime) -> Span:
    length = seconds * 1000 // slices
    return Span(limit, length, slices, int(now.timestamp() * 1000) // length)


class RatesLike(Protocol):
    """Limits as configured."""

    @property
    def per_second(self) -> float:
        """Messages a second."""

    @property
    def per_hour(self) -> int:
        """Messages an hour."""

    @property
    def per_day(self) -> int:
        """Messages a day."""


class GroupLike(RatesLike, Protocol):
    """A group as configured."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Recipient domains."""


@dataclass(slots=True)
class Pace:
    """The limits of one sender, and which of them are used up until when."""

    sender: str
    rates: Rates
    groups: dict[str, tuple[frozenset[str], Rates]] = field(default_factory=dict)
    used_up: dict[str, datetime] = field(default_factory=dict)

    @property
    def limited(self) -> bool:
        """Tell whether there is any limit."""
        return bool(self.groups) or self.rates != Rates()

    def allowance(self, now: datetime) -> Allowance:
        """Return the spans that hold now."""
        groups = tuple((name, domains, rates.spans(now)) for name, (domains, rates) in self.groups.items())
        return Allowance(self.sender, self.rates.spans(now), groups)

    def exhausted(self, group: str, until: datetime) -> None:
        """Note that a group, or the whole sender, has no budget left for a while."""
        self.used_up[group] = until

    def resting(self, now: datetime) -> datetime | None:
        """Return until when the whole sender has no budget, or None."""
        until = self.used_up.get(WHOLE)
        return until if until and until > now else None

    def busy(self, now: datetime) -> frozenset[str]:
        """Return the recipient domains without budget at present."""
        names = [name for name, until in self.used_up.items() if name != WHOLE and until > now]
        return frozenset().union(*(self.groups[name][0] for name in names))

    def until(self, now: datetime) -> datetime | None:
        """Return when the next budget that is used up is there again, or None."""
        return min((until for until in self.used_up.values() if until > now), default=None)


def make(sender: str, per: RatesLike, groups: Mapping[str, GroupLike]) -> Pace:
    """Make a sender's pace from its settings."""
    return Pace(
        sender,
        Rates(per.per_second, per.per_hour, per.per_day),
        {
            name: (
                frozenset(domain.lower() for domain in group.domains),
                Rates(group.per_second, group.per_hour, group.per_day),
            )
            for name, group in groups.items()
        },
    )
