"""What is concluded from one message that came back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message that came back is."""

    BOUNCE = "bounce"  # the message will not be delivered
    DELAY = "delay"  # not yet; the mail service goes on trying
    COMPLAINT = "complaint"  # the reader marked it as spam
    AUTO_REPLY = "auto-reply"  # out of office, receipt of a ticket, challenge …; never counts
    OTHER = "other"


class Class(StrEnum):
    """Who or what a bounce is about; it decides what follows."""

    ADDRESS = "address"  # nobody is there: suppress
    MAILBOX = "mailbox"  # full, or not reachable now: counts a little
    POLICY = "policy"  # the receiver refuses us: slow down, never blame the reader
    CONTENT = "content"  # this message: too large, malformed, forbidden
    US = "us"  # our configuration


@dataclass(frozen=True, slots=True)
class Original:
    """What the returned copy of our message tells; anyone can forge it, so only signed values count."""

    message_id: str = ""  # without brackets
    to: str = ""
    sender: str = ""
    return_path: str = ""
    unsubscribe: str = ""  # List-Unsubscribe


@dataclass(frozen=True, slots=True)
class Report:
    """The conclusion."""

    kind: Kind
    recipient: str = ""
    classed: str = ""  # a Class; empty unless kind is bounce or delay
    code: str = ""  # enhanced status (RFC 3463), else the SMTP reply code
    reason: str = ""  # the diagnostic on one line
    delivered_to: str = ""  # the address the report came to: our signed return path
    original: Original = Original()
