"""Pictures by the hash of their bytes, and what became of each address they were asked from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, tuple_

from digest.store.dialect import dialect_of
from digest.store.schema import image_links, images

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """A picture as it is kept."""

    hash: str
    media_type: str
    width: int
    height: int
    body: bytes = b""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address at a width: the picture, or why there is none and since when."""

    image: StoredImage | None
    error: str
    at: datetime


def _put(
    conn: Connection, table: Table, values: dict[str, Any], keys: list[str], change: Collection[str]
) -> None:
    dialect = dialect_of(conn)
    statement = dialect.insert(table).values(values)
    if change:
        changed = {name: values[name] for name in change}
        conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
    else:
        conn.execute(statement.on_conflict_do_nothing(index_elements=keys))


def keep(conn: Connection, url: str, wanted: int, image: StoredImage, now: datetime) -> None:
    """Keep a picture and that this address gave it at this width; equal pictures are kept once."""
    row = {
        "hash": image.hash,
        "url": url,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "body": image.body,
        "at": now,
    }
    _put(conn, images, row, ["hash"], ())
    link = {"url": url, "wanted": wanted, "hash": image.hash, "error": "", "at": now}
    _put(conn, image_links, link, ["url", "wanted"], ("hash", "error", "at"))


def refuse(conn: Connection, url: str, wanted: int, error: str, now: datetime) -> None:
    """Keep that this address gave no picture, and why."""
    link = {"url": url, "wanted": wanted, "hash": None, "error": error, "at": now}
    _put(conn, image_links, link, ["url", "wanted"], ("hash", "error", "at"))


def known(conn: Connection, urls: Collection[str], wanted: int) -> dict[str, Known]:
    """Return what is known of these addresses at this width; the pictures come without their bytes."""
    if not urls:
        return {}
    joined = image_links.outerjoin(images, images.c.hash == image_links.c.hash)
    columns = (
        image_links.c.url,
        image_links.c.error,
        image_links.c.at,
        images.c.hash,
        images.c.media_type,
        images.c.width,
        images.c.height,
        func.length(images.c.body).label("size"),
    )
    asked = tuple_(image_links.c.url, image_links.c.wanted).in_([(url, wanted) for url in urls])
    found: dict[str, Known] = {}
    for row in conn.execute(select(*columns).select_from(joined).where(asked)):
        image = None
        if row.hash is not None:
            image = StoredImage(
                hash=row.hash,
                media_type=row.media_type,
                width=row.width,
                height=row.height,
                size=row.size,
            )
        found[row.url] = Known(image, row.error, row.at)
    return found


def get(conn: Connection, hash_: str) -> StoredImage | None:
    """Return one picture with its bytes, or None."""
    row = conn.execute(select(images).where(images.c.hash == hash_)).first()
    if row is None:
        return None
    return StoredImage(
        hash=row.hash,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        body=row.body,
        size=len(row.body),
    )
