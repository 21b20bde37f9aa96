"""The editor's decisions: what they mean together, and how they stand on top of the automatic choice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.model import DecisionKind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Decision, Pick


@dataclass(slots=True)
class Choices:
    """Decisions of one edition, boiled down: the later one about an article wins."""

    places: dict[str, int] = field(default_factory=dict)  # address → place from 1; 0 = wherever it comes
    dropped: dict[str, str] = field(default_factory=dict)  # address → who
    moved: dict[str, int] = field(default_factory=dict)
    headlines: dict[str, str] = field(default_factory=dict)
    held: dict[str, datetime] = field(default_factory=dict)  # until when
    replaced: dict[str, str] = field(default_factory=dict)  # old address → new address
    actors: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    note: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The addresses that must be in the edition."""
        return tuple(dict.fromkeys((*self.places, *self.replaced.values())))


def choices(decisions: Iterable[Decision]) -> Choices:
    """Boil decisions down, in the order in which they were made."""
    found = Choices()
    for decision in sorted(decisions, key=lambda d: d.id):
        _take(found, decision)
    return found


def _take(found: Choices, decision: Decision) -> None:
    target, value, kind = decision.target, decision.value, decision.kind
    found.actors[target] = decision.actor
    if kind in (DecisionKind.PIN, DecisionKind.LOCK):
        found.dropped.pop(target, None)
        found.places[target] = int(value or 0)
    elif kind is DecisionKind.DROP:
        _forget(found, target)
        found.dropped[target] = decision.actor
    elif kind is DecisionKind.REPLACE:
        _replace(found, decision)
    elif kind is DecisionKind.MOVE:
        found.moved[target] = int(value)
    elif kind is DecisionKind.HOLD:
        found.held[target] = datetime.fromisoformat(value)
    else:
        _words(found, decision)


def _replace(found: Choices, decision: Decision) -> None:
    """Put one article in for another; the place of a pinned or locked one goes over to it."""
    old, new = decision.target, decision.value
    found.dropped.pop(new, None)
    found.replaced[old] = new
    found.actors[new] = decision.actor
    if old in found.places:
        found.places[new] = found.places.pop(old)
        found.dropped[old] = decision.actor


def _forget(found: Choices, target: str) -> None:
    found.places.pop(target, None)
    found.moved.pop(target, None)
    for old in [old for old, new in found.replaced.items() if new == target]:
        del found.replaced[old]


def _words(found: Choices, decision: Decision) -> None:
    if decision.kind is DecisionKind.HEADLINE:
        found.headlines[decision.target] = decision.value
    elif decision.kind is DecisionKind.SUBJECT:
        found.subject = decision.value
    else:
        found.note = decision.value


def arrange(automatic: Sequence[Pick], wanted: dict[str, Pick], chosen: Choices, limit: int) -> list[Pick]:
    """Put wanted picks among the automatic ones, each where the editor said; then move and rename.

    ``automatic`` holds no wanted pick. A replacement takes the place of what it replaces. The result
    has at most ``limit`` picks unless more are wanted; automatic ones give way first, from the end.
    """
    picks = [pick for pick in automatic if pick.article.url not in chosen.dropped]
    rest = dict(wanted)
    for old, new in chosen.replaced.items():
        place = next((i for i, pick in enumerate(picks) if pick.article.url == old), None)
        if place is not None and new in rest:
            picks[place] = rest.pop(new)
    placed = {url: chosen.places.get(url, 0) for url in rest}
    picks = picks[: max(0, limit - len(rest))]
    for url, place in sorted(placed.items(), key=lambda item: item[1] or limit + 1):
        picks.insert(min(place - 1, len(picks)) if place else len(picks), rest[url])
    return [_renamed(pick, chosen) for pick in _moved(picks, chosen)]


def _moved(picks: list[Pick], chosen: Choices) -> list[Pick]:
    for url, place in chosen.moved.items():
        found = next((pick for pick in picks if pick.article.url == url), None)
        if found:
            picks.remove(found)
            picks.insert(min(place - 1, len(picks)), found)
    return picks


def _renamed(pick: Pick, chosen: Choices) -> Pick:
    words = chosen.headlines.get(pick.article.url, "")
    return replace(pick, headline=words) if words else pick


def by_hand(chosen: Choices, url: str) -> Reason:
    """Explain why a wanted pick is there."""
    actor = chosen.actors.get(url) or "the editor"
    replaced = next((old for old, new in chosen.replaced.items() if new == url), "")
    text = f"put in by {actor} for {replaced}" if replaced else f"pinned by {actor}"
    return Reason(rule="replaced" if replaced else "pinned", points=0.0, text=text)
