"""Running the rules over a compiled edition, a message's bytes, or a page."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from digest.compose import segments
from digest.compose.lint import elements, links, pages, reading, wire  # noqa: F401 (they enter their rules)
from digest.compose.lint.dom import Page
from digest.compose.lint.finding import Finding, Severity
from digest.compose.lint.message import Wire
from digest.model import Recipient

if TYPE_CHECKING:
    from digest.compose.frame import Compiled

LONGEST = Recipient(
    subscriber=0,
    subscription=0,
    address="a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example",
    name="N" * 64,
    leave="t" * 43,
    preferences="t" * 43,
    bounce="b" * 60,
    message_id="m" * 60,
)
"""The longest values a reader's fields can have: what holds with them holds for everybody."""


def lint_compiled(compiled: Compiled) -> list[Finding]:
    """Check a compiled edition as its longest message, before anything is sent."""
    found = lint_message(segments.splice(compiled.variant, LONGEST).as_bytes())
    return found + [
        Finding(
            id="H21",
            severity=Severity.WARNING,
            place=f"config {name}",
            message="readers are owed it, and the newsletter does not have it",
            source="CAN-SPAM and the laws of many countries",
            remedy=f"set {name} in the newsletter's file",
        )
        for name in compiled.missing
    ]


def lint_message(data: bytes) -> list[Finding]:
    """Check a message as it goes over the wire; line ends are made CRLF if a file has others throughout."""
    if b"\r\n" not in data:
        data = data.replace(b"\n", b"\r\n")
    message = Wire(data)
    found = pages.HTML.check(message.page) if message.page is not None else []
    return found + wire.MAIL.check(message)


def lint_html(html: str) -> list[Finding]:
    """Check a page alone."""
    return pages.HTML.check(Page(html))


def lint_page(data: bytes) -> tuple[list[Finding], str]:
    """Check the bytes of a page from anywhere; return the findings and the page as read."""
    try:
        html = data.decode("utf-8")
    except UnicodeDecodeError as error:
        other = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        html = data.decode("utf-16" if other else "cp1252", "replace")
        line = 1 + data.count(b"\n", 0, error.start)
        wrong = Finding(
            id="H02",
            severity=Severity.ERROR,
            place=f"html:{line}",
            message=f"byte {error.start + 1:,} is not UTF-8",
            source="HTML",
            remedy="save the page in UTF-8",
        )
        return [wrong, *lint_html(html)], html
    return lint_html(html), html
