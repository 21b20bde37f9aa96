"""What a rule says: its id, how bad it is, where, in which words, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: an error blocks sending."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of one rule."""

    id: str  # H01…H24 for HTML, M01…M15 for the message
    severity: Severity
    place: str  # "html:12", "header Subject", "text:3" …
    message: str  # what is wrong there
    source: str = ""  # whose rule it is: an RFC, a mailbox provider, a client's known limit
    remedy: str = ""

    def __str__(self) -> str:
        """Give the line an operator reads."""
        end = f" — {self.remedy}" if self.remedy else ""
        return f"{self.id} {self.severity} {self.place}: {self.message}{end}"
