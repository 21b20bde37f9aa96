"""What the archive learns of articles just saved; called inside the transaction that saved them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from digest.model import Article


def learn(conn: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Take note of new and changed articles."""
