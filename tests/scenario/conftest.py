"""A house for each scenario: real store on both databases, real SMTP server, a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.testing.house import Clock, House
from digest.testing.smtp import SmtpServer


@pytest.fixture
def clock():
    """Sunday 5 July 2026, noon UTC."""
    return Clock(datetime(2026, 7, 5, 12, tzinfo=UTC))


@pytest.fixture
def server():
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path, database_url, clock, server):
    """One newsletter at 07:00 UTC with three readers, on each kind of database in turn."""
    opened = House(tmp_path, database_url, clock, server.port)
    opened.enrol("morning", 3)
    yield opened
    opened.close()
