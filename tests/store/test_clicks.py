"""Links and their counts, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from digest.store import clicks
from digest.store.clicks import Count
from digest.store.schema import edition_items
from digest.testing.editions import SLOT, frozen

PUBLIC = "e00000000001"
NAMED = {"https://post.example/1": "a" * 16, "https://post.example/2": "b" * 16}
HOUR = timedelta(hours=1)


@pytest.fixture
def edition(store):
    """One frozen edition with two links; the second article stands in it twice."""
    number = frozen(store, public_id=PUBLIC)
    first, second = NAMED
    rows = [
        {"pos": 1, "role": "pick", "article": 11, "headline": "One", "url": first},
        {"pos": 2, "role": "related", "article": 22, "headline": "Two", "url": second},
        {"pos": 3, "role": "related", "article": 22, "headline": "Two", "url": second},
    ]
    with store.write() as conn:
        conn.execute(insert(edition_items), [{"edition": number, **row} for row in rows])
        clicks.keep_links(conn, PUBLIC, NAMED, SLOT)
    return number


def test_links_are_kept_once_and_lead_where_they_led_first(store, edition):
    """Compiling an edition again, or two at once, changes nothing."""
    with store.write() as conn:
        assert clicks.kept(conn, PUBLIC, NAMED.values())
        assert not clicks.kept(conn, PUBLIC, ["c" * 16])
        assert not clicks.kept(conn, "e00000000002", NAMED.values())
        clicks.keep_links(conn, PUBLIC, NAMED | {"https://evil.example/": "a" * 16}, SLOT + HOUR)
        clicks.keep_links(conn, PUBLIC, {}, SLOT)
        assert clicks.target(conn, "a" * 16) == (PUBLIC, "https://post.example/1", SLOT)
        assert clicks.target(conn, "c" * 16) is None


def test_a_link_of_a_preview_leads_on_and_is_out_of_nobodys_hand(store):
    with store.write() as conn:
        clicks.keep_links(conn, "e00000000009", {"https://post.example/1": "z" * 16}, SLOT)
        assert clicks.target(conn, "z" * 16) == ("e00000000009", "https://post.example/1", None)


def test_counts_add_up_by_hour_and_by_link(store, edition):
    for _ in range(2):
        with store.write() as conn:
            clicks.add(conn, {("a" * 16, SLOT): Count(2, 1), ("a" * 16, SLOT + HOUR): Count(0, 5)})
    with store.read() as conn:
        found = clicks.of_edition(conn, PUBLIC)
    assert found == {"https://post.example/1": (4, 12), "https://post.example/2": (0, 0)}


def test_articles_count_the_people_of_earlier_editions_once(store, edition):
    """An article printed twice is not counted twice; machines and later editions are not counted at all."""
    with store.write() as conn:
        clicks.add(conn, {("a" * 16, SLOT): Count(0, 9), ("b" * 16, SLOT): Count(3, 1)})
        clicks.add(conn, {("b" * 16, SLOT + HOUR): Count(4, 0)})
        assert clicks.of_articles(conn, "daily", SLOT + HOUR, [11, 22]) == {22: 7}
        assert clicks.of_articles(conn, "daily", SLOT, [11, 22]) == {}
        assert clicks.of_articles(conn, "other", SLOT + HOUR, [22]) == {}
        assert clicks.of_articles(conn, "daily", SLOT + HOUR, []) == {}


def test_old_counts_go_and_links_stay(store, edition):
    """A mail of last year still leads to its stories; only a preview that came to nothing is forgotten."""
    with store.write() as conn:
        clicks.add(conn, {("a" * 16, SLOT): Count(1, 0), ("a" * 16, SLOT + HOUR): Count(1, 0)})
        clicks.keep_links(conn, "e00000000009", {"https://post.example/1": "z" * 16}, SLOT)
        assert clicks.drop(conn, SLOT + HOUR) == 1
        assert clicks.of_edition(conn, PUBLIC)["https://post.example/1"] == (1, 0)
        assert clicks.drop_unused(conn, SLOT) == 0
        assert clicks.drop_unused(conn, SLOT + HOUR) == 1
        assert clicks.kept(conn, PUBLIC, NAMED.values())


def test_clicks_of_the_hour_that_begins_are_left_out(store, edition):
    """What was clicked until an hour began is the same whenever one looks."""
    with store.write() as conn:
        clicks.add(conn, {("b" * 16, SLOT): Count(2, 0), ("b" * 16, SLOT + HOUR): Count(4, 0)})
        asked = (conn, "daily", SLOT + HOUR, [22])
        assert [clicks.of_articles(*asked, SLOT + n * HOUR) for n in range(3)] == [{}, {22: 2}, {22: 6}]
