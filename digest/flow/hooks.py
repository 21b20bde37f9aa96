"""Webhooks: who may report, what follows from a report, and what is refused. Nothing counts twice.

A hook says which message a notice is about; whom it concerns is read from our own signature on that message.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.audience.bounces.report import Kind, Original, Report
from digest.audience.hooks import make
from digest.errors import HookRefused
from digest.flow import returns
from digest.flow.refusals import Refusals
from digest.model import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.audience.hooks import Hook, Notice
    from digest.flow.context import Context

log = logging.getLogger("digest.hooks")
_LONGEST = 300
"""Characters of a refusal: it may repeat what a stranger wrote."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: effects with their numbers, or why it was refused."""

    status: int
    effects: Mapping[str, int]
    refused: str = ""


class Hooks:
    """The configured hooks by name; raises ``PluginMissing`` or ``UsageError`` where one cannot be made."""

    def __init__(self, ctx: Context, made: Mapping[str, Hook] | None = None) -> None:
        self._ctx = ctx
        configured = ctx.settings.hooks.items()
        self._hooks = made or {
            name: make(name, each.type, each.options, ctx.settings.root) for name, each in configured
        }
        self.refusals = Refusals(ctx)

    def __contains__(self, name: str) -> bool:
        """Tell whether a hook has this name."""
        return name in self._hooks

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take one request: all of it, or nothing. The same request twice changes nothing."""
        try:
            notices = self._hooks[name].read(headers, body, self._ctx.now())
        except HookRefused as error:
            return self._refuse(name, error.status, str(error))
        except OSError as error:
            return self._refuse(name, 503, f"what the check needs cannot be reached now: {error}; come again")
        effects = Counter(_apply(self._ctx, name, notice) for notice in notices)
        done = ", ".join(f"{number} {effect}" for effect, number in effects.items())
        log.info("hook %s: %s", name, done or "nothing to do")
        self.refusals.taken(name)
        return Answer(200, effects)

    def _refuse(self, name: str, status: int, why: str) -> Answer:
        line = _printable(why)[:_LONGEST]
        self.refusals.add(name, line)
        log.warning("hook %s: refused (%d): %s", name, status, line)
        return Answer(status, {}, line)


def _printable(text: str) -> str:
    """Return a text on one line, without what no log and no database can hold (NUL, half characters)."""
    return "".join(each if each.isprintable() else " " for each in text)


def _apply(ctx: Context, name: str, notice: Notice) -> str:
    """Do what follows from one notice; return what was done."""
    original = Original(
        message_id=notice.message_id.strip("<> "),
        return_path=notice.return_path.strip("<> "),
        unsubscribe=notice.unsubscribe,
    )
    about = returns.identify(ctx, Report(Kind.OTHER, original=original))
    if about is None:
        return "not ours"
    public_id, subscriber = about
    event = Event(
        source=f"hook:{name}",
        dedupe_key=notice.id,
        kind=notice.kind,
        at=ctx.now(),
        subscriber=subscriber,
        detail={
            "class": notice.classed,
            "code": _printable(notice.code)[:20],
            "reason": returns.without_addresses(_printable(notice.reason)),
            "edition": public_id,
        },
    )
    return returns.apply_event(ctx, event, public_id)
