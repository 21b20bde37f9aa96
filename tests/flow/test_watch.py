"""Watch and alerts: what is wrong is told once, in one mail, and closed when it is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.flow import alerts
from digest.flow.due import edition_of, rule
from digest.flow.watch import watch
from digest.model import EditionState
from digest.settings import SourceSettings
from digest.slots import current
from digest.store import alerts as told
from digest.store import editions, sources
from digest.store.sources import SourceState
from digest.testing.house import Clock
from digest.testing.smtp import Fault, SmtpServer

NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)


@pytest.fixture
def server():
    with SmtpServer() as running:
        yield running


@pytest.fixture
def ctx(context, server):
    """Give a house that tells two people, with two sources."""
    senders = {"outbox": {"type": "smtp", "host": "127.0.0.1", "port": server.port}}
    everything = context.settings.model_dump(by_alias=True) | {
        "senders": senders,
        "secret_keys": [{"id": 1, "secret": "l" * 32}, {"id": 2, "purpose": "addresses", "secret": "a" * 32}],
        "alerts_to": ["desk@post.example", "Night <night@post.example>"],
        "sources": [
            SourceSettings(key="post", url="https://post.example/feed"),
            SourceSettings(key="courier", url="https://courier.example/feed"),
        ],
    }
    settings = type(context.settings).model_validate(everything)
    return replace(context, settings=settings, now=Clock(NOW))


def causes(ctx):
    with ctx.store.read() as conn:
        return {alert.cause: alert for alert in told.listed(conn)}


def note(ctx, key, **values):
    state = SourceState(key=key, url=f"https://{key}.example/feed", name=key.title(), **values)
    with ctx.store.write() as conn:
        sources.note(conn, [state])


def edition(ctx, state, reason=""):
    newsletter = ctx.settings.newsletters["daily"]
    slot = current(rule(newsletter), ctx.now())
    with ctx.store.write() as conn:
        return editions.insert_due(conn, edition_of(newsletter, slot, state, reason), ctx.now())


def test_nothing_wrong_nothing_told(ctx, server):
    """A house at rest writes no mail."""
    note(ctx, "post", checked_at=NOW, success_at=NOW, new_at=NOW)
    assert watch(ctx) == 0
    assert server.messages == []


def test_an_alert_is_mailed_once_to_everyone(ctx, server):
    """Both addresses, plain text, marked as automatic; a second look sends nothing."""
    alerts.raise_alert(ctx, "test:one", "The outbox is full", "Empty it with a broom.")
    assert alerts.tell(ctx) == 1
    assert not alerts.raise_alert(ctx, "test:one", "The outbox is full", "Still.")
    assert alerts.tell(ctx) == 0
    assert server.recipients == ["desk@post.example", "night@post.example"]
    mail = server.messages[0].parsed()
    assert mail["Subject"] == "Digest: The outbox is full"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert "Empty it with a broom." in mail.get_content()
    assert server.offences == []


def test_it_is_told_anew_only_after_it_was_cleared(ctx, server):
    """Cleared and raised again is news."""
    for _ in range(2):
        assert alerts.raise_alert(ctx, "test:one", "Full", "…")
        alerts.tell(ctx)
        assert alerts.clear(ctx, "test:one")
        assert not alerts.clear(ctx, "test:one")
        ctx.now.forward(minutes=5)
    assert len(server.messages) == 4
    assert len({message.parsed()["Message-ID"] for message in server.messages}) == 4


def test_an_alert_outlives_a_relay_that_is_down(ctx, server):
    """It stays untold while the relay refuses, and is mailed by a later look."""
    server.faults.append(Fault(stage="rcpt", reply="550 5.1.1 nobody"))
    alerts.raise_alert(ctx, "test:one", "Full", "…")
    assert alerts.tell(ctx) == 0
    server.faults.clear()
    assert alerts.tell(ctx) == 1
    assert len(server.messages) == 2


def test_two_processes_that_see_the_same_alert_send_one_mail(ctx, server):
    """Both read it as untold before either has sent it; the second finds it taken."""
    alerts.raise_alert(ctx, "test:one", "Full", "…")
    with ctx.store.read() as conn:
        (seen,) = told.untold(conn)
    assert alerts._tell_one(ctx, seen)
    assert not alerts._tell_one(ctx, seen)
    assert len(server.messages) == 2


def test_without_an_address_alerts_stay_in_the_store(ctx, server):
    """Nothing fails; the operator finds them in the log."""
    quiet = replace(ctx, settings=ctx.settings.model_copy(update={"alerts_to": ()}))
    alerts.raise_alert(quiet, "test:one", "Full", "…")
    assert alerts.tell(quiet) == 0
    assert server.messages == []
    assert list(causes(quiet)) == ["test:one"]


def test_a_subject_cannot_carry_a_header(ctx, server):
    """A line break in what failed must not become a header of the mail."""
    alerts.raise_alert(ctx, "test:one", "Broken\r\nBcc: all@example.com", "…")
    alerts.tell(ctx)
    assert server.messages[0].parsed()["Bcc"] is None
    assert server.messages[0].parsed()["Subject"] == "Digest: Broken Bcc: all@example.com"


@pytest.mark.parametrize("state", [EditionState.MISSED, EditionState.HELD])
def test_missed_and_held_are_told(ctx, state):
    """With the reason and with what to do."""
    made = edition(ctx, state, "lint: size 120 kB")
    watch(ctx)
    alert = causes(ctx)[f"{state}:{made.id}"]
    assert "lint: size 120 kB" in alert.body
    assert "digest " in alert.body


def test_an_outage_is_one_cause(ctx):
    """Four hourly editions missed in a row are one mail; one missed after a good one is another."""
    hourly = ctx.settings.newsletters["daily"].model_copy(update={"schedule": "0 * * * *"})
    for hours, state in enumerate(("missed", "missed", "missed", "missed", "sent", "missed")):
        slot = current(rule(hourly), NOW - timedelta(hours=6 - hours))
        with ctx.store.write() as conn:
            editions.insert_due(conn, edition_of(hourly, slot, EditionState(state), "nothing ran"), NOW)
    watch(ctx)
    told_of = sorted(alert.subject for alert in causes(ctx).values())
    assert told_of == ["daily: 4 editions were missed", "daily: an edition was missed"]


@pytest.mark.parametrize("state", [EditionState.SKIPPED, EditionState.SENT, EditionState.CANCELLED])
def test_what_ended_as_meant_is_not_told(ctx, state):
    """Too little news is no emergency."""
    edition(ctx, state, "too thin")
    assert watch(ctx) == 0
    assert causes(ctx) == {}


def test_late_is_told_after_ten_minutes_and_closed_when_it_goes_out(ctx):
    """A draft whose slot was at 07:00 is late at 07:10; once it is sent the alert closes by itself."""
    ctx.now.forward(hours=-5, minutes=9)  # 07:09
    made = edition(ctx, EditionState.DRAFT)
    watch(ctx)
    assert causes(ctx) == {}
    ctx.now.forward(minutes=1)
    watch(ctx)
    assert list(causes(ctx)) == [f"late:{made.id}"]
    with ctx.store.write() as conn:
        editions.move(conn, made.id, EditionState.SENT, allowed=(EditionState.DRAFT,))
    watch(ctx)
    assert causes(ctx) == {}


def test_old_editions_are_history(ctx):
    """What was missed last week is not told today."""
    edition(ctx, EditionState.MISSED, "down")
    ctx.now.forward(days=7)
    assert watch(ctx) == 0


def test_a_source_that_cannot_be_read_is_told_after_hours_not_hiccups(ctx):
    """Three failures in an hour are everyday; after six hours they are told; one success closes it."""
    note(
        ctx,
        "post",
        checked_at=NOW,
        success_at=NOW - timedelta(hours=1),
        failures=3,
        error="timed out",
        new_at=NOW,
    )
    watch(ctx)
    assert causes(ctx) == {}
    note(
        ctx,
        "post",
        checked_at=NOW,
        success_at=NOW - timedelta(hours=6),
        failures=3,
        error="timed out",
        new_at=NOW,
    )
    watch(ctx)
    alert = causes(ctx)["source:post"]
    assert "timed out" in alert.body
    assert "digest sources test post" in alert.body
    note(ctx, "post", checked_at=NOW, success_at=NOW, failures=0, new_at=NOW)
    watch(ctx)
    assert causes(ctx) == {}


def test_a_silent_source_is_told(ctx):
    """It answers, but has brought nothing new for a day and eight times its usual interval."""
    long_ago = NOW - timedelta(hours=25)
    note(ctx, "post", checked_at=NOW, success_at=NOW, new_at=long_ago, interval=3600.0)
    note(ctx, "courier", checked_at=NOW, success_at=NOW, new_at=long_ago, interval=86400.0)
    watch(ctx)
    assert list(causes(ctx)) == ["silent:post"]


def test_while_nobody_asks_nobody_is_silent(ctx):
    """After a week off, sources are asked before they are accused."""
    week = NOW - timedelta(days=7)
    note(ctx, "post", checked_at=week, success_at=week, new_at=week)
    assert watch(ctx) == 0
    assert causes(ctx) == {}


def test_a_source_that_is_paused_or_gone_is_not_told(ctx):
    """Somebody knows already."""
    old = NOW - timedelta(days=9)
    note(ctx, "removed", checked_at=NOW, success_at=old, failures=9, error="gone", new_at=old)
    with ctx.store.write() as conn:
        sources.note(
            conn, [SourceState(key="post", checked_at=NOW, success_at=old, failures=9, error="gone")]
        )
        sources.pause(conn, "post", NOW)
    watch(ctx)
    assert causes(ctx) == {}
