"""The conclusion from one message: bounce, delay, complaint, automatic reply or something else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from digest.audience.bounces import codes, phrases, recipients, status
from digest.audience.bounces.parts import Parts, of_message, take_apart
from digest.audience.bounces.report import Kind, Report

_DAEMON = re.compile(
    r"maile[r]-?daemon|mail-?daemon|mailerdaemon|mdaemon|post_?master|mail delivery|delivery (?:sub)?system|"
    r"maildelivery|double-bounce|mail ?system|microsoft ?exchange|bounce|email delivery|<>|^\s*$|"
    r"mail administrator|mailrouter|internet mail delivery|notification|gateway|smtp|sys(?:tem)?admin",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"maile[r]-?daemon|mail-?daemon|post_?master|mail delivery (?:sub)?system|delivery subsystem|microsoftexchange|<>|^\s*$",
    re.IGNORECASE,
)
"""Senders that are nothing but mail systems."""
_NOBODY = re.compile(r"\s*<?(?:null|mailer-daemon[^\s>]*)?>?\s*$", re.IGNORECASE)
_COMPLAINT_SUBJECT = re.compile(
    r"complaint about message from|abuse report|spam report|feedback loop|junk report|\babuse\b.*complaint|"
    r"email feedback report|fbl report|marked (?:your mail|it) as spam",
    re.IGNORECASE,
)
_LONGEST_REASON = 400
_LONGEST_LINE = 2000
_LONGEST_TEXT = 5000
"""Characters of text asked where the reason says nothing."""


def classify(data: bytes) -> Report:
    """Return what a message that came back says. Never raises, whatever the bytes.

    Standards first (RFC 5965 complaints, RFC 3464 status, RFC 3834 automatic replies), then what mail systems
    without them write: words, places of addresses, codes. A mail system that passes on another's report as a
    message within its own, saying nothing of whom it is about, is asked for that one.
    """
    parts = take_apart(data)
    if parts.within is not None and _SYSTEM.search(parts.header("From")):
        within = _judged(of_message(parts.within))
        if within.kind in (Kind.BOUNCE, Kind.DELAY):
            return replace(within, delivered_to=_delivered_to(parts))
    return _judged(parts)


def _judged(parts: Parts) -> Report:
    for judge in (_complaint, _notified, _stated, _strong_auto_reply, _told, _auto_reply):
        report = judge(parts)
        if report:
            return report
    return _report(parts, Kind.OTHER, reason=parts.header("Subject"))


def _report(parts: Parts, kind: Kind, **values: Any) -> Report:
    values["reason"] = _line(values.get("reason", ""))
    return Report(kind=kind, delivered_to=_delivered_to(parts), original=parts.original, **values)


def _line(text: str) -> str:
    """Put a diagnostic on one line, without controls, no longer than is read."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:_LONGEST_REASON]


def _delivered_to(parts: Parts) -> str:
    for name in ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To"):
        found = recipients.first(parts.header(name))
        if found:
            return found
    return ""


# ── complaints ────────────────────────────────────────────────────────────────────────


def _field(text: str, name: str) -> str:
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.+)$", text, re.IGNORECASE | re.MULTILINE)
    return found[1].strip() if found else ""


def _complaint(parts: Parts) -> Report | None:
    """Recognise a feedback report (RFC 5965), and the older forms without one."""
    microsoft = parts.header("X-HmXmrOriginalRecipient")
    feedback = parts.feedback or (parts.text if _field(parts.text, "Feedback-Type") else "")
    if not feedback and parts.report_type == "feedback-report":
        feedback = "Feedback-Type: abuse\n" + parts.text
    if not feedback and not microsoft:
        looks = _COMPLAINT_SUBJECT.search(parts.header("Subject"))
        if not looks or not parts.original_text:
            return None
    kind = (_field(feedback, "Feedback-Type") or "abuse").lower()
    reader = (
        recipients.first(microsoft or _field(parts.original_text, "X-HmXmrOriginalRecipient"))
        or recipients.first(_field(feedback, "Original-Rcpt-To"))
        or recipients.first(_field(feedback, "Removal-Recipient"))
        or recipients.first(parts.original.to)
        or recipients.find(parts.text, "", _ours(parts))
    )
    if kind in ("not-spam", "auth-failure", "dmarc"):
        return _report(parts, Kind.OTHER, recipient=reader, reason=f"feedback: {kind}")
    return _report(parts, Kind.COMPLAINT, recipient=reader, reason=f"feedback: {kind}")


# ── notifications in JSON ─────────────────────────────────────────────────────────────


def _notified(parts: Parts) -> Report | None:
    """Recognise a mail service's notification that was mailed on as JSON."""
    start = parts.text.find("{")
    if start < 0 or ("notificationType" not in parts.text and "eventType" not in parts.text):
        return None
    try:
        said, _ = json.JSONDecoder().raw_decode(parts.text[start:])
        if isinstance(said.get("Message"), str):
            said = json.loads(said["Message"])
    except (ValueError, AttributeError, RecursionError):
        return None
    from digest.audience.bounces.services import amazon

    return amazon(said)


# ── delivery status ───────────────────────────────────────────────────────────────────


def _stated(parts: Parts) -> Report | None:
    """Recognise delivery-status fields, in their own part or within text."""
    entries = status.refusals(parts.status)
    if not entries and re.search(
        r"^\s*(?:Final|Original)-Recipient\s*:", parts.text, re.IGNORECASE | re.MULTILINE
    ):
        entries = status.refusals(parts.text)
    if not entries:
        return None
    chosen = min(entries, key=_severity)
    reader = chosen.recipient or recipients.find(parts.text, parts.original.to, _ours(parts))
    reader = reader or recipients.first(parts.header("X-Failed-Recipients"))
    said = chosen.said or _diagnostic(parts.text, reader)
    code = _code(chosen, said, only=len(entries) == 1)
    kind = _kind_of(chosen, parts)
    if kind is Kind.OTHER:
        return _report(parts, kind, recipient=reader, code=code, reason=chosen.action or "delivery report")
    vague = not chosen.said or code.endswith(".0.0") or len(chosen.said) < 12  # noqa: PLR2004 ("550", "user")
    around = f"{said} {_near(parts.text, reader)}" if vague else said
    return _report(
        parts,
        kind,
        recipient=reader,
        code=code,
        classed=codes.classed(code, around, parts.text[:_LONGEST_TEXT]),
        reason=said or parts.header("Subject"),
    )


def _code(entry: status.Refusal, said: str, *, only: bool) -> str:
    """Return the code of a refusal; where its fields tell nothing, the text may say more of the only one."""
    told = codes.enhanced(said)
    if only and entry.code.endswith(".0.0") and told[:1] == entry.code[:1]:
        return told
    return entry.code or told or codes.reply(said)


def _severity(entry: status.Refusal) -> int:
    order = ("failed", "failure", "", "expired", "delayed")
    return order.index(entry.action) if entry.action in order else len(order)


def _kind_of(entry: status.Refusal, parts: Parts) -> Kind:
    if entry.action in ("delayed", "delay", "deferred"):
        return Kind.DELAY
    if entry.action in ("relayed", "delivered", "expanded", "relay", "deliverable"):
        return Kind.OTHER
    if entry.action in ("failed", "failure", "expired"):
        return Kind.BOUNCE
    if entry.code.startswith("2"):
        return Kind.OTHER
    said = f"{parts.header('Subject')}\n{parts.text}"
    if entry.code.startswith("4") and phrases.DELAYED.search(said) and not phrases.GIVEN_UP.search(said):
        return Kind.DELAY
    return Kind.BOUNCE


# ── words ─────────────────────────────────────────────────────────────────────────────


def _ours(parts: Parts) -> list[str]:
    """Return the addresses that are not readers': where the report came to, who wrote it, our own From."""
    named = (parts.header("To"), parts.header("From"), parts.original.sender, parts.original.return_path)
    return [found[0] for text in named for found in recipients.addresses(text)]


def _from_daemon(parts: Parts) -> bool:
    sender = parts.header("From")
    local = recipients.first(sender)
    return bool(_DAEMON.search(sender)) or bool(
        recipients.DAEMON.match(local) and not local.startswith(("info", "support", "help"))
    )


def _from_nobody(parts: Parts) -> bool:
    """Tell whether it was sent with an empty return path (RFC 5321, 4.5.5), as servers write it down."""
    returned = parts.headers.get("Return-Path")
    return returned is not None and bool(_NOBODY.match(str(returned)))


def _machine_made(parts: Parts) -> bool:
    """Tell whether a mail system wrote it: people, and those who fish for people, speak of bounces too.

    It comes from a daemon's own name, from nobody (an empty return path), or returns something of ours; else it
    must look like one and name a code or whom it is about.
    """
    if parts.header("X-Failed-Recipients") or parts.original_text or parts.report_type == "delivery-status":
        return True
    if _SYSTEM.search(parts.header("From")) or _from_nobody(parts):
        return True
    if not phrases.SUBJECT.search(parts.header("Subject")) and not _from_daemon(parts):
        return False
    concrete = codes.enhanced(parts.text) or codes.reply(parts.text)
    return bool(concrete or recipients.find(parts.text, "", _ours(parts)))


def _by_a_person(parts: Parts) -> bool:
    """Tell whether a person wrote it: an answer, something passed on, words of their own, their own return path.

    Mail systems answer with "Re:" as well (gateways to telephones): what one of them signs is none of a person.
    """
    if parts.header("X-Failed-Recipients") or _SYSTEM.search(parts.header("From")):
        return False
    if phrases.ANSWERED.search(parts.header("Subject")):
        return True
    if _from_nobody(parts):
        return False
    sender, path = recipients.first(parts.header("From")), recipients.first(parts.header("Return-Path"))
    own = path and path == sender and not _from_daemon(parts) and not parts.original_text
    return bool(own or phrases.PERSON.search(parts.text[:3000]))


def _told(parts: Parts) -> Report | None:
    """Recognise a bounce or delay by what it says."""
    subject, failed = parts.header("Subject"), parts.header("X-Failed-Recipients")
    points = 3 * bool(failed) + 2 * _from_daemon(parts) + 2 * bool(phrases.SUBJECT.search(subject))
    points += bool(phrases.GIVEN_UP.search(parts.text)) + bool(phrases.DELAYED.search(parts.text))
    points += bool(codes.enhanced(parts.text) or codes.reply(parts.text)) + bool(parts.original_text)
    points += parts.report_type == "delivery-status"
    points -= 3 * bool(phrases.AUTO_SUBJECT.search(subject)) + 2 * bool(phrases.CHALLENGE.search(parts.text))
    points += bool(phrases.NOBODY.search(parts.text) or phrases.FULL.search(parts.text))
    points -= 3 * _by_a_person(parts)
    if points < 3 or not _machine_made(parts):  # noqa: PLR2004 (a daemon and one more sign)
        return None
    reader = recipients.first(failed) or recipients.find(parts.text, parts.original.to, _ours(parts))
    said = _diagnostic(parts.text, reader)
    code = codes.enhanced(said) or codes.enhanced(parts.text) or codes.reply(said) or codes.reply(parts.text)
    both = f"{subject}\n{parts.text}"
    delayed = phrases.DELAYED.search(both) and not phrases.GIVEN_UP.search(parts.text)
    kind = Kind.DELAY if delayed else Kind.BOUNCE
    around = said if len(said) > 30 else f"{said} {_near(parts.text, reader)} {subject}"  # noqa: PLR2004 (too short to tell)
    classed = codes.classed(code, around, parts.text[:_LONGEST_TEXT])
    return _report(parts, kind, recipient=reader, code=code, classed=classed, reason=said or subject)


_TELLING = re.compile(
    r"said:|<<<|>>>\s*\d|\b[45]\d\d[ -]|\b[45]\.\d\.\d|reason:|error|diagnostic|rejected|refused|because",
    re.IGNORECASE,
)


def _diagnostic(text: str, reader: str) -> str:
    """Return the lines that give the reason: those with a code, else those with telling words."""
    lines = [line.strip()[:_LONGEST_LINE] for line in text.splitlines()]
    best, most = "", 0
    for place, line in enumerate(lines):
        weight = _telling(line)
        if weight > most:
            best, most = " ".join(_continued(line, lines[place + 1 : place + 5])), weight
    return best or _near(text, reader)


def _continued(first: str, lines: list[str]) -> list[str]:
    """Return a line and those that go on with its reason: up to a blank one, a code or an address."""
    said = [first]
    for line in lines:
        if "@" in line or codes.enhanced(line) or codes.reply(line):
            break
        if line:
            said.append(line)
        elif not said[-1].endswith(":"):
            break
    return said[:4]


def _telling(line: str) -> int:
    if not line or line.lower().startswith(("received:", "from:", "to:", "date:", ">>>")):
        return 0
    weight = 3 * bool(codes.enhanced(line)) + 3 * bool(codes.reply(line))
    weight += 3 * bool(phrases.NOBODY.search(line) or phrases.FULL.search(line) or phrases.LARGE.search(line))
    weight += bool(_TELLING.search(line)) + bool(phrases.POLICY.search(line) or phrases.LATER.search(line))
    return weight


def _near(text: str, reader: str) -> str:
    """Return the text around the address, where unusual systems put the reason, or its beginning."""
    place = text.lower().find(reader) if reader else -1
    start = max(0, place - 200) if place >= 0 else 0
    return re.sub(r"\s+", " ", text[start : start + 900])


# ── automatic replies ─────────────────────────────────────────────────────────────────


def _strong_auto_reply(parts: Parts) -> Report | None:
    """Recognise what declares itself (RFC 3834) and does not come from a mail system."""
    declared = parts.header("Auto-Submitted").lower().partition(";")[0].strip()
    marks = (
        declared in ("auto-replied", "auto-notified")
        or bool(
            parts.header("X-Autoreply") or parts.header("X-Autorespond") or parts.header("X-Auto-Reply-From")
        )
        or parts.header("Precedence").lower() in ("auto_reply", "auto-reply")
        or parts.header("X-Precedence").lower() in ("auto_reply", "auto-reply")
        or parts.report_type == "disposition-notification"  # a receipt (RFC 8098)
    )
    subject = parts.header("Subject")
    if not marks and not (declared == "auto-generated" and phrases.AUTO_SUBJECT.search(subject)):
        return None
    bounced = parts.header("X-Failed-Recipients") or parts.report_type == "delivery-status"
    system = _SYSTEM.search(parts.header("From")) and not phrases.AUTO_SUBJECT.search(subject)
    if bounced or system or (_from_daemon(parts) and phrases.SUBJECT.search(subject)):
        return None
    return _automatic(parts)


def _auto_reply(parts: Parts) -> Report | None:
    """Recognise an automatic reply by what it says."""
    subject = parts.header("Subject")
    said = phrases.AUTO_SUBJECT.search(subject) or phrases.AUTO_BODY.search(parts.text[:3000])
    declared = parts.header("Auto-Submitted").lower().startswith("auto") and _answers(parts)
    challenge = phrases.CHALLENGE.search(f"{subject}\n{parts.text[:3000]}")
    suppressed = parts.header("X-Auto-Response-Suppress") and parts.header("In-Reply-To")
    if not (said or declared or challenge or suppressed):
        return None
    return _automatic(parts)


def _answers(parts: Parts) -> bool:
    """Tell whether an automatic message answers one of ours (RFC 3834): a machine's own news answer nobody."""
    if parts.header("Auto-Submitted").lower().startswith(("auto-replied", "auto-notified")):
        return True
    referred = parts.header("In-Reply-To") or parts.header("References")
    return bool(referred or _from_nobody(parts))


def _automatic(parts: Parts) -> Report:
    reader = recipients.first(parts.header("X-Auto-Reply-From")) or recipients.first(parts.header("From"))
    return _report(
        parts, Kind.AUTO_REPLY, recipient=reader, reason=parts.header("Subject") or parts.text[:200]
    )
