"""Small named values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.store import facts

if TYPE_CHECKING:
    from digest.store import Store

NOW = datetime(2026, 7, 5, 7, tzinfo=UTC)


def test_the_last_value_and_its_time_are_kept(store: Store) -> None:
    with store.write() as connection:
        assert facts.get(connection, "index", "none") == "none"
        facts.put(connection, "index", {"version": 1}, NOW)
        facts.put(connection, "index", {"version": 2, "of": ["ä", None]}, NOW + timedelta(hours=1))
        facts.put(connection, "other", 3, NOW)
    with store.write() as connection:
        assert facts.get(connection, "index") == {"version": 2, "of": ["ä", None]}
        assert facts.changed_at(connection, "index") == NOW + timedelta(hours=1)
        facts.forget(connection, "index")
        assert facts.get(connection, "index") is None
        assert facts.get(connection, "other") == 3


def test_a_number_is_added_to_by_several_at_once(store: Store) -> None:
    """Nothing is lost between reading and writing, on either database."""

    def some(_: int) -> None:
        for _ in range(10):
            with store.write() as connection:
                facts.add(connection, "n", 2, NOW)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(some, range(3)))
    with store.read() as connection:
        assert facts.get(connection, "n") == 60
        assert facts.changed_at(connection, "n") == NOW
