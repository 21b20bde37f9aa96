"""Budgets: how much of a limit is used in a span of time. Kept, so that a restart does not exceed it.

A span is named by its beginning (``h2026-07-05T07``); what is taken and not used is not given back, so a
limit may be undercut, never exceeded, by any number of processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from digest.store.dialect import dialect_of
from digest.store.schema import budgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from digest.model import Allowance, Reserved, Span


def take(conn: Connection, sender: str, group: str, spans: Sequence[Span], n: int) -> int:
    """Take up to n messages out of every span's budget; return how many all of them still allow.

    Call it in the transaction that arms the messages: on failure nothing is spent.
    """
    granted = _left(conn, sender, group, spans, n)
    if granted:
        for span in spans:
            _spend(conn, sender, group, span, granted)
    return granted


def _used(conn: Connection, sender: str, group: str, span: Span) -> int:
    """Return what is used of a span, its row locked: two processes cannot both take the last of it."""
    dialect = dialect_of(conn)
    key = {"sender": sender, "domain_group": group, "window": span.name}
    conn.execute(dialect.insert(budgets).values(**key, used=0).on_conflict_do_nothing())
    query = select(budgets.c.used).where(*(budgets.c[name] == value for name, value in key.items()))
    return int(conn.execute(query.with_for_update()).scalar_one())


def _spend(conn: Connection, sender: str, group: str, span: Span, n: int) -> None:
    conn.execute(
        update(budgets)
        .where(
            budgets.c.sender == sender,
            budgets.c.domain_group == group,
            budgets.c.window == span.name,
            budgets.c.used + n <= span.limit,
        )
        .values(used=budgets.c.used + n),
    )


def grant(
    conn: Connection, allowance: Allowance, rows: Sequence[Reserved]
) -> tuple[list[Reserved], set[tuple[str, str]]]:
    """Choose which rows the budgets allow, spending for them; return them and the groups used up.

    A group is named (sender, group); group "" is the sender as a whole.
    """
    by_group: dict[str, list[Reserved]] = {}
    spans = {name: limits for name, _, limits in allowance.groups}
    for row in rows:
        name = next((name for name, domains, _ in allowance.groups if row.group in domains), "")
        by_group.setdefault(name, []).append(row)
    granted: list[Reserved] = []
    gone: set[tuple[str, str]] = set()
    for name, members in sorted(by_group.items()):
        wanted = len(members)
        if allowance.spans:
            wanted = _left(conn, allowance.sender, "", allowance.spans, wanted)
            if wanted < len(members):
                gone.add((allowance.sender, ""))
        n = take(conn, allowance.sender, name, spans[name], wanted) if name else wanted
        if n < wanted:
            gone.add((allowance.sender, name))
        if n and allowance.spans:
            take(conn, allowance.sender, "", allowance.spans, n)
        granted += members[:n]
    return granted, gone


def _left(conn: Connection, sender: str, group: str, spans: Sequence[Span], n: int) -> int:
    return min([n, *(max(0, span.limit - _used(conn, sender, group, span)) for span in spans)])


def used(conn: Connection, sender: str) -> dict[tuple[str, str], int]:
    """Return what a sender used, by group and span."""
    rows = conn.execute(select(budgets).where(budgets.c.sender == sender))
    return {(row.domain_group, row.window): row.used for row in rows}


def drop_old(conn: Connection, before: dict[str, str]) -> None:
    """Delete spans that are over; ``before`` gives the oldest name to keep for each kind of span."""
    for kind, oldest in before.items():
        conn.execute(delete(budgets).where(budgets.c.window.startswith(kind), budgets.c.window < oldest))
