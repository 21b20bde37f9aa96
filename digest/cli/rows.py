"""Rows as CSV or as lines of JSON, streaming; counted as they come, refused ones reported."""

from __future__ import annotations

import csv
import json
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from digest.cli.common import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from digest.audience.table import BadRow


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


@contextmanager
def counting(label: str) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many rows were read: a counter on a terminal, plain lines elsewhere."""
    started = last = time.monotonic()
    terminal = sys.stderr.isatty()

    def show(rows: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= (0.2 if terminal else 5):
            last = now
            text = f"{label}: {rows:,} rows, {rows / (now - started):,.0f} a second"
            click.echo(f"\r{text}" if terminal else text, err=True, nl=not terminal)

    yield show
    if terminal and last != started:
        click.echo(err=True)


class Report:
    """Where refused rows go: a CSV file as they come, and the first few to be shown."""

    def __init__(self, file: IO[str] | None) -> None:
        self._rows = csv.writer(file) if file else None
        if self._rows:
            self._rows.writerow(("line", "reason", "row"))
        self.first: list[dict[str, Any]] = []

    def __call__(self, bad: BadRow) -> None:
        """Keep one refused row."""
        if len(self.first) < 1000:  # noqa: PLR2004 (what a person or a program can use at once)
            self.first.append({"line": bad.line, "reason": bad.reason, "row": bad.text})
        if self._rows:
            self._rows.writerow((bad.line, bad.reason, bad.text))
