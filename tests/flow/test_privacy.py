"""Privacy: what is kept can be shown, what is forgotten is gone, and nobody forgotten is mailed again."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.errors import UsageError
from digest.flow import audience, importing, privacy, signup
from digest.flow.importing import Importing
from digest.store import clicks
from digest.testing.editions import frozen


@pytest.fixture
def ann(context):
    audience.add(context, "Ann@example.org", "daily", "form", name="Ann of Quay")
    return privacy.find(context, "ann@example.org")


def later(context, **span):
    return replace(context, now=lambda: context.now() + timedelta(**span))


def test_everything_kept_of_a_reader_is_shown(context, ann):
    """Subscriber, subscriptions, consents, suppressions, events and deliveries."""
    audience.remove(context, "ann@example.org")
    whole = privacy.everything(context, ann)
    assert whole["subscriber"]["name"] == "Ann of Quay"
    assert [each["act"] for each in whole["consents"]] == ["imported", "unsubscribed"]
    assert whole["suppressions"] == [{"scope": "daily", "reason": "unsubscribed", "at": context.now()}]
    assert whole["events"][0]["kind"] == "unsubscribed"


def test_a_forgotten_reader_is_nowhere_in_the_database(context, ann):
    """No table holds the address or the name any more."""
    signup.prepare(
        context,
        signup.ask(context, signup.Ask(newsletter="sabah", address="ann@example.org", ip="192.0.2.1")),
    )
    assert privacy.forget(context, ann, "operator")
    with context.store.read() as conn:
        for table in (
            "subscribers",
            "subscriptions",
            "consents",
            "suppressions",
            "events",
            "asks",
            "deliveries",
        ):
            rows = "\n".join(str(row) for row in conn.execute(text(f"SELECT * FROM {table}")))
            assert "ann" not in rows.lower().replace("channel", "")
            assert "Quay" not in rows
    with pytest.raises(UsageError):
        privacy.find(context, "ann@example.org")
    assert not privacy.forget(context, ann, "operator")


def test_a_forgotten_reader_is_never_mailed_again(context, ann):
    """Not by an import, not by an operator's add, not by a sign-up: the hash under the lasting key stays."""
    privacy.forget(context, ann, "operator")
    assert privacy.standing(context, "ANN@example.org")[0]["reason"] == "erased"
    table = io.BytesIO(b"email\nann@example.org\n")
    done = importing.import_readers(context, table, Importing(newsletter="daily", consent="list"), print)
    assert (done.new, done.suppressed) == (0, 1)
    assert audience.add(context, "ann@example.org", "daily", "phone") == "suppressed"
    with pytest.raises(UsageError):
        privacy.find(context, "ann@example.org")
    assert privacy.unsuppress(context, "ann@example.org") == 1
    assert audience.add(context, "ann@example.org", "daily", "asked to come back, in writing") == "new"


def test_the_night_forgets_old_counts_of_clicks_and_links_of_mere_previews(context):
    """Each after its own time (`keep_events`, `keep_pending`)."""
    frozen(context.store, public_id="e" * 12)
    now = context.now()
    with context.store.write() as conn:
        clicks.keep_links(conn, "e" * 12, {"https://post.example/1": "a" * 16}, now)
        clicks.keep_links(conn, "p" * 12, {"https://post.example/1": "b" * 16}, now)
        clicks.add(conn, {("a" * 16, now): clicks.Count(3, 1)})
    week, year = (privacy.retain(later(context, days=days)) for days in (8, 401))
    assert (week["clicks"], week["links"]) == (0, 1)
    assert (year["clicks"], year["links"]) == (1, 0)
    with context.store.read() as conn:
        assert clicks.target(conn, "a" * 16).url == "https://post.example/1"


def test_the_night_forgets_what_was_kept_long_enough(context, ann):
    """Sign-ups nobody confirmed, network addresses, requests, and readers who left everything a year ago."""
    signup.prepare(
        context,
        signup.ask(context, signup.Ask(newsletter="daily", address="eve@example.org", ip="192.0.2.1")),
    )
    audience.remove(context, "ann@example.org")
    assert privacy.retain(later(context, days=1)) == dict.fromkeys(
        ("pending", "addresses", "asks", "events", "clicks", "links", "erased"), 0
    )
    month = privacy.retain(later(context, days=31))
    assert (month["pending"], month["addresses"], month["asks"], month["erased"]) == (1, 1, 1, 0)
    assert privacy.retain(later(context, days=366))["erased"] == 1
    assert privacy.standing(context, "ann@example.org")[0]["reason"] == "erased"
