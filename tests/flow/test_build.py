"""Freezing an edition: once, whole, and deaf to whatever changes afterwards."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from digest import compose
from digest.errors import EditionError
from digest.flow import build, due, edit
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.plan import make_plan
from digest.model import DecisionKind, EditionState
from digest.settings import NewsletterSettings, Settings, SourceSettings
from digest.settings.models import KeySettings
from digest.store import articles as stored
from digest.store import deliveries, editions
from digest.testing.editions import enrol
from digest.testing.rankers import article
from digest.testing.website import Website

SLOT = datetime(2026, 6, 19, 7, tzinfo=UTC)
TITLES = (
    "Ministers meet over the border railway",
    "Port traffic recovers as rates fall",
    "Old tram line returns",
)
KEYS = (
    KeySettings(id=1, purpose="links", secret=SecretStr("l" * 40)),
    KeySettings(id=2, purpose="addresses", secret=SecretStr("a" * 40)),
)


@pytest.fixture
def ctx(store, tmp_path):
    """Three articles, five readers, and the time just before the slot."""
    daily = NewsletterSettings(
        name="daily",
        title="Daily",
        **{"from": "Post <news@post.example>"},
        postal_address="7 Quay Street",
    )
    settings = Settings(
        root=tmp_path,
        newsletters={"daily": daily},
        secret_keys=KEYS,
        base_url="https://post.example",
    )
    made = Context(settings, store, lambda: SLOT)
    batch = [
        article(
            n, title, summary=f"{title}, a reporter found out today.", published=SLOT - timedelta(hours=n)
        )
        for n, title in enumerate(TITLES, 1)
    ]
    _save(store, batch)
    enrol(store, 5)
    return made


def _save(store, batch):
    with store.write() as conn:
        kept = stored.save(conn, batch, SLOT)
        learn(conn, [*kept.new, *kept.changed], SLOT)


def _build(ctx, **given):
    return build.build(ctx, "daily", due.slot_for(ctx, "daily", SLOT), **given)


def _everything(ctx, edition):
    with ctx.store.read() as conn:
        row = editions.frozen(conn, edition.id)
        return row, editions.items(conn, edition.id), editions.variant_blocks(conn, edition.id)


def test_freezing_fixes_picks_config_bytes_and_readers(ctx):
    """One transaction holds all that a send needs."""
    edition = _build(ctx)
    assert edition.state is EditionState.READY
    row, items, blocks = _everything(ctx, edition)
    assert [item["headline"] for item in items if item["role"] == "pick"] == list(TITLES)
    assert build.settings_of(row) == ctx.newsletter("daily")
    assert compose.load(blocks["main"]).subject
    with ctx.store.read() as conn:
        assert deliveries.counted(conn, edition.id) == {"queued": 5}
        assert deliveries.candidates(conn, edition.id) == (5, edition.candidates_sha)
    assert edition.candidates == 5


def test_a_newsletter_of_breaking_news_prints_its_lead_alone(ctx):
    """And nothing of what it did not print counts as sent."""
    daily = ctx.newsletter("daily").model_copy(update={"breaking": True, "picks": 1, "minimum": 1})
    ctx = replace(ctx, settings=ctx.settings.model_copy(update={"newsletters": {"daily": daily}}))
    edition = _build(ctx)
    _, items, blocks = _everything(ctx, edition)
    assert [item["role"] for item in items].count("pick") == 1
    message = b"".join(block for block in compose.load(blocks["main"]).blocks if isinstance(block, bytes))
    assert b"Breaking news" in message
    assert len([title for title in TITLES if f"\r\n{title}\r\n".encode() in message]) == 1


def test_later_changes_touch_nothing(ctx):
    """New articles, readers and settings wait for the next edition."""
    first = _build(ctx)
    before = _everything(ctx, first)
    _save(ctx.store, [article(9, "A late sensation", published=SLOT - timedelta(minutes=1))])
    enrol_more = replace(ctx, settings=ctx.settings.model_copy(update={"base_url": "https://other.example"}))
    assert _build(enrol_more) == first
    assert _everything(enrol_more, first) == before


def test_two_processes_freeze_one_edition(ctx):
    """Whoever comes second gets what the first one froze; readers are queued once."""
    found = []
    threads = [threading.Thread(target=lambda: found.append(_build(ctx))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert {edition.id for edition in found} == {found[0].id}
    with ctx.store.read() as conn:
        assert deliveries.counted(conn, found[0].id) == {"queued": 5}


def test_a_decision_made_while_it_is_built_is_in_it(ctx):
    """Whoever was told that a decision stands finds it in what is sent: the edition is planned again."""
    slot = due.slot_for(ctx, "daily", SLOT)
    first = make_plan(ctx, "daily", slot).picks[0].article.url
    told = []

    def clock():
        with ctx.store.read() as conn:
            begun = editions.by_slot(conn, "daily", SLOT)
        if begun and not told:  # it is planned and compiled, and about to be frozen
            told.append(1)
            edit.decide(ctx, "daily", slot, (DecisionKind.MOVE, first, "2"), "ana")
        return SLOT

    made = build.build(replace(ctx, now=clock), "daily", slot)
    with ctx.store.read() as conn:
        printed = [one["url"] for one in editions.items(conn, made.id) if one["role"] == "pick"]
        newest, places = editions.known(conn, made.id)
    assert (made.frozen_at, printed.index(first)) == (SLOT, 1)
    assert (newest, sorted(places)) == (3, [1, 2, 3])


def test_too_thin_a_plan_is_skipped_with_the_reason(ctx):
    thin = ctx.newsletter("daily").model_copy(update={"minimum": 4})
    ctx = replace(ctx, settings=ctx.settings.model_copy(update={"newsletters": {"daily": thin}}))
    edition = _build(ctx)
    assert edition.state is EditionState.SKIPPED
    assert "3" in edition.reason
    assert "4" in edition.reason


def test_an_unfrozen_edition_has_no_settings(ctx):
    with ctx.store.write() as conn:
        edition = editions.insert_due(
            conn,
            due.edition_of(ctx.newsletter("daily"), due.slot_for(ctx, "daily", SLOT)),
            SLOT,
        )
        row = editions.frozen(conn, edition.id)
    with pytest.raises(EditionError, match="not frozen yet"):
        build.settings_of(row)


@pytest.mark.parametrize("status", [404, 410])
def test_an_article_its_site_took_back_is_not_picked(ctx, status):
    """The picks of web sources are asked for just before freezing; what is gone is replaced."""
    with Website() as site:
        site.put("/kept", b"<p>here")
        site.put("/gone", b"gone", status=status)
        source = SourceSettings(key="site", url=site.url("/feed"), allow_private=True)
        settings = ctx.settings.model_copy(update={"sources": (source,)})
        ctx = replace(ctx, settings=settings)
        for n, path in ((21, "/kept"), (22, "/gone")):
            made = article(n, f"Story at {path} about lighthouse {n}", published=SLOT - timedelta(minutes=n))
            _save(ctx.store, [replace(made, url=site.url(path), url_key=site.url(path), source="site")])
        edition = _build(ctx)
    _, items, _ = _everything(ctx, edition)
    printed = [item["url"] for item in items if item["role"] == "pick"]
    assert site.url("/kept") in printed
    assert site.url("/gone") not in printed
