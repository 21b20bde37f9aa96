"""Titles and summaries read well: entities encoded twice, markup in markup, credits, notices, lists."""

from __future__ import annotations

import pytest

from digest.ingest import clean


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("Q&amp;amp;A: what&amp;#8217;s next", "Q&A: what’s next"),
        ("Rise &amp;amp;amp; fall", "Rise & fall"),
        ("<![CDATA[Inside]]> out", "Inside out"),
        ("A <i>nested <b>mark</b></i>up", "A nested markup"),
        ("&lt;em&gt;x&lt;/em&gt; y", "x y"),
        ("&amp;lt;b&amp;gt;deep&amp;lt;/b&amp;gt;", "deep"),
        ("C++ &lt;vector&gt; &amp; friends", "C++ <vector> & friends"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("I &lt;3 you", "I <3 you"),
    ],
)
def test_titles_lose_markup_and_keep_meaning(given, text):
    """Whatever was encoded twice is decoded twice; what only looks like markup stays."""
    assert clean.text(given) == text


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("First item\n\nSecond one\n\nThird.", "First item. Second one. Third."),
        ("Is it?\n\n“Yes”\n\nNo", "Is it? “Yes”. No"),
        ("خبر أول\n\nخبر ثان", "خبر أول. خبر ثان"),
        ("最初の項目\n\n次", "最初の項目。 次"),
        ("One only", "One only"),
        ("", ""),
    ],
)
def test_paragraphs_made_one_line_keep_their_ends(given, line):
    """Items of a list and standfirsts without a full stop get one where they meet the next."""
    assert clean.joined(given) == line


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        ("Editor's Note: This story is part of the Nightcap newsletter. Markets fell.", "Markets fell."),
        ("To get it in your inbox, sign up for free, here. Markets fell.", "Markets fell."),
        ("A version of this story appeared in our Race newsletter. Sign up for our newsletter here.", ""),
        ("A monkey enjoys a drink. Photograph: Lauren Quill", "A monkey enjoys a drink."),
        ("They were beaten by Austria,.", "They were beaten by Austria."),
        ("A picture: the mill, burning. He left.", "A picture: the mill, burning. He left."),
        ("The newsletter industry grows.", "The newsletter industry grows."),
    ],
)  # fmt: skip
def test_summaries_lose_notices_and_credits(given, summary):
    """Advertisements of newsletters and a picture's credit at the end go; sentences about them stay."""
    assert clean.without_notes(given) == summary


def test_without_tail():
    """Invitations to read on, and WordPress's last line, in several languages."""
    for tail in (
        "Continue reading…",
        "[…]",
        "The post Bridge wins appeared first on The Post.",
        "اقرأ المزيد...",
        "Weiterlesen",
    ):
        assert clean.without_tail(f"The bridge won. {tail}") == "The bridge won."
