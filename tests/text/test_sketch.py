"""Sketches: packed and read again, bounded, the same everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.text.sketch import SECOND, TERMS, Sketch, number, sketch


@given(st.text(max_size=60), st.text(max_size=400), st.sampled_from(["en", "ar", "zh"]))
def test_what_was_packed_is_read(headline, text, language):
    """A sketch survives its bytes."""
    made = sketch(headline, text, language)
    assert Sketch.unpack(made.pack()) == made


def test_a_long_article_is_cut_to_its_weightiest_terms():
    """Size is bounded, the headline's terms stay."""
    text = " ".join(f"word{n}" for n in range(5000)) + " harbour" * 3
    made = sketch("Rare headline", text, "en")
    assert len(made.counts) <= TERMS + 2
    assert made.title <= set(made.counts)


def test_counts_stop_at_a_byte():
    """A word said a thousand times is kept as 255."""
    assert max(sketch("", "flood " * 1000, "en").counts.values()) == 255


def test_numbers_are_the_same_in_every_process():
    """The number of a term does not depend on Python's hash seed."""
    assert number("harbour") == 1_272_922_270


def test_second_stems_can_be_told_from_words():
    """Their numbers have the highest bit, so that grouping and counting of words can leave them out."""
    assert number("~harbour") >= SECOND > number("harbour")
    both = sketch("المدارس الجديدة", "", "ar").counts
    assert sum(term >= SECOND for term in both) == sum(term < SECOND for term in both) == 2
