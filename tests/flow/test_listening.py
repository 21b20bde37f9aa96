"""Returned mail over SMTP: acknowledged once it was acted on, and only under our own signature."""

from __future__ import annotations

import asyncio
import smtplib
from datetime import UTC, datetime

import pytest

from digest import tokens
from digest.errors import UsageError
from digest.flow import audience, listening
from digest.flow.messages import keyring
from digest.store import subscribers

EDITION = tokens.public_id("daily", datetime(2026, 7, 5, 6, tzinfo=UTC))
BOUNCE = (
    b"From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n"
    b"<somebody@example.org>:\r\n550 5.1.1 user unknown\r\n"
)


def test_a_bounce_is_acted_on_before_it_is_acknowledged(context):
    """Whom it is about is read from the envelope's recipient; a path we did not sign is refused."""
    audience.add(context, "ann@example.org", "daily", "form")
    with context.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org").id
    path = f"{tokens.bounce(keyring(context), EDITION, ann)}@bounce.example"

    def send(port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("", [path], BOUNCE)
            with context.store.read() as conn:
                assert list(subscribers.candidates(conn, "daily", context.now())) == []
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("", [f"bounces+{ann}@bounce.example"], BOUNCE)

    async def main():
        stop, where = asyncio.Event(), asyncio.get_running_loop().create_future()

        def told(_host, port):
            where.set_result(port)

        task = asyncio.create_task(listening.listen(context, ("127.0.0.1", 0), told, stop, lmtp=False))
        await asyncio.to_thread(send, await where)
        with pytest.raises(UsageError, match="another --port"):
            await listening.listen(context, ("127.0.0.1", await where), print, stop, lmtp=False)
        stop.set()
        await task

    asyncio.run(main())
