"""Looking at a mail in a browser, and asking SpamAssassin: programs used where they are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from digest.compose.lint import Finding, Severity, deep
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
_SPAM = 1.0
_TIMEOUT = 120


def _program(names: Sequence[str]) -> str:
    return next((path for name in names if (path := shutil.which(name))), "")


def looked_at(html: str) -> list[Finding]:
    """Measure a page in a browser; raises ``UsageError`` where there is none or it fails."""
    browser = _program(BROWSERS)
    if not browser:
        raise UsageError(f"--deep needs a browser; none of {', '.join(BROWSERS)} is installed")
    with tempfile.TemporaryDirectory(prefix="digest-deep-") as folder:
        page = Path(folder) / "harness.html"
        page.write_text(deep.harness(html), "utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=10000",
            "--dump-dom",
            page.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)  # noqa: S603 (found on PATH)
            return deep.judged(done.stdout.decode("utf-8", "replace"))
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"{browser} could not look at the mail: {error}") from error


def spam(message: bytes) -> list[Finding]:
    """Ask SpamAssassin's own rules (no network); nothing where it is not installed."""
    program = _program(("spamassassin",))
    if not program:
        return []
    done = subprocess.run(  # noqa: S603 (found on PATH)
        [program, "-L", "-t"], input=message, capture_output=True, timeout=_TIMEOUT, check=False
    )
    report = done.stdout.decode("utf-8", "replace")
    found = re.search(
        r"X-Spam-Status: \w+, score=(-?[\d.]+).*?tests=([\w,\s]*?)(?:\s+\w+=|\n\S)", report, re.DOTALL
    )
    if not found or float(found[1]) < _SPAM:
        return []
    rules = "".join(found[2].split())
    return [
        Finding(
            id="M13",
            severity=Severity.WARNING,
            place="message",
            message=f"SpamAssassin gives it {found[1]} points for {rules}",
            source="SpamAssassin",
            remedy="look its rules up and mend what they name; below 1.0 is good",
        ),
    ]
