"""Readers who chose sections: one variant of an edition for each set of sections that somebody chose.

A reader without a choice gets the whole edition. One whose sections have no story on a day gets nothing that
day. More than ``MOST`` sets are too many to compile: the least chosen of them get the whole edition.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from digest.store import subscribers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.flow.context import Context
    from digest.model import Plan, Slot

MOST = 40
"""Variants of one edition besides the whole one."""


class Wish(NamedTuple):
    """A set of sections that readers chose."""

    sections: tuple[str, ...]  # casefolded, sorted: the same set is the same wish
    key: str  # its variant's; empty where the plan has nothing for it


def canonical(sections: Iterable[str]) -> tuple[str, ...]:
    """Write a set of sections in the one way it is kept and compared."""
    return tuple(sorted({each.strip().casefold() for each in sections if each.strip()}))


def key_of(sections: tuple[str, ...]) -> str:
    """Return the key of the variant for a set of sections."""
    return "sections-" + hashlib.sha256("\n".join(sections).encode()).hexdigest()[:12]


def narrowed(plan: Plan, sections: tuple[str, ...]) -> Plan:
    """Return what of a plan a reader of these sections gets; its subject stays with the first pick."""
    picks = tuple(pick for pick in plan.picks if pick.section.casefold() in sections)
    same = bool(picks) and picks[0] == plan.picks[0]
    return replace(plan, picks=picks, subject=plan.subject if same else "")


def wishes(ctx: Context, plan: Plan, slot: Slot, most: int = MOST) -> list[Wish]:
    """Return the sets that readers of an edition chose, the most chosen first; none where nobody did."""
    with ctx.store.read() as conn:
        found = subscribers.section_sets(conn, plan.newsletter, slot.at, slot.local.weekday())
    return [
        Wish(each, key_of(each) if narrowed(plan, each).picks else "") for each in map(tuple, found[:most])
    ]


def sections_of(ctx: Context, newsletter: str, address_key: str) -> tuple[str, ...]:
    """Return the sections a reader chose; none where they chose none, or are not known."""
    with ctx.store.read() as conn:
        reader = subscribers.find(conn, address_key)
        mine = subscribers.subscriptions_of(conn, reader.id) if reader else []
    found = next((each.prefs.get("sections") for each in mine if each.newsletter == newsletter), None)
    return tuple(found) if isinstance(found, list) else ()
