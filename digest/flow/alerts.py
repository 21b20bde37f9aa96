"""Alerts: tell the operator what failed, is held, late, missed or silent; once per cause, until it is gone.

``raise_alert`` and ``clear`` only write to the store; ``tell`` mails what nobody was told of yet. So an alert
survives a restart and a mail service that is down, and two processes send one mail.
"""

from __future__ import annotations

import logging
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.errors import DigestError, SenderError
from digest.flow import post
from digest.model import Submitted
from digest.store import alerts
from digest.store.alerts import Alert

if TYPE_CHECKING:
    from digest.flow.context import Context

log = logging.getLogger("digest.alerts")


def raise_alert(ctx: Context, cause: str, subject: str, body: str) -> bool:
    """Open a cause unless it is open; tell whether this call did. ``body``: what, where and what to do."""
    with ctx.store.read() as conn:
        if alerts.is_open(conn, cause):
            return False
    with ctx.store.write() as conn:
        opened = alerts.open_(conn, Alert(cause=cause, subject=subject, body=body, raised_at=ctx.now()))
    if opened:
        log.warning("%s: %s", subject, " ".join(body.split())[:300])
    return opened


def clear(ctx: Context, cause: str) -> bool:
    """Close a cause, so that it is told anew should it return; tell whether it was open."""
    with ctx.store.read() as conn:
        if not alerts.is_open(conn, cause):
            return False
    with ctx.store.write() as conn:
        return alerts.clear(conn, cause, ctx.now())


def tell(ctx: Context) -> int:
    """Mail every alert nobody was told of yet to ``alerts_to``; return how many were handed over.

    Without ``alerts_to`` they stay in the store and the log. If the sender fails they wait for the next call.
    """
    if not ctx.settings.alerts_to:
        return 0
    with ctx.store.read() as conn:
        waiting = alerts.untold(conn)
    return sum(_tell_one(ctx, alert) for alert in waiting)


def _tell_one(ctx: Context, alert: Alert) -> bool:
    with ctx.store.write() as conn:
        if not alerts.claim(conn, alert, ctx.now()):
            return False
    try:
        _hand_over(ctx, alert)
    except (DigestError, OSError) as error:
        log.error("the alert %s could not be mailed: %s", alert.cause, error)  # noqa: TRY400 (no traceback)
        with ctx.store.write() as conn:
            alerts.unclaim(conn, alert)
        return False
    return True


def _hand_over(ctx: Context, alert: Alert) -> None:
    """Mail one alert to everyone in ``alerts_to``; raises ``SenderError`` unless all of it was accepted."""
    name, sent_from = _way_out(ctx)
    _, envelope = parseaddr(sent_from)
    messages = [
        post.wire(_mail(alert, sent_from, to), envelope, parseaddr(to)[1] or to, number)
        for number, to in enumerate(ctx.settings.alerts_to, 1)
    ]
    outcomes = post.post(ctx, name, messages)
    failed = [str(outcome) for outcome in outcomes if not isinstance(outcome, Submitted)]
    if len(failed) == len(outcomes):
        raise SenderError(f"sender {name!r} took none of it: {failed[0]}")


def _way_out(ctx: Context) -> tuple[str, str]:
    """Return the sender and the From of alerts; raises ``SenderError`` saying what to set."""
    settings = ctx.settings
    first = next(iter(settings.newsletters.values()), None)
    name = settings.alerts_sender or (post.names(first)[0] if first else "")
    sent_from = settings.alerts_from or (first.from_ if first else "")
    if not name or not sent_from:
        raise SenderError(
            "nothing says how alerts are sent; set alerts_sender and alerts_from in config/digest.toml"
        )
    return name, sent_from


def _mail(alert: Alert, sent_from: str, to: str) -> EmailMessage:
    """Write the mail: plain text, equal bytes for equal alerts, marked as made by a machine (RFC 3834)."""
    mail = EmailMessage()
    mail["From"] = sent_from
    mail["To"] = to
    mail["Subject"] = " ".join(f"Digest: {alert.subject}".split())
    mail["Date"] = format_datetime(alert.raised_at)
    digest = sha256(f"{alert.cause}|{alert.raised_at.isoformat()}|{to}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<alert-{digest}@{parseaddr(sent_from)[1].partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    rule = "=" * min(len(alert.subject), 72)
    closing = "You get this once; you will hear of it again only after it was mended and came back."
    mail.set_content(f"{alert.subject}\n{rule}\n\n{alert.body}\n\n-- \n{closing}\nCause: {alert.cause}\n")
    return mail
