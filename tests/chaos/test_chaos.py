"""A short chaos run: the process is killed at every step on both databases, with both policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos import chaos

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("unknown", ["hold", "resend"])
def test_kill_nine(database_url: str, tmp_path: Path, unknown: str) -> None:
    """After kill -9: nobody lost, with hold nobody twice, with resend at most K, and the books close."""
    found = chaos.play_all(database_url, tmp_path, unknown, kills=3, readers=400)
    assert found.wrong == []
    assert found.kills >= 3
    assert found.lost == 0
    assert found.unknown_max <= chaos.K
    assert found.twice_max <= (0 if unknown == "hold" else chaos.K)
