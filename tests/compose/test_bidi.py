from __future__ import annotations

from markupsafe import Markup

from digest.compose.bidi import LRI, PDI, RLI, direction, isolate, phrase, script, without_controls


def test_direction_is_that_of_most_letters():
    """An Arabic sentence that begins with a Latin name still runs from right to left."""
    assert direction("BBC: الأخبار العاجلة من لندن") == "rtl"
    assert direction("The word سلام means peace") == "ltr"


def test_text_without_letters_takes_its_surroundings_direction():
    """Figures alone have no direction of their own."""
    assert direction("2026 · 41 %", "rtl") == "rtl"
    assert direction("", "ltr") == "ltr"


def test_an_even_count_falls_to_the_first_letter():
    """One letter each way: the first one decides."""
    assert direction("a ب") == "ltr"
    assert direction("ب a") == "rtl"


def test_script_tells_arabic_from_hebrew():
    """Each needs a face of its own."""
    assert [script(text) for text in ("سلام", "שלום", "peace")] == ["arabic", "hebrew", "latin"]


def test_controls_cannot_leak_out_of_a_headline():
    """An override left open in a feed's title would reorder the rest of the mail."""
    assert without_controls("a\u202eb\u2067c\u200fd") == "abcd"
    assert "\u202e" not in phrase("evil\u202e", "ltr").plain


def test_a_foreign_phrase_isolates_itself_in_html_and_in_text():
    """The same value is a span with dir in HTML and stands between isolates in text."""
    headline = phrase("رواية", "ltr", "ar")
    assert headline.__html__() == '<span dir="rtl" lang="ar" class="x-arabic">رواية</span>'
    assert str(headline) == f"{RLI}رواية{PDI}"
    assert str(phrase("News", "rtl", "en")) == f"{LRI}News{PDI}"


def test_a_phrase_of_the_editions_direction_stays_bare():
    """No markup where none is needed."""
    assert phrase("News <b>", "ltr").__html__() == "News &lt;b&gt;"
    assert str(phrase("News", "ltr")) == "News"


def test_a_phrase_escapes_itself():
    """A headline cannot bring markup of its own, foreign or not."""
    assert "<script" not in Markup("{}").format(phrase("<script>سلام</script>", "rtl", '"><b>'))
    assert "<b>" not in phrase("سلام <b>", "ltr", '"><b>').__html__()


def test_nothing_is_isolated_as_nothing():
    """No pair of controls around no text."""
    assert isolate("", "rtl") == ""
