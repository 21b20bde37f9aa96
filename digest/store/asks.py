"""Asks: requests for a letter from the public pages. Limits are counted here, letters wait here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from digest.store.schema import asks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

TRIES = 5
"""Attempts to send one letter."""


def add(conn: Connection, at: datetime, **values: Any) -> int:
    """Keep a request: ``newsletter, address_hash, network, letter, subscriber, subscription, language``."""
    key = conn.execute(insert(asks).values(at=at, **values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def settle(conn: Connection, ask: int, **values: Any) -> None:
    """Write what follows from a request: ``letter, subscriber, subscription``."""
    conn.execute(update(asks).where(asks.c.id == ask).values(**values))


def letters_to(conn: Connection, address_hash: str, since: datetime) -> int:
    """Count the letters an address was sent, or is to be, since a time."""
    query = select(func.count()).select_from(asks)
    query = query.where(asks.c.address_hash == address_hash, asks.c.at > since, asks.c.letter != "none")
    return conn.execute(query).scalar_one()


def from_network(conn: Connection, network: str, since: datetime) -> int:
    """Count the requests from a network since a time; 0 where the network is not known."""
    if not network:
        return 0
    query = select(func.count()).select_from(asks).where(asks.c.network == network, asks.c.at > since)
    return conn.execute(query).scalar_one()


def total(conn: Connection, since: datetime) -> int:
    """Count all requests since a time."""
    return conn.execute(select(func.count()).select_from(asks).where(asks.c.at > since)).scalar_one()


def waiting(conn: Connection, since: datetime, limit: int = 100) -> list[Row[Any]]:
    """Return requests whose letter was not sent yet, oldest first; without those still to be settled."""
    query = select(asks).where(asks.c.sent_at.is_(None), asks.c.letter != "none", asks.c.at > since)
    query = query.where(asks.c.subscriber.is_not(None))
    return list(conn.execute(query.where(asks.c.tries < TRIES).order_by(asks.c.id).limit(limit)))


def claim(conn: Connection, ask: int, tries: int) -> bool:
    """Take a letter to send it; False if another process took this attempt."""
    statement = update(asks).where(asks.c.id == ask, asks.c.tries == tries, asks.c.sent_at.is_(None))
    return conn.execute(statement.values(tries=tries + 1)).rowcount == 1


def sent(conn: Connection, ask: int, at: datetime) -> None:
    """Note that a letter was handed over."""
    conn.execute(update(asks).where(asks.c.id == ask).values(sent_at=at))


def drop(conn: Connection, before: datetime) -> int:
    """Forget requests older than a time; return how many."""
    return conn.execute(delete(asks).where(asks.c.at < before)).rowcount


def forget(conn: Connection, subscriber: int) -> None:
    """Forget what a subscriber asked for."""
    conn.execute(delete(asks).where(asks.c.subscriber == subscriber))
