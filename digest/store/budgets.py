"""Budgets: how much of a limit is used. Kept, so that neither a restart nor a second process exceeds it.

Use is counted in slices of the clock; what the slices of one span hold together is what any stretch of that
length may at most have held. So there is no full hour at whose turn twice the limit could leave. What is
taken and not used is not given back: a limit may be undercut, never exceeded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from digest.store.dialect import dialect_of
from digest.store.schema import budgets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from digest.model import Allowance, Reserved, Span

Gone = dict[tuple[str, str], "datetime"]
"""(sender, group) without budget, and until when; group "" is the sender as a whole."""

_LOCK = "lock"  # the name of the row that is locked while a group's slices are read and written


def _lock(conn: Connection, sender: str, group: str) -> None:
    """Keep other processes from counting the same group until this transaction ends."""
    if conn.dialect.name == "sqlite":
        return  # a writer is alone
    key = {"sender": sender, "domain_group": group, "window": _LOCK}
    conn.execute(dialect_of(conn).insert(budgets).values(**key, used=0).on_conflict_do_nothing())
    query = select(budgets.c.used).where(*(budgets.c[name] == value for name, value in key.items()))
    conn.execute(query.with_for_update())


def left(
    conn: Connection, sender: str, group: str, spans: Sequence[Span], n: int
) -> tuple[int, datetime | None]:
    """Return how many of n messages every span allows, and if fewer, when there is budget again."""
    _lock(conn, sender, group)
    granted, until = n, None
    for span in spans:
        rows = conn.execute(
            select(budgets.c.window, budgets.c.used)
            .where(
                budgets.c.sender == sender,
                budgets.c.domain_group == group,
                budgets.c.window.between(span.first, span.present),
            )
            .order_by(budgets.c.window),
        ).all()
        free = max(0, span.limit - sum(row.used for row in rows))
        if free < n:
            granted = min(granted, free)
            again = span.free(rows[0].window if rows else span.present)
            until = max(again, until) if until else again
    return granted, until


def spend(conn: Connection, sender: str, group: str, spans: Sequence[Span], n: int) -> None:
    """Count n messages in every span's present slice; slices that are over are forgotten."""
    statement = dialect_of(conn).insert(budgets)
    statement = statement.on_conflict_do_update(
        index_elements=["sender", "domain_group", "window"],
        set_={"used": budgets.c.used + statement.excluded.used},
    )
    for span in spans if n else ():
        conn.execute(statement, {"sender": sender, "domain_group": group, "window": span.present, "used": n})
        conn.execute(
            delete(budgets).where(
                budgets.c.sender == sender,
                budgets.c.domain_group == group,
                budgets.c.window >= span.name(0),
                budgets.c.window < span.first,
            ),
        )


def grant(conn: Connection, allowance: Allowance, rows: Sequence[Reserved]) -> tuple[list[Reserved], Gone]:
    """Choose which rows the budgets allow, spending for them; return them and the groups used up.

    Call it in the transaction that arms the rows: on failure nothing is spent.
    """
    by_group: dict[str, list[Reserved]] = {}
    spans = {name: limits for name, _, limits in allowance.groups}
    for row in rows:
        name = next((name for name, domains, _ in allowance.groups if row.group in domains), "")
        by_group.setdefault(name, []).append(row)
    granted: list[Reserved] = []
    gone: Gone = {}
    for name, members in sorted(by_group.items(), reverse=True):  # named groups first
        n = len(members)
        for group, limits in (("", allowance.spans), (name, spans.get(name, ()))):
            if not limits:
                continue
            n, until = left(conn, allowance.sender, group, limits, n)
            if until is not None:
                gone[allowance.sender, group] = until
        spend(conn, allowance.sender, "", allowance.spans, n)
        if name:
            spend(conn, allowance.sender, name, spans[name], n)
        granted += members[:n]
    return granted, gone


def used(conn: Connection, sender: str) -> dict[tuple[str, str], int]:
    """Return what a sender used, by group and slice."""
    rows = conn.execute(select(budgets).where(budgets.c.sender == sender, budgets.c.window != _LOCK))
    return {(row.domain_group, row.window): row.used for row in rows}
