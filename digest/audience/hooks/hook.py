"""The one interface between Digest and what mail services report by webhook.

A hook plugin is a class that inherits from ``Hook``, has ``Options`` (a pydantic model) and overrides
``hear``; it is found by entry point in the group ``digest.hooks`` and made with
``Class(name, options, root)``. ``digest.testing.hooks`` is the contract it must pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from digest import plugins
from digest.audience.bounces.report import Class
from digest.errors import HookRefused, TokenInvalid, UsageError
from digest.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

MOST_BYTES = 1_000_000
"""Bytes of one request's body; a larger one is refused before a byte of it is read."""
MOST_NOTICES = 1_000
"""Notices in one request."""
_LONGEST_ID = 200
KINDS = tuple(kind for kind in EventKind if kind is not EventKind.CLICKED)
"""What a mail service can tell; clicks are counted here or nowhere."""


class Options(BaseModel):
    """What can be set of a hook; a plugin's own options inherit from this."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing a mail service told. It names the message, never the reader: only our signatures do that.

    Raises ``ValueError`` for what no notice can say.
    """

    id: str  # the service's own; the same one twice changes nothing
    kind: EventKind
    message_id: str = ""  # Message-ID of the message it is about, as we signed it
    return_path: str = ""  # its envelope sender, as we signed it
    unsubscribe: str = ""  # its List-Unsubscribe
    classed: str = ""  # a Class, of what bounced or is deferred
    code: str = ""  # enhanced status (RFC 3463), else the SMTP reply code
    reason: str = ""  # the diagnostic

    def __post_init__(self) -> None:
        """Check what would do harm later."""
        if not (0 < len(self.id) <= _LONGEST_ID and self.id.isprintable()):
            msg = f"a notice has an id of 1 to {_LONGEST_ID} characters that can be printed"
            raise ValueError(msg)
        if self.kind not in KINDS:
            msg = f"kind {str(self.kind)!r} is none of {', '.join(KINDS)}"
            raise ValueError(msg)
        if self.classed not in ("", *Class):
            msg = f"class {self.classed!r} is none of {', '.join(Class)}"
            raise ValueError(msg)


class Hook:
    """A hook: override ``hear``. What it lets out as an exception becomes a refusal, so none can harm."""

    Options: ClassVar[type[Options]] = Options

    def __init__(self, name: str, options: Any, root: Path) -> None:
        self.name = name
        self.options = options
        self.root = root

    def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        """Check the signature and the time, then return what the request tells; runs in a thread.

        ``headers`` have their names in small letters. Raises ``HookRefused``; any other exception means that
        the content cannot be understood, an ``OSError`` that something it needs cannot be reached now.
        """
        raise NotImplementedError

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        """Return what a request tells.

        Raises ``HookRefused``, and ``OSError`` when the service should come again later.
        """
        if len(body) > MOST_BYTES:
            raise HookRefused(f"the body is larger than {MOST_BYTES:,} bytes; send it in parts", 413)
        try:
            found = tuple(self.hear({key.lower(): value for key, value in headers.items()}, body, now))
        except (HookRefused, OSError):
            raise
        except TokenInvalid as error:
            raise HookRefused(str(error)) from None
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise HookRefused(f"the content cannot be understood ({said})", 400) from error
        if len(found) > MOST_NOTICES:
            raise HookRefused(f"more than {MOST_NOTICES:,} notices at once; send them in parts", 413)
        return found


def make(name: str, kind: str, options: dict[str, Any], root: Path) -> Hook:
    """Make the hook of a configuration entry; raises ``PluginMissing`` and ``UsageError``."""
    plugin = plugins.load(plugins.HOOKS, kind)
    try:
        checked = plugin.Options.model_validate(options)
    except ValidationError as error:
        raise UsageError(f"hooks.{name}: {plugins.wrong(error)}; see docs/howto/hook.md") from None
    hook: Hook = plugin(name, checked, root)
    return hook
