"""The contract of ranker plugins, and builders of articles and candidates for their tests.

class TestMine(RankerContract):
    ranker = MyRanker
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from digest.model import Article, Image, Window
from digest.select.ranker import Brief, Candidate, total

DUE = datetime(2026, 6, 19, 6, 0, tzinfo=UTC)
SITE = "https://harbourpost.example"


def article(number: int = 1, headline: str = "", **changes: Any) -> Article:
    """Make an article of the fictional newsroom, published ``number`` minutes before ``DUE`` unless told."""
    url = changes.pop("url", f"{SITE}/news/{number}")
    values: dict[str, Any] = {
        "url": url,
        "url_key": url,
        "source": "harbourpost",
        "headline": headline or f"Story number {number} of the harbour",
        "summary": headline or f"Report {number}.",
        "published": DUE - timedelta(minutes=number),
        "language": "en",
        "id": number,
        "version": 1,
    }
    values.update(changes)
    values.setdefault("seen_at", values["published"])
    return Article(**values)


def candidate(*articles: Article, **changes: Any) -> Candidate:
    """Make a candidate of one story's articles; the first is its lead."""
    lead = articles[0]
    return Candidate(
        **{"lead": lead, "articles": articles, "story": lead.story, "section": lead.section, **changes}
    )


def brief(**changes: Any) -> Brief:
    """Make the brief of a daily edition due at ``DUE``."""
    return Brief(**{"at": DUE, "window": Window(DUE - timedelta(days=1), DUE), **changes})


def hostile() -> tuple[Candidate, ...]:
    """Give candidates that no ranker may stumble over."""
    bare = article(1, "x", summary="", body="", source="unknown", published=DUE + timedelta(days=3))
    old = article(2, "خبر قديم", language="ar", published=datetime(1970, 1, 1, tzinfo=UTC), position=10**6)
    full = article(3, image=Image(url=f"{SITE}/3.jpg"), body="word " * 50_000, section="World")
    many = [replace(article(10 + n), source=f"source-{n}", story=7) for n in range(200)]
    return (candidate(bare), candidate(old), candidate(full), candidate(*many, story=7, follow_up=True))


class RankerContract:
    """What selection relies on. Set ``ranker`` to the plugin's class."""

    ranker: ClassVar[type[Any]]

    def test_it_is_made_without_arguments(self) -> None:
        """The class alone is what the entry point names."""
        assert self.ranker() is not None

    def test_points_are_finite_and_explained(self) -> None:
        """Every candidate gets reasons that can be summed, compared and read."""
        for one in hostile():
            reasons = self.ranker().reasons(one, brief())
            assert isinstance(reasons, tuple)
            assert math.isfinite(total(reasons))
            assert all(reason.rule and reason.text.strip() for reason in reasons)
            assert len({reason.rule for reason in reasons}) == len(reasons)

    def test_equal_input_gives_equal_output(self) -> None:
        """No clock, no chance, no memory."""
        ranker = self.ranker()
        first = [ranker.reasons(one, brief()) for one in hostile()]
        assert [ranker.reasons(one, brief()) for one in reversed(hostile())] == first[::-1]
        assert [self.ranker().reasons(one, brief()) for one in hostile()] == first

    def test_unknown_weights_are_passed_over(self) -> None:
        """A newsletter may carry weights of another ranker."""
        told = brief(weights={"no.such.part": 3.0})
        assert [self.ranker().reasons(one, told) for one in hostile()] == [
            self.ranker().reasons(one, brief()) for one in hostile()
        ]

    def test_of_two_alike_the_newer_does_not_rank_lower(self) -> None:
        """Freshness never counts against a story."""
        new, old = article(10), article(10, published=DUE - timedelta(hours=20))
        points = [total(self.ranker().reasons(candidate(one), brief())) for one in (new, old)]
        assert points[0] >= points[1]
