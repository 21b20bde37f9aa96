from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest import compose
from digest.compose.bidi import PDI, RLI, phrase
from digest.compose.plaintext import COLUMNS, columns, heading, joined, lines, underlined, wrapped
from digest.testing import samples


def test_columns_are_those_of_the_screen():
    """Wide characters take two, vowel marks and controls none."""
    assert columns("abc") == 3
    assert columns("漢字") == 4
    assert columns("مُحَمَّد") == 4
    assert columns("\u2067ab\u2069") == 2


@given(st.text(alphabet="ab漢 é\u064e", max_size=400))
def test_no_line_is_wider_than_the_measure_but_a_single_word(text):
    """Only a word longer than a line stands out."""
    assert all(columns(line) <= COLUMNS or " " not in line for line in lines(text))


@given(st.text(alphabet="ab é,.", max_size=400))
def test_wrapping_loses_and_adds_no_word(text):
    """The words before are the words after."""
    assert " ".join(lines(text)).split() == text.split()


def test_each_line_of_a_foreign_phrase_is_isolated():
    """An isolate ends with its line: one around the whole would hold for the first line only."""
    arabic = phrase("كلمة " * 40, "ltr", "ar")
    assert all(line.startswith(RLI) and line.endswith(PDI) for line in wrapped(arabic).splitlines())
    assert len(wrapped(arabic).splitlines()) > 1


def test_a_title_is_underlined_as_long_as_it_is():
    """Measured in columns, not in characters."""
    assert underlined("Ab") == "Ab\n=="
    assert heading("漢字") == "漢字\n----"


def test_wide_text_breaks_between_characters():
    """A line of Chinese has no spaces to break at."""
    assert all(columns(line) <= COLUMNS for line in lines("漢" * 100))


def test_a_byline_is_joined_with_middle_dots():
    """Phrases keep their isolates."""
    assert joined(["4 min", phrase("ليلى", "ltr")]) == f"4 min · {RLI}ليلى{PDI}"


def test_an_address_reads_from_left_to_right_in_arabic():
    """Its slash stays at its end, and a space keeps the closing isolate out of what can be clicked."""
    made = compose.compile(samples.plan("ar"), samples.frame("ar")).text
    rows = [line.strip() for line in made.splitlines() if "https://" in line]
    assert {row[0] + row[-2:] for row in rows} == {"\u2066 \u2069"}
    assert "\u2066https://quaybakery.example/ \u2069" in rows
    english = compose.compile(samples.plan("en"), samples.frame("en")).text
    assert "\nhttps://quaybakery.example/\n" in english
