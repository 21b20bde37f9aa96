"""Tables of readers: any delimiter and encoding, streamed; a bad row costs only itself."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from digest.audience.table import BadRow, Reader, Table
from digest.errors import UsageError


def rows(data: bytes | str, mapping=None):
    raw = data.encode() if isinstance(data, str) else data
    return list(Table(io.BytesIO(raw), mapping).rows())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found_out(delimiter, encoding):
    """The same table in sixteen spellings gives the same readers."""
    lines = [("Name", "E-Mail", "Language")] + [
        (f"Zoë Müller {i}", f"zoe{i}@example.org", "de") for i in range(9)
    ]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    assert rows(data)[0] == Reader(2, "zoe0@example.org", "zoe0@example.org", "Zoë Müller 0", "de")
    assert len(rows(data)) == 9


def test_a_table_without_header_is_understood():
    """The column with an @ in it holds the addresses."""
    assert [row.address for row in rows("Ann,ann@example.org\nBob,bob@example.org\n")] == [
        "ann@example.org",
        "bob@example.org",
    ]


def test_bad_rows_keep_line_and_reason():
    """Rows that cannot be used are told with the line they stand on; empty lines are nothing."""
    found = rows('email,name\nann@example.org,"Ann\nof Quay"\n\nnobody,x\nbob@example.org\n,\n')
    assert [(row.line, type(row)) for row in found] == [(3, Reader), (5, BadRow), (6, Reader), (7, BadRow)]
    assert found[1].reason == "there is no @ in it"
    assert found[0].name == "Ann\nof Quay"


@pytest.mark.parametrize(
    "state", ["Unsubscribed", "cleaned", "bounced", "FALSE", "0", "pending", "opted-out"]
)
def test_who_the_table_says_left_is_refused(state):
    """Exports of other systems hold those who left too: an import must not bring them back."""
    [bad, good] = rows(f"Email Address,Status\nann@example.org,{state}\nbob@example.org,subscribed\n")
    assert state in bad.reason
    assert good.address == "bob@example.org"


def test_a_date_of_leaving_is_leaving():
    """Empty for whoever stays; any column can be named as the state."""
    [bad, good] = rows("email,unsubscribed_at\nann@example.org,2026-01-02\nbob@example.org,\n")
    assert ("2026-01-02" in bad.reason, good.address) == (True, "bob@example.org")
    [bad] = rows("email,Gets it\nann@example.org,no\n", {"state": "Gets it"})
    assert "'no'" in bad.reason


def test_a_row_with_too_few_cells_is_told():
    """The address stands beyond the row's end."""
    [bad] = rows("name,email\nAnn\n")
    assert "1 cells" in bad.reason


def test_first_and_last_name_are_joined_and_columns_can_be_named():
    """An operator's own names of columns come first."""
    table = "Kontakt;Vorname;Nachname\nann@example.org;Ann;Hara\n"
    assert rows(table, {"email": "kontakt"})[0].name == "Ann Hara"


@pytest.mark.parametrize("table", ["", "a,b\nc,d\n", "phone\n123\n"])
def test_a_table_without_addresses_is_refused(table):
    """The message names the columns there are and the option to use."""
    with pytest.raises(UsageError, match="--column email="):
        rows(table)


def test_a_named_column_that_is_missing_is_refused():
    """Rather than importing something else."""
    with pytest.raises(UsageError, match="no column 'Kontakt'"):
        rows("email\nann@example.org\n", {"email": "Kontakt"})


def test_a_cell_beyond_all_bounds_costs_only_its_row():
    """An unclosed quote or a huge cell is told, and reading goes on."""
    found = rows("email\n" + "x" * 200_000 + "\nann@example.org\n")
    assert isinstance(found[0], BadRow)
    assert found[-1].address == "ann@example.org"


def test_reading_a_million_rows_takes_little_memory():
    """Rows are streamed: a tenth of the table is read in a tenth of the memory the file has."""

    class Endless(io.RawIOBase):
        left = 100_000

        def read(self, size=-1):
            taken = min(self.left, max(1, size // 24))
            first = b"email,name\n" if self.left == 100_000 else b""
            self.left -= taken
            return first + b"reader@example.org,Ann\n" * taken

    tracemalloc.start()
    count = sum(1 for _ in Table(Endless()).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 2_000_000
