"""Running the rules over a compiled edition, a message's bytes, or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.compose.budget import BUDGET
from digest.compose.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from digest.compose.frame import Compiled


def lint_compiled(compiled: Compiled) -> list[Finding]:
    """Check a compiled edition, with the longest values a reader's fields can have."""
    return lint_html(compiled.html)


def lint_message(data: bytes) -> list[Finding]:
    """Check a message as it goes over the wire."""
    return lint_html(data.decode("utf-8", "replace"))


def lint_html(html: str) -> list[Finding]:
    """Check a page alone."""
    size = len(html.encode())
    if size <= BUDGET:
        return []
    return [
        Finding(
            id="H09",
            severity=Severity.ERROR,
            place="html",
            message=f"{size:,} bytes of HTML; Gmail cuts a mail at about 102,000",
            source="Gmail",
            remedy="print fewer stories or headlines",
        ),
    ]
