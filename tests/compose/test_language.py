from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from babel.messages.pofile import read_po

from digest.compose.language import CATALOGUES, language, languages
from digest.resources import data

DAY = date(2026, 6, 19)
COMPLETE = ("ar", "de", "en", "es", "fr", "he", "tr")


def _strings() -> set[str]:
    """Return every interface string that templates and code ask for."""
    sources = [path.read_text("utf-8") for path in (data("templates") / "editions").rglob("*.j2")]
    sources += [path.read_text("utf-8") for path in CATALOGUES.parent.glob("*.py")]
    joined = "\n".join(sources)
    asked = set(re.findall(r'\b(?:_|say|count)\(\s*"([^"\\]{2,})"', joined))
    return asked | set(re.findall(r'"(You receive this[^"]+)"', joined))


def test_there_are_seven_languages():
    """English, Arabic, French, Spanish, German, Turkish, Hebrew."""
    assert languages() == COMPLETE


@pytest.mark.parametrize("code", COMPLETE)
def test_each_catalogue_is_complete(code):
    """Every string asked for is translated, with the same values in it, and none is left over."""
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    translated = {}
    for message in catalogue:
        if message.id:
            key = message.id[0] if isinstance(message.id, tuple) else message.id
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            translated[key] = forms
            assert all(forms), f"{code}: {key}"
            assert not message.fuzzy
            if not isinstance(message.id, tuple):
                assert set(re.findall(r"%\(\w+\)s", key)) == set(re.findall(r"%\(\w+\)s", forms[0])), key
    assert set(translated) == _strings()


def test_arabic_has_six_plural_forms():
    """Nothing, one, two, few, many and the rest are all said differently."""
    arabic = language("ar")
    say = {n: arabic.count("%(n)s min read", "%(n)s min read", n) for n in (1, 2, 4, 11)}
    assert say == {1: "قراءة دقيقة", 2: "قراءة دقيقتين", 4: "قراءة ٤ دقائق", 11: "قراءة ١١ دقيقة"}


def test_dates_are_written_as_readers_write_them():
    """Weekday, day, month and year in each language's own order and digits."""
    written = {
        code: language(code).day(DAY) for code in ("en", "en-US", "ar", "ar-MA", "fr", "de", "es", "tr", "he")
    }
    assert written == {
        "en": "Friday 19 June 2026",
        "en-US": "Friday, June 19, 2026",
        "ar": "الجمعة ١٩ يونيو ٢٠٢٦",
        "ar-MA": "الجمعة 19 يونيو 2026",
        "fr": "vendredi 19 juin 2026",
        "de": "Freitag, 19. Juni 2026",
        "es": "viernes, 19 de junio de 2026",
        "tr": "19 Haziran 2026 Cuma",
        "he": "יום שישי, 19 ביוני 2026",
    }


def test_times_follow_the_language():
    """Twenty-four hours in English of no country, twelve in the United States."""
    moment = datetime(2026, 6, 19, 14, 5)
    assert language("en").time(moment) == "14:05"
    assert language("en-US").time(moment).replace("\u202f", " ") == "2:05 PM"
    assert language("de").time(moment) == "14:05"


def test_sides_are_physical():
    """Right-to-left languages begin at the right."""
    assert (language("ar").start, language("ar").end, language("ar").dir) == ("right", "left", "rtl")
    assert (language("he").start, language("he").script) == ("right", "hebrew")
    assert (language("en").start, language("en").script) == ("left", "latin")


def test_a_language_without_a_catalogue_still_has_its_dates():
    """Portuguese readers get Portuguese dates and English interface strings; nonsense reads as English."""
    assert language("pt").day(DAY) == "sexta-feira, 19 de junho de 2026"
    assert language("pt").say("Related") == "Related"
    assert language("xx-nonsense-zz").tag == "en"
