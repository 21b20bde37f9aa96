"""Sender ``sendmail``: through the ``sendmail`` program of the mail software on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from digest.deliver.sender import Limits, OneByOne, Options, Refusal
from digest.errors import SenderError
from digest.model import Deferred, Submitted, Uncertain

if TYPE_CHECKING:
    from digest.model import Message, Outcome

_CODES = {64: "5.5.4", 65: "5.6.0", 67: "5.1.1", 68: "5.1.2"}  # sysexits: usage, data, no user, no host
_TEMPORARY = (69, 70, 71, 74, 75)  # unavailable, software, os, i/o, try again


class SendmailOptions(Options):
    """What can be set of a sendmail sender."""

    path: str = Field("sendmail", description="The program, by name or path.")
    timeout: float = Field(60.0, gt=0, description="Seconds one message may take.")


class SendmailSender(OneByOne):
    """One process a message: simple and safe; for thousands of messages use smtp to the same software."""

    Options: ClassVar[type[Options]] = SendmailOptions
    reaches_network: ClassVar[bool] = True
    limits = Limits(max_batch=1, in_flight=4)

    def _program(self) -> str:
        found = shutil.which(self.options.path) or shutil.which(self.options.path, path="/usr/sbin:/usr/lib")
        if not found or not Path(found).is_file():
            raise SenderError(
                f"senders.{self.name}: there is no program {self.options.path!r} on this machine"
            )
        return str(found)

    async def open(self) -> None:
        """Look for the program; raises ``SenderError`` when it is not there."""
        self._program()

    def hand_over(self, message: Message) -> Outcome:
        """Run it with the recipient as argument: ``-i`` lets a lone dot pass, ``-f`` is the return path."""
        if message.to.startswith("-"):
            raise Refusal("an address that begins with a dash could be an option", 553, "5.1.3")
        command = [self._program(), "-i", "-f", message.envelope_from, "--", message.to]
        body = message.as_bytes().replace(b"\r\n", b"\n")
        try:
            done = subprocess.run(  # noqa: S603 (no shell; the address was checked)
                command, input=body, capture_output=True, timeout=self.options.timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return Uncertain(message.key, f"{self.options.path} did not end in {self.options.timeout:g} s")
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
        if done.returncode == 0:
            return Submitted(message.key, said or f"{Path(command[0]).name} took it")
        if done.returncode in _TEMPORARY or done.returncode < 0:
            return Deferred(message.key, 451, "4.3.0", f"exit {done.returncode}: {said}", "dot")
        raise Refusal(f"exit {done.returncode}: {said}", 550, _CODES.get(done.returncode, "5.3.0"))
