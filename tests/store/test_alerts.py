"""Alerts in the store: once per cause, anew after it was cleared, told by one process."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.store import alerts
from digest.store.alerts import Alert

NOW = datetime(2026, 7, 5, 7, tzinfo=UTC)


def alert(cause: str = "source:port", minutes: int = 0, body: str = "down") -> Alert:
    return Alert(
        cause=cause, subject="A source is silent", body=body, raised_at=NOW + timedelta(minutes=minutes)
    )


def test_a_cause_is_opened_once(store):
    """The second raise of an open cause changes nothing."""
    with store.write() as conn:
        assert alerts.open_(conn, alert())
        assert not alerts.open_(conn, alert(minutes=5, body="still down"))
        assert [found.body for found in alerts.listed(conn)] == ["down"]


def test_a_cleared_cause_can_be_opened_again(store):
    """After clearing it is told anew, with its new words."""
    with store.write() as conn:
        alerts.open_(conn, alert())
        assert alerts.claim(conn, alerts.untold(conn)[0], NOW)
        assert alerts.clear(conn, "source:port", NOW)
        assert not alerts.clear(conn, "source:port", NOW)
        assert alerts.listed(conn) == []
        assert alerts.open_(conn, alert(minutes=9, body="down again"))
        assert [found.body for found in alerts.untold(conn)] == ["down again"]


def test_one_process_tells(store):
    """Of two processes that read the same untold alert, one gets to send it; it can be given back."""
    with store.write() as conn:
        alerts.open_(conn, alert())
        found = alerts.untold(conn)[0]
        assert alerts.claim(conn, found, NOW)
        assert not alerts.claim(conn, found, NOW)
        assert alerts.untold(conn) == []
        alerts.unclaim(conn, found)
        assert alerts.untold(conn) == [found]


@pytest.mark.parametrize("prefix", ["source:", "source:po"])
def test_open_causes_by_prefix(store, prefix):
    """Wildcards of SQL in a prefix are ordinary characters."""
    with store.write() as conn:
        alerts.open_(conn, alert("source:port"))
        alerts.open_(conn, alert("edition:x:late"))
        assert alerts.open_causes(conn, prefix) == ["source:port"]
        assert alerts.open_causes(conn, "%") == []
        assert alerts.is_open(conn, "source:port")
        assert not alerts.is_open(conn, "source")
