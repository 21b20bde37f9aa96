from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.compose.words import clause, fit, honest, line, minutes, opening, sentences, shortened


def test_sentences_end_at_stops_of_both_scripts():
    """Latin and Arabic stops; not at an initial or a title."""
    assert sentences("One. Two? Three!") == ["One.", "Two?", "Three!"]
    assert sentences("هل وصل؟ نعم.") == ["هل وصل؟", "نعم."]
    assert sentences("Dr. Reed met J. Feld. They talked.") == ["Dr. Reed met J. Feld.", "They talked."]


def test_a_summary_is_cut_after_a_sentence_where_that_keeps_half():
    """Two sentences of which one fits: the first alone, with no ellipsis."""
    text = "The first sentence has seven words here. The second sentence would go beyond what is allowed."
    assert shortened(text, 10) == "The first sentence has seven words here."


def test_a_long_sentence_is_cut_at_a_word():
    """No half words, no punctuation before the ellipsis."""
    assert shortened("one two, three, four five six", 3) == "one two, three…"


@given(st.text(alphabet="ab .,؟!", max_size=300), st.integers(1, 20))
def test_no_cut_exceeds_its_limit(text, most):
    """Words are counted whatever the text."""
    assert len(shortened(text, most).split()) <= most


def test_the_opening_is_the_first_sentence():
    """Or its beginning, where it is too long to stand in an inbox."""
    assert opening("Talks began. More follows.") == "Talks began."
    assert len(opening("word " * 80)) <= 150
    assert opening("") == ""


def test_a_headline_that_fits_is_the_subject():
    """Whole if it can be; its first clause where that says enough; else cut at a word."""
    assert fit("Port traffic recovers", 60) == "Port traffic recovers"
    long = "Three capitals are talking again: what each of them wants, and what stands between them now"
    assert fit(long, 60) == "Three capitals are talking again"
    assert clause("A: " + "word " * 30, 60) == ""
    cut = fit("word " * 30, 60)
    assert cut.endswith("word…")
    assert len(cut) <= 60


def test_no_headline_is_cut_at_a_comma():
    """What stands before one may say the contrary of the whole."""
    headline = "The minister has resigned from every office, claims the opposition’s oldest paper"
    assert clause(headline, 60) == ""


def test_a_line_keeps_whole_words():
    """Cut at a word, with an ellipsis that counts."""
    assert line("alpha beta gamma", 12) == "alpha beta…"
    assert line("alpha", 12) == "alpha"


def test_reading_time_is_given_only_for_something_to_read():
    """A summary has none; 900 words take four minutes in English and five in Arabic."""
    assert minutes("word " * 100, "en") == 0
    assert minutes("word " * 900, "en") == 4
    assert minutes("كلمة " * 900, "ar") == 5


def test_a_name_never_pretends_to_be_another_host():
    """A source named after its feed's host gives way to the host a link leads to; other names stay."""
    url = "https://www.news.example/a"
    assert honest("feeds.example", url) == "news.example"
    assert honest("News.example", url) == "News.example"
    assert honest("The St. Paul Post", url) == "The St. Paul Post"
    assert honest("", url) == ""
