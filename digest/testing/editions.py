"""A frozen edition with its readers, made directly in a store: for tests and measurements of delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert

from digest.compose import mime, segments
from digest.model import Field
from digest.store import deliveries, editions
from digest.store.schema import editions as editions_table
from digest.store.schema import subscribers, subscriptions

if TYPE_CHECKING:
    from digest.model import Variant
    from digest.store import Store

SLOT = datetime(2026, 7, 5, 7, tzinfo=UTC)
MARKS = {
    "XLEAVEX": Field("leave"),
    "XPREFSX": Field("preferences"),
    "XTOX": Field("to"),
    "XIDX": Field("message_id"),
}
_CHUNK = 10_000


def variant(size: int = 2000, *, domain: str = "news.example") -> Variant:
    """Compile a message of about ``size`` bytes with the usual headers and fields."""
    page = "<html><body><p>Good morning. <a href='https://news.example/u/XLEAVEX'>Leave</a>"
    page += " <a href='https://news.example/p/XPREFSX'>Preferences</a></p>\n"
    page += "<p>The harbour reopened today after a week of storms.</p>\n" * max(1, (size * 7 // 10) // 56)
    text = "The harbour reopened today after a week of storms.\n" * max(1, (size * 2 // 10) // 52)
    headers = [
        ("From", f"The Harbour Post <news@{domain}>"),
        ("To", "XTOX"),
        ("Subject", "Harbour reopens, council votes, and five more stories"),
        ("Date", "Sun, 05 Jul 2026 07:00:00 +0000"),
        ("Message-ID", f"<XIDX@{domain}>"),
        ("List-Id", f"<daily.{domain}>"),
        ("List-Unsubscribe", "<https://news.example/u/XLEAVEX>, <mailto:leave@news.example?subject=XLEAVEX>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    text += "Leave: https://news.example/u/XLEAVEX\n"
    blocks = mime.assemble(headers, text, page + "</body></html>", boundary="=_b0", marks=MARKS)
    return segments.freeze("main", headers[2][1], blocks, envelope_domain=domain)


def enrol(store: Store, n: int, newsletter: str = "daily", *, domain: str = "reader.example") -> None:
    """Add n confirmed readers: ``r1@reader.example`` and so on."""
    for start in range(1, n + 1, _CHUNK):
        ids = range(start, min(start + _CHUNK, n + 1))
        people = [
            {
                "id": i, "address": f"r{i}@{domain}", "address_key": f"r{i}@{domain}",
                "address_hash": f"h{i}", "created_at": SLOT,
            }
            for i in ids
        ]  # fmt: skip
        wishes = [
            {
                "id": i, "subscriber": i, "newsletter": newsletter, "state": "confirmed", "created_at": SLOT,
                "changed_at": SLOT,
            }
            for i in ids
        ]  # fmt: skip
        with store.write() as conn:
            conn.execute(insert(subscribers), people)
            conn.execute(insert(subscriptions), wishes)


def frozen(
    store: Store, newsletter: str = "daily", *, size: int = 2000, public_id: str = "e00000000001"
) -> int:
    """Freeze an edition for everyone enrolled, its state ``sending``; return its number."""
    made = variant(size)
    with store.write() as conn:
        row = conn.execute(
            insert(editions_table)
            .values(
                newsletter=newsletter, slot=SLOT, public_id=public_id, window_start=SLOT - timedelta(days=1),
                window_end=SLOT, zone="UTC", state="sending", created_at=SLOT, frozen_at=SLOT, ready_at=SLOT,
                expires_at=SLOT + timedelta(hours=12),
            )
            .returning(editions_table.c.id),
        ).one()  # fmt: skip
        edition = int(row[0])
        values = {
            "key": "main",
            "subject": made.subject,
            "blocks": segments.dump(made),
            "page": b"<p>",
            "sha256": made.sha256,
        }
        editions.write_variant(conn, edition, values)
        count, sha = deliveries.queue(conn, edition, newsletter, "main", SLOT)
        editions.count(conn, edition, count, sha)
    return edition
