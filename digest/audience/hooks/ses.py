"""Hook ``ses``: notifications of Amazon SES through SNS, signed by Amazon; nothing else is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar
from urllib.request import urlopen

from pydantic import Field

from digest.audience import sns
from digest.audience.bounces.report import Kind, Report
from digest.audience.bounces.services import amazon
from digest.audience.hooks.hook import Hook, Notice, Options
from digest.errors import HookRefused, TokenInvalid
from digest.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_KINDS = {
    Kind.BOUNCE: EventKind.BOUNCED,
    Kind.DELAY: EventKind.DEFERRED,
    Kind.COMPLAINT: EventKind.COMPLAINED,
}
_MOST_CERTIFICATES = 20
"""Certificates kept; there is one for a region, and it changes once a year."""


def fetch(url: str) -> bytes:
    """Fetch a small document from one of Amazon's own addresses; raises ``TokenInvalid`` for any other."""
    if not sns.trusted(url):
        raise TokenInvalid("the address to fetch from is not one of Amazon's")
    with urlopen(url, timeout=10) as answer:  # noqa: S310 (https, and the host was checked)
        body: bytes = answer.read(100_000)
    return body


class SesOptions(Options):
    """What can be set of an SES hook."""

    topics: tuple[str, ...] = Field(
        min_length=1, description="ARNs of the SNS topics whose notifications are taken."
    )


class SesHook(Hook):
    """Takes notifications and events of SES, and confirms the topic's subscription."""

    Options: ClassVar[type[Options]] = SesOptions

    def __init__(
        self, name: str, options: SesOptions, root: Path, fetch: Callable[[str], bytes] = fetch
    ) -> None:
        super().__init__(name, options, root)
        self._fetch = fetch
        self._certificates: dict[str, bytes] = {}

    def _certificate(self, url: str) -> bytes:
        """Return a certificate, kept after it was fetched once."""
        if url not in self._certificates:
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = self._fetch(url)
        return self._certificates[url]

    def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:  # noqa: ARG002 (SNS signs the body)
        """Take one notification of SNS."""
        message = json.loads(body)
        if not isinstance(message, dict):
            raise HookRefused("the body is no JSON object", 400)
        sns.check(message, self.options.topics, now, self._certificate)
        if message["Type"] == "SubscriptionConfirmation":
            self._fetch(str(message["SubscribeURL"]))
        if message["Type"] != "Notification":
            return ()
        try:
            said = json.loads(str(message["Message"]))
        except ValueError:  # SNS greets a new subscription in plain words
            return ()
        report = amazon(said) if isinstance(said, dict) else None
        return () if report is None or report.kind not in _KINDS else (_notice(report, message["MessageId"]),)


def _notice(report: Report, number: object) -> Notice:
    return Notice(
        id=str(number),
        kind=_KINDS[report.kind],
        message_id=report.original.message_id,
        return_path=report.original.return_path,
        unsubscribe=report.original.unsubscribe,
        classed=report.classed,
        code=report.code,
        reason=report.reason,
    )
