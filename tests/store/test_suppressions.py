"""Suppressions: an address that must not be mailed is not, in whatever way it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.model import SuppressionReason as Why
from digest.store import enrolment, subscribers, suppressions

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)
READER = enrolment.NewReader("ann@example.org", "ann@example.org", "f" * 32)
CONSENT = {"source": "import", "wording": "form"}


def got(conn, newsletter="daily", at=NOW, weekday=None):
    return [each.address for each in subscribers.candidates(conn, newsletter, at, weekday)]


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("scope", ["", "daily"])
def test_a_suppressed_address_gets_nothing(store, why, scope):
    """Every reason, for one newsletter or for all, keeps the reader out of editions to come."""
    with store.write() as conn:
        enrolment.enrol(conn, [READER], "daily", NOW, CONSENT)
        enrolment.enrol(conn, [READER], "weekly", NOW, CONSENT)
        assert got(conn) == ["ann@example.org"]
        assert suppressions.add(conn, READER.address_hash, why, NOW, scope=scope)
        assert got(conn) == []
        assert got(conn, "weekly") == ([] if scope == "" else ["ann@example.org"])
        assert suppressions.reason(conn, READER.address_hash, "daily") is why


def test_a_stronger_reason_replaces_a_weaker_one_and_never_the_other_way(store):
    """A complaint after a bounce counts as a complaint; a bounce after it changes nothing."""
    with store.write() as conn:
        assert suppressions.add(conn, "a" * 32, Why.BOUNCED, NOW)
        assert suppressions.add(conn, "a" * 32, Why.COMPLAINED, NOW, detail="by mail")
        assert not suppressions.add(conn, "a" * 32, Why.BOUNCED, NOW)
        assert suppressions.of(conn, "a" * 32) == [("", Why.COMPLAINED, NOW)]
        assert suppressions.counted(conn) == {"complained": 1}


def test_a_readers_own_wish_lifts_only_what_it_may(store):
    """Confirming again undoes an unsubscription, never a complaint."""
    with store.write() as conn:
        suppressions.add(conn, "a" * 32, Why.UNSUBSCRIBED, NOW, scope="daily")
        suppressions.add(conn, "a" * 32, Why.COMPLAINED, NOW)
        wish = suppressions.LIFTED_BY_CONSENT
        assert suppressions.lift(conn, "a" * 32, scope="daily", reasons=wish) == 1
        assert suppressions.lift(conn, "a" * 32, reasons=wish) == 0
        assert suppressions.reason(conn, "a" * 32, "daily") is Why.COMPLAINED


def test_the_list_names_the_address_only_while_it_is_known(store):
    """After erasure the hash stays and the address is gone."""
    with store.write() as conn:
        enrolment.enrol(conn, [READER], "daily", NOW, CONSENT)
        suppressions.add(conn, READER.address_hash, Why.ERASED, NOW)
        assert [row["address"] for row in suppressions.listed(conn)] == ["ann@example.org"]
        found = subscribers.find(conn, READER.address_key)
        subscribers.erase(conn, found.id, NOW + timedelta(seconds=1))
        assert [row["address"] for row in suppressions.listed(conn)] == [None]
        assert suppressions.reason(conn, READER.address_hash) is Why.ERASED
