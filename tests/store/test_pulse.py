from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from digest.store.pulse import pulse
from digest.store.schema import decisions

NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)


def test_the_pulse_beats_when_an_editor_decides(store):
    """And stays as it is while nothing happens."""
    with store.read() as conn:
        before = pulse(conn)
        assert pulse(conn) == before
    with store.write() as conn:
        conn.execute(insert(decisions).values(newsletter="daily", slot=NOW, kind="note", value="x", at=NOW))
    with store.read() as conn:
        assert pulse(conn) != before
