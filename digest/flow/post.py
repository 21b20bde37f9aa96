"""Posting single messages through a configured sender: alerts, confirmations, test sends. No ledger."""

from __future__ import annotations

import asyncio
from email.policy import SMTP
from typing import TYPE_CHECKING

from digest.errors import SenderError
from digest.model import Message, Uncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import EmailMessage

    from digest.deliver.sender import Sender
    from digest.flow.context import Context
    from digest.model import Outcome
    from digest.settings import NewsletterSettings


def names(newsletter: NewsletterSettings) -> tuple[str, ...]:
    """Return the names of a newsletter's senders, in order of preference."""
    return (newsletter.sender,) if isinstance(newsletter.sender, str) else tuple(newsletter.sender)


def sender(ctx: Context, name: str) -> Sender:
    """Make a configured sender; raises ``SenderError`` where it is unknown or may not send.

    Without ``base_url`` a sender that reaches the network is refused: links would lead nowhere.
    """
    from digest.deliver.sender import Group, keep, make

    configured = ctx.settings.senders.get(name)
    if configured is None:
        known = ", ".join(sorted(ctx.settings.senders)) or "none"
        raise SenderError(f"no sender is named {name!r}; configured: {known}")
    made = make(name, configured.type, configured.options, ctx.settings.root)
    groups = [
        Group(key, frozenset(map(str.lower, one.domains)), one.connections, one.per_connection)
        for key, one in configured.groups.items()
    ]
    keep(name, made, groups)
    if made.reaches_network and not ctx.settings.base_url:
        raise SenderError(
            f"sender {name!r} reaches the network, but base_url is not set: links in mails would lead"
            " nowhere; set base_url in config/digest.toml, or use a maildir sender to try things out",
        )
    return made


def signature(ctx: Context, name: str) -> Callable[[Message], Message] | None:
    """Return what signs a sender's messages (DKIM), or None; raises ``SenderError`` for a key not usable."""
    chosen = ctx.settings.senders[name].dkim
    if chosen is None:
        return None
    from digest.deliver import dkim

    keys = [(chosen.selector, ctx.settings.path(chosen.key_file))]
    if chosen.second_key_file:
        keys.append((chosen.second_selector, ctx.settings.path(chosen.second_key_file)))
    return dkim.make(chosen.domain, keys).sign


def wire(message: EmailMessage, envelope_from: str, to: str, number: int = 0) -> Message:
    """Make a message of a standard library one; ``number`` tells it from others posted with it.

    Its lines may begin with a dot: senders look after that in messages that belong to no edition.
    """
    data = message.as_bytes(policy=SMTP)
    message_id = str(message["Message-ID"] or f"<{number}@digest>").strip("<>")
    return Message(
        key=(0, number), envelope_from=envelope_from, to=to, message_id=message_id, segments=(data,)
    )


def post(ctx: Context, name: str, messages: Sequence[Message]) -> list[Outcome]:
    """Hand over messages now and return their outcomes in order; their keys must differ.

    Raises ``SenderError`` when the sender cannot be used at all.
    """
    by, sign = sender(ctx, name), signature(ctx, name)
    return asyncio.run(posted(by, [sign(message) for message in messages] if sign else messages))


async def posted(by: Sender, messages: Sequence[Message]) -> list[Outcome]:
    """Do what ``post`` does, inside a running event loop."""
    outcomes: dict[tuple[int, int], Outcome] = {}

    def heard(outcome: Outcome) -> None:
        outcomes[outcome.key] = outcome

    await by.open()
    try:
        size = by.limits.max_batch
        for at in range(0, len(messages), size):
            await by.send(messages[at : at + size], heard)
    finally:
        await by.close(10.0)
    return [outcomes.get(m.key, Uncertain(m.key, "the sender said nothing")) for m in messages]
