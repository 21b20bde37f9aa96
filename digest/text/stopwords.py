"""Words that say nothing of what an article is about, by language, from the stopwords-iso collection."""

from __future__ import annotations

from functools import cache

from stopwordsiso import has_lang, stopwords

from digest.text.fold import fold_accents, fold_arabic, lower

_NEWS = {
    "en": "mr mrs ms dr says said say told video watch live updates update",
    "ar": "قال قالت وقال وقالت اليوم امس عام يوم",
}
"""Words every second report has: they are stop words of news."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded stop words of a language; none for a language the collection lacks."""
    listed = stopwords(language) if has_lang(language) else set()
    return frozenset(plain(lower(word, language)) for word in (*listed, *_NEWS.get(language, "").split()))


def plain(lowered: str) -> str:
    """Fold a lowered word without stemming it, as stop words are compared."""
    return fold_accents(fold_arabic(lowered))
