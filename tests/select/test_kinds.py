"""Kinds of pieces: told by plain signs only, in several languages; a report is never taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.select.candidates import candidates
from digest.select.kinds import kind_of
from digest.select.ranker import total
from digest.select.rankers import Importance
from digest.testing.rankers import article, brief, candidate


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"url": "https://x.example/partner-content/a-better-kettle"}, "sponsored"),
        ({"url": "https://x.example/news/live/harbour-latest"}, "live"),
        ({"url": "https://x.example/av/world-1"}, "pictures"),
        ({"url": "https://x.example/1", "tags": ("Press review",)}, "service"),
        ({"url": "https://x.example/1", "section": "Video"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "In pictures: the harbour at dawn"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "بالصور.. حريق في الميناء"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "Quiz: how well do you know the harbour?"}, "service"),
        ({"url": "https://x.example/1", "headline": "En direct : le port en feu"}, "live"),
        ({"url": "https://x.example/1", "headline": "Ten things to know about the harbour"}, "list"),
        ({"url": "https://x.example/1", "headline": "Sponsored: a better kettle"}, "sponsored"),
        ({"url": "https://x.example/news/in-pictures-61813459"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "Your pictures on the theme of bridges"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "Africa’s week in pictures: 1-7 July"}, "pictures"),
        ({"url": "https://x.example/1", "headline": "The papers: rates rise and a royal visit"}, "service"),
        ({"url": "https://x.example/1", "headline": "Final: Tell us about your day"}, "service"),
        ({"url": "https://x.example/2026/opinions/the-harbour-must-stay"}, "opinion"),
        ({"url": "https://x.example/1", "section": "رأي"}, "opinion"),
        ({"url": "https://x.example/1", "section": "آراء"}, "opinion"),
        ({"url": "https://x.example/1", "headline": "Opinion: The harbour must stay"}, "opinion"),
    ],
)
def test_plain_signs_tell_a_kind(changes, name):
    """A step of the path, a label, or how the headline opens."""
    kind = kind_of(article(1, **changes))
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    ("url", "headline"),
    [
        ("https://x.example/news/live-music-venue-closes", "Live music venue closes its doors"),
        ("https://x.example/news/1", "Video shows bridge collapse"),
        ("https://x.example/news/1", "Ten killed as ferry sinks"),
        ("https://x.example/news/1", "Quiz show host dies at 90"),
        ("https://x.example/news/deals", "Government deals with flood"),
        ("https://x.example/news/1", "Watchdog opens inquiry into harbour board"),
        ("https://x.example/news/1", "3 people hurt in harbour fire"),
        ("https://live.example/news/1", "Photographer wins prize"),
        ("https://x.example/news/live-music-61813459", "Live music returns to the quay"),
        ("https://x.example/news/1", "Papers found in a drawer end the harbour dispute"),
        ("https://x.example/news/1", "Tell us the truth, say families of the drowned"),
        ("https://x.example/news/1", "Opinion of the court is split over the harbour"),
    ],
)
def test_a_report_is_not_taken_for_one(url, headline):
    """Words that only look like a sign are none."""
    assert kind_of(article(1, headline, url=url)) is None


def test_a_report_outranks_a_gallery_and_leads_its_story():
    """All else equal, and even where the gallery came first with a longer text."""
    headline = "Fire at Marwick docks"
    gallery = article(5, headline, url="https://x.example/gallery/5", body="Smoke. " * 100, section="")
    report = article(4, headline, url="https://x.example/news/4", body="Smoke.")
    scores = [total(Importance().reasons(candidate(one), brief())) for one in (report, gallery)]
    assert scores[0] > scores[1]
    assert [one.lead.id for one in candidates([gallery, report])] == [4]
    told = {reason.rule: reason.text for reason in Importance().reasons(candidate(gallery), brief())}
    assert told["kind"] == "pictures or a video with little text"
    assert "kind" not in {
        r.rule for r in Importance().reasons(candidate(gallery), brief(weights={"kind": 0}))
    }


def test_the_lead_says_what_its_story_says():
    """The report that says most of it leads, not one about a side of it with a longer text."""
    side = article(3, "Trade minister resigns as port row widens", summary="Long. " * 110)
    reports = [
        article(6, "Prime minister of Tolmont resigns"),
        article(5, "Tolmont prime minister resigns after port row"),
        article(4, "Prime minister resigns in Tolmont"),
    ]
    [one] = candidates([replace(each, story=7) for each in (side, *reports)])
    assert one.lead.id == 5


@pytest.mark.parametrize(
    ("headline", "name"),
    [
        ("Is the harbour safe?", "question"),
        ("هل الميناء آمن؟", "question"),
        ("Seamen: 'I use my past to help others'", "personal"),
        ("‘My boat was all I had’", "personal"),
        ("Harbour fire – video", "pictures"),
        ("Harbour vote – as it happened", "live"),
        ("Analysis: What the harbour vote changes", "opinion"),
    ],
)
def test_how_a_headline_ends_or_speaks_tells_too(headline, name):
    """Questions, first persons, and labels after a dash."""
    kind = kind_of(article(1, headline))
    assert kind is not None
    assert kind.name == name


def test_a_series_with_a_company_is_told_where_the_text_names_it():
    """The section's name alone is not enough: what ends "with" a word may be about that word."""
    url = "https://x.example/better-work-with-zq/2026/how-a-port-office-changed"
    text = "Offices have changed. Now ZQ can help them go further."
    kind = kind_of(article(1, "How a port office changed", url=url, summary=text))
    assert kind is not None
    assert kind.name == "partnered"
    assert kind_of(article(1, "How a port office changed", url=url, summary="Offices changed.")) is None
    living = "https://x.example/living-with-floods/how-a-port-changed"
    assert kind_of(article(1, "A port that is living with floods", url=living)) is None


def test_a_headline_signed_by_its_author_is_a_column():
    """Behind a bar stands who wrote it; a site's name there says nothing."""
    headline = "The harbour vote is too much even for the council | Mara Quill"
    column = kind_of(article(1, headline, authors=("Mara Quill",)))
    assert column is not None
    assert column.name == "opinion"
    assert kind_of(article(1, headline, authors=("Jon Reed",))) is None
    assert kind_of(article(1, "The harbour vote | The Harbour Post", authors=("Jon Reed",))) is None
