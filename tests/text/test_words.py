"""Terms: one stem for each word, whatever the script."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stopwordsiso import langs, stopwords

from digest.text import VERSION, terms, title_terms
from digest.text.words import ngrams

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "related" / "dev"
TERMS = {"2": {"words": "09727b4b6b34181d", "texts": "d8b97352286a1f52"}}
"""By version of the rules: what all stop words give, alone and two written as one, and the labelled texts."""

SAME = [
    ("ar", "والمدارس", "مدارس"),
    ("ar", "مُحَمَّد", "محمد"),
    ("ar", "أحمد", "احمد"),
    ("ar", "المدرسة", "مدرسه"),
    ("ar", "مـــصر", "مصر"),
    ("en", "elections", "Election"),
    ("en", "Trump’s", "trump"),
    ("fr", "éléctions", "ELECTIONS"),
    ("es", "inundaciones", "inundación"),
    ("de", "Häuser", "Hausern"),
    ("tr", "İSTANBUL", "istanbul"),
    ("he", "השלום", "שלום"),
    ("he", "ירושלים", "בירושלים"),
    ("fa", "کتاب", "كتاب"),
    ("fa", "کتاب‌ها", "کتابها"),
    ("ru", "выборы", "ВЫБОРОВ"),
    ("ru", "ёлка", "елка"),
    ("el", "εκλογές", "ΕΚΛΟΓΕΣ"),
    ("", "٢٠٢٦", "2026"),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_inflections_and_spellings_of_a_word_are_one_term(language, one, other):
    """Case, marks, articles and endings do not part a word from itself."""
    assert terms(one, language)
    assert terms(one, language)[0] == terms(other, language)[0]


def test_an_arabic_word_has_two_stems_that_are_kept_apart():
    """What the light stemmer cuts too far, Snowball may not, and the other way round; Persian has one."""
    light, snowball = terms("والمدارس", "ar")
    assert light == "مدارس"
    assert snowball.startswith("~")
    assert len(terms("مدارس", "fa")) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "the of and was"), ("ar", "في من على التي"), ("fr", "le la les des"), ("de", "und der die das")],
)
def test_stop_words_give_no_terms(language, text):
    """A text of stop words alone says nothing."""
    assert terms(text, language) == []


def test_a_word_in_another_script_is_stemmed_by_that_script():
    """An English name inside an Arabic article meets itself in an English one."""
    assert set(terms("fires", "en")) < set(terms("حرائق fires في الغابات", "ar"))


@pytest.mark.parametrize(
    ("text", "shared"), [("東京都の選挙", "東京"), ("ไทยแลนด์", "ไท"), ("서울 선거", "선거")]
)
def test_scripts_without_spaces_are_compared_by_pairs(text, shared):
    """A word can be found inside a run that no space parts."""
    assert shared in terms(text, "")


def test_pairs_overlap():
    """Every pair of neighbours is one term; a single character stands alone."""
    assert ngrams("東京都") == ("東京", "京都")
    assert ngrams("人") == ("人",)


@given(st.text(max_size=200), st.sampled_from(["", "en", "ar", "fa", "tr", "he", "zh", "xx"]))
def test_any_text_gives_terms_without_failing_and_always_the_same(text, language):
    """Terms are a function of the text: nothing raises, nothing is empty, twice is the same."""
    found = terms(text, language)
    assert found == terms(text, language)
    assert all(found)
    assert all(len(term) <= 80 for term in found)


@given(st.text(max_size=80), st.text(max_size=80))
def test_terms_of_two_lines_are_the_terms_of_each(one, other):
    """A line break parts words, so texts can be joined by it."""
    assert terms(f"{one}\n{other}", "en") == terms(one, "en") + terms(other, "en")


@given(st.text(alphabet="abcdefghij أبتثج", max_size=80))
def test_case_and_repetition_do_not_change_a_title(title):
    """A headline in capitals, or told twice, is the same headline."""
    assert title_terms(title.upper(), "en") == title_terms(f"{title} {title}", "en")


# ── versions ──────────────────────────────────────────────────────────────────────────


def fingerprint(texts):
    """Give one number for the terms of many (text, language)."""
    made = blake2b(digest_size=8)
    for text, language in texts:
        made.update(json.dumps(terms(text, language)).encode())
    return made.hexdigest()


def test_words_of_all_languages_give_the_terms_of_their_version():
    """An index is built anew when VERSION changes and only then, so other terms need another version."""
    listed = [(word, language) for language in sorted(langs()) for word in sorted(stopwords(language))]
    assert len(listed) > 20_000
    longer = [
        (f"{one}{other}", language) for (one, language), (other, _) in zip(listed, listed[3:], strict=False)
    ]
    abroad = [(word, language) for word, _ in longer[::9] for language in ("", "ar", "tr")]
    assert fingerprint(listed + longer + abroad) == TERMS[VERSION]["words"]


@pytest.mark.skipif(not SETS.is_dir(), reason="the labelled sets are not beside the checkout")
def test_labelled_texts_give_the_terms_of_their_version():
    """The figures of the documentation were measured with these terms."""
    found = []
    for path in sorted(SETS.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line, _ in zip(lines, range(300), strict=False)]
        found += [(f"{row['title']}\n{row['body']}"[:385], row["lang"]) for row in rows]
    assert fingerprint(found) == TERMS[VERSION]["texts"]
