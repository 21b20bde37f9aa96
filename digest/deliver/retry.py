"""What a mail service's reply means, and when to try again. Pure.

Classes follow the enhanced codes of RFC 3463; retry times follow RFC 5321 4.5.4.1, shortened where an
edition expires the same day: a morning digest is worthless tomorrow.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

FIRST = 300.0  # seconds until the first retry
GROWTH = 1.8
LONGEST = 3600.0
JITTER = 0.2
CLOSING = 421  # the service goes away, now (RFC 5321 3.8)

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RATE = re.compile(r"rate|too (many|fast|quickly)|receiving (mail|messages) at|throttl", re.IGNORECASE)
_RELAY = re.compile(r"relay(ing)?\b.{0,30}\b(denied|prohibited|not (permitted|allowed))", re.IGNORECASE)
_LOGIN = re.compile(
    r"authentication (is )?required|must (first )?(log ?in|authenticate)|not authenticated", re.IGNORECASE
)
_TABLE = (  # the first that fits; (class of subject.detail, cause)
    (("1.1", "1.2", "1.3", "1.6", "1.10"), "address"),
    (("1.7", "1.8"), "us"),  # the sender's address is at fault
    (("2.",), "mailbox"),
    (("3.4", "6.", "5."), "content"),
    (("7.",), "policy"),
    (("4.",), "mailbox"),
    (("1.",), "address"),
    (("3.",), "us"),
)


def enhanced_code(reply: str) -> str:
    """Return the enhanced status code in a reply's text (RFC 2034), or an empty string."""
    found = _ENHANCED.match(reply.strip())
    return found[0] if found else ""


def cause(code: int, enhanced: str, reply: str) -> str:
    """Say whom a refusal is about: address, mailbox, content, policy or us (RFC 3463, section 3)."""
    if _RELAY.search(reply) or _LOGIN.search(reply) or code in (503, 530, 535, 538):
        return "us"
    detail = enhanced.partition(".")[2]
    for starts, name in _TABLE:
        if any(detail == s or (s.endswith(".") and detail.startswith(s)) for s in starts):
            return name
    return {550: "address", 551: "address", 553: "address", 552: "mailbox", 554: "policy"}.get(code, "us")


def is_temporary(code: int, enhanced: str, reply: str) -> bool:
    """Tell whether to try this recipient again: 4xx, and 550 5.2.1 used for "receiving too fast"."""
    if 400 <= code < 500:  # noqa: PLR2004 (RFC 5321 4.2.1)
        return True
    return enhanced.endswith(".2.1") and bool(_RATE.search(reply))


def blames_us(code: int, enhanced: str, reply: str) -> bool:
    """Tell whether every other recipient would fare alike: no relaying, no login."""
    return cause(code, enhanced, reply) == "us" and not enhanced.startswith(("5.3", "5.1"))


def slow_down(code: int, enhanced: str) -> bool:
    """Tell whether the service asks to be left alone for a while: 421, and policy answers with 4.7.x."""
    return code == CLOSING or (is_temporary(code, "", "") and enhanced.startswith("4.7."))


def next_try(attempt: int, now: datetime, jitter: Callable[[], float]) -> datetime:
    """Return when a deferred delivery is tried again; ``jitter`` gives a number from 0 to 1."""
    wait = min(LONGEST, FIRST * GROWTH ** max(0, attempt - 1))
    return now + timedelta(seconds=wait * (1 - JITTER + 2 * JITTER * jitter()))
