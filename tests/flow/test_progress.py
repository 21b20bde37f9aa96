"""Progress comes from the store: it begins where the edition stands, and whoever asks gets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.flow.context import Context
from digest.flow.progress import Meter, span
from digest.settings import Settings
from digest.store import editions
from digest.testing.editions import SLOT, enrol, frozen

if TYPE_CHECKING:
    from digest.store import Store


class Seconds:
    """A clock of seconds that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def edition(store: Store) -> int:
    enrol(store, 1000)
    return frozen(store)


def settle(store: Store, edition: int, **counts: int) -> None:
    """Move deliveries from the queue, as the ledger would have."""
    with store.write() as conn:
        for state, n in counts.items():
            conn.exec_driver_sql(f"DELETE FROM tallies WHERE edition={edition} AND state='{state}'")
            conn.exec_driver_sql(f"INSERT INTO tallies VALUES ({edition}, '{state}', {n})")
        left = 1000 - sum(counts.values())
        conn.exec_driver_sql(f"UPDATE tallies SET n={left} WHERE edition={edition} AND state='queued'")


def test_sent_rate_remaining_deferred_refused(store: Store, edition: int) -> None:
    """The line says what the ledger says, and the rate is that of the last seconds."""
    clock = Seconds()
    meter = Meter(Context(Settings(), store, lambda: SLOT), edition, clock)
    clock.now = 10.0
    settle(store, edition, submitted=190, deferred=7, refused=10)
    meter.read()
    assert meter.rate == pytest.approx(20.0)
    assert meter.line() == "sent 190 of 1,000, 20 a second, 40 s left, 7 deferred, 10 refused"
    figures = meter.figures()
    assert (figures["submitted"], figures["rate"], figures["left"], figures["deferred"]) == (
        190,
        20.0,
        39.6,
        7,
    )


def test_after_a_restart_it_goes_on_where_the_edition_stands(store: Store, edition: int) -> None:
    """What another process sent before counts as sent, not as speed."""
    settle(store, edition, submitted=600)
    clock = Seconds()
    meter = Meter(Context(Settings(), store, lambda: SLOT), edition, clock)
    clock.now = 2.0
    settle(store, edition, submitted=700)
    meter.read()
    assert meter.line().startswith("sent 700 of 1,000, 50 a second, 6 s left")


def test_standing_still_shows(store: Store, edition: int) -> None:
    """Where nothing moved lately no time is promised."""
    clock = Seconds()
    meter = Meter(Context(Settings(), store, lambda: SLOT), edition, clock)
    settle(store, edition, submitted=300)
    for clock.now in (5.0, 12.0, 19.0, 26.0, 33.0):
        meter.read()
    assert "standing still" in meter.line()
    assert meter.figures()["left"] is None


def test_it_only_reads(store: Store, edition: int) -> None:
    """Looking changes nothing."""
    with store.read() as conn:
        before = editions.frozen(conn, edition)
    Meter(Context(Settings(), store, lambda: SLOT), edition).read()
    with store.read() as conn:
        assert editions.frozen(conn, edition) == before


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (60, "1:00"), (185, "3:05"), (3753, "1:02:33")]
)
def test_spans(seconds: float, words: str) -> None:
    """Seconds as people say them."""
    assert span(seconds) == words
