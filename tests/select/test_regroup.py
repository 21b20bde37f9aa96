"""Looking again: average link, fading, and what may begin a group."""

from __future__ import annotations

import math

import pytest

from digest.select.regroup import Leaf, regroup

DAY = 86_400.0


def keeps(seconds):
    return math.exp(-seconds / (5 * DAY))


def leaf(*terms, at=0.0, asked=0.3, title=None):
    size = math.sqrt(len(terms))
    return Leaf(dict.fromkeys(terms, 1 / size), at, asked, frozenset(terms if title is None else title))


def grouped(*leaves):
    return sorted(regroup(leaves, keeps, 3 * DAY))


def test_the_likest_become_one_first_whoever_came_first():
    """An article between two goes with the nearer; order changes nothing."""
    texts = (1, 2, 3, 4), (3, 4, 5, 6, 7), (4, 5, 6, 7)
    one, between, other = (leaf(*terms, asked=0.4) for terms in texts)
    assert grouped(one, between, other) == [[0], [1, 2]]
    assert grouped(other, one, between) == [[0, 2], [1]]


def test_a_chain_of_likeness_is_not_one_group():
    """The mean to all of a group counts, not the nearest of it."""
    chain = [leaf(*range(n, n + 4), asked=0.5) for n in range(0, 8, 1)]
    assert len(grouped(*chain)) > 1


@pytest.mark.parametrize(("days", "groups"), [(0.0, 1), (2.9, 2), (3.1, 2)])
def test_likeness_fades_and_ends(days, groups):
    """What is like enough today is not three days later."""
    assert len(grouped(leaf(1, 2, 3), leaf(2, 3, 4, at=days * DAY, asked=0.5))) == groups


def test_equal_words_are_one_until_the_longest_time():
    """Not even the same words hold together what lies further apart."""
    assert len(grouped(leaf(1, 2), leaf(1, 2, at=2.9 * DAY))) == 1
    assert len(grouped(leaf(1, 2), leaf(1, 2, at=3.1 * DAY))) == 2


def test_one_word_in_common_begins_no_group():
    """However alike it makes two short headlines; an article of one word has no more to share."""
    assert len(grouped(leaf(1, 2), leaf(1, 3))) == 2
    assert len(grouped(leaf(1), leaf(1))) == 1


def test_one_word_in_common_with_many_copies_is_one_word_still():
    """Twenty papers print one release; that it names somebody makes no other news of names part of it."""
    assert grouped(*[leaf(1, 2, 3)] * 3, leaf(1, 9, asked=0.1)) == [[0, 1, 2], [3]]


def test_texts_meet_where_one_knows_a_word_of_the_others_headline():
    """What a newsroom says under everything begins no group."""
    same = (5, 6, 7, 8)
    assert len(grouped(leaf(1, *same, title={1}), leaf(2, *same, title={2}))) == 2
    assert len(grouped(leaf(1, *same, title={1}), leaf(2, *same, title={5}))) == 1


def test_the_stricter_of_two_decides():
    """Of two languages the one that asks more."""
    assert len(grouped(leaf(1, 2, 3), leaf(2, 3, 4, asked=0.7))) == 2
    assert len(grouped(leaf(1, 2, 3), leaf(2, 3, 4, asked=0.6))) == 1


def test_nothing_gives_nothing():
    """No article, no group."""
    assert regroup([], keeps, DAY) == []
