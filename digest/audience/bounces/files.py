"""Messages out of files, folders, maildirs and mboxes, one by one."""

from __future__ import annotations

import contextlib
import gzip
import re
import zlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator

LARGEST = 30_000_000
"""Bytes of one message that are read."""

_LINE = 1_000_000
"""Bytes read at once of a line without end."""

_FROM = re.compile(rb"From \S+ .{5,60}\d{2}:\d{2}")
"""The line before each message of an mbox."""


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
    found = _parted(_opened(file))
    first = next(found, b"")
    if not first.strip():
        return
    second = next(found, None)
    if second is None:
        yield str(file), first
        return
    for number, data in enumerate(chain((first, second), found), 1):
        yield f"{file}#{number}", data


def _opened(file: Path) -> Iterator[bytes]:
    """Give the lines of a file, unpacked if it is gzip; a packed file that is broken ends where it breaks."""
    with file.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: io.BufferedIOBase = gzip.GzipFile(fileobj=raw) if packed else raw
        with contextlib.suppress(OSError, EOFError, zlib.error):
            while line := stream.readline(_LINE):
                yield line


def _parted(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Part lines into messages: each mbox line that follows an empty one begins another (RFC 4155)."""
    message: list[bytes] = []
    size, mbox, empty, said = 0, False, True, False
    for line in lines:
        if empty and (mbox or not said) and line.startswith(b"From ") and _FROM.match(line):
            if mbox:
                yield b"".join(message)
            message, size, mbox = [], 0, True
        if size < LARGEST:
            message.append(line)
            size += len(line)
        empty = not line.strip()
        said = said or not empty
    yield b"".join(message)
