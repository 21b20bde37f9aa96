"""Refreshing sources end to end: real server, real workers, real store."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.clock import utc_now
from digest.errors import UsageError
from digest.flow.refresh import check_withdrawn, refresh
from digest.model import ArticleKind, Basis
from digest.store import articles, sources
from tests.ingest.conftest import NOW, item, rss  # the nearest conftest
from tests.ingest.conftest import one_database as database_url  # noqa: F401 (a fixture)
from tests.ingest.conftest_data import ATOM, JSON_FEED, JSON_LINES, PAGE, RSS

REAL = Path(__file__).parents[3] / "shared" / "real" / "feeds-2022-07"


def stored(store):
    with store.read() as conn:
        return articles.newest_seen(conn, limit=1000)


def test_new_changed_and_unchanged_are_counted(site, store, context):
    """A feed read three times: all new, then one changed, then nothing (304)."""
    site.put("/f", rss(item(1), item(2)), etag=True)
    ctx = context({"key": "post", "url": site.url("/f")})
    first = refresh(ctx)
    assert (first.new, first.changed, first.unchanged, first.refused) == (2, 0, 0, 0)
    site.put("/f", rss(item(1, title="A headline that was mended"), item(2)), etag=True)
    second = refresh(ctx)
    assert (second.new, second.changed, second.unchanged) == (0, 1, 1)
    third = refresh(ctx)
    assert (third.sources[0].status, third.new, third.unchanged) == ("unchanged", 0, 0)


def test_one_bad_source_never_stops_the_others(site, store, context):
    """Errors of every kind are reported with a reason; the healthy source is stored."""
    site.put("/good", rss(item(1)))
    site.put("/gone", "x", status=410)
    site.put("/broken", "<rss><channel><item><title>no")
    site.put("/text", "just words")
    site.put("/deep", "<rss><channel>" + "<a>" * 300_000)
    ctx = context(
        *(
            {"key": name, "url": site.url(f"/{name}")}
            for name in ("good", "gone", "broken", "text", "deep", "absent")
        ),
        {"key": "closed", "url": "http://127.0.0.1:9/"},
        {"key": "private", "url": site.url("/good"), "allow_private": False},
        {"key": "folder", "url": "no/such/folder"},
        parse_time="1s",
    )
    report = refresh(ctx)
    told = {one.source: one for one in report.sources}
    assert told["good"].new == 1
    assert {one.status for name, one in told.items() if name != "good"} == {"failed"}
    for name, words in {
        "gone": "410", "broken": "no readable feed", "text": "neither feed nor page", "deep": "stopped", "absent": "404",
        "closed": "127.0.0.1:9", "private": "allow_private", "folder": "no file or folder",
    }.items():  # fmt: skip
        assert words in told[name].error
    assert not report.failed
    assert len(stored(store)) == 1


def test_a_pipe_is_no_source_to_be_visited(site, tmp_path, context):
    """Nobody may ever write to it: the visit fails at once, says what to do, and the others go on."""
    os.mkfifo(tmp_path / "pipe")
    site.put("/good", rss(item(1)))
    ctx = context({"key": "pipe", "url": "pipe"}, {"key": "good", "url": site.url("/good")})
    told = {one.source: one for one in refresh(ctx).sources}
    assert (told["good"].new, told["pipe"].status) == (1, "failed")
    assert "a pipe or a device: a visit would wait" in told["pipe"].error


def test_the_report_fails_only_when_every_source_failed(site, context):
    assert refresh(context({"key": "a", "url": site.url("/none")})).failed


def test_a_page_gives_one_article_and_its_fifty_headlines(site, store, context):
    """Neither tagline, date line, sign-up box nor media player becomes an article."""
    site.put(
        "/news/1-bridge",
        PAGE.replace(b"https://post.example/news/1-bridge", site.url("/news/1-bridge").encode()),
        media_type="text/html",
    )
    refresh(context({"key": "post", "url": site.url("/news/1-bridge")}))
    found = stored(store)
    full = [a for a in found if a.kind is ArticleKind.FULL]
    assert [a.headline for a in full] == ["River bridge opens after nine years"]
    assert full[0].published == datetime(2026, 7, 5, 7, 15, tzinfo=UTC)
    assert full[0].authors == ("Mara Quill",)
    assert "mason" in full[0].body
    assert len(found) == 51
    assert {a.headline.split()[1] for a in found if a.kind is ArticleKind.HEADLINE} == {"report"}


def test_files_folders_and_standard_input_name_their_source_by_the_channel(tmp_path, store, context):
    """The source's key is the host of the channel's link; each file is read as what it is."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, body in {
        "a.rss": RSS,
        "b.atom": ATOM,
        "c.json": JSON_FEED,
        "d.html": PAGE,
        "e.jsonl": JSON_LINES,
        "broken.xml": b"<rss>",
    }.items():
        (folder / name).write_bytes(body)
    report = refresh(context(), inputs=[str(folder)])
    told = {one.source: one for one in report.sources}
    assert told["post.example"].new == 2 + 1 + 51 + 2
    assert told["barid.example"].new == 1
    assert told["broken"].status == "failed"
    assert told["broken"].refused[0].where.endswith("broken.xml")
    assert refresh(context(), inputs=[str(folder)]).new == 0


@pytest.mark.parametrize("bad", ["{", "no JSON at all", '{"url": "https://a.example/1", "headline": "cut o'])
def test_a_bad_first_line_costs_that_line_alone(tmp_path, context, bad):
    """What a newsroom pushes is JSON Lines from its first good line on."""
    (tmp_path / "push.jsonl").write_bytes(bad.encode() + b"\n" + JSON_LINES)
    report = refresh(context(), inputs=[str(tmp_path / "push.jsonl")])
    assert (report.new, report.refused) == (2, 1)
    assert report.sources[0].refused[0].where.endswith("push.jsonl:1")


def test_files_without_a_set_clock_are_seen_when_they_were_published(tmp_path, store, context):
    """Without --at seen_at is what the item says; with it, the clock's time."""
    (tmp_path / "f.xml").write_text(rss(item(1, when="Mon, 01 Jun 2020 08:00:00 +0000")))
    refresh(context(now=utc_now), inputs=[str(tmp_path / "f.xml")])
    (one,) = stored(store)
    assert one.seen_at == one.published == datetime(2020, 6, 1, 8, tzinfo=UTC)
    (tmp_path / "g.xml").write_text(rss(item(2, when="Mon, 01 Jun 2020 08:00:00 +0000")))
    refresh(context(), inputs=[str(tmp_path / "g.xml")])
    assert stored(store)[0].seen_at == NOW


def test_missing_future_and_dayless_dates(tmp_path, store, context):
    """Missing or future: the time it was seen. A date without time: that day."""
    (tmp_path / "f.xml").write_text(
        rss(
            item(1, when=""),
            item(2, when="Fri, 01 Jan 2027 00:00:00 +0000"),
            item(3, when="2026-07-04"),
            item(4, when="2026-07-05"),
        )
    )
    refresh(context(), inputs=[str(tmp_path / "f.xml")])
    told = {a.headline.split()[2]: (a.published, a.basis) for a in stored(store)}
    assert told["1"] == told["2"] == (NOW, Basis.SEEN)
    assert told["3"] == (datetime(2026, 7, 4, 12, tzinfo=UTC), Basis.DAY)
    assert told["4"] == (NOW, Basis.DAY)


def test_bad_items_are_refused_with_reasons_and_the_good_stay(site, store, context):
    bad = "<item><title>No address here</title></item><item><link>https://post.example/x</link></item>"
    script = "<item><title>Script</title><link>javascript:alert(1)</link></item>"
    site.put("/f", rss(item(1), bad, script))
    (told,) = refresh(context({"key": "post", "url": site.url("/f")})).sources
    assert told.new == 1
    assert sorted(r.reason.split(":")[0] for r in told.refused) == [
        "it has no address",
        "it has no headline",
        "its address is not http or https",
    ]


def test_a_paused_source_is_not_asked_and_one_not_due_waits(site, store, context):
    site.put("/f", rss(item(1)))
    ctx = context({"key": "a", "url": site.url("/f")}, {"key": "b", "url": site.url("/f")})
    with store.write() as conn:
        sources.pause(conn, "a", NOW)
        sources.note(conn, [sources.SourceState(key="b", next_at=NOW + timedelta(hours=1))])
    assert [one.status for one in refresh(ctx, due=True).sources] == ["paused", "waiting"]
    assert site.requests == []
    assert [one.status for one in refresh(ctx).sources] == ["paused", "ok"]
    with store.write() as conn:
        assert sources.resume(conn, "a")
    assert [one.status for one in refresh(ctx, due=True).sources] == ["ok", "waiting"]


def test_a_failing_source_is_asked_less_and_less(site, store, context):
    """Its state keeps the reason, the count and when it will be asked again; Retry-After is honoured."""
    site.put("/f", "later", status=503, headers={"Retry-After": "7200"})
    ctx = context({"key": "a", "url": site.url("/f")}, {"key": "b", "url": site.url("/none")})
    for _ in range(3):
        refresh(ctx)
    with store.read() as conn:
        found = sources.states(conn)
    assert found["a"].next_at >= NOW + timedelta(hours=2)
    assert (found["b"].failures, found["b"].success_at) == (3, None)
    assert NOW + timedelta(minutes=20) <= found["b"].next_at < NOW + timedelta(minutes=23)
    site.put("/none", rss(item(1)))
    refresh(ctx)
    with store.read() as conn:
        healed = sources.state(conn, "b")
    assert (healed.failures, healed.error, healed.success_at, healed.new_at) == (0, "", NOW, NOW)


def test_an_unknown_source_is_a_usage_error(context):
    with pytest.raises(UsageError, match="no source is named nope; configured: a"):
        refresh(context({"key": "a", "url": "http://a.example/"}), only=["nope"])


def test_withdrawn_articles_are_noticed(site, store, context):
    """404 and 410 prove an article gone; an error of the server proves nothing."""
    pages = {f"/news/{n}-story": status for n, status in enumerate((200, 404, 410, 503))}
    for path, status in pages.items():
        site.put(path, "x", status=status)
    links = [
        f"<item><title>Story number {n} is here</title><link>{site.url(path)}</link><description>Words.</description></item>"
        for n, path in enumerate(pages)
    ]
    site.put("/f", rss(*links))
    ctx = context({"key": "a", "url": site.url("/f")})
    refresh(ctx)
    gone = check_withdrawn(ctx, [site.url(path) for path in pages])
    assert gone == [site.url("/news/1-story"), site.url("/news/2-story")]
    assert sorted(a.headline[13] for a in stored(store) if a.withdrawn_at) == ["1", "2"]
    refresh(ctx)  # the feed still lists them: what a page does not answer is not made good by a list
    assert sorted(a.headline[13] for a in stored(store) if a.withdrawn_at) == ["1", "2"]


def test_the_json_shape(site, context):
    from digest.cli.ingest import as_dict

    site.put("/f", rss(item(1), "<item><title>No address</title></item>"))
    told = json.loads(json.dumps(as_dict(refresh(context({"key": "a", "url": site.url("/f")})))))
    assert set(told) == {"sources", "new", "changed", "unchanged", "refused", "seconds"}
    assert set(told["sources"][0]) >= {"source", "status", "new", "changed", "unchanged", "refused", "error"}
    assert set(told["sources"][0]["refused"][0]) == {"where", "reason", "excerpt"}


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real feeds of the development set")
def test_real_feeds_are_taken_whole(store, context):
    """Every item of 31 days of three sites is stored, none is refused, a second reading finds nothing new."""
    import re

    expected = sum(len(re.findall(r"<item>", file.read_text())) for file in REAL.glob("*.rss"))
    first = refresh(context(now=utc_now), inputs=[str(REAL)])
    assert (first.new, first.refused) == (expected, 0)
    assert sorted(one.source for one in first.sources) == ["bbci.co.uk", "cnn.com", "theguardian.com"]
    again = refresh(context(now=utc_now), inputs=[str(REAL)])
    assert (again.new, again.changed, again.unchanged) == (0, 0, expected)


def test_reading_a_file_leaves_a_configured_sources_state_alone(site, tmp_path, store, context):
    """The file's channel has the source's name: its rhythm, marks and next visit stay as they were."""
    site.put("/f", rss(item(1), item(2, when="Sun, 05 Jul 2026 07:00:00 +0000")), etag=True)
    ctx = context({"key": "post.example", "url": site.url("/f")})
    refresh(ctx)
    with store.read() as conn:
        before = sources.state(conn, "post.example")
    (tmp_path / "f.xml").write_text(rss(item(3)))
    assert refresh(ctx, inputs=[str(tmp_path / "f.xml")]).new == 1
    with store.read() as conn:
        after = sources.state(conn, "post.example")
    assert (after.etag, after.interval, after.next_at, after.url) == (
        before.etag,
        before.interval,
        before.next_at,
        before.url,
    )
    assert before.etag
