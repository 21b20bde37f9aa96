"""Sender ``console``: shows each message on standard error instead of sending it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from digest.deliver.sender import Limits, OneByOne, Options
from digest.model import Submitted

if TYPE_CHECKING:
    from digest.model import Message, Outcome


class ConsoleOptions(Options):
    """What can be set of a console sender."""

    full: bool = Field(default=False, description="Show whole messages, not only their headers.")


class ConsoleSender(OneByOne):
    """Writes to standard error, so that a command's JSON on standard output stays JSON."""

    Options: ClassVar[type[Options]] = ConsoleOptions
    reaches_network: ClassVar[bool] = False
    limits = Limits(max_batch=50, in_flight=1)

    def hand_over(self, message: Message) -> Outcome:
        """Show one message."""
        data = message.as_bytes()
        shown = data if self.options.full else data.partition(b"\r\n\r\n")[0] + b"\r\n"
        text = shown.decode("utf-8", "replace").replace("\r\n", "\n")
        sys.stderr.write(f"--- {message.envelope_from or '<>'} → {message.to}\n{text}\n")
        sys.stderr.flush()
        return Submitted(message.key, "shown on the console")
