"""Words, stems, languages and directions: what a text is made of. Pure; knows nothing of articles.

``VERSION`` changes whenever the same text would give other terms, so that an index built from
terms knows that it is out of date.
"""

from digest.text.direction import direction, is_rtl
from digest.text.language import detect
from digest.text.words import terms, title_terms

VERSION = "2"

__all__ = ["VERSION", "detect", "direction", "is_rtl", "terms", "title_terms"]
