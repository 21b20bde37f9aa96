"""Decisions together: the later wins, places hold, and what was put in for something stands there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.model import Decision, DecisionKind, Pick
from digest.select.editing import arrange, by_hand, choices
from digest.testing.rankers import article

AT = datetime(2026, 6, 19, 7, tzinfo=UTC)


def decided(*lines):
    """Boil down decisions written as words: ``pin A 1``."""
    made = []
    for number, line in enumerate(lines, 1):
        kind, target, *value = line.split(" ", 2)
        made.append(
            Decision(
                id=number,
                newsletter="daily",
                slot=AT,
                kind=DecisionKind(kind),
                target=target,
                value=value[0] if value else "",
                actor=f"editor{number}",
                at=AT,
            )
        )
    return choices(made)


def pick(letter):
    return Pick(article=article(ord(letter), f"Headline {letter}", url=letter), score=1.0, reasons=())


def edition(automatic, *lines, limit=4):
    """Arrange automatic picks (one letter each, best first) by decisions; gives the letters in order."""
    chosen = decided(*lines)
    wanted = {url: pick(url) for url in chosen.pinned}
    out = chosen.dropped | chosen.held.keys() | (chosen.replaced - chosen.stand_ins.keys())
    rest = [pick(one) for one in automatic if one not in wanted and one not in out]
    fixed = [url for url in wanted if url not in chosen.stead or url in chosen.places]
    return "".join(one.article.url for one in arrange(rest[: limit - len(fixed)], wanted, chosen, limit))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["pin X"], "ABCX"),
        (["pin X 1"], "XABC"),
        (["pin X 9"], "ABCX"),
        (["pin X 1", "pin Y 1"], "YXAB"),
        (["pin X 1", "pin Y 1", "pin X 1"], "XYAB"),
        (["pin X 3", "pin Y 1"], "YAXB"),
        (["pin X 1", "pin X"], "XABC"),
        (["lock A 1", "lock B 2", "lock C 3", "lock D 4", "pin X 1"], "XABCD"),
        (["move C 1"], "CABD"),
        (["move C 1", "move D 1"], "DCAB"),
        (["move C 1", "move D 1", "move C 1"], "CDAB"),
        (["move A 3", "move B 3"], "CABD"),
        (["move X 1"], "ABCD"),
        (["pin X 2", "move X 4"], "ABCX"),
        (["move B 1", "pin A 1"], "ABCD"),
        (["lock B 2", "move B 1"], "BACD"),
        (["drop B"], "ACDE"),
        (["drop B", "pin B 1"], "BACD"),
        (["pin B 1", "drop B"], "ACDE"),
        (["pin B 1", "hold B 2026-06-20T00:00:00Z"], "ACDE"),
        (["hold B 2026-06-20T00:00:00Z", "pin B 1"], "BACD"),
        (["move B 1", "drop B", "pin B 3"], "ACBD"),
    ],
)
def test_the_later_decision_wins_and_places_hold(lines, found):
    """Of five candidates in the order ABCDE four are wanted."""
    assert edition("ABCDE", *lines) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["replace B X"], "AXCD"),
        (["replace B D"], "ADCE"),
        (["replace B X", "replace X Y"], "AYCD"),
        (["replace B X", "replace X B"], "ABCD"),
        (["replace B X", "drop X"], "ACDE"),
        (["replace B X", "pin B 1"], "BACX"),
        (["replace D X", "pin Y 1"], "YABX"),
        (["move B 1", "replace B X"], "XACD"),
        (["replace B X", "move X 1"], "XACD"),
        (["lock B 2", "replace B X"], "AXCD"),
        (["lock B 2", "replace B X", "replace X B"], "ABCD"),
        (["drop X", "replace B X"], "AXCD"),
        (["replace A X", "replace C Y"], "XBYD"),
    ],
)
def test_what_is_put_in_for_something_stands_there(lines, found):
    """It takes over the rank or place of the replaced one, which stays out until an editor wants it again."""
    assert edition("ABCDE", *lines) == found


def test_editors_choices_never_give_way_to_automatic_ones():
    """More is wanted than the edition holds: it grows, and only automatic picks leave."""
    assert edition("ABCDE", "replace D X", "pin Y", "pin Z 1", "pin W", "pin V", limit=4) == "ZXYWV"


def test_decisions_that_change_nothing_are_equal_whoever_made_them():
    """So that the same wish of two editors is kept once."""
    assert decided("pin A 1", "pin A 1") == decided("pin A 1")
    assert decided("move A 1", "move A 1") == decided("move A 1")
    assert decided("drop A", "drop A") == decided("drop A")
    assert decided("pin A 1", "drop A") != decided("pin A 1")


def test_who_decided_is_told_of_what_they_decided():
    """A headline by one editor does not claim the pin of another."""
    chosen = decided("pin A 1", "headline A Other words", "replace B C")
    assert by_hand(chosen, "A").text == "pinned by editor1"
    assert by_hand(chosen, "C").text == "put in by editor3 for B"
    assert chosen.who("drop", "A") == "the editor"


def test_words_are_printed_wherever_the_pick_stands():
    """And the last words given count."""
    chosen = decided("headline A First words", "move A 2", "headline A Second words")
    found = arrange([pick("A"), pick("B")], {}, chosen, 4)
    assert [one.printed for one in found] == ["Headline B", "Second words"]
