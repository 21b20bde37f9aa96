"""Messages out of files, folders, maildirs and mboxes, one by one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 30_000_000
"""Bytes read of one file that is not an mbox."""

_FROM = re.compile(rb"(?:\A|\n\r?\n|\A\s+)(?=From \S+ .{5,60}\d{2}:\d{2})")


def messages(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Give (name, bytes) of every message under the paths, in order of name.

    A file of several messages (mbox) gives each as ``FILE#1``, ``FILE#2`` … Raises ``UsageError`` for a path
    that is not there.
    """
    for path in map(Path, paths):
        if not path.exists():
            msg = f"{path} is not there; give files, folders, maildirs or mboxes"
            raise UsageError(msg)
        for file in _files(path):
            yield from _in(file)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        hidden = inside.name.startswith(".")
        unfinished = file.parent.name == "tmp" and (file.parent.parent / "cur").is_dir()
        if file.is_file() and not hidden and not unfinished:
            yield file


def _in(file: Path) -> Iterator[tuple[str, bytes]]:
    with file.open("rb") as stream:
        data = stream.read(LARGEST)
    if not data.strip():
        return
    starts = [found.end() for found in _FROM.finditer(data)] if data.lstrip().startswith(b"From ") else []
    if len(starts) < 2:  # noqa: PLR2004 (one message)
        yield str(file), data
        return
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        yield f"{file}#{number}", data[start:end]
