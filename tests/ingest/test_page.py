"""Saved pages that do not say where they come from."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.errors import SourceError
from digest.ingest.page import Options, PageSource
from digest.ingest.source import Document, Reading
from digest.model import ArticleKind, Source

NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)
TEXT = "".join(
    f"<p>{'The harbour council met again and voted on the bridge. ' * 4}Part {n}.</p>" for n in range(4)
)
LIST = "".join(
    f'<li><a href="{{}}/news/{n}-story">Headline number {n} of the saved page</a></li>' for n in range(5)
)


def read(page: str, site: str = ""):
    return PageSource(Options()).parse(
        Document(url="", body=page.encode(), name="saved.html"), Reading(source=Source(key="", url=""), now=NOW, site=site)
    )  # fmt: skip


def page(prefix: str, more: str = "") -> str:
    return (
        f"<html><head><title>The bridge is voted on</title></head><body><h1>The bridge is voted on</h1>{TEXT}{more}"
        f"<ul>{LIST.replace('{}', prefix)}</ul></body></html>"
    )


def test_the_site_is_told_by_where_its_links_lead():
    """With absolute links the source is named after them; the article links to the site's home, marked as its own."""
    found = read(page("https://post.example"))
    full = [a for a in found.articles if a.kind is ArticleKind.FULL]
    assert (found.source, len(full), len(found.articles)) == ("post.example", 1, 6)
    assert full[0].url.startswith("https://post.example/#!/the-bridge")


def test_a_share_button_knows_the_address():
    share = '<a href="https://social.example/sharer.php?u=https%3A%2F%2Fpost.example%2Fnews%2Fbridge&t=x">Share</a>'
    full = [a for a in read(page("https://post.example", share)).articles if a.kind is ArticleKind.FULL]
    assert full[0].url == "https://post.example/news/bridge"


def test_relative_links_need_the_newsrooms_site():
    """Without any address they cannot be linked, and that is said; with a site_url they are its pages."""
    assert read(page(""), site="https://own.example/").source == "own.example"
    assert len(read(page(""), site="https://own.example/").articles) == 6
    with pytest.raises(SourceError, match=r"does not say which site it is of.*set site_url"):
        read(page(""))


@pytest.mark.parametrize(
    "head",
    [
        '<base href="https://post.example/">',
        '<link rel="canonical" href="https://post.example/a">',
        '<meta property="og:url" content="https://post.example/a">',
        "<!-- saved from url=(0024)https://post.example/a -->",
        '<script type="application/ld+json">{"@type": "WebPage", "@id": "https:\\/\\/post.example\\/a"}</script>',
        '<link rel="alternate" type="application/rss+xml" href="https://post.example/feed.xml">',
    ],
)
def test_a_saved_page_tells_its_site_in_many_ways(head):
    """What it says of itself, what the browser noted, its data or its feed give relative links their site."""
    found = read(page("").replace("<head>", f"<head>{head}", 1))
    assert found.source == "post.example"
    assert len(found.articles) == 6


def test_a_page_with_nothing_in_it_says_what_to_give_instead():
    """An operator reads why, and what would work."""
    with pytest.raises(SourceError, match=r"no article and no list of headlines; give the address of a feed"):
        read("<html><body>hello")
