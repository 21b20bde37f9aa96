"""Sender ``file``: each message as an ``.eml`` file that mail programs open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from digest.deliver.sender import Limits, OneByOne, Options
from digest.errors import SenderError
from digest.model import Deferred, Submitted

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Message, Outcome


class FileOptions(Options):
    """What can be set of a file sender."""

    path: str = Field("var/eml", description="Folder of the files, from the working folder.")


class FileSender(OneByOne):
    """Writes ``MESSAGE-ID.eml`` at once or not at all; writing it twice leaves one file."""

    Options: ClassVar[type[Options]] = FileOptions
    reaches_network: ClassVar[bool] = False
    limits = Limits(max_batch=50, in_flight=50, can_look_up=True)

    def _path(self, message_id: str) -> Path:
        return self.root / str(self.options.path) / (re.sub(r"[^\w.@+-]", "_", message_id) + ".eml")

    async def open(self) -> None:
        """Make the folder; raises ``SenderError`` when it cannot be written."""
        try:
            (self.root / self.options.path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SenderError(f"senders.{self.name}: the folder cannot be written: {error}") from error

    def hand_over(self, message: Message) -> Outcome:
        """Write one message."""
        path = self._path(message.message_id)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            file.writelines(message.segments)
        partial.replace(path)
        return Submitted(message.key, path.name)

    async def look_up(self, message_id: str) -> Outcome | None:
        """Tell for certain: the file is there, or it is not."""
        path = self._path(message_id)
        if path.exists():
            return Submitted((0, 0), path.name)
        return Deferred((0, 0), 0, "", "no such file")
