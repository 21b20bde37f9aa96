"""Composing: a plan becomes the compiled message that every reader of a variant shares."""

from digest.compose.compile import compile  # noqa: A004 (what it is)
from digest.compose.frame import LOCAL_BASE_URL, Asset, Compiled, Frame
from digest.compose.lint import Finding, Severity, lint_compiled, lint_html, lint_message
from digest.compose.segments import dump, load, splice

__all__ = [
    "LOCAL_BASE_URL",
    "Asset",
    "Compiled",
    "Finding",
    "Frame",
    "Severity",
    "compile",
    "dump",
    "lint_compiled",
    "lint_html",
    "lint_message",
    "load",
    "splice",
]
