"""Importing: what becomes of each row, on both databases, and what an import that breaks off leaves."""

from __future__ import annotations

import io
import time

import pytest

from digest.errors import NewsletterUnknown, UsageError
from digest.flow import audience, importing
from digest.flow.importing import Importing
from digest.model import SuppressionReason
from digest.store import subscribers, suppressions
from digest.store.enrolment import BATCH

TABLE = b"email,name\nann@example.org,Ann\nnobody\nbob@example.org,Bob\nANN@example.org,Again\n"
HOW = Importing(newsletter="daily", consent="form, 2026")
DRY = Importing(newsletter="daily", consent="form, 2026", dry_run=True)


def load(context, table=TABLE, how=HOW):
    bad = []
    return importing.import_readers(context, io.BytesIO(table), how, bad.append), bad


def mailed(context, newsletter="daily"):
    with context.store.read() as conn:
        return [each.address for each in subscribers.candidates(conn, newsletter, context.now())]


def test_good_rows_are_kept_and_bad_rows_told(context):
    """The counts add up to the rows; each bad row has its line."""
    done, bad = load(context)
    assert (done.rows, done.new, done.twice, done.refused) == (4, 2, 1, 1)
    assert [(row.line, row.reason) for row in bad] == [(3, "there is no @ in it")]
    assert mailed(context) == ["ann@example.org", "bob@example.org"]
    again, _ = load(context)
    assert (again.new, again.present) == (0, 2)


def test_a_dry_run_counts_and_keeps_nothing(context):
    """It gives the numbers of the real run."""
    done, _ = load(context, how=Importing(newsletter="daily", consent="form", dry_run=True))
    assert done.new == 2
    assert mailed(context) == []


def test_an_import_that_breaks_off_goes_on_when_done_again(context):
    """Whole batches are kept, no row twice; what is missing comes with the second time."""

    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 150_000:
                raise OSError("the disk is gone")
            return super().read(size)

    table = b"email\n" + b"".join(b"r%d@example.org\n" % n for n in range(12_000))
    with pytest.raises(OSError, match="disk"):
        importing.import_readers(context, Broken(table), HOW, print)
    kept = len(mailed(context))
    assert kept % BATCH == 0
    assert kept < 12_000
    again, _ = load(context, table)
    assert (again.present, again.new) == (kept, 12_000 - kept)


def test_an_import_needs_consent_and_a_newsletter(context):
    """Neither can be made up."""
    with pytest.raises(UsageError, match="agreed"):
        load(context, how=Importing(newsletter="daily", consent=" "))
    with pytest.raises(NewsletterUnknown):
        load(context, how=Importing(newsletter="nope", consent="form"))


def test_a_dry_run_says_what_the_import_does(context):
    """Of readers new, present, gone, suppressed, and twice within a batch and across: both agree."""
    load(context)
    audience.remove(context, "bob@example.org")
    with context.store.write() as conn:
        from digest.flow.messages import keyring
        from digest.tokens import address_hash

        hashed = address_hash(keyring(context), "r7@example.org")
        suppressions.add(conn, hashed, SuppressionReason.COMPLAINED, context.now())
    rows = [f"r{n % 11_000}@example.org" for n in range(12_000)]
    table = "\n".join(["email", *rows, "ann@example.org", "bob@example.org", "nobody"]).encode()
    before = mailed(context)
    told, _ = load(context, table, DRY)
    assert mailed(context) == before
    done, _ = load(context, table)
    assert told == done
    assert (done.rows, done.new, done.twice, done.present) == (12_003, 10_999, 999, 1)
    assert (done.left, done.suppressed, done.refused) == (1, 2, 1)


def test_a_table_that_comes_slowly_keeps_nobody_waiting(context):
    """What was read is committed before waiting for more, so that others can write meanwhile."""

    class Slow(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 150_000 and not self.done:
                self.done = True
                time.sleep(0.3)
                audience.add(context, "meanwhile@example.org", "daily", "phone")
            return super().read(size)

        done = False

    table = b"email\n" + b"".join(b"r%d@example.org\n" % n for n in range(12_000))
    importing.import_readers(context, Slow(table), HOW, print)
    assert len(mailed(context)) == 12_001


def test_a_dry_run_leaves_the_embedded_database_to_others(context):
    """Somebody else writes while it runs."""

    class Meanwhile(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 150_000:
                audience.add(context, "meanwhile@example.org", "daily", "phone")
            return super().read(size)

    table = b"email\n" + b"".join(b"r%d@example.org\n" % n for n in range(12_000))
    importing.import_readers(context, Meanwhile(table), DRY, print)
    assert mailed(context) == ["meanwhile@example.org"]


def test_a_subscriber_of_another_newsletter_joins_and_keeps_the_name(context):
    """One subscriber, two subscriptions, each with its consent."""
    load(context)
    other = Importing(newsletter="sabah", consent="form")
    done, _ = load(context, b"email,name\nann@example.org,Other\n", other)
    assert done.new == 1
    with context.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org")
        assert ann.name == "Ann"
        assert [each.newsletter for each in subscribers.subscriptions_of(conn, ann.id)] == ["daily", "sabah"]
