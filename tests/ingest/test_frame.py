"""What stands around a story is taken off by its words; the paragraph set apart before it comes back."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from digest.ingest.frame import comments, trimmed, with_lead

STORY = [
    "The council voted for the new bridge on Tuesday after a debate of nine hours in the old town hall.",
    "Work begins in March, said the engineer, and the ferry will go on until the last span is in place.",
]


def paragraphs(*parts: str) -> str:
    """Join paragraphs as an extractor gives them."""
    return "\n\n".join(parts)


@pytest.mark.parametrize(
    "before",
    [
        ["Bridge wins"],
        ["The Post - News", "Bridge wins"],
        ["Bridge wins", "24. März 2026, 19:49 | Mara Quill"],
        ["5 July 2026, 14:30"],
        ["الأحد، 5 تموز/يوليو 2026"],
    ],
)
def test_the_headline_and_the_date_line_are_no_text(before):
    """Site name, headline and date line before the text go."""
    assert trimmed(paragraphs(*before, *STORY), "Bridge wins") == paragraphs(*STORY)


def test_a_first_sentence_with_a_date_stays():
    """A short sentence that names a day is a sentence."""
    first = "On 5 July 2026 the bridge opened."
    assert trimmed(paragraphs(first, *STORY), "Bridge wins") == paragraphs(first, *STORY)


@pytest.mark.parametrize(
    "heading",
    [
        "Comments",
        "3 Comments",
        "Kommentare (12)",
        "Commentaires",
        "التعليقات",
        "#1 Kommentar von Ada",
        "Leave a Reply",
    ],
)
def test_comments_end_the_text(heading):
    """From the heading of the comments on nothing is the story's."""
    assert trimmed(paragraphs(*STORY, heading, "First!", "So true."), "x") == paragraphs(*STORY)


def test_what_stands_in_a_box_for_comments_is_not_the_storys():
    """Boxes named for comments, in Spanish too, are left out wherever the extractor put their words."""
    markup = "<p>Story</p><div id='comentarios'><p>Su cara lo dice todo: la cara es el espejo.</p></div>"
    said = comments(LexborHTMLParser(markup))
    body = paragraphs(*STORY, "Su cara lo dice todo: la cara es el espejo.")
    assert trimmed(body, "x", (), said) == paragraphs(*STORY)


def test_a_story_inside_a_box_for_comments_stays():
    """Where the story itself stands in a box so named (a letter, a forum), the name proves nothing."""
    markup = f"<div class='comment-page'><p>{STORY[0]}</p><p>{STORY[1]}</p></div>"
    assert trimmed(paragraphs(*STORY), "x", (), comments(LexborHTMLParser(markup))) == paragraphs(*STORY)


def test_a_list_of_other_stories_ends_the_text():
    """Two headlines of other stories after the text, with the heading over them, go with what follows."""
    others = [
        "Other columns",
        "Ferry returns at last",
        "After nine years.",
        "Kicker Mill burns down again",
        "A summary.",
    ]
    listed = {"Ferry returns at last", "Mill burns down again"}
    assert trimmed(paragraphs(*STORY, *others), "Bridge wins", listed) == paragraphs(*STORY)


def test_one_mention_of_another_story_is_no_list():
    """A story may quote one headline, and a headline inside a sentence counts for nothing."""
    quoted = paragraphs(*STORY, "Ferry returns at last", "That was the headline then.")
    assert trimmed(quoted, "Bridge wins", {"Ferry returns at last", "Mill burns down again"}) == quoted


def test_a_page_that_is_mostly_a_list_is_left_to_others():
    """Where little stands before the list, cutting would leave a stub."""
    body = paragraphs("Short.", *(f"Headline number {n} of the day" for n in range(9)))
    assert trimmed(body, "x", {f"Headline number {n} of the day" for n in range(9)}) == body


@pytest.mark.parametrize(
    "notice",
    [
        "Subscribe to read the full story.",
        "We welcome comments; please read our community guidelines and the privacy policy first.",
        "الآراء الواردة أدناه لا تعبر عن رأي الموقع.",
        "© 2026 The Post. All rights reserved.",
        "Alle Rechte vorbehalten.",
    ],
)
def test_the_sites_notices_end_with_the_text(notice):
    """Invitations, rules for comments and rights after the text are the site's, not the story's."""
    assert trimmed(paragraphs(*STORY, notice), "x") == paragraphs(*STORY)


def lead_of(markup: str, description: str = "") -> str:
    """Return what is put before the story's text for a page."""
    text = paragraphs(*STORY)
    return with_lead(LexborHTMLParser(markup), text, description).removesuffix(text).strip()


LEAD = "After years of waiting, the town gets its crossing: what it costs, who pays, and when it opens."
TEXT = "".join(f"<p>{part}</p>" for part in STORY)


def test_the_lead_in_the_articles_element_comes_back():
    """A paragraph set apart before the text, inside the article's element, belongs to it."""
    assert lead_of(f"<article><h1>x</h1><p class='chapo'>{LEAD}</p><div>{TEXT}</div></article>") == LEAD


def test_the_lead_that_the_description_repeats_comes_back():
    """Outside an article element the page's own description is the proof."""
    page = f"<div><div class='teaser-text'>{LEAD}</div><div>{TEXT}</div></div>"
    assert lead_of(page, LEAD) == LEAD
    assert lead_of(page) == ""


@pytest.mark.parametrize(
    "markup",
    [
        f"<article><figcaption itemprop='description'>{LEAD}</figcaption>{TEXT}</article>",
        f"<article>{TEXT}<p class='standfirst'>{LEAD}</p></article>",
        f"<article><p class='intro'>{STORY[0]} {LEAD}</p>{TEXT}</article>",
        f"<article><div class='intro'><h2><a href='/a'>Other</a></h2>{LEAD}</div>{TEXT}</article>",
    ],
)
def test_captions_teasers_and_repetitions_are_no_lead(markup):
    """A caption, a teaser after the text, the text itself and a linked heading are something else."""
    assert lead_of(markup) == ""
