"""Enrolment: thousands at once, idempotent, and never over a reader's no."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.model import SubscriptionState, SuppressionReason
from digest.store import consents, enrolment, subscribers, suppressions

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)
CONSENT = {"source": "import", "wording": "form, 2026"}


def readers(count):
    return [
        enrolment.NewReader(f"r{n}@example.org", f"r{n}@example.org", f"{n:032x}", f"Name {n} “ü”")
        for n in range(count)
    ]


def test_each_new_reader_has_a_subscription_and_a_consent(store):
    """The consent says when, where and in which words."""
    with store.write() as conn:
        assert enrolment.enrol(conn, readers(300), "daily", NOW, CONSENT) == (300, 0, 0, 0, 0)
        found = subscribers.find(conn, "r7@example.org")
        assert (found.name, found.address) == ("Name 7 “ü”", "r7@example.org")
        [only] = consents.of(conn, found.id)
        assert (only["act"], only["at"], only["source"], only["wording"]) == (
            "imported",
            NOW,
            "import",
            "form, 2026",
        )
        assert [each.state for each in subscribers.subscriptions_of(conn, found.id)] == ["confirmed"]


def test_enrolling_twice_changes_nothing(store):
    """No second consent, no second subscription."""
    with store.write() as conn:
        enrolment.enrol(conn, readers(3), "daily", NOW, CONSENT)
        assert enrolment.enrol(conn, readers(4), "daily", NOW, CONSENT) == (1, 3, 0, 0, 0)
        assert len(consents.of(conn, subscribers.find(conn, "r0@example.org").id)) == 1


def test_who_left_or_must_not_be_mailed_is_left_in_peace(store):
    """Neither subscribed again nor, if unknown, stored at all."""
    with store.write() as conn:
        why = SuppressionReason
        suppressions.add(conn, f"{0:032x}", why.UNSUBSCRIBED, NOW, scope="daily")
        suppressions.add(conn, f"{1:032x}", why.ERASED, NOW)
        suppressions.add(conn, f"{2:032x}", why.UNSUBSCRIBED, NOW, scope="weekly")
        assert enrolment.enrol(conn, readers(3), "daily", NOW, CONSENT) == (1, 0, 1, 1, 0)
        assert subscribers.find(conn, "r0@example.org") is None
        assert subscribers.find(conn, "r1@example.org") is None


def test_a_pending_reader_becomes_confirmed(store):
    """Consent that was given elsewhere counts."""
    with store.write() as conn:
        who = subscribers.add(conn, readers(1)[0]._asdict(), NOW)
        subscribers.subscribe(conn, who, "daily", SubscriptionState.PENDING, NOW)
        assert enrolment.enrol(conn, readers(1), "daily", NOW, CONSENT).new == 1
        assert [each.state for each in subscribers.subscriptions_of(conn, who)] == ["confirmed"]
