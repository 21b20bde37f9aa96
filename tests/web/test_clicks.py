"""Counted links: they lead where the store says, whatever a request says, and count readers alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from digest.flow import clicks
from digest.testing.editions import SLOT
from digest.web.app import create
from tests.flow.test_clicks import BROWSER, built, named_links, newsroom_of


class Mailed:
    """An edition that is out for an hour, and the pages that count for it."""

    def __init__(self, context, path, **more):
        ctx = newsroom_of(context.store, path, clicks=True, **more)
        self.edition = built(ctx)
        self.ctx = replace(ctx, now=lambda: SLOT + timedelta(hours=1))
        self.url, self.link = next(iter(named_links(ctx, self.edition).items()))
        self.app = create(self.ctx)

    def client(self, address="198.51.100.7"):
        headers = {"User-Agent": BROWSER}
        return TestClient(
            self.app,
            base_url="https://news.post.example",
            follow_redirects=False,
            headers=headers,
            client=(address, 50000),
        )

    def counted(self):
        self.app.state.write_clicks(everything=True)
        found = clicks.report(self.ctx, self.edition.id)
        return found["low"], found["high"]


@pytest.fixture
def mailed(context, tmp_path):
    return Mailed(context, tmp_path)


def test_a_link_leads_to_its_story_and_counts(mailed):
    """302, not to be kept by anyone, and nothing is left with the reader."""
    for _ in range(2):  # from the store, then from memory
        answer = mailed.client().get(f"/r/{mailed.link}")
        assert (answer.status_code, answer.headers["location"]) == (302, mailed.url)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert "set-cookie" not in answer.headers
    assert mailed.counted() == (2, 2)


@pytest.mark.parametrize(
    "query", ["u=https://evil.example/", "url=//evil.example", "next=https:evil.example"]
)
def test_no_request_says_where_a_link_leads(mailed, query):
    """There is no open redirect: parameters, Host and paths beside the id change nothing."""
    client = mailed.client()
    answer = client.get(f"/r/{mailed.link}?{query}", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.headers["location"] == mailed.url
    for path in ("/r/https://evil.example/", "/r//evil.example", f"/r/{mailed.link}/https://evil.example/"):
        gone = client.get(path)
        assert gone.status_code == 404
        assert "location" not in gone.headers


def test_what_is_no_link_of_ours_is_not_found(mailed):
    """With the page of every link that does not work."""
    for link in ("a" * 16, mailed.link.upper(), mailed.link[:-1], mailed.link + "a", "%00" * 16, "'"):
        answer = mailed.client().get(f"/r/{link}")
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
    assert mailed.counted() == (0, 0)


def test_looking_is_not_following(mailed):
    """HEAD is answered as GET is, and counts nothing; POST is refused."""
    answer = mailed.client().head(f"/r/{mailed.link}")
    assert (answer.status_code, answer.headers["location"]) == (302, mailed.url)
    assert mailed.client().post(f"/r/{mailed.link}").status_code == 405
    assert mailed.counted() == (0, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": ""},
        {"User-Agent": "Mozilla/5.0 (compatible; SomeBot/1.0)"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
    ],
)
def test_machines_and_browsers_that_load_ahead_are_unsure(mailed, headers):
    mailed.client().get(f"/r/{mailed.link}", headers=headers)
    assert mailed.counted() == (0, 1)


def test_a_filter_that_opens_everything_is_unsure_and_readers_are_not(mailed):
    """Many links of one edition from one network within seconds, from several of its machines."""
    for link in named_links(mailed.ctx, mailed.edition).values():
        mailed.client("192.0.2.1").get(f"/r/{link}")
        mailed.client("192.0.2.99").get(f"/r/{link}")
    mailed.client("203.0.113.5").get(f"/r/{mailed.link}")
    assert mailed.counted() == (1, 11)


def test_the_operators_own_networks_of_filters_are_believed(context, tmp_path):
    made = Mailed(context, tmp_path)
    settings = made.ctx.settings
    web = settings.web.model_copy(update={"scanners": ("198.51.100.0/24",)})
    made.app = create(replace(made.ctx, settings=settings.model_copy(update={"web": web})))
    made.client().get(f"/r/{made.link}")
    assert made.counted() == (0, 1)


def test_search_engines_are_asked_to_leave_links_alone(client):
    assert "Disallow: /r/" in client.get("/robots.txt").text
