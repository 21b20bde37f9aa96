"""Where metadata is silent, the page's own face is read: site name, date, byline."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from digest.ingest import visible
from digest.ingest.dates import Habits

WAYS = Habits(now=datetime(2026, 7, 5, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("anchor", "title", "name"),
    [
        ("<a href='/'>The Harbour Post</a>", "Bridge wins | The Harbour Post", "The Harbour Post"),
        (
            "<a href='https://post.example/' title='The Harbour Post'></a>",
            "Bridge wins - The Harbour Post",
            "The Harbour Post",
        ),
        ("<a href='/'><img alt='jovelblog'></a>", "Gefällt mir – jovelblog", "jovelblog"),
        ("<a href='/'>Home</a>", "Bridge wins | The Harbour Post", ""),
        ("<a href='/news/1'>The Harbour Post</a>", "Bridge wins | The Harbour Post", ""),
        ("<a href='/'>The Harbour Post</a>", "Bridge wins", ""),
    ],
)
def test_the_sites_name_is_what_links_home_and_ends_the_title(anchor, title, name):
    """Two witnesses make a name: the link to the home page and the title's end."""
    assert visible.site(LexborHTMLParser(anchor), title) == name


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<h1>Bridge</h1><span class='post-date'>5 July 2026</span>", "5 July 2026"),
        (
            "<h1>Bridge</h1><li class='date-and-time' title='2026-07-04T21:00:00+11:00'>Saturday</li>",
            "2026-07-04T21:00:00+11:00",
        ),
        ("<div>24. März 2026, 19:49<h2>Bridge</h2></div>", "24. März 2026, 19:49"),
        (
            "<table><tr><td><b>Bridge</b></td></tr><tr><td>Agency ( 2026-06-04 09:20 )</td></tr></table>",
            "Agency ( 2026-06-04 09:20 )",
        ),
        ("<h1>Bridge</h1><p class='time'>منذ ساعتين</p>", "منذ ساعتين"),
        ("<h1>Bridge</h1><p class='time'>منذ 2 ساعات</p>", "منذ 2 ساعات"),
        ("<h1>Bridge</h1><div class='sidebar'><span class='date'>5 July 2026</span></div>", ""),
        ("<h1>Bridge</h1><div class='comments'><time>5 July 2026</time></div>", ""),
        ("<h1>Bridge</h1><p class='metadata'>No day here</p>", ""),
    ],
)
def test_the_date_a_page_shows(markup, words):
    """Elements named for a date count first, then what stands beside the headline; never comments."""
    assert visible.date(LexborHTMLParser(markup), "Bridge", WAYS) == words


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ("<h1>Bridge</h1><small>11.09.2026, 16:20 von jovelstefan</small>", ["jovelstefan"]),
        ("<h1>Bridge</h1><p>作者： 记者王敬照</p>", ["王敬照"]),
        ("<h1>Bridge</h1><p>Autor: Mara Quill</p>", ["Mara Quill"]),
        ("<h1>Bridge</h1><p>بقلم: ليلى حداد</p>", ["ليلى حداد"]),
        ("<h1>Bridge</h1><p>Moved by the council's vote</p>", []),
    ],
)
def test_the_byline_a_page_shows(markup, names):
    """Behind "by" in the date line, or behind a label; "by" in a sentence names nobody."""
    assert visible.byline(LexborHTMLParser(markup), "Bridge", WAYS) == names
