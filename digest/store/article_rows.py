"""What a row of the articles table is as an article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.model import Article, ArticleKind, Basis, Image

if TYPE_CHECKING:
    from sqlalchemy.engine import Row


def article_of(row: Row[Any]) -> Article:
    """Make the article of a whole row."""
    return Article(
        url=row.url,
        url_key=row.url_key,
        source=row.source,
        headline=row.headline,
        published=row.published,
        seen_at=row.seen_at,
        basis=Basis(row.basis),
        kind=ArticleKind(row.kind),
        summary=row.summary,
        body=row.body,
        section=row.section,
        tags=tuple(row.tags),
        authors=tuple(row.authors),
        language=row.language,
        image=Image(**row.image) if row.image else None,
        updated=row.updated,
        position=row.position,
        guid=row.guid,
        withdrawn_at=row.withdrawn_at,
        embargo_until=row.embargo_until,
        expires_at=row.expires_at,
        id=row.id,
        version=row.version,
        story=row.story,
    )
