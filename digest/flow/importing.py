"""A table of readers becomes subscriptions, batch by batch: reading goes on while the store writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from digest import tokens
from digest.audience.table import BadRow, Table
from digest.errors import UsageError
from digest.flow.messages import keyring
from digest.store import enrolment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from digest.audience.table import Reader
    from digest.flow.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """How a table is to be imported."""

    newsletter: str
    consent: str  # where and in which words the readers agreed
    columns: Mapping[str, str] = field(default_factory=dict)  # field → column's name
    dry_run: bool = False


@dataclass(slots=True)
class Imported:
    """What became of a table's rows; the counts add up to ``rows``."""

    rows: int = 0
    new: int = 0
    present: int = 0
    left: int = 0
    suppressed: int = 0
    twice: int = 0  # the address stood further up in the table
    refused: int = 0


class _Batch(NamedTuple):
    readers: list[enrolment.NewReader]
    bad: list[BadRow]
    rows: int  # read for it
    twice: int  # left out: the address stood further up in the batch


def import_readers(
    ctx: Context,
    stream: IO[bytes],
    how: Importing,
    on_bad: Callable[[BadRow], None],
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Enrol every good row of a table; each bad row goes to ``on_bad`` and stops nothing.

    Rows are kept by the batch: an import that breaks off keeps whole batches, the same one done again goes
    on from there and doubles nothing, and others get at the database in between. ``progress`` is told how
    many rows were dealt with so far. Raises ``UsageError`` for a table without addresses,
    ``NewsletterUnknown``, and ``UsageError`` where the consent is not told.
    """
    ctx.newsletter(how.newsletter)
    if not how.consent.strip():
        raise UsageError('say where the readers agreed: --consent "sign-up form on our site, 2026-05"')
    table, ring, total = Table(stream, how.columns), keyring(ctx), Imported()
    consent = {"source": "import", "wording": how.consent}
    what = enrolment.Enrolment(how.newsletter, ctx.now(), consent)
    with enrolment.enrolling(ctx.store, what, dry_run=how.dry_run) as enroller:
        for batch, more in _ahead(_batches(table, ring)):
            for bad in batch.bad:
                on_bad(bad)
            _add(total, batch, enroller.enrol(batch.readers))
            if not more():
                enroller.commit()
            progress(total.rows)
    return total


def _add(total: Imported, batch: _Batch, done: enrolment.Enrolled) -> None:
    total.rows += batch.rows
    total.refused += len(batch.bad)
    total.new += done.new
    total.present += done.present
    total.left += done.left
    total.suppressed += done.suppressed
    total.twice += batch.twice + done.twice


def _batches(table: Table, ring: tokens.Keyring) -> Iterator[_Batch]:
    """Cut a table into batches, each address once in its batch."""
    readers: dict[str, Reader] = {}
    bad: list[BadRow] = []
    rows = 0
    for row in table.rows():
        rows += 1
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            readers.setdefault(row.key, row)
        if rows == enrolment.BATCH:
            yield _batch(readers, bad, rows, ring)
            readers, bad, rows = {}, [], 0
    if rows:
        yield _batch(readers, bad, rows, ring)


def _batch(readers: dict[str, Reader], bad: list[BadRow], rows: int, ring: tokens.Keyring) -> _Batch:
    new, hashed = enrolment.NewReader, tokens.address_hash
    made = [new(r.address, key, hashed(ring, key), r.name, r.language, r.zone) for key, r in readers.items()]
    return _Batch(made, bad, rows, rows - len(bad) - len(made))


def _ahead(batches: Iterator[_Batch]) -> Iterator[tuple[_Batch, Callable[[], bool]]]:
    """Give batches that a thread of its own makes, one ahead; what reading raises is raised here.

    With each comes a function that tells whether the next one is there.
    """
    with ThreadPoolExecutor(1, "table") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch, coming.done
