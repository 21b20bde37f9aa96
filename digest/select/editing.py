"""The editor's decisions: what they mean together, and how they stand on top of the automatic choice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.model import DecisionKind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Decision, Pick

_NOBODY = "the editor"


@dataclass(slots=True)
class Choices:
    """Decisions of one edition, boiled down: of two about an article the later wins."""

    pinned: dict[str, None] = field(default_factory=dict)  # addresses that must be in, in order
    places: dict[str, int] = field(default_factory=dict)  # of pinned ones, from 1; others come at the end
    moves: list[tuple[str, int]] = field(default_factory=list)  # address → place, one after the other
    stead: dict[str, str] = field(default_factory=dict)  # new address → the one it was put in for
    replaced: set[str] = field(default_factory=set)  # those that others were put in for
    dropped: set[str] = field(default_factory=set)
    held: dict[str, datetime] = field(default_factory=dict)  # until when
    headlines: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    note: str = ""
    actors: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    def who(self, what: str, url: str) -> str:
        """Name who pinned, dropped or held an article."""
        return self.actors.get((what, url)) or _NOBODY

    @property
    def stand_ins(self) -> dict[str, str]:
        """Addresses that keep a place among the automatic picks → those that get it."""
        return {old: new for new, old in self.stead.items() if new not in self.places}

    @property
    def leads(self) -> tuple[str, ...]:
        """The addresses that stay in front of their stories: else what was decided about them is lost."""
        return (*self.pinned, *self.headlines, *(url for url, _ in self.moves), *self.replaced)


def choices(decisions: Iterable[Decision]) -> Choices:
    """Boil decisions down; they come in the order in which they were made."""
    found = Choices()
    for decision in decisions:
        _TAKE[decision.kind](found, decision)
    return found


def _pin(found: Choices, decision: Decision) -> None:
    target = decision.target
    _readmit(found, target)
    found.pinned.setdefault(target)
    found.actors["pin", target] = decision.actor
    if not decision.value:
        return
    place = int(decision.value)
    if found.moves:
        _moved(found, target, place)
    _give(found, target, place)


def _give(found: Choices, target: str, place: int) -> None:
    """Give an article a place; who stands there goes one further, and so on to the next free one."""
    found.places.pop(target, None)
    held = {place: url for url, place in found.places.items()}
    goes: str | None = target
    while goes:
        found.places[goes] = place
        goes, place = held.get(place), place + 1


def _move(found: Choices, decision: Decision) -> None:
    _moved(found, decision.target, int(decision.value))


def _moved(found: Choices, target: str, place: int) -> None:
    if found.moves[-1:] != [(target, place)]:
        found.moves.append((target, place))


def _drop(found: Choices, decision: Decision) -> None:
    _forget(found, decision.target)
    found.dropped.add(decision.target)
    found.actors["drop", decision.target] = decision.actor


def _hold(found: Choices, decision: Decision) -> None:
    _forget(found, decision.target)
    found.held[decision.target] = datetime.fromisoformat(decision.value)
    found.actors["hold", decision.target] = decision.actor


def _replace(found: Choices, decision: Decision) -> None:
    """Put one article in for another; it takes over the place that an editor gave to that one."""
    old, new = decision.target, decision.value
    _forget(found, new)
    _readmit(found, new)
    place = found.places.get(old)
    moves = [(new if url == old else url, place) for url, place in found.moves]
    first = found.stead.get(old, old)
    _forget(found, old)
    found.replaced.add(old)
    found.moves = moves
    if place:
        found.places[new] = place
    if first != new:
        found.stead[new] = first
    if place or first != new:  # else it is back where it was before anything was put in for it
        found.pinned[new] = None
    found.actors["pin", new] = decision.actor


def _readmit(found: Choices, target: str) -> None:
    found.dropped.discard(target)
    found.replaced.discard(target)
    found.held.pop(target, None)


def _forget(found: Choices, target: str) -> None:
    """Take an article out of everything that would put it in."""
    found.pinned.pop(target, None)
    found.places.pop(target, None)
    found.stead.pop(target, None)
    found.moves = [one for one in found.moves if one[0] != target]


def _headline(found: Choices, decision: Decision) -> None:
    found.headlines[decision.target] = decision.value


def _subject(found: Choices, decision: Decision) -> None:
    found.subject = decision.value


def _note(found: Choices, decision: Decision) -> None:
    found.note = decision.value


_TAKE = {
    DecisionKind.PIN: _pin,
    DecisionKind.LOCK: _pin,
    DecisionKind.DROP: _drop,
    DecisionKind.HOLD: _hold,
    DecisionKind.REPLACE: _replace,
    DecisionKind.MOVE: _move,
    DecisionKind.HEADLINE: _headline,
    DecisionKind.SUBJECT: _subject,
    DecisionKind.NOTE: _note,
}


def arrange(automatic: Sequence[Pick], wanted: Mapping[str, Pick], chosen: Choices, limit: int) -> list[Pick]:
    """Put wanted picks among the automatic ones, each where the editor said; then move and rename.

    ``automatic`` holds no wanted pick. A replacement takes the place of what it replaces. The result
    has at most ``limit`` picks unless more are wanted; automatic ones give way first, from the end.
    """
    picks, rest = _put_in(automatic, dict(wanted), chosen)
    over = len(picks) + len(rest) - limit
    for pick in [pick for pick in reversed(picks) if pick.article.url not in wanted][: max(0, over)]:
        picks.remove(pick)
    picks += [pick for url, pick in rest.items() if url not in chosen.places]
    for url in sorted(rest.keys() & chosen.places.keys(), key=chosen.places.__getitem__):
        picks.insert(chosen.places[url] - 1, rest[url])
    for url, place in chosen.moves:
        found = next((pick for pick in picks if pick.article.url == url), None)
        if found:
            picks.remove(found)
            picks.insert(place - 1, found)
    return [_renamed(pick, chosen) for pick in picks]


def _put_in(
    automatic: Sequence[Pick], rest: dict[str, Pick], chosen: Choices
) -> tuple[list[Pick], dict[str, Pick]]:
    """Exchange automatic picks for what was put in for them; what is left has places of its own or none."""
    stand_ins = chosen.stand_ins
    picks = []
    for pick in automatic:
        new = stand_ins.get(pick.article.url)
        if new in rest:
            picks.append(rest.pop(new))
        elif pick.article.url not in chosen.replaced:
            picks.append(pick)
    return picks, rest


def _renamed(pick: Pick, chosen: Choices) -> Pick:
    words = chosen.headlines.get(pick.article.url, "")
    return replace(pick, headline=words) if words else pick


def by_hand(chosen: Choices, url: str) -> Reason:
    """Explain why a wanted pick is there."""
    actor, old = chosen.who("pin", url), chosen.stead.get(url)
    text = f"put in by {actor} for {old}" if old else f"pinned by {actor}"
    return Reason(rule="replaced" if old else "pinned", points=0.0, text=text)
