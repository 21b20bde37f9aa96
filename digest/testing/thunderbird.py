"""A message as Thunderbird shows it: a mail client that readers use, on a screen of its own.

``python -m digest.testing.thunderbird MESSAGE.eml PICTURE.png`` needs Thunderbird and Xvfb. It runs with a
profile that knows no account, and can reach no network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from digest.compose.color import LIGHT
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

WIDTH, HEIGHT = 1000, 1400
PROGRAMS = ("thunderbird", "Xvfb")
_RULE = 400  # pixels: the masthead's rule is longer, and nothing of Thunderbird's is that dark and that long
_PATIENCE = 120  # seconds, of which a quiet machine takes about ten
_NOWHERE = ("type", 1), ("http", "127.0.0.1"), ("http_port", 9), ("ssl", "127.0.0.1"), ("ssl_port", 9)
_SETTINGS: dict[str, object] = {
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mail.spam.version": 1,
    "mailnews.start_page.enabled": False,
    "app.update.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "toolkit.telemetry.enabled": False,
    **{f"network.proxy.{name}": value for name, value in _NOWHERE},
}


def _written(value: object) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


@contextlib.contextmanager
def _screen() -> Iterator[str]:
    """Start a screen nobody sees; give its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)  # noqa: S603 (fixed words)
    os.close(writing)
    with os.fdopen(reading) as said:
        name = f":{said.readline().strip()}"
    try:
        yield name
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def _shown(message: Path, screen: str, folder: Path) -> Iterator[None]:
    profile = folder / "profile"
    profile.mkdir()
    lines = [f'user_pref("{name}", {_written(value)});\n' for name, value in _SETTINGS.items()]
    (profile / "user.js").write_text("".join(lines))
    places = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "DISPLAY": screen,
        "LANG": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
    }
    process = subprocess.Popen(  # noqa: S603 (found on PATH)
        [str(shutil.which("thunderbird")), "--profile", str(profile), "--no-remote", str(message)],
        env=places,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def ruled(picture: Image) -> int:
    """Return the row of the masthead's rule, or 0 while there is none."""
    ink = bytes.fromhex(LIGHT["ink"][1:]) * _RULE
    data, step = picture.convert("RGB").tobytes(), picture.width * 3
    return next((y for y in range(picture.height) if ink in data[y * step : (y + 1) * step]), 0)


def picture(message: bytes) -> Image:
    """Return the screen with the message open in a window. Raises ``DigestError`` where it never appears."""
    from PIL import ImageGrab

    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        raise DigestError(f"{' and '.join(missing)} not installed; apt install thunderbird xvfb")
    with (
        tempfile.TemporaryDirectory(prefix="digest-thunderbird-", ignore_cleanup_errors=True) as name,
        _screen() as screen,
    ):
        file = Path(name) / "message.eml"
        file.write_bytes(message)
        with _shown(file, screen, Path(name)):
            before = b""
            for _ in range(_PATIENCE):
                time.sleep(1)
                seen = ImageGrab.grab(xdisplay=screen)
                if ruled(seen) and seen.tobytes() == before:
                    return seen
                before = seen.tobytes()
    raise DigestError(f"Thunderbird did not show the message within {_PATIENCE} seconds")


def main(arguments: Sequence[str]) -> int:
    """Open a message; write the picture."""
    message, out = arguments
    picture(Path(message).read_bytes()).save(out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
