"""What every flow is given: settings, store and the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.clock import utc_now
from digest.errors import NewsletterUnknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.settings import NewsletterSettings, Settings
    from digest.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, store and clock of one command or process. With ``--at`` the clock stands still."""

    settings: Settings
    store: Store
    now: Callable[[], datetime] = utc_now

    def newsletter(self, name: str) -> NewsletterSettings:
        """Return one newsletter's settings; raises ``NewsletterUnknown`` naming those there are."""
        try:
            return self.settings.newsletters[name]
        except KeyError:
            known = ", ".join(sorted(self.settings.newsletters)) or "none"
            msg = f"no newsletter is named {name!r}; configured: {known}"
            raise NewsletterUnknown(msg) from None
