"""Readers come and go: what an import keeps, and that leaving is honoured at once."""

from __future__ import annotations

import io

import pytest

from digest.errors import AddressInvalid, UsageError
from digest.flow import audience, importing
from digest.flow.importing import Importing
from digest.model import SubscriptionState
from digest.store import consents, events, subscribers, suppressions

TABLE = b"email,name\nann@example.org,Ann\nnobody\nbob@example.org,Bob\nANN@example.org,Again\n"
HOW = Importing(newsletter="daily", consent="form, 2026")


def load(context, table=TABLE, how=HOW):
    bad = []
    return importing.import_readers(context, io.BytesIO(table), how, bad.append), bad


def mailed(context, newsletter="daily"):
    with context.store.read() as conn:
        return [each.address for each in subscribers.candidates(conn, newsletter, context.now())]


def test_leaving_is_honoured_at_once_and_recorded_once(context):
    """No candidate any more, one consent record, one event, however often it is asked."""
    load(context)
    with context.store.read() as conn:
        first = next(subscribers.candidates(conn, "daily", context.now()))
    assert audience.leave(context, first.subscription, "one-click")
    assert not audience.leave(context, first.subscription, "one-click")
    assert mailed(context) == ["bob@example.org"]
    with context.store.read() as conn:
        acts = [(act["act"], act["source"]) for act in consents.of(conn, first.subscriber)]
        assert acts == [("imported", "import"), ("unsubscribed", "one-click")]
        assert len(events.of(conn, first.subscriber)) == 1
        hashed = subscribers.hash_of(conn, first.subscriber)
        assert suppressions.of(conn, hashed) == [("daily", "unsubscribed", context.now())]


def test_an_import_never_brings_back_who_left(context):
    """Nor does an operator's add."""
    load(context)
    audience.remove(context, "Ann@Example.org")
    done, _ = load(context)
    assert (done.new, done.left, done.present) == (0, 1, 1)
    assert audience.add(context, "ann@example.org", "daily", "phone") == "left"
    assert mailed(context) == ["bob@example.org"]


def test_leaving_one_newsletter_keeps_the_others(context):
    """One request, one newsletter (RFC 8058); "everything" means everything."""
    load(context)
    load(context, how=Importing(newsletter="sabah", consent="form"))
    assert audience.remove(context, "ann@example.org", "daily") == ["daily"]
    assert mailed(context, "sabah") == ["ann@example.org", "bob@example.org"]
    with context.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org")
    assert audience.leave_everything(context, ann.id, "page") == 1
    assert mailed(context, "sabah") == ["bob@example.org"]


def test_an_unknown_address_is_told(context):
    """With what to do next."""
    with pytest.raises(UsageError, match="subscribers list"):
        audience.remove(context, "nobody@example.org")
    with pytest.raises(AddressInvalid):
        audience.add(context, "nobody", "daily", "phone")


def test_who_left_cannot_be_paused(context):
    """A late click on "pause" must not bring anyone back."""
    load(context)
    with context.store.read() as conn:
        first = next(subscribers.candidates(conn, "daily", context.now()))
    audience.leave(context, first.subscription, "page")
    assert not audience.pause(context, first.subscription, context.now(), "page")
    _, standing = audience.standing(context, first.subscription)
    assert standing.state is SubscriptionState.UNSUBSCRIBED
