"""Notifications of mail services, once their signature was checked: their JSON becomes a report."""

from __future__ import annotations

from typing import Any

from digest.audience.bounces import codes, recipients
from digest.audience.bounces.report import Class, Kind, Original, Report


def _original(mail: dict[str, Any]) -> Original:
    headers = {
        str(each.get("name", "")).lower(): str(each.get("value", ""))
        for each in mail.get("headers") or []
        if isinstance(each, dict)
    }
    to = mail.get("destination") or []
    return Original(
        message_id=headers.get("message-id", "").strip("<> "),
        to=", ".join(map(str, to)) if isinstance(to, list) else "",
        sender=str(mail.get("source", "")),
        return_path=str(mail.get("source", "")),
        unsubscribe=headers.get("list-unsubscribe", ""),
    )


def amazon(said: dict[str, Any]) -> Report | None:
    """Read a notification or event of Amazon SES; None if it is neither bounce nor complaint nor delay."""
    kind = str(said.get("notificationType") or said.get("eventType") or "")
    original = _original(said.get("mail") or {})
    if kind == "Complaint":
        complaint = said.get("complaint") or {}
        readers = complaint.get("complainedRecipients") or [{}]
        why = str(complaint.get("complaintFeedbackType") or "abuse")
        reader = recipients.first(str(readers[0].get("emailAddress", "")))
        kind_of = Kind.OTHER if why == "not-spam" else Kind.COMPLAINT
        return Report(kind_of, recipient=reader, reason=f"feedback: {why}", original=original)
    if kind == "Bounce":
        return _bounce(said.get("bounce") or {}, original)
    if kind in ("DeliveryDelay", "Delivery", "Send"):
        reader = recipients.first(original.to)
        delayed = kind == "DeliveryDelay"
        classed = Class.MAILBOX if delayed else ""
        return Report(
            Kind.DELAY if delayed else Kind.OTHER,
            recipient=reader,
            classed=classed,
            reason=kind,
            original=original,
        )
    return None


def _bounce(bounce: dict[str, Any], original: Original) -> Report:
    readers = bounce.get("bouncedRecipients") or [{}]
    one = readers[0] if isinstance(readers[0], dict) else {}
    said = str(one.get("diagnosticCode") or "").removeprefix("smtp;").strip()
    stated, told = codes.enhanced(str(one.get("status") or "")), codes.enhanced(said)
    code = told if told and (not stated or stated.endswith(".0")) else stated or codes.reply(said)
    sub = str(bounce.get("bounceSubType") or "")
    kinds = {
        "NoEmail": Class.ADDRESS,
        "Suppressed": Class.ADDRESS,
        "OnAccountSuppressionList": Class.ADDRESS,
        "MailboxFull": Class.MAILBOX,
        "MessageTooLarge": Class.CONTENT,
        "ContentRejected": Class.CONTENT,
        "AttachmentRejected": Class.CONTENT,
    }
    classed = kinds.get(sub) or codes.classed(code, said)
    if not said and bounce.get("bounceType") == "Permanent":
        classed = kinds.get(sub, Class.ADDRESS)
    return Report(
        Kind.BOUNCE,
        recipient=recipients.first(str(one.get("emailAddress", ""))),
        classed=classed,
        code=code,
        reason=said or f"{bounce.get('bounceType', '')} {sub}".strip(),
        original=original,
    )
