"""Who holds a delivery: a name for this process, and whether the process behind a name is gone."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from pathlib import Path


def _started(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def me() -> str:
    """Return a name for this process and this run: host, process, start and a random part."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}:{uuid.uuid4().hex[:8]}"


def thread() -> str:
    """Return a name for this thread, the same each time: host, process, start and the thread's number."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}:{threading.get_ident()}"


def gone(owner: str) -> bool:
    """Tell whether the process behind a name has certainly ended; one on another host never has."""
    try:
        host, pid, started, _ = owner.rpartition("/")[2].rsplit(":", 3)
        number = int(pid)
    except ValueError:
        return False
    if host != socket.gethostname():
        return False
    if started:
        return _started(number) != started
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
