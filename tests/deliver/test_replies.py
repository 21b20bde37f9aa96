"""Parsing answers: a line that comes again means the same again, except inside a longer answer."""

from __future__ import annotations

from digest.deliver.smtp.replies import Parser, Reply


def test_a_remembered_line_ends_a_longer_answer_as_an_unknown_one_does() -> None:
    """Lines are remembered alone: the last line of a longer answer closes it, with all its lines."""
    parser = Parser()
    assert parser.feed(b"250 ok\r\n250 ok\r\n250-first\r\n250 ok\r\n") == [
        Reply(250, ("ok",)),
        Reply(250, ("ok",)),
        Reply(250, ("first", "ok")),
    ]
    assert parser.feed(b"250 o") == []
    assert parser.feed(b"k\r\n") == [Reply(250, ("ok",))]


def test_answers_that_never_come_again_are_not_kept() -> None:
    """A million receipts leave nothing behind."""
    parser = Parser()
    for number in range(500):
        assert parser.feed(b"250 queued as %d\r\n" % number) == [Reply(250, (f"queued as {number}",))]
    assert len(parser._known) <= 32
