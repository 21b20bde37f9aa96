"""Which stories hold a word, and how much that makes it weigh.

A batch asks for some thousand words, while the stories of three days may hold a hundred thousand: they stay
packed as the store keeps them, and a word's holders are looked up when it is first asked for.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Sized

RARE = 1.5
"""How steeply a word's weight grows with its rarity (power of the logarithm)."""

_PRIOR = 20
_PAIR = struct.Struct("<If")
_PAIRS = np.dtype([("term", "<u4"), ("weight", "<f4")])


def pack(words: Mapping[int, float]) -> bytes:
    """Write words with their weights as bytes."""
    return b"".join(map(_PAIR.pack, words.keys(), words.values()))


def unpack(data: bytes) -> dict[int, float]:
    """Read what ``pack`` wrote."""
    return dict(_PAIR.iter_unpack(data))


class Holders(dict[int, set[int]]):
    """Term → the stories that hold it: of those that were there before, looked up when first asked for."""

    def __init__(self, stories: Sequence[tuple[int, bytes]]) -> None:
        super().__init__()
        pairs = np.frombuffer(b"".join([packed for _, packed in stories]), _PAIRS)
        sizes = [len(packed) // _PAIR.size for _, packed in stories]
        order = np.argsort(pairs["term"], kind="stable")
        self._terms = pairs["term"][order]
        self._keys = np.repeat([key for key, _ in stories], sizes)[order]

    def __missing__(self, term: int) -> set[int]:
        first, beyond = self._terms.searchsorted(np.array((term, term + 1), np.uint32))
        found = self[term] = set(self._keys[first:beyond].tolist())
        return found


class Weights(dict[int, float]):
    """Term → how much it weighs, told from how few stories hold it when it is first asked for."""

    def __init__(self, stories: Sized, holders: Mapping[int, set[int]]) -> None:
        super().__init__()
        self._stories, self._holders = stories, holders

    def __missing__(self, term: int) -> float:
        held = len(self._holders[term])
        found: float = math.log1p((len(self._stories) + _PRIOR) / (held + 1)) ** RARE
        self[term] = found
        return found
