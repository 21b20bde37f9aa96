"""Sender ``maildir``: messages as files of a maildir, for trying out, for tests and for local delivery.

A message's file name derives from its Message-ID, so that handing it over twice leaves one file, and
``look_up`` can tell for certain. The bytes are those of the message, unchanged.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from digest.deliver.sender import Limits, Options
from digest.errors import SenderError
from digest.model import Deferred, Submitted, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.model import Message, Outcome


class MaildirOptions(Options):
    """What can be set of a maildir sender."""

    path: str = Field("var/outbox", description="Folder of the maildir, from the working folder.")
    fsync: bool = Field(default=True, description="Wait until the disk has each message.")


def file_name(message_id: str) -> str:
    """Return the name of a message's file: the same each time, no character that needs care."""
    return f"{hashlib.sha256(message_id.encode()).hexdigest()[:32]}.digest"


class MaildirSender:
    """Writes each message to ``tmp``, then moves it to ``new`` (the maildir protocol)."""

    Options: ClassVar[type[Options]] = MaildirOptions
    reaches_network: ClassVar[bool] = False
    limits = Limits(max_batch=50, in_flight=50, can_look_up=True)

    def __init__(self, name: str, options: MaildirOptions, root: Path) -> None:
        self.name = name
        self.options = options
        self.folder = root / options.path
        self._read: set[str] = set()

    async def open(self) -> None:
        """Make the folders; raises ``SenderError`` when they cannot be written."""
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            self._read = {entry.name.partition(":")[0] for entry in os.scandir(self.folder / "cur")}
        except OSError as error:
            raise SenderError(f"senders.{self.name}: {self.folder} cannot be written: {error}") from error

    async def close(self, grace: float) -> None:
        """Do nothing: every message is a file when ``send`` returns."""

    async def send(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        """Write a batch in a thread, then report."""
        for outcome in await asyncio.to_thread(self._write, batch):
            report(outcome)

    def _write(self, batch: Sequence[Message]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for message in batch:
            try:
                outcomes.append(Submitted(message.key, self._place(message)))
            except OSError as error:
                outcomes.append(Unavailable(message.key, f"senders.{self.name}: {error}"))
        if self.options.fsync:
            self._sync_folder()
        return outcomes

    def _place(self, message: Message) -> str:
        name = file_name(message.message_id)
        if self._found(name):
            return f"{name} (was there)"
        temporary = self.folder / "tmp" / f"{name}.{os.getpid()}"
        with temporary.open("wb") as file:
            file.writelines(message.segments)
            if self.options.fsync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(self.folder / "new" / name)
        return name

    def _found(self, name: str) -> bool:
        """Tell whether a message is there; a mail reader may have moved it to ``cur``."""
        return name in self._read or (self.folder / "new" / name).exists()

    def _sync_folder(self) -> None:
        handle = os.open(self.folder / "new", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    async def look_up(self, message_id: str) -> Outcome | None:
        """Tell for certain: the file is there, or the message was never placed."""
        name = file_name(message_id)
        if await asyncio.to_thread(self._found, name):
            return Submitted((0, 0), name)
        return Deferred((0, 0), 0, "", "not in the maildir")
