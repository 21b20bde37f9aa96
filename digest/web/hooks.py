"""Webhooks of mail services. Nothing is believed before its signature was checked; replays change nothing."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from digest.audience import sns
from digest.audience.bounces.services import amazon
from digest.errors import TokenInvalid
from digest.flow import returns

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.flow.context import Context

log = logging.getLogger("digest.hooks")


def fetch(url: str) -> bytes:
    """Fetch a small document from one of Amazon's own addresses; raises ``TokenInvalid`` for any other."""
    if not sns.trusted(url):
        raise TokenInvalid("not an address of Amazon's")
    with urlopen(url, timeout=10) as answer:  # noqa: S310 (https, and the host was checked)
        body: bytes = answer.read(100_000)
    return body


class Hooks:
    """What mail services tell."""

    def __init__(self, ctx: Context, fetcher: Callable[[str], bytes]) -> None:
        self._ctx = ctx
        self._fetch = fetcher
        self._certificates: dict[str, bytes] = {}

    def certificate(self, url: str) -> bytes:
        """Return a certificate, kept after it was fetched once."""
        if url not in self._certificates:
            if len(self._certificates) > 20:  # noqa: PLR2004 (they change once a year)
                self._certificates.clear()
            self._certificates[url] = self._fetch(url)
        return self._certificates[url]

    def take(self, body: bytes) -> int:
        """Take one notification of Amazon SNS; return the status to answer with."""
        try:
            message = json.loads(body)
            if not isinstance(message, dict):
                return 400
            sns.check(message, self._ctx.settings.web.sns_topics, self._ctx.now(), self.certificate)
        except OSError as error:
            log.warning("a certificate could not be fetched: %s", error)
            return 503
        except (ValueError, TokenInvalid) as error:
            log.warning("a notification was refused: %s", error)
            return 403 if isinstance(error, TokenInvalid) else 400
        if message["Type"] == "SubscriptionConfirmation":
            self._fetch(str(message["SubscribeURL"]))
        elif message["Type"] == "Notification":
            self._apply(message)
        return 200

    def _apply(self, message: dict[str, Any]) -> None:
        try:
            said = json.loads(str(message["Message"]))
        except ValueError:
            return
        report = amazon(said) if isinstance(said, dict) else None
        if report:
            returns.act(self._ctx, report, f"ses:{message['MessageId']}")


def router(ctx: Context, fetcher: Callable[[str], bytes] = fetch) -> APIRouter:
    """Give the routes under ``/hooks``."""
    routes = APIRouter(tags=["webhooks"])
    hooks = Hooks(ctx, fetcher)

    @routes.post(
        "/hooks/ses",
        summary="Notifications of Amazon SES through SNS",
        response_class=Response,
        responses={400: {"description": "No JSON object"}, 403: {"description": "Not genuine"}},
    )
    async def ses(request: Request) -> Response:
        body = await request.body()
        return Response(status_code=await run_in_threadpool(hooks.take, body))

    return routes
