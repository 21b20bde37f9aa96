"""Messages out of files: folders, maildirs, mboxes of any size, packed or not."""

from __future__ import annotations

import gzip
import time

import pytest

from digest.audience.bounces.files import LARGEST, messages
from digest.errors import UsageError

ONE = b"From: a@b.example\nSubject: one\n\nBody.\nFrom here on it goes downhill.\n"
TWO = b"From: a@b.example\nSubject: two\n\nBody.\n"
MBOX = b"From x@y Sun Jul  5 07:00:00 2026\n" + ONE + b"\nFrom x@y Sun Jul  5 07:00:01 2026\n" + TWO


def read(path):
    return [(name.rpartition("/")[2], data.count(b"Subject:")) for name, data in messages([str(path)])]


def test_an_mbox_is_parted_at_its_own_lines_only(tmp_path):
    """A body's line that begins with From parts nothing."""
    (tmp_path / "box").write_bytes(MBOX)
    assert read(tmp_path / "box") == [("box#1", 1), ("box#2", 1)]


def test_an_mbox_is_read_to_its_end_however_large(tmp_path):
    """Each message is cut at the limit, not the file."""
    with (tmp_path / "box").open("wb") as out:
        out.write(MBOX + b"x" * 76 + b"\n")
        for _ in range(LARGEST // 77_000 + 20):
            out.write((b"x" * 76 + b"\n") * 1000)
        out.write(b"\nFrom x@y Sun Jul  5 07:00:01 2026\n" + TWO)
    found = [len(data) for _, data in messages([str(tmp_path / "box")])]
    assert len(found) == 3
    assert max(found) < LARGEST + 1000


def test_packed_files_are_unpacked_and_broken_ones_give_what_is_there(tmp_path):
    """By their first bytes, whatever their name."""
    packed = gzip.compress(MBOX)
    (tmp_path / "a.gz").write_bytes(packed)
    (tmp_path / "b").write_bytes(packed[:-12])
    (tmp_path / "c").write_bytes(b"\x1f\x8bnothing of the kind")
    assert read(tmp_path)[:2] == [("a.gz#1", 1), ("a.gz#2", 1)]
    assert all(name.startswith(("a.gz", "b")) for name, _ in read(tmp_path))


def test_folders_are_read_in_order_without_what_is_unfinished(tmp_path):
    """A Maildir's tmp and hidden files are no messages; empty files neither."""
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1").write_bytes(ONE)
    (tmp_path / "new" / ".hidden").write_bytes(ONE)
    (tmp_path / "new" / "empty").write_bytes(b"\n")
    assert [name.rpartition(str(tmp_path))[2] for name, _ in messages([str(tmp_path)])] == [
        "/cur/1",
        "/new/1",
    ]


def test_a_path_that_is_not_there_is_told():
    """With what may be given."""
    with pytest.raises(UsageError, match="folders, maildirs or mboxes"):
        list(messages(["/nowhere"]))


def test_lines_that_look_like_an_mbox_cost_what_they_are_long(tmp_path):
    """A letter that quotes one is a letter; four times the lines are four times the work, not sixteen."""

    def effort(lines):
        (tmp_path / "letter").write_bytes(b"Subject: x\n\n" + b"From a Sun Jul  5 07:00:00 2026\n\n" * lines)
        begun = time.process_time()
        assert len(list(messages([str(tmp_path / "letter")]))) == 1
        return time.process_time() - begun

    assert effort(16_000) < 8 * max(effort(4_000), effort(4_000)) + 0.02
