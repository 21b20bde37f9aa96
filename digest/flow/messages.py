"""One reader's message: the same function for a preview, a test send and the real send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest import tokens
from digest.model import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context
    from digest.model import Message, Variant

Reader = tuple[int, int, str, str, str]
"""Subscriber, subscription, address, name, language."""

SAMPLE = "reader@example.com"
"""The address a preview is made for when none is given."""


def keyring(ctx: Context) -> tokens.Keyring:
    """Return the keys of this installation."""
    return tokens.keyring(ctx.settings.secret_keys)


def recipients(keys: tokens.Keyring, public_id: str) -> Callable[[Reader], Recipient]:
    """Return a function that makes recipients of one edition from readers, with every token ready.

    All tokens derive from keys and from the edition's (newsletter, slot), never from its row number, so that
    a preview made before freezing equals the message sent after it.
    """
    named = tokens.names(keys, public_id)

    def make(reader: Reader) -> Recipient:
        leave, preferences, bounce, message_id = named(reader[0], reader[1])
        return Recipient(*reader, leave, preferences, bounce, message_id)

    return make


def recipient(keys: tokens.Keyring, public_id: str, reader: Reader) -> Recipient:
    """Make one recipient."""
    return recipients(keys, public_id)(reader)


def maker(keys: tokens.Keyring, public_id: str, variant: Variant) -> Callable[[int, Reader], Message]:
    """Return a function (edition's number, reader) → Message for one frozen variant."""
    from digest import compose

    known = recipients(keys, public_id)

    def make(edition: int, reader: Reader) -> Message:
        return compose.splice(variant, known(reader), edition=edition)

    return make
