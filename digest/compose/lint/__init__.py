"""Checking a message against what mail clients and mailbox providers are known to need."""

from digest.compose.lint.finding import Finding, Severity
from digest.compose.lint.run import lint_compiled, lint_html, lint_message, lint_page

__all__ = ["Finding", "Severity", "lint_compiled", "lint_html", "lint_message", "lint_page"]
