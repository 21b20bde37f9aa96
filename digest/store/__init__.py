"""THE ONLY SQL. ``Store`` opens a database; each noun has one module of verbs that take a ``Connection``."""

from sqlalchemy.engine import Connection

from digest.store.engine import Near, Store

__all__ = ["Connection", "Near", "Store"]
