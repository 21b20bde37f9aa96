"""A good citizen: robots.txt, spacing, following pages only where the text is missing."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

from itertools import pairwise

import pytest

from digest.flow.refresh import refresh
from digest.ingest import robots
from digest.model import ArticleKind
from digest.store import articles
from tests.ingest.conftest import NOW, rss
from tests.ingest.conftest import one_database as database_url  # noqa: F401 (a fixture)
from tests.ingest.conftest_data import PAGE

ROBOTS = """
User-agent: *
Disallow: /

User-Agent: NewsDigest   # us
User-agent: other
Disallow: /private/
Allow: /private/open$
Disallow: /*?print=
Disallow:
Crawl-delay: 2.5

User-agent: newsdigest
Disallow: /archive
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True), ("/news/1", True), ("/private/x", False), ("/private/open", True), ("/private/open/x", False),
        ("/news/1?print=1", False), ("/news/1?p=1", True), ("/archive/2020", False),
    ],
)  # fmt: skip
def test_the_longest_rule_of_our_groups_decides(path, allowed):
    """Groups that name us are joined; the group for everybody then says nothing to us."""
    assert robots.parse(ROBOTS).allows(f"https://post.example{path}") is allowed


def test_a_delay_is_read_and_bounded():
    assert robots.parse(ROBOTS).delay == 2.5
    assert robots.parse("User-agent: *\nCrawl-delay: 86400").delay == 10


def test_others_follow_the_group_for_everybody():
    assert not robots.parse(ROBOTS, "someone").allows("https://post.example/news")
    assert robots.parse("").allows("https://post.example/news")


@pytest.mark.parametrize(
    ("status", "allowed"), [(200, False), (404, True), (403, True), (500, False), (503, False)]
)
def test_a_missing_file_allows_and_a_failing_server_does_not(status, allowed):
    """RFC 9309, 2.3.1.3 and 2.3.1.4."""
    assert robots.answered(status, "User-agent: *\nDisallow: /").allows("https://post.example/") is allowed


def test_a_page_is_not_taken_where_robots_forbid_it(site, context):
    """Feeds are made for readers like us; pages are not, so robots.txt is asked for pages alone."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /news")
    site.put("/news/1", PAGE)
    site.put("/rss", rss("<item><title>A</title><link>https://post.example/1</link></item>"))
    (told,) = refresh(context({"key": "page", "url": site.url("/news/1")})).sources
    assert (told.status, told.new) == ("failed", 0)
    assert "robots.txt" in told.error
    site.requests.clear()
    assert refresh(context({"key": "feed", "url": site.url("/rss")})).new == 1
    assert [r.path for r in site.requests] == ["/rss"]
    assert refresh(context({"key": "page", "url": site.url("/news/1")}, robots=False)).new > 0


def listing(site, count: int) -> str:
    links = "".join(
        f'<li><a href="{site.url(f"/story/{n}-x")}">Headline number {n} of the listing page</a></li>'
        for n in range(count)
    )
    return f"<html><body><h1>World</h1><ul>{links}</ul></body></html>"


def test_a_listings_pages_are_read_once_spaced_and_become_full_articles(site, store, context):
    """Follow = N reads N pages, leaves what robots forbid, and never reads a page again whose text is known."""
    site.put("/world/", listing(site, 6), media_type="text/html")
    site.put("/robots.txt", "User-agent: *\nDisallow: /story/2")
    for n in range(6):
        page = PAGE.replace(
            b"https://post.example/news/1-bridge", site.url(f"/story/{n}-x").encode()
        ).replace(b"River bridge", b"River bridge %d" % n)
        site.put(f"/story/{n}-x", page)
    ctx = context({"key": "world", "url": site.url("/world/"), "options": {"follow": 4}})
    (told,) = refresh(ctx).sources
    assert [r.where for r in told.refused] == [site.url("/story/2-x")]
    with store.read() as conn:
        found = articles.newest_seen(conn, limit=100)
    full = [a for a in found if a.kind is ArticleKind.FULL]
    assert sorted(a.headline for a in full) == [f"River bridge {n} opens after nine years" for n in (0, 1, 3)]
    assert {a.source for a in found} == {"world"}
    assert all(a.seen_at == NOW for a in found)
    asked = [r for r in site.requests if r.path.startswith("/story/")]
    assert len(asked) == 3
    gaps = [b.at - a.at for a, b in pairwise(asked)]
    assert min(gaps) >= 0.19
    site.requests.clear()
    refresh(ctx)  # the next visit goes on with those that are still without text
    assert [r.path for r in site.requests if r.path.startswith("/story/")] == ["/story/4-x", "/story/5-x"]
    site.requests.clear()
    refresh(ctx)
    assert [r.path for r in site.requests if r.path.startswith("/story/")] == []


def test_a_page_that_is_not_there_is_not_asked_for_again(site, context):
    """A listing that keeps naming a page that answers 404 costs one request, not one at every visit."""
    site.put("/world/", listing(site, 3), media_type="text/html")
    site.put(
        "/story/0-x", PAGE.replace(b"https://post.example/news/1-bridge", site.url("/story/0-x").encode())
    )
    ctx = context({"key": "world", "url": site.url("/world/"), "options": {"follow": 3}})
    (told,) = refresh(ctx).sources
    assert sorted(r.where for r in told.refused) == [site.url("/story/1-x"), site.url("/story/2-x")]
    assert told.new == 3
    site.requests.clear()
    (told,) = refresh(ctx).sources
    assert told.refused == []
    assert [r.path for r in site.requests if r.path.startswith("/story/")] == []


def test_a_feed_with_headlines_only_gets_its_texts_from_the_pages(site, store, context):
    """What the feed knows (date, guid, place) stays; the page gives the text."""
    url = site.url("/story/1-x")
    site.put(
        "/f",
        rss(
            f"<item><title>River bridge opens</title><link>{url}</link><guid>g1</guid><pubDate>Sun, 05 Jul 2026 06:00:00 GMT</pubDate></item>"
        ),
    )
    site.put("/story/1-x", PAGE.replace(b"https://post.example/news/1-bridge", url.encode()))
    refresh(context({"key": "a", "url": site.url("/f"), "options": {"follow": 5}}))
    with store.read() as conn:
        (one,) = articles.newest_seen(conn)
    assert (one.kind, one.guid, one.published.hour, one.position) == (ArticleKind.FULL, "g1", 6, 1)
    assert "mason" in one.body
