"""The one writer, on both databases: groups, order, and a bad share undone alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from digest.errors import SourceError
from digest.flow.keep import Keeper
from digest.store import articles, sources
from tests.ingest.conftest import NOW
from tests.ingest.test_saving import article


def keep(store, *shares):
    """Keep all shares at once; give what each got, saved or raised."""

    async def run():
        async with Keeper(store, NOW) as keeper:
            asked = (keeper.keep(found, sources.SourceState(key=key)) for key, found in shares)
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


def test_many_sources_are_stored_with_their_states(store):
    """Two hundred shares, most of them empty, all end in the store."""
    shares = [(f"s{n}", [article(n, source=f"s{n}")] if n % 50 == 0 else []) for n in range(200)]
    saved = keep(store, *shares)
    assert sum(len(one.new) for one in saved) == 4
    with store.read() as conn:
        known = sources.states(conn)
    assert len(known) == 200
    assert [key for key, state in known.items() if state.new_at] == ["s0", "s100", "s150", "s50"]


def test_one_bad_share_is_undone_alone(store):
    """An article the database refuses costs its own source a readable error; the others of the group stay."""
    bad = replace(article(2), kind="nonsense")
    first, failed, last = keep(store, ("a", [article(1)]), ("b", [article(3), bad]), ("c", [article(4)]))
    assert (len(first.new), len(last.new)) == (1, 1)
    assert isinstance(failed, SourceError)
    assert "could not be stored" in str(failed)
    with store.read() as conn:
        assert sorted(a.url[-7] for a in articles.newest_seen(conn)) == ["1", "4"]
        assert set(sources.states(conn)) == {"a", "c"}


def test_shares_are_stored_in_their_order(store):
    """Of two versions kept one after the other the later is the newer."""
    keep(
        store,
        ("post", [article(headline="The first words")]),
        ("post", [article(headline="The second words")]),
    )
    with store.read() as conn:
        (one,) = articles.newest_seen(conn)
    assert (one.headline, one.version) == ("The second words", 2)


def test_a_pause_set_during_a_visit_stays(store):
    """What a visit writes does not take back what an operator did meanwhile."""
    with store.write() as conn:
        sources.pause(conn, "a", NOW)
    keep(store, ("a", []))
    with store.read() as conn:
        assert sources.state(conn, "a").paused_at == NOW


@pytest.mark.parametrize("count", [0, 1])
def test_a_keeper_ends_when_there_is_nothing_more(store, count):
    assert len(keep(store, *[("a", [])] * count)) == count
