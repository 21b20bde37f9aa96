"""One candidate a story, led by the report whose headline says what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Image
from digest.select.candidates import Standing, candidates, lead
from digest.testing.rankers import article

RESIGNS = (
    article(9, "Osterman: A life in moments", summary="From the docks to the office of mayor."),
    article(8, "Osterman to step down as mayor after wave of resignations", summary="He said so at noon."),
    article(7, "Tributes and anger as Osterman resigns", summary="The mayor steps down after resignations."),
    article(6, "What Osterman's step means for the port", summary="The mayor resigns, aides stepped down."),
)  # fmt: skip


def test_a_look_back_with_a_short_headline_does_not_lead():
    """All its words are in the others' headlines, but they say what it does not."""
    assert lead(RESIGNS).id == 8


@pytest.mark.parametrize(
    ("headline", "changes"),
    [
        ("Osterman to step down as mayor?", {}),
        ("Analysis: Osterman to step down as mayor after wave of resignations", {}),
        ("Osterman to step down as mayor – in pictures", {}),
        ("Osterman to step down as mayor after resignations | Mara Quill", {"authors": ("Mara Quill",)}),
    ],
)
def test_a_question_an_opinion_or_pictures_do_not_lead_a_report(headline, changes):
    """However long their text and early their hour."""
    odd = article(900, headline, body="Text. " * 300, image=Image(url="https://x.example/i.jpg"), **changes)
    assert lead((odd, *RESIGNS)).id == 8


def test_of_reports_alike_the_one_with_text_and_picture_leads_then_the_earliest():
    """And the house's own goes before both, the editor's choice before that."""
    early, late = article(5, "Bridge closed", story=3), article(4, "Bridge closed", story=3, source="own")
    assert lead((late, early)).id == 5
    full = replace(late, body="Text. " * 300, image=Image(url="https://x.example/i.jpg"))
    assert lead((full, early)).id == 4
    assert lead((late, early), Standing(own=frozenset({"own"}))).id == 4
    assert lead((late, early), Standing(own=frozenset({"own"}), leads={3: 5})).id == 5


def test_what_no_longer_holds_does_not_lead():
    """Yesterday's ferries that stopped make way for this morning's that run; an hour makes no difference."""
    stop = article(900, "Ferries stop at noon for Storm Ida", summary="Ferries stop, says the port.", story=3)
    run = article(60, "Ferries run at first light after Storm Ida", summary="The port says so.", story=3)
    assert lead((stop, run)).id == run.id
    assert lead((replace(stop, published=run.published - timedelta(hours=1)), run)).id == stop.id


def test_the_lead_of_an_arabic_story_says_what_happened():
    """Words are compared by their stems, with the article and without."""
    story = (
        article(9, "أوسترمان في محطات", summary="سيرة رئيس البلدية.", language="ar"),
        article(8, "رئيس البلدية أوسترمان يستقيل بعد احتجاجات", summary="استقال اليوم.", language="ar"),
        article(7, "احتجاجات الميناء تسقط أوسترمان", summary="رئيس البلدية يستقيل بعد أسبوع.", language="ar"),
    )
    assert lead(story).id == 8


@given(st.permutations(RESIGNS))
def test_the_lead_does_not_depend_on_the_order_of_arrival(story):
    """Nor do the others' places."""
    assert lead(story).id == 8
    [one] = candidates([replace(each, story=2) for each in story])
    assert [each.id for each in one.articles] == [8, 9, 7, 6]
