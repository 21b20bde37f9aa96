"""The one interface between Digest and mail services, and the adapter for simple ones.

A sender plugin is a class with ``Options`` (a pydantic model), ``reaches_network`` and the methods of
``Sender``; it is found by entry point in the group ``digest.senders`` and made with
``Class(name, options, root)``. ``digest.testing.senders`` is the contract it must pass.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from digest import plugins
from digest.deliver import retry
from digest.errors import SenderError
from digest.model import RefusedRecipient, Unavailable, Uncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.model import Message, Outcome

Report = "Callable[[Outcome], None]"


class Options(BaseModel):
    """What can be set of a sender; a plugin's own options inherit from this."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Limits:
    """How a sender wants to be fed."""

    max_batch: int = 1  # messages in one call of ``send``
    in_flight: int = 1  # messages in its hands at once
    can_look_up: bool = False  # it can tell later whether it accepted a message


@dataclass(frozen=True, slots=True)
class Group:
    """Recipient domains with limits on connections; 0 means none."""

    name: str
    domains: frozenset[str]
    connections: int = 0  # that carry the group's messages at once
    per_connection: int = 0  # the group's messages on one connection


class Sender(Protocol):
    """Hands messages to a mail service. No method blocks the event loop.

    A sender that keeps connections has besides them ``keep(groups: Sequence[Group])``, called before
    ``open``: limits on connections by groups of recipient domains.
    """

    Options: ClassVar[type[Options]]
    reaches_network: ClassVar[
        bool
    ]  # without base_url such a sender refuses to send: links would lead nowhere
    limits: Limits

    async def open(self) -> None:
        """Get ready; raises ``SenderError`` when it cannot work as configured."""

    async def close(self, grace: float) -> None:
        """Report what was not begun as ``Unavailable``, finish the rest within ``grace`` seconds, let go."""

    async def send(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        """Hand over the messages; report exactly one outcome each, as soon as it is known."""

    async def look_up(self, message_id: str) -> Outcome | None:
        """Tell what became of a message: ``Submitted``, ``Deferred`` (not there), or None (cannot tell)."""


class Refusal(Exception):
    """Raised by a simple sender: the service refuses this recipient for good."""

    def __init__(self, reply: str, code: int = 550, enhanced: str = "") -> None:
        super().__init__(reply)
        self.reply, self.code, self.enhanced = reply, code, enhanced


class OneByOne:
    """Adapter for a sender that hands over one message with a blocking call: override ``hand_over``.

    Each message runs in a thread. ``hand_over`` returns an outcome, or raises ``Refusal`` (this recipient),
    ``OSError`` before anything left (nobody is burnt), or anything else (then it may have been accepted).
    """

    Options: ClassVar[type[Options]] = Options
    reaches_network: ClassVar[bool] = True
    limits = Limits(max_batch=1, in_flight=8)

    def __init__(self, name: str, options: Any, root: Path) -> None:
        self.name = name
        self.options = options
        self.root = root

    def hand_over(self, message: Message) -> Outcome:
        """Hand over one message; runs in a thread."""
        raise NotImplementedError

    async def open(self) -> None:
        """Do nothing."""

    async def close(self, grace: float) -> None:
        """Do nothing: every call has ended when ``send`` returned."""

    async def send(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        """Hand over one message after the other."""
        for message in batch:
            report(await asyncio.to_thread(self._outcome, message))

    def _outcome(self, message: Message) -> Outcome:
        try:
            return self.hand_over(message)
        except Refusal as refusal:
            cause = retry.cause(refusal.code, refusal.enhanced, refusal.reply)
            return RefusedRecipient(message.key, refusal.code, refusal.enhanced, refusal.reply, cause)
        except OSError as error:
            return Unavailable(message.key, f"{self.name}: {error}")
        except Exception as error:  # noqa: BLE001 (a plugin's fault must not stop the others)
            return Uncertain(message.key, f"{self.name}: {type(error).__name__}: {error}")

    async def look_up(self, message_id: str) -> Outcome | None:  # noqa: ARG002 (part of the interface)
        """Tell nothing."""
        return None


def keep(name: str, sender: Sender, groups: Sequence[Group]) -> None:
    """Tell a sender which groups have limits on connections; raises ``SenderError`` if it has none."""
    limited = [group for group in groups if group.connections or group.per_connection]
    if not limited:
        return
    told = getattr(sender, "keep", None)
    if told is None:
        raise SenderError(
            f"senders.{name}.groups.{limited[0].name}: this type of sender keeps no connections; take out"
            " connections and per_connection, per_second and per_hour hold with every sender"
        )
    told(limited)


def make(name: str, kind: str, options: dict[str, Any], root: Path) -> Sender:
    """Make the sender of a configuration entry; raises ``PluginMissing`` and ``SenderError``."""
    plugin = plugins.load(plugins.SENDERS, kind)
    try:
        checked = plugin.Options.model_validate(options)
    except ValidationError as error:
        raise SenderError(f"senders.{name}: {plugins.wrong(error)}") from None
    sender: Sender = plugin(name, checked, root)
    return sender
