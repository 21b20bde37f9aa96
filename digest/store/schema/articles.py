"""Newsletters, sources and articles."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, text

from digest.store.schema.base import Id, metadata, words
from digest.store.types import Json, UtcDateTime

newsletters = Table(
    "newsletters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

sources = Table(  # the state of a source; what it is stands in the configuration
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default=""),  # the plugin found out for kind = auto
    Column("etag", Text, nullable=False, server_default=""),
    Column("modified", Text, nullable=False, server_default=""),
    Column("next_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=False, server_default=""),
    Column("excerpt", Text, nullable=False, server_default=""),
    Column("checked_at", UtcDateTime),
    Column("success_at", UtcDateTime),
    Column("new_at", UtcDateTime),  # when it last brought something new
    Column("interval", Float),  # usual seconds between new articles
    Column("paused_at", UtcDateTime),
    Column("state", Json),  # whatever else the plugin keeps: hub, sitemap dates …
    sqlite_autoincrement=True,
)

articles = Table(  # the newest version of each article, flattened for reading
    "articles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url_key", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("summary", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default=""),
    Column("section", Text, nullable=False, server_default=""),
    Column("tags", Json, nullable=False),
    Column("authors", Json, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("image", Json),
    Column("guid", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default=text("0")),
    Column("published", UtcDateTime, nullable=False),
    Column("basis", Text, nullable=False),
    Column("updated", UtcDateTime),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("embargo_until", UtcDateTime),  # nothing of it may be printed before
    Column("expires_at", UtcDateTime),  # nothing of it may be printed from then on
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("hash", Text, nullable=False),  # of the newest version's content
    Column("story", Id),
    words("kind", "full", "headline"),
    words("basis", "published", "day", "guess", "seen"),
    Index("ix_articles_published", "published"),
    Index("ix_articles_seen_at", "seen_at"),
    Index("ix_articles_source_published", "source", "published"),
    Index("ix_articles_story_published", "story", "published"),
    Index(
        "ix_articles_embargo_until",
        "embargo_until",
        sqlite_where=text("embargo_until IS NOT NULL"),
        postgresql_where=text("embargo_until IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

article_keys = Table(  # further identities: guid per source, AMP, mobile, alias
    "article_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
)

article_sources = (
    Table(  # every source that carried an article; articles.source is the first that had its text
        "article_sources",
        metadata,
        Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        Column("source", Text, primary_key=True),
        Column("seen_at", UtcDateTime, nullable=False),
        Column("position", Integer, nullable=False, server_default=text("0")),
        Index("ix_article_sources_source_seen_at", "source", "seen_at"),
    )
)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("hash", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("body", Text, nullable=False),
)
