"""The header fields of a message, in order, with sentinels for readers' values; mime writes them."""

from __future__ import annotations

import re
from email.utils import format_datetime, formataddr, parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.compose.frame import Frame

_LABEL = re.compile(r"[^a-z0-9-]+")


def list_id(frame: Frame) -> str:
    """Return List-Id (RFC 2919): the configured one, else the newsletter's name under From's domain."""
    configured = frame.newsletter.list_id.strip().strip("<>")
    if configured:
        return configured
    label = _LABEL.sub("-", frame.newsletter.name.lower()).strip("-") or "newsletter"
    return f"{label}.{frame.from_domain}"


def feedback_id(frame: Frame) -> str:
    """Return Feedback-ID: edition, newsletter, kind, sender; nothing of the reader stands in it."""
    label = _LABEL.sub("-", frame.newsletter.name.lower()).strip("-")[:40] or "newsletter"
    sender = re.sub(r"[^a-z0-9]", "", frame.from_domain.lower())[:15].ljust(5, "0")
    return f"{frame.public_id}:{label}:digest:{sender}"


def leaving(frame: Frame) -> str:
    """Return List-Unsubscribe (RFC 2369): the https address for one click, then one to write to.

    The second is the message's own signed return path, so whoever writes there is known; it stands only where
    a domain receives returned mail (``bounce_domain``), for what is written to no mailbox is never heard.
    """
    ways = [f"<{frame.links}/u/{frame.sentinel('leave')}>"]
    if frame.newsletter.bounce_domain:
        ways.append(f"<mailto:{frame.sentinel('bounce')}@{frame.bounce_domain}?subject=unsubscribe>")
    return ", ".join(ways)


def build(frame: Frame, subject: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of a message.

    One-click unsubscription needs List-Unsubscribe with an https address and List-Unsubscribe-Post
    (RFC 8058); Auto-Submitted keeps answering machines quiet (RFC 3834).
    """
    name, address = parseaddr(frame.newsletter.from_)
    listed = list_id(frame)
    title = re.sub(r"[<>\r\n\"\\]", " ", frame.newsletter.title).strip()
    fields = [
        ("Date", format_datetime(frame.slot.local)),
        ("From", formataddr((name, address)) if name.isascii() else f"{name} <{address}>"),
        ("To", frame.sentinel("to")),
        ("Subject", subject),
        ("Message-ID", f"<{frame.sentinel('message_id')}@{frame.from_domain}>"),
        ("Reply-To", frame.newsletter.reply_to),
        ("List-Id", f"{title} <{listed}>" if title.isascii() else f"<{listed}>"),
        ("List-Unsubscribe", leaving(frame)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", feedback_id(frame)),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
    ]
    return tuple((name, value) for name, value in fields if value)
