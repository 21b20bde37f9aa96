"""Counting clicks: links of an edition that is really frozen, clicks that are judged, a report."""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from digest import compose
from digest.flow import build, clicks, due, preview
from digest.flow.context import Context
from digest.flow.intake import Past
from digest.flow.learn import learn
from digest.flow.plan import make_plan
from digest.store import Store, editions
from digest.store import articles as stored
from digest.store import clicks as counts
from digest.store.schema import clicks as table
from digest.store.schema import edition_items
from digest.store.schema import editions as table_of_editions
from digest.testing.editions import SLOT
from digest.testing.rankers import article
from tests.conftest import newsroom

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
TITLES = (
    "Ministers meet over the border railway",
    "Port traffic recovers as rates fall",
    "Old tram line returns",
    "Bakers warn of dearer bread",
    "Museum opens its new wing",
)
DAILY = {
    "title": "Daily",
    "from": "Post <news@post.example>",
    "postal_address": "7 Quay Street",
    "site_url": "https://www.post.example",
    "picks": 3,
}


def newsroom_of(store, path, **more) -> Context:
    """Give a newsroom with five articles, its clock at the slot; ``more`` are settings of its newsletter."""
    settings = newsroom(path, newsletters={"daily": {"name": "daily", **DAILY, **more}})
    made = Context(settings, store, lambda: SLOT)
    batch = [
        article(
            n, title, summary=f"{title}, a reporter found out today.", published=SLOT - timedelta(hours=n)
        )
        for n, title in enumerate(TITLES, 1)
    ]
    with store.write() as conn:
        kept = stored.save(conn, batch, SLOT - timedelta(hours=1))
        learn(conn, [*kept.new, *kept.changed], SLOT)
    return made


def at(ctx: Context, moment) -> Context:
    return replace(ctx, now=lambda: moment)


def built(ctx: Context):
    return build.build(ctx, "daily", due.slot_for(ctx, "daily", SLOT))


def named_links(ctx: Context, edition) -> dict[str, str]:
    """Return the links of an edition: address → id."""
    plan = make_plan(ctx, "daily", edition.slot)
    return clicks.links(ctx, ctx.newsletter("daily"), plan, edition.public_id)


@pytest.fixture
def ctx(store, tmp_path):
    return newsroom_of(store, tmp_path, clicks=True)


@pytest.fixture
def lite(_sqlite_template, tmp_path):
    """Give the newsroom on SQLite alone, for what does not depend on the database."""
    shutil.copy(_sqlite_template, tmp_path / "digest.db")
    store = Store(f"sqlite:///{tmp_path / 'digest.db'}")
    yield newsroom_of(store, tmp_path, clicks=True)
    store.close()


def _links(text: str) -> set[str]:
    return set(re.findall(r"https?://[^\s\"<>]+", text))


def test_story_links_lead_through_the_web_part_and_no_others_do(lite):
    """In both parts of the message; leaving, preferences and the archive are addresses of their own."""
    edition = built(lite)
    named = named_links(lite, edition)
    assert len(named) == 5
    _, text, html = preview.parts(preview.preview(lite, "daily", SLOT).message)
    ways = {f"https://news.post.example/r/{each}" for each in named.values()}
    for part in (text, html):
        found = _links(part)
        assert ways <= found
        assert not found & set(named)
        others = {each for each in found - ways if each.startswith("https://news.post.example")}
        assert {each.split("/")[3] for each in others} <= {"u", "p", "e", "s"}
        assert {"u", "p"} <= {each.split("/")[3] for each in others}


def test_all_readers_have_the_same_links_and_preview_is_what_is_sent(lite):
    """Links are named by edition and address, so that a preview before freezing has the same bytes."""
    before = preview.preview(lite, "daily", SLOT, "ann@example.org").message
    edition = built(lite)
    assert preview.preview(lite, "daily", SLOT, "ann@example.org").message == before
    other = preview.preview(lite, "daily", SLOT, "bob@example.org").message
    ids = [set(re.findall(r"/r/([a-z2-7]{16})", preview.parts(each)[2])) for each in (before, other)]
    assert ids[0] == ids[1] == set(named_links(lite, edition).values())


def test_the_page_in_the_browser_leads_straight_to_stories(lite):
    """It is read by search engines and by people who got no mail."""
    edition = built(lite)
    compiled = build.compile_plan(
        lite, lite.newsletter("daily"), make_plan(lite, "daily", due.slot_for(lite, "daily", SLOT))
    )
    page = compiled.page.decode()
    assert "/r/" in compiled.html
    assert "/r/" not in page
    assert set(named_links(lite, edition)) <= _links(page)


def test_nothing_is_rewritten_or_kept_unless_the_newsletter_says_so(sqlite_context, tmp_path):
    """Off is the default."""
    ctx = newsroom_of(sqlite_context.store, tmp_path)
    edition = built(ctx)
    _, text, html = preview.parts(preview.preview(ctx, "daily", SLOT).message)
    assert "/r/" not in text + html
    with ctx.store.read() as conn:
        urls = {item["url"] for item in editions.items(conn, edition.id)}
        assert counts.of_edition(conn, edition.public_id) == {}
    assert urls <= _links(html)
    assert clicks.report(ctx, edition.id)["counted"] is False


def test_only_web_addresses_become_links(lite):
    """Whatever a source calls an address, nothing but http and https is led on to."""
    plan = make_plan(lite, "daily", due.slot_for(lite, "daily", SLOT))
    odd = replace(plan.picks[0], article=replace(plan.picks[0].article, url="javascript:alert(1)"))
    named = clicks.links(lite, lite.newsletter("daily"), replace(plan, picks=(odd,)), "y" * 12)
    assert named
    assert all(url.startswith("https://") for url in named)


def test_the_message_is_linted_clean(lite):
    """Counted links break no rule about where links lead."""
    plan = make_plan(lite, "daily", due.slot_for(lite, "daily", SLOT))
    compiled = build.compile_plan(lite, lite.newsletter("daily"), plan)
    assert [each for each in compose.lint_compiled(compiled) if each.severity == "error"] == []


def _follow(ctx, counter, link, *addresses, browser=BROWSER):
    found = counter.known(link) or counter.target(link)
    for address in addresses:
        counter.seen(link, found, address, browser)


def test_a_story_is_told_as_a_range(ctx):
    """Low is surely people, high is all: a filter's network, a program and a burst are only in the second."""
    edition = built(ctx)
    named = named_links(ctx, edition)
    later = at(ctx, SLOT + timedelta(hours=1))
    with ctx.store.read() as conn:
        first, second, *_ = [
            item["url"] for item in editions.items(conn, edition.id) if item["role"] == "pick"
        ]
    counter = clicks.Clicks(later, b"k")
    _follow(later, counter, named[first], "198.51.100.1", "203.0.113.1", "209.222.80.9")
    _follow(later, counter, named[first], "2001:db8::1", browser="curl/8")
    _follow(later, counter, named[second], *(f"192.0.2.{n}" for n in range(6)))
    counter.write(everything=True)
    found = clicks.report(ctx, edition.public_id)
    ranges = {story["url"]: (story["low"], story["high"]) for story in found["stories"]}
    assert (ranges[first], ranges[second]) == ((2, 4), (0, 6))
    assert (found["low"], found["high"], found["counted"]) == (2, 10, True)
    assert [story["headline"] for story in found["stories"]] == list(TITLES[:3])
    assert {each["headline"] for each in found["more"]} == set(TITLES[3:])


def test_the_first_minutes_are_unsure(ctx):
    """When filters look at a mail that has just come."""
    edition = built(ctx)
    link = next(iter(named_links(ctx, edition).values()))
    for minutes in (1, 3):
        now = at(ctx, SLOT + timedelta(minutes=minutes))
        counter = clicks.Clicks(now, b"k")
        _follow(now, counter, link, "198.51.100.1")
        counter.write(everything=True)
    found = clicks.report(ctx, edition.id)
    assert (found["low"], found["high"]) == (1, 2)


def test_a_preview_is_not_counted(lite):
    """Whoever tries its links before the edition is frozen is led on all the same."""
    preview.preview(lite, "daily", SLOT)
    [link, *_] = clicks.links(
        lite,
        lite.newsletter("daily"),
        make_plan(lite, "daily", due.slot_for(lite, "daily", SLOT)),
        due.public_id("daily", due.slot_for(lite, "daily", SLOT)),
    ).values()
    counter = clicks.Clicks(lite, b"k")
    assert counter.target(link).url.startswith("https://")
    _follow(lite, counter, link, "198.51.100.1")
    counter.write(everything=True)
    built(lite)
    assert clicks.report(lite, 1)["high"] == 0
    _follow(lite, counter, link, "198.51.100.1")
    counter.write(everything=True)
    assert clicks.report(lite, 1)["high"] == 1


def test_what_cannot_be_written_is_kept_for_the_next_time(ctx, caplog):
    """And then written once."""
    edition = built(ctx)
    link = next(iter(named_links(ctx, edition).values()))
    counter = clicks.Clicks(at(ctx, SLOT + timedelta(hours=1)), b"k")
    _follow(ctx, counter, link, "198.51.100.1")
    with ctx.store.write() as conn:
        conn.exec_driver_sql("ALTER TABLE clicks RENAME TO away")
    with caplog.at_level(logging.ERROR):
        counter.write(everything=True)
    assert "could not be written" in caplog.text
    with ctx.store.write() as conn:
        conn.exec_driver_sql("ALTER TABLE away RENAME TO clicks")
    for _ in range(2):
        counter.write(everything=True)
    assert clicks.report(ctx, edition.id)["high"] == 1


def test_clicks_are_written_while_the_pages_run(lite):
    """Each waits only until it can be part of no burst any more."""
    edition = built(lite)
    link = next(iter(named_links(lite, edition).values()))
    times = [SLOT + timedelta(hours=1)]
    counter = clicks.Clicks(replace(lite, now=lambda: times[-1]), b"k")
    _follow(lite, counter, link, "198.51.100.1")
    seen = []
    for seconds in (0, 9, 11, 16):
        times.append(times[0] + timedelta(seconds=seconds))
        counter.write()
        seen.append(clicks.report(lite, edition.id)["low"])
    assert seen == [0, 0, 1, 1]


def test_where_nobody_clicked_nothing_is_asked_of_the_store(lite, caplog):
    """Who sends an edition meanwhile is not held up."""
    impatient = Store(f"sqlite:///{lite.settings.root / 'digest.db'}", busy_timeout=0.05)
    counter = clicks.Clicks(replace(lite, store=impatient), b"k")
    with lite.store.write():
        counter.write(everything=True)
    impatient.close()
    assert caplog.text == ""


def test_nothing_of_a_reader_is_kept(lite):
    """Neither network nor browser nor reader: a link, an hour and two numbers."""
    assert set(table.c.keys()) == {"link", "hour", "people", "unsure"}
    edition = built(lite)
    counter = clicks.Clicks(at(lite, SLOT + timedelta(hours=1)), b"k")
    _follow(lite, counter, next(iter(named_links(lite, edition).values())), "198.51.100.77")
    assert "198.51.100" not in repr(vars(counter._bursts)) + repr(counter._bursts._groups)
    counter.write(everything=True)
    assert b"198.51.100" not in (lite.settings.root / "digest.db").read_bytes()


def test_an_article_that_was_followed_counts_for_later_editions(lite):
    """As a headline it was clicked; where it is a candidate later, its reasons say so."""
    slot = due.slot_for(lite, "daily", SLOT)
    with lite.store.read() as conn:
        [followed, *_] = [pick.article for pick in make_plan(lite, "daily", slot).picks]
    earlier = SLOT - timedelta(days=1)
    with lite.store.write() as conn:
        number = conn.execute(
            insert(table_of_editions)
            .values(
                newsletter="daily", slot=earlier, public_id="e" * 12, window_end=earlier,
                window_start=earlier - timedelta(days=1), zone="UTC", state="sent",
                created_at=earlier, frozen_at=earlier,
            )
            .returning(table_of_editions.c.id)
        ).scalar_one()  # fmt: skip
        row = {"edition": number, "pos": 1, "role": "more", "article": followed.id}
        conn.execute(insert(edition_items), [{**row, "headline": "x", "url": followed.url}])
        counts.keep_links(conn, "e" * 12, {followed.url: "a" * 16}, earlier)
        counts.add(conn, {("a" * 16, earlier): counts.Count(7, 3)})
    told = [
        r.text for pick in make_plan(lite, "daily", slot).picks for r in pick.reasons if r.rule == "clicks"
    ]
    assert "7 readers clicked on it before" in told
    simulated = make_plan(lite, "daily", slot, Past(clicks={}))
    assert not any(r.text.startswith("7 ") for pick in simulated.picks for r in pick.reasons)
