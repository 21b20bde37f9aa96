"""Opening a database."""

from sqlalchemy import select, text

from digest.store import Store
from digest.store.schema import facts


def test_reads_and_writes(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("SELECT 1"))
    with store.read() as connection:
        assert connection.execute(select(facts)).all() == []
