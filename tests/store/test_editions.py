"""Editions: made once per slot, frozen once, moved by conditional updates."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import EditionError, EditionUnknown
from digest.model import Article, Edition, EditionState, Headline, Pick, Plan, Reason, Slot, Window
from digest.store import Store, editions

AT = datetime(2026, 3, 2, 7, tzinfo=UTC)
NOW = AT + timedelta(seconds=3)


def _due(at: datetime = AT, newsletter: str = "daily") -> Edition:
    return Edition(
        id=0,
        public_id=f"p{at:%d%H}{newsletter}",
        newsletter=newsletter,
        kind="regular",
        slot=Slot(at, at, Window(at - timedelta(days=1), at)),
        zone="Africa/Cairo",
        state=EditionState.DRAFT,
        expires_at=at + timedelta(hours=12),
    )


def _made(store: Store, at: datetime = AT, newsletter: str = "daily") -> Edition:
    with store.write() as conn:
        return editions.insert_due(conn, _due(at, newsletter), NOW)


def _pick(number: int) -> Pick:
    article = Article(
        url=f"https://post.example/{number}",
        url_key=f"post.example/{number}",
        source="post",
        headline=f"Story {number}",
        published=AT - timedelta(hours=2),
        seen_at=AT - timedelta(hours=1),
        id=number,
        version=2,
    )
    return Pick(
        article=article,
        score=1.5,
        reasons=(Reason(rule="sources", points=1.5, text="in three sources"),),
        story=number,
        related=(Headline(headline="Earlier", url="https://post.example/e"),),
        timeline=(Headline(headline="How it began", url="https://post.example/b"),),
    )


def test_a_slot_makes_one_edition(store: Store) -> None:
    """Inserting the same slot twice gives the same row; another newsletter or slot gives another."""
    first = _made(store)
    assert _made(store) == first
    assert _made(store, newsletter="evening").id != first.id
    assert _made(store, AT + timedelta(days=1)).id != first.id


def test_what_is_stored_comes_back(store: Store) -> None:
    """Times come back in UTC, the local time in the edition's own zone."""
    made = _made(store)
    assert replace(made, id=0) == replace(_due(), slot=replace(made.slot))
    assert made.slot.local.utcoffset() == timedelta(hours=2)
    assert made.slot.window == Window(AT - timedelta(days=1), AT)


def test_an_unknown_edition_is_named_in_the_error(store: Store) -> None:
    """Neither a number nor a word that is no edition is taken for one."""
    with store.read() as conn:
        for reference in (404, "404", "nosuch", "٤", ""):
            with pytest.raises(EditionUnknown, match=f"no edition '{reference}'"):
                editions.get(conn, reference)


def test_an_edition_is_found_by_number_and_public_id(store: Store) -> None:
    made = _made(store)
    with store.read() as conn:
        assert editions.get(conn, made.id) == editions.get(conn, made.public_id) == made
        assert editions.get(conn, str(made.id)) == made


def test_only_one_of_two_moves_happens(store: Store) -> None:
    """A move names the states it may start from; the second caller is told it came too late."""
    made = _made(store)
    with store.write() as conn:
        assert editions.move(conn, made.id, EditionState.READY, allowed=[EditionState.DRAFT])
        assert not editions.move(conn, made.id, EditionState.HELD, allowed=[EditionState.DRAFT])
        with pytest.raises(EditionError, match="is ready; only one that is draft or paused can become held"):
            editions.require(conn, made, EditionState.HELD, [EditionState.DRAFT, EditionState.PAUSED], "")


def test_freezing_happens_once(store: Store) -> None:
    made = _made(store)
    with store.write() as conn:
        assert editions.freeze(conn, made.id, {"frozen_at": NOW})
        assert not editions.freeze(conn, made.id, {"frozen_at": NOW})


def test_items_keep_their_parents(store: Store) -> None:
    """Related and timeline rows name the pick they stand under, and why; more headlines name none."""
    made = _made(store)
    plan = Plan(
        newsletter="daily",
        slot=made.slot,
        picks=(_pick(1), _pick(2)),
        more=(Headline(headline="More", url="https://post.example/m"),),
    )
    why = Reason(rule="words", points=0.4, text="in common: ferry, harbour")
    told = replace(plan.picks[1], related=(replace(plan.picks[1].related[0], reasons=(why,)),))
    plan = replace(plan, picks=(plan.picks[0], told))
    with store.write() as conn:
        editions.write_items(conn, made.id, plan)
        rows = editions.items(conn, made.id)
    assert [(row["pos"], row["role"], row["parent"]) for row in rows] == [
        (1, "pick", None),
        (2, "related", 1),
        (3, "timeline", 1),
        (4, "pick", None),
        (5, "related", 4),
        (6, "timeline", 4),
        (7, "more", None),
    ]
    assert rows[0]["score_parts"] == [{"rule": "sources", "points": 1.5, "text": "in three sources"}]
    assert rows[4]["score_parts"] == [asdict(why)]
    assert rows[1]["score_parts"] is None


def test_a_story_is_picked_once_in_an_edition(store: Store) -> None:
    """The database itself refuses a second pick of the same story."""
    made = _made(store)
    plan = Plan(newsletter="daily", slot=made.slot, picks=(_pick(1), _pick(1)))
    with pytest.raises(Exception, match=r"(?i)unique"), store.write() as conn:
        editions.write_items(conn, made.id, plan)


def test_made_slots_leave_out_drafts(store: Store) -> None:
    """A draft is still to be made; skipped and missed slots are settled."""
    made, later = _made(store), _made(store, AT + timedelta(days=1))
    with store.write() as conn:
        editions.move(conn, made.id, EditionState.SKIPPED, allowed=[EditionState.DRAFT], reason="too thin")
        assert editions.made_slots(conn, "daily", AT) == {made.slot.at}
        assert later.slot.at not in editions.made_slots(conn, "daily", AT)


def test_previous_frozen_passes_over_cancelled_editions(store: Store) -> None:
    days = [_made(store, AT + timedelta(days=n)) for n in range(3)]
    with store.write() as conn:
        for edition in days[:2]:
            editions.freeze(conn, edition.id, {"frozen_at": NOW})
        editions.move(conn, days[1].id, EditionState.CANCELLED, allowed=[EditionState.READY])
        found = editions.previous_frozen(conn, "daily", days[2].slot.at)
    assert found is not None
    assert found.id == days[0].id


def test_a_lease_keeps_others_out_until_it_ends(store: Store) -> None:
    made = _made(store)
    minute = timedelta(minutes=1)
    with store.write() as conn:
        assert editions.claim(conn, made.id, "a", NOW, NOW + minute)
        assert editions.claim(conn, made.id, "a", NOW, NOW + minute)
        assert not editions.claim(conn, made.id, "b", NOW, NOW + minute)
        assert editions.claim(conn, made.id, "b", NOW + minute, NOW + 2 * minute)
        editions.unclaim(conn, made.id, "b")
        assert editions.claim(conn, made.id, "c", NOW, NOW + minute)


def test_only_what_readers_have_can_be_read(store: Store) -> None:
    """Not what is ready, nor what was held or cancelled: the address is no secret."""
    made = _made(store)
    variant = {"key": "main", "subject": "S", "blocks": b"b", "page": b"<p>hello", "sha256": "0"}
    with store.write() as conn:
        editions.write_variant(conn, made.id, variant)
        editions.freeze(conn, made.id, {"frozen_at": NOW})
        assert editions.page(conn, made.public_id) is None
        assert editions.variant_blocks(conn, made.id) == {"main": b"b"}
        for state, shown in (
            ("sending", True),
            ("paused", True),
            ("held", False),
            ("sent", True),
            ("cancelled", False),
        ):
            editions.move(conn, made.id, EditionState(state), allowed=EditionState)
            assert (editions.page(conn, made.public_id) == b"<p>hello") is shown, state


def test_an_edition_stands_in_the_archive_once_however_many_variants_it_has(store: Store) -> None:
    """With the subject of the first."""
    made = _made(store)
    with store.write() as conn:
        for key in ("b", "a", "c"):
            variant = {"key": key, "subject": key, "blocks": b"b", "page": b"<p>", "sha256": "0"}
            editions.write_variant(conn, made.id, variant)
        editions.move(conn, made.id, EditionState.SENT, allowed=EditionState)
        assert [subject for _, subject in editions.archive(conn, "daily")] == ["a"]
