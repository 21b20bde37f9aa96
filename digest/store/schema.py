"""The tables. What each row means stands beside it; the verbs live in one module per noun.

A change here needs a migration: ``tests/migrations`` compares both on both databases.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from digest.store.types import Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows only in INTEGER PRIMARY KEY


def _words(column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# ── what the process knows of itself ──────────────────────────────────────────────────

facts = Table(  # small named values: index versions, clocks, the alert ledger's marks
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

alerts = Table(  # what was told to alerts_to, once per cause
    "alerts",
    metadata,
    Column("cause", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("cleared_at", UtcDateTime),
)

# ── ingest ────────────────────────────────────────────────────────────────────────────

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
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("hash", Text, nullable=False),  # of the newest version's content
    Column("story", Id),
    _words("kind", "full", "headline"),
    _words("basis", "published", "day", "guess", "seen"),
    Index("ix_articles_published", "published"),
    Index("ix_articles_seen_at", "seen_at"),
    Index("ix_articles_source_published", "source", "published"),
    Index("ix_articles_story", "story"),
    sqlite_autoincrement=True,
)

article_keys = Table(  # further identities: guid per source, AMP, mobile, alias
    "article_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
)

article_sources = Table(  # every source that carried an article; articles.source is the first that had its text
    "article_sources",
    metadata,
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("position", Integer, nullable=False, server_default=text("0")),
    Index("ix_article_sources_source_seen_at", "source", "seen_at"),
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

# ── select ────────────────────────────────────────────────────────────────────────────

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lead", Id),
    Column("merged_into", ForeignKey("stories.id")),
    Column("follows", ForeignKey("stories.id")),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("articles", Integer, nullable=False, server_default=text("0")),
    Column("sketch", LargeBinary),  # the sum of its articles' sketches, as digest.select.stories packs it
    Index("ix_stories_last_at", "last_at"),
    sqlite_autoincrement=True,
)

story_articles = Table(  # which article belonged to which story when: grouping can be replayed as of a time
    "story_articles",
    metadata,
    Column("story", ForeignKey("stories.id"), primary_key=True),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("until", UtcDateTime),
    Column("by", Text, nullable=False, server_default="auto"),
    Index("ix_story_articles_article", "article"),
)

archive_articles = Table(  # each article's sketch: its terms with their counts, as digest.text.sketch packs them
    "archive_articles",
    metadata,
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("published", UtcDateTime, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
)

archive_postings = Table(  # which articles of a block hold a term: five bytes each
    "archive_postings",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("postings", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

archive_blocks = Table(  # how many articles a block of numbers holds, how long, from when to when
    "archive_blocks",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("articles", Integer, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter", Text, nullable=False),
    Column("slot", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    _words("kind", "pin", "drop", "lock", "replace", "move", "headline", "subject", "note"),
    Index("ix_decisions_newsletter_slot", "newsletter", "slot"),
    sqlite_autoincrement=True,
)

# ── editions ──────────────────────────────────────────────────────────────────────────

editions = Table(
    "editions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter", Text, nullable=False),
    Column("slot", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False, server_default="regular"),
    Column("public_id", Text, nullable=False, unique=True),
    Column("window_start", UtcDateTime, nullable=False),
    Column("window_end", UtcDateTime, nullable=False),
    Column("zone", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("control", Text, nullable=False, server_default=""),  # pause or cancel, asked of a running sender
    Column("reason", Text, nullable=False, server_default=""),
    Column("config", Json),
    Column("note", Text, nullable=False, server_default=""),
    Column("candidates", Integer, nullable=False, server_default=text("0")),
    Column("candidates_sha", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("frozen_at", UtcDateTime),
    Column("ready_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("newsletter", "slot", "kind"),
    _words(
        "state", "draft", "ready", "sending", "paused", "sent", "held", "skipped", "missed", "cancelled",
    ),
    Index("ix_editions_state", "state"),
    sqlite_autoincrement=True,
)

edition_items = Table(  # what was printed: picks, their related headlines and timelines, more headlines
    "edition_items",
    metadata,
    Column("edition", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("pos", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("parent", Integer),  # the pick's pos, for related and timeline
    Column("article", Id),
    Column("version", Integer),
    Column("story", Id),
    Column("headline", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("printed", Json),  # the whole Pick or Headline as printed
    Column("score_parts", Json),
    _words("role", "pick", "related", "timeline", "more"),
    Index(
        "uq_edition_items_story",
        "edition",
        "story",
        unique=True,
        sqlite_where=text("role = 'pick' AND story IS NOT NULL"),
        postgresql_where=text("role = 'pick' AND story IS NOT NULL"),
    ),
    Index("ix_edition_items_article", "article"),
    Index("ix_edition_items_story_role", "story", "role"),
)

variants = Table(
    "variants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition", ForeignKey("editions.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("blocks", LargeBinary, nullable=False),  # compose.dump(variant)
    Column("page", LargeBinary, nullable=False),  # the HTML shown by "view in browser", without a reader's values
    Column("sha256", Text, nullable=False),
    UniqueConstraint("edition", "key"),
    sqlite_autoincrement=True,
)

images = Table(  # re-encoded pictures, by the hash of their bytes
    "images",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("url", Text, nullable=False),  # where it came from
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_images_url", "url"),
)

image_links = Table(  # what became of a picture's address at a width: a picture, or why there is none
    "image_links",
    metadata,
    Column("url", Text, primary_key=True),
    Column("wanted", Integer, primary_key=True),  # pixels as shown
    Column("hash", ForeignKey("images.hash", ondelete="CASCADE"), index=True),
    Column("error", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
)

# ── audience ──────────────────────────────────────────────────────────────────────────

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text),  # NULL once erased
    Column("address_key", Text, unique=True),  # normalised for comparison; NULL once erased
    Column("address_hash", Text),  # tokens.address_hash(address_key): joins suppressions; NULL once erased
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("zone", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Index("ix_subscribers_address_hash", "address_hash"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", ForeignKey("subscribers.id"), nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("prefs", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("paused_until", UtcDateTime),
    Column("weekdays", Integer, nullable=False, server_default=text("127")),  # bit 0 = Monday: days it is wanted
    UniqueConstraint("subscriber", "newsletter"),
    _words("state", "pending", "confirmed", "paused", "unsubscribed"),
    Index("ix_subscriptions_newsletter_state_subscriber", "newsletter", "state", "subscriber"),
    sqlite_autoincrement=True,
)

consents = Table(  # append-only: who agreed to what, when, how, in which words
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber", Id, nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("act", Text, nullable=False),  # asked, confirmed, imported, unsubscribed, paused, resumed, erased
    Column("at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("wording", Text, nullable=False, server_default=""),
    Column("ip", Text),
    Column("detail", Json),
    Index("ix_consents_subscriber", "subscriber"),
    sqlite_autoincrement=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Text, primary_key=True),
    Column("scope", Text, primary_key=True),  # "" = everything, else a newsletter
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)

asks = Table(  # requests for a letter from the public pages: limits are counted here, letters wait here
    "asks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("address_hash", Text, nullable=False),
    Column("network", Text, nullable=False, server_default=""),  # IPv4 address or IPv6 /64; blank after a while
    Column("letter", Text, nullable=False),  # confirm, known, data; none: nothing is sent
    Column("subscriber", Id),
    Column("subscription", Id),
    Column("language", Text, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("sent_at", UtcDateTime),
    _words("letter", "confirm", "known", "data", "none"),
    Index("ix_asks_address_hash_at", "address_hash", "at"),
    Index("ix_asks_network_at", "network", "at"),
    Index("ix_asks_at", "at"),
    sqlite_autoincrement=True,
)

# ── deliver ───────────────────────────────────────────────────────────────────────────

deliveries = Table(  # edition × subscriber: the ledger
    "deliveries",
    metadata,
    Column("edition", ForeignKey("editions.id"), primary_key=True),
    Column("subscriber", Id, primary_key=True),
    Column("subscription", Id, nullable=False),
    Column("variant", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("phase", Text, nullable=False, server_default=""),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("domain_group", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease_until", UtcDateTime),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("code", Integer),
    Column("enhanced", Text, nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("receipt", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime),  # when the state last changed
    _words(
        "state", "queued", "submitting", "submitted", "deferred", "refused", "suppressed", "unknown",
        "expired", "cancelled", "excluded",
    ),
    Index("ix_deliveries_edition_state_subscriber", "edition", "state", "subscriber"),
    Index("ix_deliveries_subscriber", "subscriber"),
    sqlite_with_rowid=False,
)

tallies = Table(  # how many deliveries of an edition are in each state: kept with every move, so that the
    "tallies",  # audit can weigh rows against it, and progress is one small read
    metadata,
    Column("edition", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, primary_key=True),
    Column("n", Integer, nullable=False, server_default=text("0")),
)

owners = Table(  # processes that hold deliveries; one whose lease is over, or who is gone, holds nothing
    "owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("lease_until", UtcDateTime, nullable=False),
)

attempts = Table(  # failures only: what the mail service said each time
    "attempts",
    metadata,
    Column("edition", Id, primary_key=True),
    Column("subscriber", Id, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Integer),
    Column("enhanced", Text, nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("phase", Text, nullable=False, server_default=""),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition", Id),
    Column("subscriber", Id),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Json),
    UniqueConstraint("source", "dedupe_key"),
    Index("ix_events_subscriber_kind", "subscriber", "kind"),
    Index("ix_events_edition_kind", "edition", "kind"),
    sqlite_autoincrement=True,
)

budgets = Table(  # how much of a limit is used; survives restarts
    "budgets",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("domain_group", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("used", Integer, nullable=False, server_default=text("0")),
)

logbook = Table(  # what a person did: hold, release, cancel, resolve, force …
    "logbook",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Json),
    Index("ix_logbook_subject", "subject"),
    sqlite_autoincrement=True,
)

