"""Sender ``lmtp``: straight into a mail store that speaks LMTP (RFC 2033), such as Dovecot or Cyrus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from digest.deliver.senders.smtp import SmtpOptions, SmtpSender

if TYPE_CHECKING:
    from digest.deliver.sender import Options


class LmtpOptions(SmtpOptions):
    """What can be set of an lmtp sender: as for smtp, with LMTP's usual place."""

    host: str = Field("localhost", description="The store's name, or unix:/path/of/a/socket.")
    port: int = Field(24, ge=1, le=65535, description="Its port.")


class LmtpSender(SmtpSender):
    """SMTP but for its greeting: with one recipient a message, the one answer after the dot is that one's."""

    Options: ClassVar[type[Options]] = LmtpOptions
    reaches_network: ClassVar[bool] = False
    hello: ClassVar[str] = "LHLO"
