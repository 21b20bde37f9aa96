"""From what a person writes on the command line to an article or a story of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.errors import UsageError
from digest.ingest import urls
from digest.store import articles as stored
from digest.store import stories

if TYPE_CHECKING:
    from digest.model import Article
    from digest.store import Connection


def article(conn: Connection, address: str) -> Article:
    """Find an article by its address, however it is decorated; raises ``UsageError`` if there is none."""
    found = stored.by_url(conn, address, urls.key(address))
    if found is None:
        alike = stored.ending(conn, urls.key(address).rpartition("/")[2])
        remedy = f"did you mean {alike[0]}?" if len(alike) == 1 else _SHOWS
        raise UsageError(f"the archive has no article {address}; {remedy}")
    return found


_SHOWS = "`digest plan NAME --all` shows the addresses there are"


def story(conn: Connection, reference: str) -> dict[str, Any]:
    """Find a story by its number or by one of its articles' addresses, as ``stories.resolve`` gives it.

    Raises ``UsageError`` for a number or address that leads to none.
    """
    if not reference.isascii() or not reference.isdigit():
        one = article(conn, reference)
        if one.story is None:
            raise UsageError(f"{reference} has no words to group by, so it belongs to no story")
        reference = str(one.story)
    found = stories.resolve(conn, int(reference))
    if found is None:
        raise UsageError(f"there is no story {reference}; `digest stories list` shows those there are")
    return found
