"""Reading delivery-status fields (RFC 3464), wherever they stand and however broken they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.audience.bounces import codes, recipients

_FIELD = re.compile(
    r"^[ \t]*(Final-Recipient|Original-Recipient|X-Actual-Recipient|Action|Status|Diagnostic-Code|"
    r"X-Supplementary-Info|X400-Supplementary-Info|X-Display-Name|Remote-MTA|X-Postfix-Sender|X-Notes)[ \t]*:"
    r"[ \t]*(.*(?:\n[ \t]+\S.*)*)$",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 5000
"""Characters of a field: servers cut their answers long before."""


@dataclass(slots=True)
class Refusal:
    """What is said of one recipient."""

    final: str = ""
    original: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""

    @property
    def recipient(self) -> str:
        """Return the address that failed; the original where the final one means something inside only."""
        final, original = recipients.first(self.final), recipients.first(self.original)
        routed = "." not in final.rpartition("@")[2] or self.final.startswith("@")
        return original if original and routed else final or original

    @property
    def said(self) -> str:
        """Return the diagnostic, or the comment behind the status where there is none."""
        comment = re.search(r"\(([^()]{4,})\)", self.status)
        return self.diagnostic or (comment[1] if comment else "")

    @property
    def code(self) -> str:
        """Return the most telling code: the status, unless it is vague and the diagnostic is not."""
        stated, told = codes.enhanced(self.status), codes.enhanced(self.diagnostic)
        vague = not stated or stated.endswith(".0")
        if told and vague and not (stated and told.endswith(".0.0")):
            return told
        return stated or told or codes.reply(self.diagnostic)


def refusals(text: str) -> list[Refusal]:
    """Return one entry per recipient, in order; fields before the first recipient belong to none."""
    found: list[Refusal] = []
    seen: set[str] = set()
    for match in _FIELD.finditer(text.replace("\r\n", "\n")):
        name, value = match[1].lower(), re.sub(r"\s+", " ", match[2][:_LONGEST]).strip()
        if name in ("final-recipient", "original-recipient", "x-actual-recipient", "action", "status"):
            if not found or name in seen:
                found.append(Refusal())
                seen = set()
            seen.add(name)
        if found:
            _put(found[-1], name, value)
    return [each for each in found if each.final or each.original or each.status or each.action]


def _put(refusal: Refusal, name: str, value: str) -> None:
    if name == "final-recipient":
        refusal.final = value.partition(";")[2].strip() or value
    elif name in ("original-recipient", "x-actual-recipient"):
        refusal.original = refusal.original or value.partition(";")[2].strip() or value
    elif name == "action":
        refusal.action = value.lower().partition(" ")[0].strip("()")
    elif name == "status":
        refusal.status = value
    elif name in ("diagnostic-code", "x-supplementary-info", "x400-supplementary-info"):
        kind, semicolon, rest = value.partition(";")
        told = rest if semicolon and re.fullmatch(r"[\w.-]+", kind.strip()) else value
        refusal.diagnostic = f"{refusal.diagnostic} {told}".strip()
