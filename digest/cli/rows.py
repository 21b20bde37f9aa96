"""Rows as CSV or as lines of JSON, streaming."""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING, Any

from digest.cli.common import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its times as text."""
    return {key: stamp(value) if hasattr(value, "astimezone") else value for key, value in row.items()}


def write_csv(rows: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """Write rows with a line of column names; return how many."""
    writer: Any = None
    count = 0
    for row in map(plain, rows):
        if writer is None:
            writer = csv.DictWriter(out, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _unformula(value) for key, value in row.items()})
        count += 1
    return count


def _unformula(value: Any) -> Any:
    """Keep a spreadsheet from running what a reader wrote as their name."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def write_lines(rows: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """Write each row as one line of JSON; return how many."""
    count = 0
    for row in map(plain, rows):
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count
