"""What a person at a terminal sees while an edition goes out, and what a log gets."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import struct
import termios
import threading
from typing import TYPE_CHECKING, Any

import pytest

from digest.cli.progress import Progress
from digest.flow import send
from digest.flow.context import Context
from digest.flow.progress import Meter
from digest.settings import NewsletterSettings, SenderSettings, Settings
from digest.settings.models import KeySettings
from digest.testing.editions import SLOT, enrol, frozen
from digest.testing.smtp import Fault, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    faults = [
        Fault("rcpt", reply="550 5.1.1 no such user", match="r1@"),
        Fault("rcpt", reply="451 4.3.0 later", match="r[23]@"),
        Fault("dot", "slow", seconds=0.02),
    ]
    with SmtpServer(faults=faults) as made:
        yield made


def sending(store: Store, server: SmtpServer, **how: Any) -> None:
    """Send sixty messages slowly, showing progress."""
    enrol(store, 60)
    relay = {"type": "smtp", "host": server.host, "port": server.port, "connections": 1}
    chosen = Settings(
        base_url="https://news.example",
        secret_keys=(KeySettings.model_validate({"id": 1, "secret": "s" * 40}),),
        senders={"out": SenderSettings.model_validate(relay)},
        newsletters={
            "daily": NewsletterSettings.model_validate({"name": "daily", "title": "D", "sender": "out"})
        },
    )
    ctx = Context(chosen, store, lambda: SLOT)
    edition = frozen(store)
    with Progress(**how) as shown:
        send.send_edition(ctx, edition, progress=shown.start(Meter(ctx, edition)))


def at_a_terminal(store: Store, server: SmtpServer, columns: int) -> str:
    """Return all that was written to a terminal of a width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    seen: list[bytes] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(master, 4096):
                seen.append(data)

    thread = threading.Thread(target=look)
    thread.start()
    with os.fdopen(slave, "w") as screen, contextlib.redirect_stderr(screen):
        sending(store, server)
    thread.join()
    os.close(master)
    return b"".join(seen).decode()


def test_a_terminal_has_one_live_line(store: Store, server: SmtpServer) -> None:
    """Each picture takes the last one's place; sent, rate, time left, deferred and refused stand in it."""
    text = at_a_terminal(store, server, 120)
    pictures = [part for part in text.split("\r\x1b[2K") if part]
    assert len(pictures) >= 2
    assert "\n" not in text
    assert text.endswith("\r\x1b[2K")  # the line is taken away in the end
    last = pictures[-1]
    assert " of 60, " in last
    assert " a second, " in last
    assert " left" in last
    assert "2 deferred, 1 refused" in last


def test_a_narrow_terminal_keeps_it_on_one_line(store: Store, server: SmtpServer) -> None:
    """A line longer than the window would scroll; it is cut."""
    text = at_a_terminal(store, server, 30)
    assert all(len(part) < 30 for part in text.split("\r\x1b[2K"))


def test_elsewhere_there_are_lines(store: Store, server: SmtpServer) -> None:
    """A log gets whole lines now and then, without control characters."""
    log = io.StringIO()
    with contextlib.redirect_stderr(log):
        sending(store, server, apart=0.3)
    lines = log.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("sent ") and " of 60, " in line for line in lines)
    assert "\x1b" not in log.getvalue()
