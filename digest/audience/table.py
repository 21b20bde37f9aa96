"""Tables of readers: CSV in any delimiter and encoding becomes rows, streamed; bad rows keep their line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from digest.audience.addresses import PLAIN, normalise
from digest.errors import AddressInvalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SAMPLE = 65536
"""Bytes looked at to find out encoding, delimiter and columns."""

FIELDS = ("email", "name", "language", "zone")

_KNOWN = {
    "email": (
        "email",
        "e-mail",
        "email address",
        "e-mail address",
        "mail",
        "address",
        "adresse",
        "correo",
        "البريد",
    ),
    "name": ("name", "full name", "fullname", "display name", "nom", "nombre", "الاسم"),
    "first": ("first name", "first_name", "firstname", "given name", "vorname", "prénom"),
    "last": ("last name", "last_name", "lastname", "surname", "family name", "nachname"),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma"),
    "zone": ("zone", "timezone", "time zone", "time_zone", "tz"),
    "state": ("status", "state", "email status", "email_status", "subscribed", "subscribed_to_emails"),
    "gone": (
        "unsubscribed_at",
        "unsubscribe_date",
        "unsub_time",
        "unsubscribed on",
        "deleted_at",
        "bounced_at",
    ),
}
COLUMNS = ("email", "name", "first", "last", "language", "zone", "state")
"""Fields an operator can name the column of."""

_NO = re.compile(
    r"unsub\w*|cleaned|bounced|hard.?bounce\w*|complain\w*|spam|suppress\w*|inactive|blocked|blacklisted|removed"
    r"|deleted|pending|unconfirmed|non.?subscribed|not subscribed|opted?[- ]?out|disabled|false|no|0",
)
"""What other systems write of someone who does not get their mail."""


class Reader(NamedTuple):
    """A good row."""

    line: int
    address: str
    key: str
    name: str = ""
    language: str = ""
    zone: str = ""


class BadRow(NamedTuple):
    """A row that is refused."""

    line: int
    reason: str
    text: str  # as much of the row as helps to find it


@dataclass(slots=True)
class Shape:
    """What was found out about a table; shown before anything is written."""

    encoding: str
    delimiter: str
    header: bool
    columns: dict[str, int] = field(default_factory=dict)  # field → place, from 0


class _Start(io.RawIOBase):
    """A stream that gives back the sample that was read from it, then the rest."""

    def __init__(self, sample: bytes, rest: IO[bytes]) -> None:
        self._sample = sample
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._sample[: len(buffer)] if self._sample else self._rest.read(len(buffer))
        self._sample = self._sample[len(chunk) :] if self._sample else b""
        buffer[: len(chunk)] = chunk
        return len(chunk)


def encoding_of(sample: bytes) -> str:
    """Return the encoding of a sample: by its mark, UTF-8 if it is that, else the likeliest."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if sample.startswith(mark):
            return name
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(sample) - 4:  # a letter cut in two at the end
            return "utf-8"
    else:
        return "utf-8"
    beyond = sum(byte > 127 for byte in sample)  # noqa: PLR2004 (the end of ASCII)
    if beyond * 8 < sum(byte > 64 for byte in sample):  # noqa: PLR2004 (where letters begin)
        return "cp1252"  # letters with a few accents: too little to guess by
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def delimiter_of(text: str) -> str:
    """Return the character that splits the first lines into the same number of cells; a comma by default."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    best, most = ",", 0
    for candidate in (",", ";", "\t", "|"):
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=candidate))
        cells, rows = counts.most_common(1)[0] if counts else (1, 0)
        if cells > 1 and rows * cells > most:
            best, most = candidate, rows * cells
    return best


def _columns(first: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Find the fields among the names of the columns; ``mapping`` (field → column's name) comes first."""
    names = [cell.strip().casefold() for cell in first]
    columns: dict[str, int] = {}
    for wanted, column in mapping.items():
        if column.strip().casefold() not in names:
            msg = f"there is no column {column!r}; the table has: {', '.join(map(str.strip, first))}"
            raise UsageError(msg)
        columns[wanted] = names.index(column.strip().casefold())
    for wanted, known in _KNOWN.items():
        for name in known:
            if wanted not in columns and name in names:
                columns[wanted] = names.index(name)
    return columns


def shape(sample: bytes, mapping: Mapping[str, str]) -> Shape:
    """Find out encoding, delimiter, header and columns; raises ``UsageError`` if none has addresses."""
    encoding = encoding_of(sample)
    text = sample.decode(encoding, "replace")
    delimiter = delimiter_of(text)
    first = next(csv.reader(text.splitlines()[:1], delimiter=delimiter), [])
    with_at = [place for place, cell in enumerate(first) if "@" in cell]
    if with_at and not mapping:
        return Shape(encoding, delimiter, header=False, columns={"email": with_at[0]})
    columns = _columns(first, mapping)
    if "email" not in columns:
        there = ", ".join(first) or "nothing"
        msg = f"no column holds addresses; the table has: {there}. Name it: --column email=NAME"
        raise UsageError(msg)
    return Shape(encoding, delimiter, header=True, columns=columns)


class Table:
    """A table being read: ``shape`` is known at once, rows are streamed, memory stays small."""

    def __init__(self, stream: IO[bytes], mapping: Mapping[str, str] | None = None) -> None:
        sample = stream.read(SAMPLE)
        self.shape = shape(sample, mapping or {})
        raw = io.BufferedReader(_Start(sample, stream), buffer_size=1 << 16)
        self._text = io.TextIOWrapper(raw, encoding=self.shape.encoding, errors="replace", newline="")

    def rows(self) -> Iterator[Reader | BadRow]:
        """Give every row but the header and empty lines, good or bad."""
        source = csv.reader(self._text, delimiter=self.shape.delimiter)
        if self.shape.header:
            next(source, None)
        read = _RowReader(self.shape.columns)
        while True:
            try:
                for row in source:
                    if row:
                        yield read(source.line_num, row)
            except csv.Error as error:
                yield BadRow(source.line_num, f"not a row: {error}", "")
            else:
                return


class _RowReader:
    """Turns the cells of one row into a reader; holds the places so that each row costs little."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._email = columns["email"]
        self._others = [(name, place) for name, place in columns.items() if name != "email"]

    def __call__(self, line: int, row: Sequence[str]) -> Reader | BadRow:
        try:
            text = row[self._email]
            address, key, name = (text, text.lower(), "") if PLAIN(text) else normalise(text)
        except IndexError:
            return BadRow(line, f"the row has {len(row)} cells, too few", ",".join(row)[:80])
        except AddressInvalid as error:
            return BadRow(line, error.reason, row[self._email][:80])
        if not self._others:
            return Reader(line, address, key, name)
        cells = {name: row[place].strip() for name, place in self._others if place < len(row)}
        if cells.get("gone") or _NO.fullmatch(cells.get("state", "").casefold()):
            said = cells.get("state") or "gone since " + cells["gone"]
            return BadRow(
                line, f"the table says {said!r}: nobody is subscribed again by an import", text[:80]
            )
        name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip() or name
        language = cells.get("language", "").replace("_", "-").lower()[:35]
        return Reader(line, address, key, name[:200], language, cells.get("zone", "")[:64])
