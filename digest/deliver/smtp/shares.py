"""Shares: how many connections may carry messages to a group of recipient domains, and how many each.

A connection counts for a group while a message of the group is under way on it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.deliver.sender import Group
    from digest.deliver.smtp.job import Carrier, Job


class Share:
    """One group's use of the connections."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.carrying: Counter[Carrier] = Counter()  # messages under way on each connection
        self.carried: Counter[Carrier] = Counter()  # messages given to each connection so far

    def open_to(self, session: Carrier) -> bool:
        """Tell whether a connection may carry another message of the group."""
        limit = self.group.connections
        return session in self.carrying or not limit or len(self.carrying) < limit

    def take(self, session: Carrier) -> None:
        """Count a message given to a connection; when it has had its fill, it ends after this one."""
        self.carrying[session] += 1
        self.carried[session] += 1
        if 0 < self.group.per_connection <= self.carried[session]:
            session.tired = True

    def done(self, session: Carrier) -> None:
        """Count a message that is no longer under way on a connection."""
        self.carrying[session] -= 1
        if self.carrying[session] <= 0:
            del self.carrying[session]

    def forget(self, session: Carrier) -> None:
        """Forget a connection that ended."""
        self.carrying.pop(session, None)
        self.carried.pop(session, None)


class Shares:
    """The shares of all groups; domains of none are unlimited."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.all = [Share(group) for group in groups]
        self._by_domain = {domain: share for share in self.all for domain in share.group.domains}

    def of(self, address: str) -> Share | None:
        """Return the share that an address belongs to."""
        return self._by_domain.get(address.rpartition("@")[2].lower())

    def pick(self, jobs: Sequence[Job], session: Carrier) -> int:
        """Return the place of the first message that a connection may carry, or -1."""
        for place, job in enumerate(jobs):
            if job.group is None or job.group.open_to(session):
                return place
        return -1

    def forget(self, session: Carrier) -> None:
        """Forget a connection that ended."""
        for share in self.all:
            share.forget(session)
