"""Every source plugin passes the contract."""

from __future__ import annotations

import gzip
import importlib

from digest import plugins
from digest.ingest.feed import FeedSource
from digest.ingest.jsonfeed import JsonFeedSource
from digest.ingest.page import PageSource
from digest.ingest.push import JsonLinesSource
from digest.ingest.sitemap import SitemapSource
from digest.ingest.source import Document
from digest.testing.sources import SourceContract
from tests.ingest.conftest_data import ATOM, JSON_FEED, JSON_LINES, NEWS_SITEMAP, PAGE, RSS, SITEMAP_INDEX


class TestFeed(SourceContract):
    plugin = FeedSource
    documents = (Document(url="https://post.example/rss", body=RSS), Document(url="", body=ATOM))


class TestJsonFeed(SourceContract):
    plugin = JsonFeedSource
    documents = (Document(url="", body=JSON_FEED),)


class TestPage(SourceContract):
    plugin = PageSource
    documents = (Document(url="https://post.example/news/1-bridge", body=PAGE),)


class TestSitemap(SourceContract):
    plugin = SitemapSource
    documents = (
        Document(url="https://post.example/news.xml", body=NEWS_SITEMAP),
        Document(url="https://post.example/news.xml.gz", body=gzip.compress(NEWS_SITEMAP)),
        Document(url="https://post.example/sitemap.xml", body=SITEMAP_INDEX),
    )


class TestJsonLines(SourceContract):
    plugin = JsonLinesSource
    documents = (Document(url="", body=JSON_LINES),)


def test_every_installed_plugin_is_under_contract():
    """A plugin that is declared but not tested here is found out; "files" only hands documents on."""
    tested = {c.plugin.kind for c in SourceContract.__subclasses__()}
    assert set(plugins.names(plugins.SOURCES)) == tested | {"files"}
    assert importlib.import_module("digest.ingest.files").FilesSource.claims(Document(url="", body=RSS)) == 0
