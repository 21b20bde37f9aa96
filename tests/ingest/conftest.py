"""A working folder with a loopback site: real files, a real store, a real server."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.flow.context import Context
from digest.settings.models import IngestSettings, Settings, SourceSettings
from digest.store import Store
from digest.store.schema import metadata
from digest.testing.website import Website

NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def site():
    with Website() as running:
        yield running


@pytest.fixture
def one_database(tmp_path):
    """One database is enough here: what is under test lies before the store."""
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    opened = Store(url)
    metadata.create_all(opened.engine)
    opened.close()
    return url


@pytest.fixture
def context(store, tmp_path):
    """Make a context with these sources; the clock stands at NOW unless told otherwise."""

    def make(*sources: dict, now=None, **ingest) -> Context:
        settings = Settings(
            root=tmp_path,
            sources=tuple(SourceSettings(**{"allow_private": True, **one}) for one in sources),
            ingest=IngestSettings(**ingest),
        )
        return Context(settings, store, now or (lambda: NOW))

    return make


def rss(*items: str, link: str = "https://post.example/", more: str = "") -> str:
    """Write an RSS feed of ready items; it says its language, which spares a worker loading what would tell it."""
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>The Post</title><link>{link}</link><language>en</language>{more}{"".join(items)}</channel></rss>'


def item(n: int, *, title: str = "", when: str = "Sun, 05 Jul 2026 08:00:00 +0000", more: str = "") -> str:
    """Write one item with a number in its address and words."""
    return (
        f"<item><title>{title or f'Headline number {n} of the morning'}</title><link>https://post.example/news/{n}-story</link>"
        f"<pubDate>{when}</pubDate><description>Summary of story {n}, with enough words to be one.</description>{more}</item>"
    )
