"""The tables. What each row means stands beside it; the verbs live in one module per noun.

A change here needs a migration: ``tests/migrations`` compares both on both databases.
"""

from digest.store.schema.articles import (
    article_keys,
    article_sources,
    article_versions,
    articles,
    newsletters,
    sources,
)
from digest.store.schema.audience import asks, consents, subscribers, subscriptions, suppressions
from digest.store.schema.base import Id, metadata
from digest.store.schema.deliveries import attempts, budgets, deliveries, events, logbook, owners, tallies
from digest.store.schema.editions import (
    clicks,
    edition_items,
    editions,
    image_links,
    images,
    links,
    variants,
)
from digest.store.schema.stories import (
    archive_articles,
    archive_blocks,
    archive_postings,
    archive_terms,
    decisions,
    stories,
    story_articles,
    story_decisions,
)
from digest.store.schema.upkeep import alerts, facts

__all__ = [
    "Id",
    "alerts",
    "archive_articles",
    "archive_blocks",
    "archive_postings",
    "archive_terms",
    "article_keys",
    "article_sources",
    "article_versions",
    "articles",
    "asks",
    "attempts",
    "budgets",
    "clicks",
    "consents",
    "decisions",
    "deliveries",
    "edition_items",
    "editions",
    "events",
    "facts",
    "image_links",
    "images",
    "links",
    "logbook",
    "metadata",
    "newsletters",
    "owners",
    "sources",
    "stories",
    "story_articles",
    "story_decisions",
    "subscribers",
    "subscriptions",
    "suppressions",
    "tallies",
    "variants",
]
