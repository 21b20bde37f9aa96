"""A story that was sent comes again only when newsrooms, not copies, have something new."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.select.history import Sent, judge
from digest.testing.rankers import DUE, article, candidate

SENT = Sent(article=99, story=7, headline="Ferry runs aground off Marwick", slot=DUE - timedelta(days=1))
RELEASE = "The owner of the ferry says that all aboard are safe and that a tug from Tolmont is on its way."
HOLE = "Divers found a hole below the waterline, the harbour office told us."
NEW = "Tug frees stranded vessel after a night on rocks"


def again(*texts, headline=NEW):
    """Make the story's articles of the day after, each of a source of its own."""
    return candidate(
        *(
            article(n, f"{headline} {n}", source=f"s{n}", summary=text, story=7)
            for n, text in enumerate(texts)
        ),
        story=7,
    )


@pytest.mark.parametrize(
    ("texts", "comes"),
    [
        ((RELEASE,), False),
        ((RELEASE, RELEASE), False),
        ((RELEASE,) * 20, False),
        ((RELEASE, HOLE), True),
    ],
    ids=["one source", "a copy", "twenty copies", "two newsrooms"],
)
def test_a_sent_story_has_developed_when_two_newsrooms_wrote_of_it(texts, comes):
    """A release that twenty print is one text; what was sent is not told again for it."""
    fine, kept = judge([again(*texts)], [SENT])
    assert [one.follow_up for one in fine] == [True] * comes
    assert [one.rule for one in kept] == ["sent"] * (not comes)


def test_what_two_newsrooms_repeat_under_the_sent_words_has_not_developed():
    """Other words are asked of the headline, too."""
    told = again(
        "One text.", "Another one, quite different.", headline="Ferry still aground off Marwick rocks"
    )
    assert judge([told], [SENT])[0] == []


def test_what_stood_beside_the_pick_was_said_too():
    """A story comes back under other words than all its reports had, not only the one that was printed."""
    beside = Sent(article=99, story=7, headline=f"{NEW} of the sound", slot=SENT.slot)
    told = again(RELEASE, HOLE)
    assert judge([told], [SENT])[0][0].follow_up
    assert judge([told], [SENT, beside])[0] == []


def test_reports_from_before_it_was_sent_are_nothing_new():
    """They count for the edition that had them."""
    old = SENT.slot - timedelta(minutes=1)
    told = candidate(
        *(article(n, NEW, source=f"s{n}", summary=text, story=7, published=old)
          for n, text in enumerate((RELEASE, HOLE))),
        story=7,
    )  # fmt: skip
    assert judge([told], [SENT])[0] == []
