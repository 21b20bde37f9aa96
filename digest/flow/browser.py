"""Looking at a mail in a browser, and asking spam filters: programs used where they are installed."""

from __future__ import annotations

import json
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
_RSPAMD = 2.0
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


class NotAskedError(Exception):
    """A filter is not there, or does not answer; the text says which."""


def asked(message: bytes) -> tuple[list[Finding], list[str]]:
    """Ask the spam filters there are; return what they find, and a sentence for each that was not asked."""
    found: list[Finding] = []
    missed: list[str] = []
    for name, ask in (("SpamAssassin", spamassassin), ("rspamd", rspamd)):
        try:
            found += ask(message)
        except NotAskedError as error:
            missed.append(f"{name} was not asked: {error}")
    return found, missed


def _answer(program: str, *arguments: str, message: bytes) -> str:
    path = _program((program,))
    if not path:
        raise NotAskedError("it is not installed")
    try:
        done = subprocess.run(  # noqa: S603 (found on PATH)
            [path, *arguments], input=message, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAskedError(f"it does not answer: {error}") from error
    return done.stdout.decode("utf-8", "replace")


def spamassassin(message: bytes) -> list[Finding]:
    """Ask SpamAssassin's own rules (no network); raises ``NotAskedError``."""
    report = _answer("spamassassin", "-L", "-t", message=message)
    found = re.search(
        r"X-Spam-Status: \w+, score=(-?[\d.]+).*?tests=([\w,\s]*?)(?:\s+\w+=|\n\S)", report, re.DOTALL
    )
    if not found:
        raise NotAskedError("its answer cannot be read; try: spamassassin -L -t < message.eml")
    return _spam("SpamAssassin", float(found[1]), _SPAM, "".join(found[2].split()))


def rspamd(message: bytes, server: str = "") -> list[Finding]:
    """Ask a running rspamd, with its own rules and whatever network these use; raises ``NotAskedError``.

    ``server`` is where it listens (``HOST:PORT``), its usual place if empty.
    """
    place = ("-h", server) if server else ()
    said = _answer("rspamc", *place, "-t", "30", "-j", "symbols", message=message)
    try:
        report = json.loads(said[said.index("{") :])
        score, symbols = float(report["score"]), report["symbols"].values()
    except (ValueError, LookupError, AttributeError, TypeError):
        raise NotAskedError("it does not answer; is it running? try: rspamc stat") from None
    worst = sorted((one for one in symbols if one["score"] > 0), key=lambda one: -float(one["score"]))
    return _spam("rspamd", score, _RSPAMD, ",".join(one["name"] for one in worst))


def _spam(who: str, score: float, good: float, rules: str) -> list[Finding]:
    if score < good:
        return []
    return [
        Finding(
            id="M13",
            severity=Severity.WARNING,
            place="message",
            message=f"{who} gives it {score:g} points for {rules}",
            source=who,
            remedy=f"look its rules up and mend what they name; below {good} is good",
        ),
    ]
