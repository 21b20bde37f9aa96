"""Holders: looked up from packed stories as if all had been unpacked, and kept up to date from then on."""

from __future__ import annotations

import random
from collections import defaultdict

from digest.select.holders import Holders, Weights, pack, unpack


def packed(count=60, words=200, seed=4):
    """Make stories of random words, large numbers of terms among them."""
    chance = random.Random(seed)
    terms = [chance.randrange(1 << 31) for _ in range(words)] + [0, (1 << 31) - 1]
    return [(key, pack(dict.fromkeys(chance.sample(terms, 12), 0.5))) for key in range(1, count + 1)], terms


def test_what_was_packed_is_read():
    """Weights have the precision of four bytes."""
    assert unpack(pack({7: 1.5, (1 << 31) - 1: 0.25})) == {7: 1.5, (1 << 31) - 1: 0.25}


def test_holders_are_those_that_unpacking_every_story_gives():
    """Of each word, the first and last ones there are too; and of none that no story has."""
    stories, terms = packed()
    plain = defaultdict(set)
    for key, data in stories:
        for term in unpack(data):
            plain[term].add(key)
    holders = Holders(stories)
    assert {term: holders[term] for term in terms} == {term: plain[term] for term in terms}
    assert holders[12345] == Holders([])[7] == set()


def test_a_word_weighs_what_it_weighed_when_first_asked_for():
    """The articles of one stretch are weighed alike; a word that fewer stories have weighs more."""
    stories, _ = packed()
    holders = Holders([*stories, (99, pack({5: 1.0}))])
    common = next(term for term in unpack(stories[0][1]) if len(holders[term]) > 1)
    weights = Weights(stories, holders)
    before = weights[5]
    assert before > weights[common]
    holders[5].update(range(50))
    assert weights[5] == before
    weights.clear()
    assert weights[5] < before
