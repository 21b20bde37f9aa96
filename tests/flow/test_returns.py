"""What comes back: only our own signatures name a reader, and every class has its own effect."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest import tokens
from digest.flow import importing, returns
from digest.flow.importing import Importing
from digest.flow.messages import keyring
from digest.store import events, subscribers, suppressions
from digest.tokens import Keyring, Purpose

EDITION = tokens.public_id("daily", datetime(2026, 7, 5, 6, tzinfo=UTC))


@pytest.fixture
def ann(context):
    table = io.BytesIO(b"email\nann@example.org\nbob@example.org\n")
    importing.import_readers(context, table, Importing(newsletter="daily", consent="form"), print)
    with context.store.read() as conn:
        return subscribers.find(conn, "ann@example.org").id


def bounce(to, status="5.1.1", diagnostic="550 5.1.1 User unknown", recipient="ann@example.org", original=""):
    return (
        f"From: MAILER-DAEMON@mx.example.org\nTo: {to}\nSubject: Undelivered Mail\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n\n"
        f"--B\nContent-Type: message/rfc822\n\nMessage-ID: <{original or 'x'}@post.example>\n"
        "To: ann@example.org\n\n--B--\n"
    ).encode()


def path(context, subscriber):
    return f"{tokens.bounce(keyring(context), EDITION, subscriber)}@post.example"


def mailed(context):
    with context.store.read() as conn:
        return sorted(each.address for each in subscribers.candidates(conn, "daily", context.now()))


def later(context, days):
    return replace(context, now=lambda: context.now() + timedelta(days=days))


def test_an_address_that_does_not_exist_is_suppressed_at_once(context, ann):
    """The signed return path names the reader; the same bounce again changes nothing."""
    data = bounce(path(context, ann))
    assert returns.receive(context, data) == returns.Applied("bounce", "suppressed", ann)
    assert returns.receive(context, data).effect == "known already"
    assert mailed(context) == ["bob@example.org"]
    with context.store.read() as conn:
        [event] = events.of(conn, ann)
    assert event.detail["class"] == "address"
    assert "ann@" not in str(event.detail)


def test_a_forged_bounce_harms_nobody(context, ann):
    """An address in the body, a foreign key's path, or a reader's number alone are no proof."""
    foreign = tokens.bounce(Keyring({1: b"z" * 32}, {}), EDITION, ann)
    for to in ("bounces@post.example", f"{foreign}@post.example", f"bounces+{ann}@post.example"):
        assert returns.receive(context, bounce(to)).effect == "not ours"
    assert mailed(context) == ["ann@example.org", "bob@example.org"]


def test_the_signed_message_id_names_the_reader_where_the_path_does_not(context, ann):
    """A mail system that bounces to From returns our Message-ID; an altered one is nothing."""
    named = tokens.message_id(keyring(context), EDITION, ann)
    assert (
        returns.receive(context, bounce("news@post.example", original="a" + named[1:])).effect == "not ours"
    )
    assert returns.receive(context, bounce("news@post.example", original=named)).effect == "suppressed"


def test_full_mailboxes_count_half_a_point_a_day(context, ann):
    """Ten days with a bounce within thirty are enough; several on one day count once."""
    for day in range(10):
        effects = [
            returns.receive(
                later(context, day), bounce(path(context, ann), "5.2.2", f"552 5.2.2 Mailbox full {day} {n}")
            ).effect
            for n in range(2)
        ]
        if day < 9:
            assert effects == ["counted", "counted"]
    assert effects[0] == "suppressed"


def test_old_bounces_are_forgiven(context, ann):
    """One a week never adds up."""
    for week in range(20):
        effect = returns.receive(
            later(context, 7 * week), bounce(path(context, ann), "5.2.2", f"552 Mailbox full {week}")
        ).effect
        assert effect == "counted"


def test_a_disabled_mailbox_must_bounce_twice_a_day_apart(context, ann):
    """5.2.1 means disabled or busy."""
    said = "550 5.2.1 The account is disabled"
    assert returns.receive(context, bounce(path(context, ann), "5.2.1", said)).effect == "counted"
    assert returns.receive(context, bounce(path(context, ann), "5.2.1", said + " again")).effect == "counted"
    assert (
        returns.receive(later(context, 1), bounce(path(context, ann), "5.2.1", said + " later")).effect
        == "suppressed"
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.7.1", "550 5.7.1 blocked by spamhaus"),
        ("5.3.4", "552 5.3.4 message too large"),
        ("5.5.2", "501 5.5.2 Syntax error"),
    ],
)
def test_what_is_no_readers_fault_counts_against_none(context, ann, status, said):
    """Policy, content and our own faults never suppress, however many there are."""
    for day in range(15):
        returns.receive(later(context, day), bounce(path(context, ann), status, f"{said} {day}"))
    assert mailed(context) == ["ann@example.org", "bob@example.org"]


def test_a_complaint_suppresses_everything_at_once(context, ann):
    """Known by our signed Message-ID in the returned copy."""
    named = tokens.message_id(keyring(context), EDITION, ann)
    report = (
        "From: fbl@example.net\nTo: fbl@post.example\nSubject: FW\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=B\n\n--B\n"
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n--B\n"
        f"Content-Type: message/rfc822\n\nMessage-ID: <{named}@post.example>\nTo: ann@example.org\n\n--B--\n"
    ).encode()
    assert returns.receive(context, report).effect == "suppressed"
    with context.store.read() as conn:
        hashed = subscribers.hash_of(conn, ann)
        assert suppressions.of(conn, hashed) == [("", "complained", context.now())]


def test_a_complaint_is_known_by_the_leave_link_too(context, ann):
    """Some mailbox providers remove the Message-ID."""
    with context.store.read() as conn:
        [mine] = subscribers.subscriptions_of(conn, ann)
    token = tokens.make(keyring(context), Purpose.LEAVE, mine.id)
    report = (
        "From: fbl@example.net\nTo: fbl@post.example\nSubject: abuse\n"
        "Content-Type: multipart/report; boundary=B; "
        "report-type=feedback-report\n\n--B\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: abuse\n\n--B\n"
        f"Content-Type: message/rfc822\n\nTo: redacted@example.net\n"
        f"List-Unsubscribe: <https://news.post.example/u/{token}>\n\n--B--\n"
    ).encode()
    assert returns.receive(context, report) == returns.Applied("complaint", "suppressed", ann)


def test_automatic_replies_and_delays_change_nothing(context, ann):
    """However often they come."""
    away = f"From: ann@example.org\nTo: {path(context, ann)}\nSubject: Out of office\n"
    away += "Auto-Submitted: auto-replied\n\nAway.\n"
    assert returns.receive(context, away.encode()).effect == "noted"
    assert mailed(context) == ["ann@example.org", "bob@example.org"]


def test_unsubscribing_by_mail_works_from_the_signed_address_only(context, ann):
    """A mail with the subject "unsubscribe" to the return path ends the subscription."""
    for to, effect in ((path(context, ann), "left"), ("bounces@post.example", "not ours")):
        mail = f"From: ann@example.org\nTo: {to}\nSubject: unsubscribe\n\n"
        assert returns.receive(context, mail.encode()).effect == effect
    assert mailed(context) == ["bob@example.org"]


def test_refusals_while_sending_count_like_bounces(context, ann):
    """A 550 for an address that does not exist suppresses it; a policy block suppresses nobody."""
    from sqlalchemy import insert

    from digest.store.schema import deliveries, editions

    at = context.now()
    with context.store.write() as conn:
        bob = subscribers.find(conn, "bob@example.org").id
        values = {
            "newsletter": "daily",
            "slot": at,
            "public_id": EDITION,
            "window_start": at,
            "window_end": at,
        }
        conn.execute(insert(editions).values(id=1, **values, zone="UTC", state="sent", created_at=at))
        for who, code, reply in (
            (ann, "5.1.1", "550 5.1.1 <ann@example.org> User unknown"),
            (bob, "5.7.1", "554 5.7.1 blocked"),
        ):
            row = {
                "edition": 1,
                "subscriber": who,
                "subscription": who,
                "variant": "main",
                "state": "refused",
            }
            conn.execute(
                insert(deliveries).values(**row, due_at=at, at=at, code=550, enhanced=code, reply=reply)
            )
    assert [returns.count_refusals(context), returns.count_refusals(context)] == [2, 0]
    assert mailed(context) == ["bob@example.org"]
