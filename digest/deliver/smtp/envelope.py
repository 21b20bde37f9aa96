"""What a server's extensions allow in an envelope: SIZE, SMTPUTF8 and 8BITMIME (RFC 1870, 6531, 6152)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.model import RefusedRecipient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Message

_UNWRITABLE = re.compile(r"[\r\n\0<> ]")


class Envelope:
    """Writes envelopes for one server; ``features`` is what it offered, by keyword."""

    __slots__ = ("_limit", "_sized", "_utf8")

    def __init__(self, features: Mapping[str, str]) -> None:
        limit = features.get("SIZE", "")
        self._limit = int(limit) if limit.isdigit() else 0  # bytes; 0 when there is none
        self._sized, self._utf8 = "SIZE" in features, "SMTPUTF8" in features

    def unfit(self, message: Message) -> RefusedRecipient | None:
        """Refuse what this server cannot carry, without asking it."""
        if self._limit and (size := sum(map(len, message.segments))) > self._limit:
            text = f"the message has {size} bytes, the server takes {self._limit}"
            return RefusedRecipient(message.key, 552, "5.3.4", text, "content", "mail")
        if not self._utf8 and not message.to.isascii():
            text = "the address needs SMTPUTF8, which the server does not offer"
            return RefusedRecipient(message.key, 550, "5.6.7", text, "address", "mail")
        if _UNWRITABLE.search(message.to) or _UNWRITABLE.search(message.envelope_from):
            return RefusedRecipient(
                message.key, 553, "5.1.3", "the address cannot be written", "address", "mail"
            )
        return None

    def mail(self, message: Message) -> bytes:
        """Write the MAIL command."""
        line = f"MAIL FROM:<{message.envelope_from}>"
        if self._sized:
            line += f" SIZE={sum(map(len, message.segments))}"
        if not (message.to.isascii() and message.envelope_from.isascii()):
            line += " SMTPUTF8 BODY=8BITMIME"
        return line.encode("utf-8") + b"\r\n"
