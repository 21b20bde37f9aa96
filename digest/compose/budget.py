"""Keeping an edition under the size at which Gmail cuts it off: trimmed by rule, and said so.

Gmail shows about 102,000 bytes of HTML and hides the rest, the unsubscribe link included.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.model import Plan

BUDGET = 95_000
"""Bytes of decoded HTML, at most."""


def _steps(plan: Plan) -> Iterator[tuple[Plan, str]]:
    """Give ever smaller plans, each with what it leaves out; the least missed goes first."""
    many = len(plan.more)
    if many:
        for kept in dict.fromkeys((many // 2, 0)):
            plan = replace(plan, more=plan.more[:kept])
            yield plan, f"{many - kept} of {many} more headlines left out"
    yield (plan := _each(plan, timeline=0)), "earlier chapters left out"
    for kept in (2, 1, 0):
        yield (plan := _each(plan, related=kept)), f"related headlines cut to {kept} a story"
    total = len(plan.picks)
    for kept in range(total - 1, 0, -1):
        yield (
            replace(plan, picks=plan.picks[:kept]),
            f"{total - kept} of {total} stories left out, the last ones",
        )


def _each(plan: Plan, *, related: int | None = None, timeline: int | None = None) -> Plan:
    cut = [replace(p, related=p.related[:related], timeline=p.timeline[:timeline]) for p in plan.picks]
    return replace(plan, picks=tuple(cut))


def fitted(plan: Plan, size: Callable[[Plan], int], budget: int = BUDGET) -> tuple[Plan, tuple[str, ...]]:
    """Return the largest plan whose HTML stays within ``budget`` bytes, and a sentence for each cut made."""
    measured = size(plan)
    if measured <= budget:
        return plan, ()
    cuts: dict[str, str] = {}
    for candidate, cut in _steps(plan):
        cuts[cut.split(" ", 3)[-1]] = cut
        plan = candidate
        if size(plan) <= budget:
            break
    said = f"trimmed: the edition would have been {measured:,} bytes of HTML, {budget:,} are kept to"
    return plan, (said, *cuts.values())
