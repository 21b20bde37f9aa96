"""Headlines that say the same thing: one of them is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

NEARLY = 0.6
"""Headlines that share this part of all their terms (Jaccard) are taken for one."""


def overlap(one: AbstractSet[object], other: AbstractSet[object]) -> float:
    """Give the share of terms that two headlines have in common, from 0 to 1 (Jaccard)."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def nearly_equal(
    terms: AbstractSet[object], others: Iterable[AbstractSet[object]], limit: float = NEARLY
) -> bool:
    """Tell whether a headline nearly equals any of the others."""
    return any(overlap(terms, other) >= limit for other in others)
