"""Editions: rows made when a slot falls due, frozen once, moved between states by conditional updates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, insert, or_, select, update

from digest.errors import EditionError, EditionUnknown
from digest.model import DeliveryState, Edition, EditionState, Headline, Pick, Slot, Window
from digest.store.dialect import dialect_of
from digest.store.schema import deliveries, edition_items, editions, variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from digest.model import Plan

_OUT = (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT)
UNFROZEN = (EditionState.DRAFT, EditionState.HELD)


def _edition(row: Row[Any], zone: str | None = None) -> Edition:
    from zoneinfo import ZoneInfo

    local = row.slot.astimezone(ZoneInfo(zone or row.zone))
    return Edition(
        id=row.id,
        public_id=row.public_id,
        newsletter=row.newsletter,
        kind=row.kind,
        slot=Slot(row.slot, local, Window(row.window_start, row.window_end)),
        zone=row.zone,
        state=EditionState(row.state),
        reason=row.reason,
        candidates=row.candidates,
        candidates_sha=row.candidates_sha,
        frozen_at=row.frozen_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        sent_at=row.sent_at,
    )


def insert_due(conn: Connection, edition: Edition, now: datetime) -> Edition:
    """Make the row of a slot unless there is one; return the row there is. Any number of processes may."""
    values = {
        "newsletter": edition.newsletter,
        "slot": edition.slot.at,
        "kind": edition.kind,
        "public_id": edition.public_id,
        "window_start": edition.slot.window.start,
        "window_end": edition.slot.window.end,
        "zone": edition.zone,
        "state": edition.state,
        "reason": edition.reason,
        "expires_at": edition.expires_at,
        "created_at": now,
    }
    dialect = dialect_of(conn)
    # without a target: two at once may meet at the public id before they meet at newsletter, slot and kind
    conn.execute(dialect.insert(editions).values(values).on_conflict_do_nothing())
    found = by_slot(conn, edition.newsletter, edition.slot.at, edition.kind)
    assert found is not None
    return found


def by_slot(conn: Connection, newsletter: str, at: datetime, kind: str = "regular") -> Edition | None:
    """Return the edition of a slot, if it was made."""
    found = conn.execute(
        select(editions).where(
            editions.c.newsletter == newsletter,
            editions.c.slot == at,
            editions.c.kind == kind,
        ),
    ).first()
    return _edition(found) if found else None


def get(conn: Connection, reference: int | str) -> Edition:
    """Return an edition by its number or its public id; raises ``EditionUnknown``."""
    text = str(reference)
    number = int(text) if text.isascii() and text.isdigit() else -1
    row = conn.execute(
        select(editions).where(or_(editions.c.id == number, editions.c.public_id == text)),
    ).first()
    if row is None:
        msg = f"no edition {text!r}; `digest editions list` shows them"
        raise EditionUnknown(msg)
    return _edition(row)


def listed(conn: Connection, newsletter: str = "", limit: int = 50) -> list[Edition]:
    """Return editions, latest slot first."""
    query = select(editions).order_by(editions.c.slot.desc(), editions.c.newsletter).limit(limit)
    if newsletter:
        query = query.where(editions.c.newsletter == newsletter)
    return [_edition(row) for row in conn.execute(query)]


def in_state(conn: Connection, *states: EditionState) -> list[Edition]:
    """Return the editions in any of these states, earliest slot first."""
    query = select(editions).where(editions.c.state.in_(states)).order_by(editions.c.slot, editions.c.id)
    return [_edition(row) for row in conn.execute(query)]


def made_slots(conn: Connection, newsletter: str, since: datetime, kind: str = "regular") -> set[datetime]:
    """Return the slots since a time whose edition is no draft: frozen, skipped, missed or cancelled."""
    rows = conn.execute(
        select(editions.c.slot).where(
            editions.c.newsletter == newsletter,
            editions.c.kind == kind,
            editions.c.slot >= since,
            editions.c.state != EditionState.DRAFT,
        ),
    )
    return {row.slot for row in rows}


def previous_frozen(conn: Connection, newsletter: str, before: datetime) -> Edition | None:
    """Return the latest frozen, non-cancelled edition of an earlier slot."""
    row = conn.execute(
        select(editions)
        .where(
            editions.c.newsletter == newsletter,
            editions.c.slot < before,
            editions.c.frozen_at.is_not(None),
            editions.c.state != EditionState.CANCELLED,
        )
        .order_by(editions.c.slot.desc())
        .limit(1),
    ).first()
    return _edition(row) if row else None


def move(
    conn: Connection,
    edition: int,
    to: EditionState,
    *,
    allowed: Iterable[EditionState],
    **changes: Any,
) -> bool:
    """Move an edition to a state if it is in one of ``allowed``; tell whether this call did it.

    ``changes`` sets further columns (``reason``, ``sent_at`` …) in the same statement.
    """
    done = conn.execute(
        update(editions)
        .where(editions.c.id == edition, editions.c.state.in_(list(allowed)))
        .values(state=to, **changes),
    )
    return done.rowcount == 1


def require(
    conn: Connection, edition: Edition, to: EditionState, allowed: Sequence[EditionState], reason: str
) -> None:
    """Move an edition or raise ``EditionError`` saying which states would have allowed it."""
    if not move(conn, edition.id, to, allowed=allowed, reason=reason):
        state = get(conn, edition.id).state
        msg = f"edition {edition.id} is {state}; only one that is {' or '.join(allowed)} can become {to}"
        raise EditionError(msg)


# ── control: what a person asks of a running sender ───────────────────────────────────


def set_control(conn: Connection, edition: int, control: str) -> None:
    """Ask the process that sends an edition to ``pause`` or ``cancel``; empty takes it back."""
    conn.execute(update(editions).where(editions.c.id == edition).values(control=control))


def control(conn: Connection, edition: int) -> str:
    """Return what is asked of the process that sends this edition: "", "pause" or "cancel"."""
    return str(conn.execute(select(editions.c.control).where(editions.c.id == edition)).scalar_one())


def claim(conn: Connection, edition: int, owner: str, now: datetime, until: datetime) -> bool:
    """Take or renew the lease on an edition; False while another owner's lease runs."""
    done = conn.execute(
        update(editions)
        .where(
            editions.c.id == edition,
            or_(
                editions.c.owner.in_(["", owner]),
                editions.c.lease_until.is_(None),
                editions.c.lease_until <= now,
            ),
        )
        .values(owner=owner, lease_until=until),
    )
    return done.rowcount == 1


def unclaim(conn: Connection, edition: int, owner: str) -> None:
    """Give a lease back."""
    conn.execute(
        update(editions)
        .where(editions.c.id == edition, editions.c.owner == owner)
        .values(owner="", lease_until=None),
    )


# ── freezing ──────────────────────────────────────────────────────────────────────────


def _item(edition: int, pos: int, role: str, entry: Pick | Headline, parent: int | None) -> dict[str, Any]:
    row: dict[str, Any] = {"edition": edition, "pos": pos, "role": role, "parent": parent}
    parts = [asdict(reason) for reason in entry.reasons]
    if isinstance(entry, Pick):
        article = entry.article
        row |= {"article": article.id or None, "version": article.version, "story": entry.story}
        row |= {"headline": entry.printed, "url": article.url, "score_parts": parts}
        row["printed"] = {
            "summary": article.summary,
            "section": entry.section,
            "source": article.source,
            "published": article.published.isoformat(),
            "score": entry.score,
        }
        return row
    row |= {"article": entry.article or None, "version": None, "story": None, "score_parts": parts or None}
    row |= {"headline": entry.headline, "url": entry.url}
    published = entry.published.isoformat() if entry.published else None
    row["printed"] = {"source": entry.source, "published": published, "score": entry.score}
    return row


def _items(edition: int, plan: Plan) -> Iterator[dict[str, Any]]:
    pos = 0
    for pick in plan.picks:
        pos += 1
        parent = pos
        yield _item(edition, pos, "pick", pick, None)
        for role, headlines in (("related", pick.related), ("timeline", pick.timeline)):
            for headline in headlines:
                pos += 1
                yield _item(edition, pos, role, headline, parent)
    for headline in plan.more:
        pos += 1
        yield _item(edition, pos, "more", headline, None)


def write_items(conn: Connection, edition: int, plan: Plan) -> None:
    """Keep what the edition prints: picks with their score parts, related, timeline and more headlines."""
    rows = list(_items(edition, plan))
    if rows:
        conn.execute(insert(edition_items), rows)


def write_variant(conn: Connection, edition: int, values: dict[str, Any]) -> None:
    """Keep one compiled variant: key, subject, blocks, page and sha256."""
    conn.execute(insert(variants).values(edition=edition, **values))


def freeze(conn: Connection, edition: int, values: dict[str, Any]) -> bool:
    """Make a draft ready with what was frozen in this transaction; False if another process was first."""
    return move(conn, edition, EditionState.READY, allowed=(EditionState.DRAFT,), **values)


def count(conn: Connection, edition: int, candidates: int, sha: str) -> None:
    """Keep how many deliveries were queued and the digest over them."""
    values = {"candidates": candidates, "candidates_sha": sha}
    conn.execute(update(editions).where(editions.c.id == edition).values(values))


def items(conn: Connection, edition: int) -> list[dict[str, Any]]:
    """Return what an edition printed, in order."""
    query = select(edition_items).where(edition_items.c.edition == edition).order_by(edition_items.c.pos)
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def known(conn: Connection, edition: int) -> tuple[int | None, dict[int, int]]:
    """Return the newest article an edition was planned with (None: not kept), and places in feeds."""
    kept = conn.execute(select(editions.c.known).where(editions.c.id == edition)).scalar()
    return (kept["newest"], dict(kept["places"])) if kept else (None, {})


def frozen(conn: Connection, edition: int) -> dict[str, Any]:
    """Return what freezing fixed: config, note, and control columns of the row."""
    row = conn.execute(select(editions).where(editions.c.id == edition)).one()
    return dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)


def variant_blocks(conn: Connection, edition: int) -> dict[str, bytes]:
    """Return the compiled blocks of each variant of an edition, by key; the whole edition's comes first."""
    query = select(variants.c.key, variants.c.blocks).where(variants.c.edition == edition)
    rows = conn.execute(query.order_by(variants.c.key))
    return {row.key: row.blocks for row in rows}


def variant_facts(conn: Connection, edition: int) -> list[dict[str, Any]]:
    """Return key, subject and SHA-256 of each variant of an edition."""
    query = select(variants.c.key, variants.c.subject, variants.c.sha256).where(variants.c.edition == edition)
    return [dict(row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def page(conn: Connection, public_id: str, key: str = "") -> bytes | None:
    """Return the "view in browser" page of an edition that readers have, or None.

    Its address can be reckoned from newsletter and slot, so what is only ready, or was held before it left,
    is not shown.
    """
    left = exists().where(
        deliveries.c.edition == editions.c.id, deliveries.c.state == DeliveryState.SUBMITTED
    )
    held = and_(editions.c.state == EditionState.HELD, left)
    query = (
        select(variants.c.page)
        .join(editions, and_(editions.c.id == variants.c.edition))
        .where(editions.c.public_id == public_id, or_(editions.c.state.in_(_OUT), held))
        .order_by(variants.c.key)
    )
    if key:
        query = query.where(variants.c.key == key)
    found = conn.execute(query.limit(1)).first()
    return bytes(found.page) if found else None


def archive(conn: Connection, newsletter: str, limit: int = 50) -> list[tuple[Edition, str]]:
    """Return the editions of a newsletter that went out, latest first, each with its subject, once."""
    others = variants.alias()
    query = (
        select(editions, variants.c.subject.label("subject"))
        .join(variants, variants.c.edition == editions.c.id)
        .where(
            variants.c.key
            == select(func.min(others.c.key)).where(others.c.edition == editions.c.id).scalar_subquery(),
            editions.c.newsletter == newsletter,
            editions.c.state.in_([EditionState.SENDING, EditionState.SENT]),
        )
        .order_by(editions.c.slot.desc())
        .limit(limit)
    )
    return [(_edition(row), row.subject) for row in conn.execute(query)]
