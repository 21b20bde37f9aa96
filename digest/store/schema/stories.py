"""Stories, the archive index, and the editor's decisions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from digest.store.schema.base import Id, metadata, words
from digest.store.types import Json, UtcDateTime

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lead", Id),  # the article an editor put in front; NULL: the best one is found when asked
    Column("merged_into", ForeignKey("stories.id")),
    Column("follows", ForeignKey("stories.id")),  # the earlier story that this one is a new chapter of
    Column("linked", Text, nullable=False, server_default=""),  # who said so: auto or an editor
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

story_decisions = Table(  # what editors decided about stories; undone ones stay on record
    "story_decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("story", ForeignKey("stories.id"), nullable=False),  # the one it made, enlarged or is about
    Column("other", ForeignKey("stories.id")),  # merged into it, split from it, followed by it
    Column("before", Json, nullable=False),  # what undoing brings back
    Column("actor", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", Text, nullable=False, server_default=""),
    words("kind", "merge", "split", "follow", "lead"),
    Index("ix_story_decisions_story", "story"),
    sqlite_autoincrement=True,
)

archive_articles = (
    Table(  # each article's sketch: its terms with their counts, as digest.text.sketch packs them
        "archive_articles",
        metadata,
        Column(
            "article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        Column("published", UtcDateTime, nullable=False),
        Column("sketch", LargeBinary, nullable=False),
    )
)

archive_postings = Table(  # which articles of a block, or below nought a span, hold a term: five bytes each
    "archive_postings",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("postings", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

archive_terms = Table(  # how many postings a term has, wherever they are
    "archive_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("articles", BigInteger, nullable=False),
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
    Column("undone_by", Text, nullable=False, server_default=""),
    words("kind", "pin", "drop", "lock", "replace", "move", "headline", "subject", "note", "hold"),
    Index("ix_decisions_newsletter_slot", "newsletter", "slot"),
    sqlite_autoincrement=True,
)
