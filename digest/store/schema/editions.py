"""Editions, what they print, their variants and pictures."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from digest.store.schema.base import Id, metadata, words
from digest.store.types import Json, UtcDateTime

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
    Column("known", Json),  # what the archive held when it was planned: the newest article, places in feeds
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
    words(
        "state",
        "draft",
        "ready",
        "sending",
        "paused",
        "sent",
        "held",
        "skipped",
        "missed",
        "cancelled",
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
    words("role", "pick", "related", "timeline", "more"),
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
    Column(
        "page", LargeBinary, nullable=False
    ),  # the HTML shown by "view in browser", without a reader's values
    Column("sha256", Text, nullable=False),
    UniqueConstraint("edition", "key"),
    sqlite_autoincrement=True,
)

links = Table(  # where the counted links of an edition lead; kept as long as mails may be read
    "links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("edition", Text, nullable=False, index=True),  # its public id: a preview's links work before it
    Column("url", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

clicks = Table(  # how often a link was followed in an hour; nothing of who followed it
    "clicks",
    metadata,
    Column("link", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("people", Integer, nullable=False),  # by all signs
    Column("unsure", Integer, nullable=False),  # machines, or people who could not be told from them
    Index("ix_clicks_hour", "hour"),
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
