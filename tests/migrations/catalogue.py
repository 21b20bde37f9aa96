"""What a database says of itself, normalised: equal dumps of two databases mean equal schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_CONSTRAINT = re.compile(r"(CONSTRAINT|PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY)\b")


def _parts(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotes."""
    found, depth, quote, start = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            found.append(text[start:at])
            start = at + 1
    return [" ".join(part.split()) for part in (*found, text[start:])]


def _sqlite_table(sql: str) -> list[str]:
    head, body = sql.split("(", 1)
    inside, tail = body.rsplit(")", 1)
    parts = _parts(inside)
    columns = [part for part in parts if not _CONSTRAINT.match(part)]
    constraints = sorted(part for part in parts if _CONSTRAINT.match(part))
    columns = [re.sub(r"DEFAULT \((-?\d+)\)", r"DEFAULT \1", column) for column in columns]
    return [" ".join(head.split()), *columns, *constraints, " ".join(tail.split())]


def _sqlite(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    )
    lines: list[str] = []
    for kind, name, sql in rows:
        parts = _sqlite_table(sql) if kind == "table" else [" ".join(sql.split())]
        lines += [f"{kind} {name}: {part}" for part in parts]
    return lines


_POSTGRES = {
    "column": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
          AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum""",
    "constraint": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "index": """
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2""",
    "sequence": """
        SELECT sequencename, data_type::text, start_value, increment_by, cycle FROM pg_sequences
        WHERE schemaname = 'public' ORDER BY 1""",
}


def dump(connection: Connection) -> list[str]:
    """Return every table, column, constraint, index and sequence, one line each."""
    if connection.dialect.name == "sqlite":
        return _sqlite(connection)
    return [
        f"{kind} " + " | ".join(map(str, row))
        for kind, query in _POSTGRES.items()
        for row in connection.exec_driver_sql(query)
    ]
