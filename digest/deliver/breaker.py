"""The circuit breaker: too many refusals or deferrals hold the edition before a reputation is lost."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from digest.model import Deferred, Outcome, RefusedRecipient, Submitted


@dataclass(slots=True)
class Breaker:
    """Watches the last ``window`` answers; ``tripped`` says why to stop, or nothing.

    Refusals of content, by policy or of us count by ``policy``: every further message would fare alike.
    Unknown addresses count by ``refused``, deferrals by ``deferred``; all are shares from 0 to 1. Where
    nothing was ``accepted`` yet, a few refusals by policy are enough. ``unburnt`` names who was refused
    by policy: if the edition is held for it, their messages wait as everybody's do.
    """

    window: int = 200
    least: int = 50  # answers before a share means anything
    refused: float = 0.3
    deferred: float = 0.6
    policy: float = 0.15
    first: int = 5  # refusals by policy that are enough while nothing was accepted
    accepted: bool = False  # something of the edition was, in this run or before
    unburnt: list[int] = field(default_factory=list)
    _seen: deque[str] = field(default_factory=deque)
    _last: str = ""

    def heard(self, outcome: Outcome) -> None:
        """Take one outcome; what says nothing about recipients is passed over."""
        if isinstance(outcome, Submitted):
            kind, self.accepted = "submitted", True
        elif isinstance(outcome, Deferred):
            kind = "deferred"
        elif isinstance(outcome, RefusedRecipient):
            kind = "refused" if outcome.cause in ("address", "mailbox") else "policy"
            if kind == "policy":
                self.unburnt.append(outcome.key[1])
        else:
            return
        if kind != "submitted":
            self._last = f"{outcome.code} {outcome.reply}" if not isinstance(outcome, Submitted) else ""
        self._seen.append(kind)
        if len(self._seen) > self.window:
            self._seen.popleft()

    def tripped(self) -> str:
        """Return the reason for holding the edition, or an empty string."""
        if len(self.unburnt) >= self.first and (reason := self.barren()):
            return reason
        total = len(self._seen)
        if total < self.least:
            return ""
        limits = {"refused": self.refused, "deferred": self.deferred, "policy": self.policy}
        for kind, limit in limits.items():
            share = self._seen.count(kind) / total
            if share > limit:
                what = {"refused": "refused", "deferred": "deferred", "policy": "refused by policy"}[kind]
                return f"{share:.0%} of the last {total} messages were {what}; the last answer: {self._last}"
        return ""

    def barren(self) -> str:
        """Return the reason for holding where policy refused some and nothing was accepted, or ""."""
        if self.accepted or not self.unburnt:
            return ""
        return f"nothing was accepted, {len(self.unburnt)} refused by policy; the last answer: {self._last}"
