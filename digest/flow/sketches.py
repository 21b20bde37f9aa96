"""How an article is sketched for the archive index and for grouping: in one place, so that both agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.text.sketch import Sketch, sketch

if TYPE_CHECKING:
    from digest.model import Article


def sketch_of(article: Article) -> Sketch:
    """Sketch an article from its headline and the longer of body and summary."""
    text = article.body if len(article.body) >= len(article.summary) else article.summary
    return sketch(article.headline, text, article.language)
