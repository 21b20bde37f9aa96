"""From code and words to a class: who or what a refusal is about.

Words that can mean only one thing come first, then the enhanced code (RFC 3463), then weaker words, then the
SMTP reply code: real servers send 5.7.1 for unknown users, and 550 5.1.1 for mail they hold to be spam.
"""

from __future__ import annotations

import re

from digest.audience.bounces import phrases
from digest.audience.bounces.report import Class

_ENHANCED = re.compile(r"(?<![\d.\w])([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?<![\w./@+-])(?<!\d:)(4(?:21|22|3[0-9]|5[0-9]|71)|5(?:0[0-5]|1[0-9]|2[0-9]|3[0-9]|4[1-2]|5[0-9]|7[0-9]|9[0-9]))(?=[\s#:,;)\]<>.-]|$)"
)

_NOBODY_AT_ALL = re.compile(
    r"unknown|not found|n.t exist|does not exist|no such|invalid (?:recipient|mailbox|user|address)|"
    r"recipient address rejected",
    re.IGNORECASE,
)
_BY_CODE = {
    "5.1.7": Class.US,
    "5.1.8": Class.US,
    "5.2.2": Class.MAILBOX,
    "4.2.2": Class.MAILBOX,
    "5.2.3": Class.CONTENT,
    "5.3.4": Class.CONTENT,
    "4.3.4": Class.CONTENT,
    "5.2.4": Class.MAILBOX,
    "5.7.10": Class.US,
    "5.7.11": Class.US,
}
_BY_SUBJECT = {
    "5.1": Class.ADDRESS,
    "5.2": Class.ADDRESS,
    "5.3": Class.MAILBOX,
    "5.4": Class.MAILBOX,
    "5.5": Class.US,
    "5.6": Class.CONTENT,
    "5.7": Class.POLICY,
    "4.7": Class.POLICY,
}
_VAGUE = re.compile(r"[245]\.(?:0\.\d+|\d\.0)$|5\.2\.1$|5\.5\.\d$|5\.3\.[0-35]$|5\.4\.\d+$|4\.[013-6]\.\d+$")
"""Codes that say little: words are asked before them."""


def enhanced(text: str) -> str:
    """Return the most telling enhanced code in a text: the first that is not vague, else the first."""
    found: list[str] = _ENHANCED.findall(text)
    failing = [code for code in found if code[0] != "2"]
    telling = [code for code in failing if not re.search(r"\.0\.0$", code)]
    exact = [code for code in telling if not code.endswith(".0")]
    return next(iter(exact or telling or failing), "")


def reply(text: str) -> str:
    """Return the SMTP reply code in a text, one that refuses; empty if there is none."""
    found = _REPLY.search(text)
    return found[1] if found else ""


def classed(code: str, text: str, around: str = "") -> Class:
    """Return what a refusal is about: by its code and words, and where they tell nothing by those ``around``."""
    found = _told(code, text)
    if found is None and around:
        found = _told(code, around)
    return found or _by_reply(code, text)


def _told(code: str, text: str) -> Class | None:
    if not code.startswith("4.7") and (phrases.FULL.search(text) or _unanswered(code, text)):
        return Class.MAILBOX
    if phrases.FORBIDDEN.search(text) or (phrases.LARGE.search(text) and not code.startswith("5.1")):
        return Class.CONTENT
    if phrases.BLOCKED.search(text):
        return Class.POLICY
    if not _sender_is_meant(text) and phrases.NOBODY.search(text) and not _blocked(code, text):
        return Class.ADDRESS
    if "." in code and not _VAGUE.match(code):
        return _coded(code)
    return _worded(code, text)


def _unanswered(code: str, text: str) -> bool:
    """Tell whether a name server gave no answer: that too is written as "not found"."""
    return code.startswith("4.4") and bool(re.search(r"try again", text, re.IGNORECASE))


def _sender_is_meant(text: str) -> bool:
    if re.search(r"sender verif(?:y|ication) fail|verification failed for <", text, re.IGNORECASE):
        return True
    return bool(phrases.US.search(text)) and not re.search(
        r"recipient|user ?unknown|unknown ?user|no such user", text, re.IGNORECASE
    )


def _blocked(code: str, text: str) -> bool:
    """Tell whether "account disabled" and the like are said of us: the rest speaks of spam or lists."""
    if not code.startswith(("5.7", "4.7")):
        return False
    said = phrases.POLICY.search(text)
    return bool(said) and not _NOBODY_AT_ALL.search(text)


def _coded(code: str) -> Class:
    if code in _BY_CODE:
        return _BY_CODE[code]
    return _BY_SUBJECT.get(code.rpartition(".")[0], Class.MAILBOX)


def _worded(code: str, text: str) -> Class | None:
    """Decide by the weaker words, in the order in which they mislead least."""
    if code == "5.2.1":
        return Class.MAILBOX if phrases.RATE.search(text) else Class.ADDRESS
    for pattern, outcome in (
        (phrases.CONTENT, Class.CONTENT),
        (phrases.US, Class.US),
        (phrases.POLICY, Class.POLICY),
        (phrases.LATER, Class.MAILBOX),
    ):
        if pattern.search(text):
            return outcome
    if "." in code and code[2] != "0" and not (code.endswith(".0") and reply(text)):
        return _coded(code)
    return _by_reply(code, text) if code else None


def _by_reply(code: str, text: str) -> Class:
    basic = code if "." not in code else reply(text)
    if basic.startswith("4") or code.startswith("4"):
        return Class.MAILBOX
    if basic == "552":
        return Class.MAILBOX
    if basic in ("550", "551", "553", "511", "512", "513"):
        return Class.ADDRESS
    if basic.startswith(("50", "53")):
        return Class.US
    if basic.startswith("5"):
        return Class.POLICY
    return (
        Class.ADDRESS
        if re.search(r"mailbox (?:is )?unavailable|rejected", text, re.IGNORECASE)
        else Class.MAILBOX
    )
