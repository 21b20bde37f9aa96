"""THE ONLY SQL. ``Store`` opens a database; each noun has one module of verbs that take a connection."""

from digest.store.engine import Store

__all__ = ["Store"]
