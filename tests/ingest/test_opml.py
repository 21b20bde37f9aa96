"""OPML lists of feeds: what other programs write is read, what we write comes back."""

from __future__ import annotations

import pytest

from digest.errors import SourceError
from digest.ingest.opml import Outline, read, write

LIST = """<?xml version="1.0"?><opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="Harbour" xmlUrl="https://harbour.example/rss" language="en"/>
<outline text="World" title="The world">
  <outline type="rss" text="short" title="Long name" xmlURL="https://post.example/feed"/>
  <outline text="again" xmlUrl="https://harbour.example/rss"/>
  <outline text="a folder only"/>
  <outline text="Parent" xmlUrl="https://parent.example/rss">
    <outline text="Child" xmlUrl="https://child.example/rss"/>
  </outline>
</outline>
<outline text="Sport"><outline text="Cup" xmlUrl="https://cup.example/rss"/></outline>
</body></opml>"""


def test_folders_become_sections_and_each_feed_comes_once():
    """The nearest folder names the section; neither the body nor another feed is a folder."""
    assert [(one.url, one.name, one.section, one.language) for one in read(LIST.encode())] == [
        ("https://harbour.example/rss", "Harbour", "", "en"),
        ("https://post.example/feed", "Long name", "The world", ""),
        ("https://parent.example/rss", "Parent", "The world", ""),
        ("https://child.example/rss", "Child", "", ""),
        ("https://cup.example/rss", "Cup", "Sport", ""),
    ]


def test_what_is_written_is_read_again():
    """Names with quotes and ampersands included."""
    feeds = [
        Outline(url="https://a.example/?x=1&y=2", name='The "A" & B', section="", language="en"),
        Outline(url="https://b.example/", name="ب", section="World & more", language=""),
        Outline(url="https://c.example/", name="C", section="World & more", language="fr"),
    ]
    assert read(write("Ours", feeds).encode()) == feeds


def test_what_is_no_opml_is_said_to_be_none():
    """The message carries the beginning of what was there instead."""
    with pytest.raises(SourceError, match="no <opml> element") as told:
        read(b"Just words")
    assert told.value.excerpt == "Just words"
