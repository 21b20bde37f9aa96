"""Saving articles on both databases: new, changed, the same; identity; versions."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest import urls
from digest.model import Article, ArticleKind, Basis, Image
from digest.store import articles

NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)


def article(n: int = 1, **more) -> Article:
    url = more.pop("url", f"https://post.example/news/{n}-story")
    values = {
        "source": "post", "headline": f"Headline number {n} of the morning", "summary": f"Summary of story {n}, short.", "published": NOW, "seen_at": NOW,
    }  # fmt: skip
    return Article(url=url, url_key=urls.key(url), **(values | more))


def save(store, *batch: Article) -> articles.Saved:
    with store.write() as conn:
        return articles.save(conn, batch, NOW)


def test_new_then_unchanged_then_changed(store):
    """The same article again changes nothing; other words make a second version and keep the first."""
    first = save(store, article(), article(2))
    assert [a.version for a in first.new] == [1, 1]
    again = save(store, article(), article(2))
    assert (again.new, again.changed, len(again.unchanged)) == ((), (), 2)
    later = save(store, article(headline="Another headline", seen_at=NOW + timedelta(hours=1)))
    assert [a.version for a in later.changed] == [2]
    with store.read() as conn:
        told = articles.versions(conn, first.new[0].id)
        stored = articles.by_ids(conn, [first.new[0].id])[first.new[0].id]
    assert [v["headline"] for v in told] == ["Headline number 1 of the morning", "Another headline"]
    assert [v["seen_at"] for v in told] == [NOW, NOW + timedelta(hours=1)]
    assert (stored.headline, stored.seen_at, stored.published) == ("Another headline", NOW, NOW)


def test_an_article_comes_back_as_it_was_saved(store):
    """Every part survives the store."""
    one = article(
        body="One.\n\nTwo.", section="Harbour", tags=("a", "b"), authors=("Mara Quill",), language="en", image=Image(url="https://x.example/i.png", alt="A"),
        updated=NOW, position=3, guid="g", basis=Basis.DAY, aliases=("guid:post:g",),
    )  # fmt: skip
    (saved,) = save(store, one).new
    with store.read() as conn:
        assert articles.by_ids(conn, [saved.id])[saved.id] == replace(one, id=saved.id, version=1, aliases=())


def test_a_guid_holds_an_article_together_when_its_address_changes(store):
    """Same guid, new address, kindred headline: one article, found under both addresses."""
    save(store, article(guid="g1", aliases=("guid:post:g1",)))
    moved = article(url="https://post.example/2026/story-moved", guid="g1", aliases=("guid:post:g1",))
    assert len(save(store, moved).unchanged) == 1
    with store.read() as conn:
        by_new = articles.by_url(conn, moved.url, moved.url_key)
        assert by_new is not None
        assert by_new.url == "https://post.example/news/1-story"


def test_a_changed_guid_with_the_same_address_is_the_same_article(store):
    save(store, article(guid="g1", aliases=("guid:post:g1",)))
    assert len(save(store, article(guid="g2", aliases=("guid:post:g2",))).unchanged) == 1


def test_a_guid_used_again_for_something_else_is_a_new_article(store):
    """Some sites number the places of their list: same guid, other address, other headline, other time."""
    save(store, article(guid="top", aliases=("guid:post:top",)))
    other = article(
        2,
        headline="Storm closes every bridge",
        guid="top",
        aliases=("guid:post:top",),
        published=NOW - timedelta(hours=1),
    )
    assert len(save(store, other).new) == 1


def test_published_again_under_a_new_address_is_the_same_article(store):
    """Same source, same words, within twelve hours (seven days when the whole text agrees)."""
    summary = (
        "A summary that is long enough to say that two of them are no accident, for it tells a whole story."
    )
    body = "A paragraph of the whole text. " * 20
    save(store, article(summary=summary), article(3, headline="With a body", summary=summary, body=body))
    again = article(url="https://post.example/b/other", summary=summary, published=NOW + timedelta(hours=3))
    days_later = article(
        url="https://post.example/b/again", summary=summary, published=NOW + timedelta(days=1)
    )
    long = article(
        url="https://post.example/c/long",
        headline="With a body",
        summary=summary,
        body=body,
        published=NOW + timedelta(days=3),
    )
    saved = save(store, again, days_later, long)
    assert [a.url for a in saved.new] == ["https://post.example/b/again"]
    assert len(saved.unchanged) == 2


def test_amp_and_former_addresses_find_the_article(store):
    save(store, article(aliases=("post.example/amp-story/1",)))
    assert (
        len(
            save(
                store,
                article(url="https://post.example/amp-story/1", headline="Headline number 1 of the morning"),
            ).unchanged
        )
        == 1
    )


def test_two_sources_with_one_article(store):
    """The first source's words stay; both are remembered, and a choice of sources finds it by either."""
    save(store, article())
    other = save(store, article(source="agency", headline="As the agency words it", summary="Other words."))
    assert (len(other.unchanged), other.changed) == (1, ())
    span = (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    with store.read() as conn:
        for chosen in (("post",), ("agency",), ("agency", "none")):
            (found,) = articles.candidates(conn, *span, sources=chosen)
            assert found.headline == "Headline number 1 of the morning"
        assert articles.candidates(conn, *span, sources=("none",)) == []


def test_a_headline_becomes_full_and_never_the_reverse(store):
    """The text comes later: it is first seen then, so that no edition misses it; a bare link takes nothing away."""
    listed = article(kind=ArticleKind.HEADLINE, summary="", basis=Basis.SEEN)
    save(store, listed)
    later = NOW + timedelta(hours=2)
    full = article(
        summary="Now with words.", body="And a body.", published=NOW - timedelta(hours=9), seen_at=later
    )
    (grown,) = save(store, full).changed
    assert (grown.kind, grown.seen_at, grown.published, grown.version) == (
        ArticleKind.FULL,
        later,
        full.published,
        2,
    )
    assert len(save(store, replace(listed, headline="Short link text")).unchanged) == 1
    with store.read() as conn:
        assert articles.by_ids(conn, [grown.id])[grown.id].body == "And a body."


def test_a_missing_body_takes_none_away(store):
    """A feed without the text follows the page that had it."""
    save(store, article(body="The whole text."))
    assert len(save(store, article(body="")).unchanged) == 1


def test_the_same_article_twice_in_one_batch_is_stored_once(store):
    saved = save(
        store,
        article(guid="g", aliases=("guid:post:g",)),
        article(url="https://post.example/x/y", guid="g", aliases=("guid:post:g",)),
    )
    assert len(saved.new) == 1


def test_a_batch_of_thousands_is_saved_and_found_again(store):
    """More rows than one statement takes parameters."""
    batch = [article(n, aliases=(f"guid:post:{n}",)) for n in range(2500)]
    assert len(save(store, *batch).new) == 2500
    assert len(save(store, *batch).unchanged) == 2500


@pytest.mark.parametrize("hours", [-1, 0, 23, 24])
def test_windows_are_half_open(store, hours):
    """The start belongs to the window, the end to the next."""
    save(store, article(published=NOW + timedelta(hours=hours), seen_at=NOW + timedelta(hours=30)))
    with store.read() as conn:
        found = articles.candidates(conn, NOW, NOW + timedelta(hours=24))
    assert bool(found) is (0 <= hours < 24)


def test_late_arrivals_belong_to_the_next_window(store):
    """Published before the window, first seen after the earlier edition was frozen: it comes now, not never."""
    frozen = NOW - timedelta(minutes=10)
    late = article(1, published=NOW - timedelta(hours=3), seen_at=NOW + timedelta(hours=1))
    early = article(2, published=NOW - timedelta(hours=3), seen_at=NOW - timedelta(hours=2))
    ancient = article(3, published=NOW - timedelta(days=30), seen_at=NOW + timedelta(hours=1))
    save(store, late, early, ancient)
    with store.read() as conn:
        span = (NOW, NOW + timedelta(days=1))
        found = articles.candidates(conn, *span, late_since=frozen, oldest=NOW - timedelta(days=3))
        assert [a.url for a in found] == [late.url]
        assert articles.candidates(conn, *span) == []
        assert (
            articles.candidates(conn, *span, late_since=frozen, oldest=NOW - timedelta(days=3), as_of=NOW)
            == []
        )


def test_headlines_and_withdrawn_articles_are_no_candidates(store):
    saved = save(store, article(1), article(2, kind=ArticleKind.HEADLINE, summary=""))
    span = (NOW, NOW + timedelta(days=1))
    with store.write() as conn:
        assert [a.id for a in articles.candidates(conn, *span)] == [saved.new[0].id]
        assert articles.withdraw(conn, [saved.new[0].id], NOW) == 1
        assert articles.withdraw(conn, [saved.new[0].id], NOW) == 0
        assert articles.candidates(conn, *span) == []
        assert len(articles.between(conn, *span)) == 2


def test_languages_choose_articles_and_unknown_ones_fit_all(store):
    save(store, article(1, language="ar"), article(2, language="en"), article(3))
    with store.read() as conn:
        found = articles.candidates(conn, NOW, NOW + timedelta(days=1), languages=("ar",))
    assert sorted(a.language for a in found) == ["", "ar"]


def test_the_newest_seen_come_first(store):
    save(store, *(article(n, seen_at=NOW + timedelta(minutes=n)) for n in range(5)))
    with store.read() as conn:
        assert [a.url[-7] for a in articles.newest_seen(conn, limit=2)] == ["4", "3"]
