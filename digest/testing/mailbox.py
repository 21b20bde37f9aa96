"""What a mail server keeps: received messages, in memory or in a maildir with trace headers."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Received:
    """One accepted message: its envelope and its bytes as they came, without dot-stuffing."""

    sender: str
    recipient: str
    data: bytes

    def parsed(self) -> EmailMessage:
        """Parse it with the standard library."""
        return message_from_bytes(self.data, policy=SMTP)


class Maildir:
    """Writes messages as a delivering server does: tmp, then new; Return-Path and Delivered-To on top."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def add(self, message: Received) -> Path:
        """Deliver one message; return its file."""
        name = f"{next(self._numbers):09d}.{os.getpid()}.digest"
        trace = f"Return-Path: <{message.sender}>\r\nDelivered-To: {message.recipient}\r\n".encode()
        temporary = self.folder / "tmp" / name
        temporary.write_bytes(trace + message.data)
        return temporary.rename(self.folder / "new" / name)
