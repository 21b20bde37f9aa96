"""Composing: a plan becomes the compiled message that every reader of a variant shares.

Sending needs only what splices. What renders and lints brings template engines and calendars, and is imported
when it is first used, so that a process that sends stays small.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from digest.compose.frame import LOCAL_BASE_URL, Asset, Compiled, Frame
from digest.compose.segments import dump, load, splice

if TYPE_CHECKING:
    from digest.compose.composer import compile  # noqa: A004 (what it is)
    from digest.compose.lint import Finding, Severity, lint_compiled, lint_html, lint_message

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


def __getattr__(name: str) -> Any:
    """Import what renders and lints when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{'composer' if name == 'compile' else 'lint'}"), name)
    globals()[name] = found
    return found
