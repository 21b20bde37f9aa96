from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.cli.send import show
from digest.flow.send import Totals

HALF = Totals(
    edition=3,
    newsletter="daily",
    slot=datetime(2026, 7, 5, 6, tzinfo=UTC),
    state="sending",
    candidates=10,
    submitted=4,
    queued=6,
)


def test_what_is_left_over_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """After SIGTERM, or while another process sends the rest, a reader of the line knows how it goes on."""
    assert show(HALF, as_json=False) == 0
    assert "6 are not sent yet: this command again goes on" in capsys.readouterr().out
    show(replace(HALF, state="sent", submitted=10, queued=0), as_json=False)
    assert "not sent yet" not in capsys.readouterr().out
