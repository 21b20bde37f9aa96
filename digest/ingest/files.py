"""Files and folders: each file is a document of its own kind (feed, page, JSON Feed, JSON Lines, sitemap)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 (it is called)
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from digest.errors import SourceError
from digest.ingest.source import Document, Found, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_KINDS = frozenset({
    ".xml", ".rss", ".atom", ".rdf", ".json", ".jsonl", ".ndjson", ".html", ".htm", ".xhtml", ".gz",
    ".feed", ".txt",
})  # fmt: skip


class Options(BaseModel):
    """Options of a folder source."""

    model_config = ConfigDict(extra="allow")
    pattern: str = Field("*", description="Which files of the folder, such as *.xml.")


class FilesSource:
    """Reads files; what is in them is found out per file."""

    kind = "files"
    Options = Options

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    @staticmethod
    def claims(document: Document) -> int:  # noqa: ARG004 (the protocol's shape)
        """Claim nothing: a file's content belongs to the plugin of its format."""
        return 0

    def parse(self, document: Document, reading: Reading) -> Found:
        """Hand the file to the plugin of its format."""
        from digest.ingest.sniff import read

        return read(document, replace(reading, source=replace(reading.source, kind="auto", options={})))


def documents(path: Path, most: int, pattern: str = "*") -> Iterator[Document | SourceError]:
    """Give each file below a path in the order of names; what cannot be read comes as the error it raised.

    A path that is no folder is read whatever it is: a file, a pipe, a device. Raises ``SourceError`` when
    there is nothing at ``path``. At most ``most`` bytes of each are read; what is larger is cut off.
    """
    if not path.exists():
        raise SourceError(f"there is no file or folder {path}")
    if not path.is_dir():
        yield document(path, most)
        return
    for file in sorted(path.rglob(pattern)):
        if file.is_file() and file.suffix.lower() in _KINDS and not file.name.startswith("."):
            yield document(file, most)


def document(path: Path, most: int) -> Document | SourceError:
    """Read one file, or return why not."""
    try:
        with path.open("rb") as file:
            return beginning(file, most, str(path))
    except OSError as error:
        return SourceError(f"{path} cannot be read: {error.strerror}")


def beginning(file: BinaryIO, most: int, name: str) -> Document:
    """Read at most ``most`` bytes of an open file; the document says when there is more."""
    return Document(url="", body=file.read(most + 1), name=name).up_to(most)
