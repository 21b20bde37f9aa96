"""Languages told from short texts."""

from __future__ import annotations

import pytest

from digest.text import detect, direction, is_rtl, language

SAID = [
    ("The harbour will open again on Monday, officials said", "en"),
    ("Le port rouvrira lundi, ont annoncé les autorités", "fr"),
    ("Der Hafen öffnet am Montag wieder, sagte die Stadt", "de"),
    ("El puerto volverá a abrir el lunes, según las autoridades", "es"),
    ("أعلنت السلطات إعادة فتح الميناء يوم الاثنين", "ar"),
    ("مقامات گفتند بندر روز دوشنبه باز می‌شود و چند کشتی", "fa"),
    ("הנמל ייפתח מחדש ביום שני", "he"),
    ("Порт снова откроется в понедельник, сообщили власти", "ru"),
    ("Liman pazartesi günü yeniden açılacak, yetkililer söyledi", "tr"),
    ("港は月曜日に再開される", "ja"),
    ("港口將於星期一重新開放", "zh"),
    ("Το λιμάνι θα ανοίξει ξανά τη Δευτέρα", "el"),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_a_sentence_is_enough(text, expected):
    """One sentence tells its language."""
    assert detect(text) == expected


def test_the_languages_in_use_decide_where_a_headline_is_too_short():
    """With the operator's languages given, the answer is one of them."""
    assert detect("Festival opens", ["en", "ar"]) == "en"
    assert detect("Il porto", ["en"]) == "en"


def test_all_choices_of_languages_share_one_model():
    """A model is 75 MB and half a second to load; the tables in it are never copied."""
    whole, some, others = (language._identifier(among) for among in ((), ("en", "fr"), ("ar", "en")))
    assert whole.tk_nextmove is some.tk_nextmove is others.tk_nextmove
    assert (set(some.labels), set(others.labels)) == ({"en", "fr"}, {"ar", "en"})
    assert len(whole.labels) > 50


def test_a_language_the_model_does_not_know_is_never_its_answer():
    """An operator may publish in any language; those that are known are still told apart."""
    assert detect("Le port rouvrira lundi, ont annoncé les autorités", ["fr", "en", "tlh"]) == "fr"
    assert detect("Le port rouvrira lundi, ont annoncé les autorités", ["tlh", "yrk"]) == ""


@pytest.mark.parametrize("text", ["", "   ", "12345 67", "!!! ???"])
def test_what_has_no_letters_has_no_language(text):
    """Nothing is guessed from digits and marks."""
    assert detect(text) == ""


@pytest.mark.parametrize(
    ("text", "way"), [("Harbour", "ltr"), ("ميناء", "rtl"), ("«12» הנמל", "rtl"), ("2026: Harbour", "ltr")]
)
def test_direction_follows_the_first_strong_letter(text, way):
    """Digits and quotes have no say (UAX 9)."""
    assert direction(text) == way


def test_direction_of_nothing_is_as_asked():
    """Without letters the caller's own direction stays."""
    assert direction("12", "rtl") == "rtl"
    assert [is_rtl(tag) for tag in ("ar", "ar-EG", "he", "fa_IR", "en", "")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
