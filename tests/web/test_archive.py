"""The archive: what went out, with permalinks and feeds that readers' programs accept."""

from __future__ import annotations

import json
from datetime import datetime

import feedparser
import pytest
from lxml import etree
from starlette.testclient import TestClient

from digest.testing.editions import SLOT, frozen
from digest.web.app import create

HOSTILE = 'Fish & <chips> "today"'


@pytest.fixture
def sent(context):
    """Give the public id of an edition that went out."""
    frozen(context.store, public_id="e00000000001")
    return "e00000000001"


def test_editions_that_went_out_are_listed_with_permalinks(client, sent):
    """And nothing that did not."""
    frozen_only = client.get("/a/sabah").text
    assert "/e/" not in frozen_only
    page = client.get("/a/daily").text
    assert f'href="/e/{sent}"' in page
    assert client.get(f"/e/{sent}").status_code == 200
    assert f"/e/{sent}" in client.get("/s/daily").text


def test_the_atom_feed_is_what_rfc_4287_asks_for(client, sent):
    """Well-formed, read without complaint; id, title, updated, author and links are there, absolute."""
    answer = client.get("/a/daily/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(answer.content)
    assert not found.bozo
    assert found.version == "atom10"
    [entry] = found.entries
    assert entry.id == entry.link == f"https://news.post.example/e/{sent}"
    assert entry.title
    assert entry.updated_parsed[:5] == SLOT.timetuple()[:5]
    root = etree.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [root.find(f"{atom}{name}").text for name in ("id", "title", "updated")]
    assert root.find(f"{atom}author/{atom}name").text == "The Harbour Post"
    assert root.find(f"{atom}link[@rel='self']").get("href") == "https://news.post.example/a/daily/feed.atom"


def test_the_json_feed_is_what_version_1_1_asks_for(client, sent):
    """Version, title and items with id, content and an RFC 3339 date."""
    answer = client.get("/a/daily/feed.json")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://news.post.example/a/daily/feed.json"
    [item] = feed["items"]
    assert item["id"] == item["url"] == f"https://news.post.example/e/{sent}"
    assert item["content_text"]
    assert datetime.fromisoformat(item["date_published"]) == SLOT


def test_titles_cannot_break_a_feed(context):
    """Markup in a newsletter's title is text."""
    known = context.settings.newsletters
    named = {**known, "daily": known["daily"].model_copy(update={"title": HOSTILE, "site": HOSTILE})}
    settings = context.settings.model_copy(update={"newsletters": named})
    client = TestClient(create(type(context)(settings, context.store, context.now)))
    assert etree.fromstring(client.get("/a/daily/feed.atom").content).findtext("{*}title") == HOSTILE
    assert client.get("/a/daily/feed.json").json()["title"] == HOSTILE


def test_the_first_page_speaks_the_browsers_language(client):
    """It belongs to no newsletter."""
    assert 'lang="ar-EG" dir="rtl"' in client.get("/", headers={"Accept-Language": "ar-EG,en;q=0.5"}).text
    page = client.get("/", headers={"Accept-Language": "xx"})
    assert 'lang="en" dir="ltr"' in page.text
    assert page.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("handed_on", ["/news", ""])
def test_the_pages_may_stand_below_a_path(context, make_reader, handed_on):
    """With base_url https://HOST/news, whether the proxy takes the path off or not."""
    settings = context.settings.model_copy(update={"base_url": "https://post.example/news"})
    client = TestClient(create(type(context)(settings, context.store, context.now)), follow_redirects=False)
    reader = make_reader()
    for path in (reader.leave, reader.preferences):
        assert f'action="/news{path}"' in client.get(handed_on + path).text
    assert 'action="/news/s/daily"' in client.get(f"{handed_on}/s/daily").text
    style = client.get(f"{handed_on}/a/daily").text.partition('stylesheet" href="')[2].partition('"')[0]
    assert style.startswith("/news/style/daily.css")
    assert client.get(handed_on + style.removeprefix("/news")).status_code == 200
    assert client.post(handed_on + reader.leave).status_code == 200
    assert reader.states() == {"daily": "unsubscribed"}
    assert client.get("/newspaper").status_code == 404
