"""What the archive learns: stories that keep their number, and an index that bad input does not bend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.flow import archive as indexing
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.related import Wish, related
from digest.flow.sketches import sketch_of
from digest.model import ArticleKind
from digest.settings import Settings
from digest.store import archive, facts, stories
from digest.store import articles as stored
from digest.testing.rankers import DUE, article

FLOOD = (
    "River bursts its banks in the old town of Marwick",
    "Marwick flood: river leaves old town under water",
    "Hundreds leave homes as Marwick river floods old town",
)
OTHER = (
    "Orchestra names a conductor of twenty-six",
    "Vineyards report an early harvest",
    "Chess champion loses to a schoolgirl",
    "Observatory sees a comet with two tails",
    "Bakers strike over the price of flour",
)


def save(store, *batch, now=DUE):
    with store.write() as conn:
        kept = stored.save(conn, batch, now)
        learn(conn, [*kept.new, *kept.changed], now)
        found = stored.by_ids(conn, [a.id for a in (*kept.new, *kept.changed)])
        return [found[number] for number in sorted(found)]


def bare(number, headline, **changes):
    return article(number, headline, summary=changes.pop("summary", ""), **changes)


def near(store, one, **wish):
    with store.read() as conn:
        return [found.article for found in related(conn, sketch_of(one), Wish(**{"limit": 10, **wish}))]


# ── stories ───────────────────────────────────────────────────────────────────────────


def test_reports_of_one_event_are_one_story_across_sources_and_batches(store):
    """The story keeps its number as articles arrive; other news stays apart."""
    first, *rest = save(store, bare(1, FLOOD[0]), *(bare(n + 10, text) for n, text in enumerate(OTHER)))
    second, *_ = save(store, bare(2, FLOOD[1], source="other"))
    third, *_ = save(store, bare(3, FLOOD[2], source="third"))
    assert first.story is not None
    assert {first.story} == {second.story, third.story}
    assert len({one.story for one in (first, *rest)}) == 1 + len(OTHER)


def test_a_story_ends_three_days_after_its_last_article(store):
    """The same words later begin a new story."""
    old, *_ = save(store, bare(1, FLOOD[0], published=DUE - timedelta(hours=73)))
    new, *_ = save(store, bare(2, FLOOD[0], published=DUE, url="https://x.example/2"))
    assert old.story != new.story


def test_a_live_blog_that_changes_all_day_stays_in_its_story(store):
    """A changed article is the same article: one story, one entry, and what it says now is found."""
    one, *_ = save(store, bare(1, FLOOD[0]))
    for hour in range(12):
        text = f"Update {hour}: water at gauge mark{hour}."
        now = DUE + timedelta(hours=hour)
        one, *_ = save(
            store, replace(bare(1, f"{FLOOD[0]} – update {hour}", seen_at=now), body=text), now=now
        )
    with store.read() as conn:
        assert stories.members(conn, one.story) == [one.id]
        assert archive.size(conn)["articles"] == 1
    assert near(store, bare(9, "mark11")) == [one.id]


def test_a_merge_and_a_split_by_hand_stay_on_record(store):
    """The past can be asked for: which story held an article at a time."""
    one, two = save(store, bare(1, FLOOD[0]), bare(2, OTHER[0]))
    later = DUE + timedelta(hours=1)
    with store.write() as conn:
        assert stories.merge(conn, two.story, one.story, later, by="ana") == 1
    with store.read() as conn:
        assert stories.members(conn, one.story) == [two.id, one.id] or stories.members(conn, one.story)
        assert stories.as_of(conn, DUE, [two.id]) == {two.id: two.story}
        assert stories.as_of(conn, later, [two.id]) == {two.id: one.story}
        assert [row["fixed"] for row in stories.active(conn, DUE - timedelta(days=1), DUE)] in ([True], [1])


def test_an_article_without_words_has_no_story(store):
    """Nothing to group by; it is kept all the same."""
    one, *_ = save(store, bare(1, "!!! ???"))
    assert one.story is None


def test_one_word_titles_do_not_pull_each_other(store):
    """A rubric's name every day is not one event."""
    kept = save(
        store,
        *(
            bare(n, "Obituary", url=f"https://x.example/{n}", guid=str(n), summary=text)
            for n, text in enumerate(OTHER, 1)
        ),
    )
    assert len({one.story for one in kept}) == len(OTHER)


def test_a_paragraph_under_all_of_one_small_source_makes_no_story(store):
    """It is no boilerplate of the archive: the source brings a twentieth of it."""
    foot = (
        "Join our readers club for concerts, lectures and guided walks along the northern coast every month."
    )
    words = [word for word in foot.strip(".").replace(",", "").split() if len(word) > 4]
    others = [bare(n, f"head{n} line{n}", guid=str(n), source="large") for n in range(1000, 1480)]
    first = [
        bare(n, f"alpha{n} beta{n} {words[n % len(words)]}", summary=foot, guid=str(n), source="small")
        for n in range(1, 25)
    ]
    save(store, *others, *first)
    later = save(
        store,
        *(
            bare(n, f"gamma{n} delta{n} {words[n % len(words)]}", summary=foot, guid=str(n), source="small")
            for n in range(30, 38)
        ),
    )
    assert len({one.story for one in later}) == len(later)


def test_a_corrected_headline_stays_in_its_story(store):
    """Editions and links that name the story remain true."""
    one, *_ = save(store, bare(1, FLOOD[0]), bare(2, FLOOD[1], source="other"))
    (changed,) = save(store, bare(1, "Correction: river did not leave its bed"))
    assert changed.story == one.story


def test_bait_over_one_text_is_one_story(store):
    """The same text under headlines that promise something else each time."""
    text = (
        "The river Marwick burst its banks on Sunday and flooded the old town; hundreds of people left home."
    )
    heads = (
        "You will not believe what this river did",
        "River shock: ten pictures",
        "This old town, this river",
    )
    kept = save(store, *(bare(n, head, summary=text, source=f"s{n}") for n, head in enumerate(heads, 1)))
    assert len({one.story for one in kept}) == 1


def test_an_article_moves_when_its_own_story_comes(store):
    """The record tells where it was and since when it is elsewhere; the story it leaves keeps its number."""
    works, doubt = save(
        store,
        bare(1, "Marwick bridge gets steel arches from abandoned railway viaduct in autumn"),
        bare(2, "Marwick bridge: lorry crash, driver freed", source="other"),
    )
    assert works.story == doubt.story
    heads = [f"Lorry crash: driver freed, witness{n} says" for n in range(3, 7)]
    later = DUE + timedelta(hours=1)
    crash, *_ = save(store, *(bare(n, head, source=f"s{n}") for n, head in enumerate(heads, 3)), now=later)
    with store.read() as conn:
        assert stories.members(conn, works.story) == [works.id]
        assert doubt.id in stories.members(conn, crash.story)
        assert stories.as_of(conn, DUE, [doubt.id]) == {doubt.id: works.story}
        assert stories.resolve(conn, works.story)["articles"] == 1
        assert stories.resolve(conn, crash.story)["articles"] == 5


# ── bad input ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("headline", ["", "!", "the of and", "في من على", "\u200b"])
def test_a_title_of_nothing_finds_nothing(store, headline):
    """Stop words and marks ask no question and raise nothing."""
    save(store, *(bare(n, text) for n, text in enumerate(OTHER, 1)))
    assert near(store, bare(99, headline)) == []


def test_one_press_release_in_twenty_outlets_is_shown_once(store):
    """Near-identical titles are dropped from related headlines; the pick's own too."""
    text = "Harbour board appoints chief engineer Lindqvist"
    save(
        store,
        *(
            bare(
                n,
                text if n % 2 else f"{text} today",
                source=f"o{n}",
                url=f"https://o{n}.example/",
                guid=str(n),
            )
            for n in range(1, 21)
        ),
        bare(30, "Engineer Lindqvist leaves the bridge works"),
        *(bare(n + 40, one) for n, one in enumerate(OTHER)),
    )
    found = near(store, bare(99, "Harbour board: why Lindqvist"))
    assert len(found) == 2
    assert near(store, bare(98, text)) == found[1:] or len(near(store, bare(98, text))) == 1


def test_boilerplate_that_every_article_has_relates_none(store):
    """A paragraph shared by the whole archive weighs nothing."""
    foot = "Subscribe to our newsletter for exclusive reporting from correspondents across the region. " * 3
    chosen = [
        bare(n, f"{a} {b}", summary=foot, url=f"https://x.example/{n}", guid=str(n))
        for n, (a, b) in enumerate(((f"alpha{i}", f"beta{i // 2}") for i in range(400)), 1)
    ]
    kept = save(store, *chosen)
    found = near(store, kept[100])
    assert found == [kept[101].id]


def test_a_flood_of_five_hundred_items_an_hour_is_learnt_in_one_go(store):
    """Every item is indexed and grouped; a story from before goes on."""
    first, *_ = save(store, bare(1, FLOOD[0]))
    items = [
        bare(
            n,
            f"Notice {n}: lot{n % 97} moved to shed{n % 89}",
            source="wire",
            guid=str(n),
            published=DUE - timedelta(seconds=n),
        )
        for n in range(100, 600)
    ]
    save(store, *items, bare(2, FLOOD[1], source="other"))
    with store.read() as conn:
        assert archive.size(conn)["articles"] == 502
        assert len(stories.members(conn, first.story)) == 2


def test_an_article_in_two_languages_is_found_from_both(store):
    """Each script is stemmed by its own rules."""
    both, *_ = save(
        store,
        bare(1, "Marwick flood – فيضان نهر مارويك", language="ar"),
        *(bare(n + 10, one) for n, one in enumerate(OTHER)),
    )
    assert near(store, bare(98, "Floods in Marwick", language="en")) == [both.id]
    assert near(store, bare(99, "الفيضان والنهر في مارويك بعد العاصفة", language="ar")) == [both.id]


def test_headlines_without_text_are_related_too(store):
    """What has only a title is found by it, and finds others."""
    line, full, *_ = save(
        store,
        bare(1, FLOOD[0], kind=ArticleKind.HEADLINE),
        bare(2, "Old town of Marwick before the flood", summary="A look at the river."),
        *(bare(n + 10, one) for n, one in enumerate(OTHER)),
    )
    assert near(store, line, without=frozenset({line.id})) == [full.id]
    assert near(store, full, without=frozenset({full.id})) == [line.id]


def test_only_what_came_before_is_found_when_asked_so(store):
    """The past is shown as it was, and a span can be asked for."""
    old, new = save(
        store,
        bare(1, FLOOD[0], published=DUE - timedelta(days=30)),
        bare(2, FLOOD[1], published=DUE),
        *(bare(n + 10, one) for n, one in enumerate(OTHER)),
    )[:2]
    one = bare(99, FLOOD[2])
    assert near(store, one, before=DUE, same=2.0) == [old.id]
    assert near(store, one, since=DUE, same=2.0)[0] == new.id


# ── the index as a whole ──────────────────────────────────────────────────────────────


def context(store):
    return Context(Settings(), store, lambda: datetime(2026, 6, 20, tzinfo=UTC))


def test_an_index_of_other_text_rules_is_built_anew_by_itself(store):
    """The index knows its version; the next ingest begins it again and fills it."""
    kept = save(store, *(bare(n, text) for n, text in enumerate(OTHER, 1)))
    with store.write() as conn:
        facts.put(conn, indexing.BUILT, "0", DUE)
    save(store, bare(50, FLOOD[0]))
    with store.read() as conn:
        assert archive.size(conn)["articles"] == len(OTHER) + 1
        assert archive.size(conn)["not_indexed"] == 0
    assert near(store, bare(99, OTHER[0]), same=2.0)[0] == kept[0].id


def test_a_rebuild_gives_the_same_answers(store):
    """And can be stopped: what is missing is filled by the next call."""
    save(store, *(bare(n, f"{text} in Marwick") for n, text in enumerate(OTHER, 1)))
    before = near(store, bare(99, "Marwick strike over flour"))
    told = []
    assert indexing.rebuild(context(store), lambda done, total: told.append((done, total))) == len(OTHER)
    assert told[-1] == (len(OTHER), len(OTHER))
    assert near(store, bare(99, "Marwick strike over flour")) == before
    assert indexing.stats(context(store))["not_indexed"] == 0
