"""Language: every catalogue says everything the pages say; the choice of language follows the reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.resources import data
from digest.web import language, letters, words

CODE = Path(language.__file__).parent


def said():
    """Give every string the pages and letters can say."""
    for file in (data("templates") / "web").glob("*.j2"):
        yield from (text for _, text in re.findall(r"""\b_\((["'])(.*?)\1""", file.read_text("utf-8")))
    for file in CODE.glob("*.py"):
        source = file.read_text("utf-8")
        yield from re.findall(r'(?:\bvoice\(|\b_\(|_gone\(request,)\s*"((?:[^"\\]|\\.)*)"', source)
    yield from words.DAYS
    yield from (text for _, text in words.REASONS)
    for texts in letters._SAID.values():
        yield from texts
    yield from ("There is no such page", "That cannot be done here", "Your choices were saved.")


@pytest.mark.parametrize("code", [code for code in language.languages() if code != "en"])
def test_every_catalogue_is_complete_and_keeps_its_values(code):
    """Nothing falls back to English, and each %(value)s of the English stands in the translation."""
    known = language._strings(code)
    missing = sorted({text for text in said() if text not in known})
    assert missing == []
    for text, translated in known.items():
        assert sorted(re.findall(r"%\((\w+)\)s", text)) == sorted(re.findall(r"%\((\w+)\)s", translated)), (
            text
        )


def test_the_catalogues_there_are():
    """Seven languages, two of them written from right to left."""
    assert language.languages() == ("ar", "de", "en", "es", "fr", "he", "tr")
    assert [code for code in language.languages() if language.voice(code).dir == "rtl"] == ["ar", "he"]


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        (["", "ar"], "ar"),
        (["xx", "de-AT"], "de"),
        (["../etc", ""], "en"),
        ([], "en"),
        (["pt", "fr-CA"], "fr"),
    ],
)
def test_the_first_language_we_speak_is_chosen(wishes, chosen):
    """What is unknown or nonsense is passed over."""
    assert language.choose(wishes).code == chosen


def test_browsers_wishes_are_read_in_order_of_weight():
    """RFC 9110, section 12.5.4; nonsense is left out."""
    assert language.accepted("en;q=0.3, ar, de;q=0.8, *;q=0.1, <x>;q=z") == ["ar", "de", "en"]


def test_an_arabic_page_says_nothing_in_english(client, make_reader):
    """Beyond names and addresses every word is Arabic."""
    page = client.get(make_reader("sara@example.org", "sabah").leave).text
    text = re.sub(
        r"<[^>]+>|\S+@\S+|1 Quay Street, Port Alder", " ", page.partition("<body")[2].partition(">")[2]
    )
    assert re.findall(r"[A-Za-z]{3,}", text) == []
