"""Sections: readers get the stories of those they chose, by variants that are frozen with the edition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from digest import compose
from digest.errors import EditionError
from digest.flow import build, choices, due, preview, tailor
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.plan import make_plan
from digest.model import EditionState
from digest.settings import NewsletterSettings, Settings
from digest.settings.models import KeySettings
from digest.store import articles as stored
from digest.store import deliveries, subscribers
from digest.store.schema import deliveries as table
from digest.testing.editions import enrol
from digest.testing.rankers import article

SLOT = datetime(2026, 6, 19, 7, tzinfo=UTC)
TITLES = {
    "World": "Ministers meet over the border railway",
    "Business": "Port traffic recovers as rates fall",
    "Sport": "Old stadium returns to the league",
}
ALL = tuple(TITLES)


@pytest.fixture
def ctx(store, tmp_path):
    """Give one story of each of three sections, and six readers."""
    daily = NewsletterSettings(
        name="daily", title="Daily", **{"from": "Post <news@post.example>"}, postal_address="7 Quay Street"
    )
    keys = [KeySettings(id=1, purpose="links", secret=SecretStr("l" * 40))]
    settings = Settings(
        root=tmp_path, newsletters={"daily": daily}, secret_keys=tuple(keys), base_url="https://post.example"
    )
    batch = [
        article(n, title, section=section, summary=f"{title}, we hear.", published=SLOT - timedelta(hours=n))
        for n, (section, title) in enumerate(TITLES.items(), 1)
    ]
    with store.write() as conn:
        kept = stored.save(conn, batch, SLOT)
        learn(conn, [*kept.new, *kept.changed], SLOT)
    enrol(store, 6)
    return Context(settings, store, lambda: SLOT)


def choose(ctx, reader, *sections):
    chosen = choices.Choices(weekdays={"daily": 127}, sections={"daily": sections})
    choices.save(ctx, reader, chosen)


def built(ctx):
    edition = build.build(ctx, "daily", due.slot_for(ctx, "daily", SLOT))
    with ctx.store.read() as conn:
        rows = conn.execute(table.select().where(table.c.edition == edition.id)).all()
        blocks = build.editions.variant_blocks(conn, edition.id)
    return edition, {row.subscriber: row.variant for row in rows}, blocks


def headlines(message):
    return [section for section, title in TITLES.items() if title.encode() in message.replace(b"=\r\n", b"")]


def test_each_set_of_sections_has_a_variant_of_its_own(ctx):
    """The same choice in another order or case shares one; no choice is the whole edition."""
    choose(ctx, 1, "sport")
    choose(ctx, 2, "World", "SPORT")
    choose(ctx, 3, "sport", "world")
    edition, of, blocks = built(ctx)
    assert edition.state is EditionState.READY
    assert next(iter(blocks)) == build.MAIN
    assert (of[4], of[2]) == (build.MAIN, of[3])
    assert len(blocks) == len({of[1], of[2], of[4]}) == 3
    for reader, expected in ((1, ["Sport"]), (2, ["World", "Sport"]), (4, list(ALL))):
        wire = b"".join(part for part in compose.load(blocks[of[reader]]).blocks if isinstance(part, bytes))
        assert headlines(wire) == expected


def test_who_chose_what_there_is_none_of_gets_nothing_that_day(ctx):
    """Neither an empty mail nor the whole edition; the count of readers says so."""
    choose(ctx, 1, "Weather")
    edition, of, blocks = built(ctx)
    assert sorted(of) == [2, 3, 4, 5, 6]
    assert edition.candidates == 5
    assert list(blocks) == [build.MAIN]
    with ctx.store.read() as conn:
        assert deliveries.candidates(conn, edition.id) == (5, edition.candidates_sha)


def test_all_sections_ticked_off_again_is_the_whole_edition(ctx):
    """An empty choice is no choice."""
    choose(ctx, 1, "Sport")
    choose(ctx, 1)
    assert tailor.sections_of(ctx, "daily", "r1@reader.example") == ()
    assert built(ctx)[1][1] == build.MAIN


def test_a_preview_is_the_readers_own(ctx):
    """Before freezing and after it the bytes are the same; what a reader would not get is told."""
    choose(ctx, 1, "Sport")
    before = preview.preview(ctx, "daily", SLOT, "r1@reader.example").message
    assert headlines(before) == ["Sport"]
    built(ctx)
    assert preview.preview(ctx, "daily", SLOT, "r1@reader.example").message == before
    assert headlines(preview.preview(ctx, "daily", SLOT).message) == list(ALL)
    choose(ctx, 2, "Weather")
    with pytest.raises(EditionError, match="chose only weather"):
        preview.preview(ctx, "daily", SLOT, "r2@reader.example")


def test_too_many_sets_leave_the_rarest_with_the_whole_edition(ctx):
    """What is compiled for one edition is bounded; the most chosen come first."""
    for reader, sections in ((1, ["World"]), (2, ["Sport"]), (3, ["Sport"])):
        choose(ctx, reader, *sections)
    slot = due.slot_for(ctx, "daily", SLOT)
    plan = make_plan(ctx, "daily", slot)
    assert [each.sections for each in tailor.wishes(ctx, plan, slot)] == [("sport",), ("world",)]
    assert [each.sections for each in tailor.wishes(ctx, plan, slot, most=1)] == [("sport",)]


def test_a_zone_is_kept_and_left_alone_where_none_is_given(ctx):
    """A form without the field changes nothing of it."""
    choices.save(ctx, 1, choices.Choices(weekdays={"daily": 127}, zone="Asia/Amman"))
    choices.save(ctx, 1, choices.Choices(weekdays={"daily": 127}))
    with ctx.store.read() as conn:
        assert subscribers.get(conn, 1).zone == "Asia/Amman"
