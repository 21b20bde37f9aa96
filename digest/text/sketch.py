"""Sketches: an article as numbered terms with counts, small enough to keep and quick to compare.

A term's number is a 31-bit hash of its spelling, so no dictionary has to be kept or agreed upon
by several processes; with a million different terms about one in two thousand shares its number
with another, which moves no ranking that could be seen. The highest bit marks second stems, which
help to find an article but are not further words of it.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

from digest.text.words import terms

TITLE_WEIGHT = 2
"""How often a headline's word counts."""

TERMS = 200
"""Different terms kept of one article, at most: by count, then by place."""

TEXT = 8000
"""Characters of the text that are read; what is further down is background or boilerplate."""

SECOND = 1 << 31
"""From this number on, terms are second stems (`digest.text.stems.second_stem`)."""

_HEAD = struct.Struct("<HHI")
HEAD = _HEAD.size
"""Bytes of a packed sketch before its terms, of which each takes five."""

_TOP = 255


@dataclass(frozen=True, slots=True)
class Sketch:
    """What an article is about: ``counts`` by term number, the headline's terms first."""

    counts: dict[int, int]
    title: frozenset[int]
    length: int  # of all counts, before rare terms were cut off

    def pack(self) -> bytes:
        """Write it as bytes: sizes, term numbers, counts."""
        keys = [
            *(term for term in self.counts if term in self.title),
            *(t for t in self.counts if t not in self.title),
        ]
        head = _HEAD.pack(len(self.title), len(keys), min(self.length, 0xFFFFFFFF))
        return head + struct.pack(f"<{len(keys)}I", *keys) + bytes(map(self.counts.__getitem__, keys))

    @classmethod
    def unpack(cls, data: bytes) -> Sketch:
        """Read what ``pack`` wrote."""
        titles, size, length = _HEAD.unpack_from(data)
        keys = struct.unpack_from(f"<{size}I", data, _HEAD.size)
        counts = data[_HEAD.size + 4 * size :]
        return cls(dict(zip(keys, counts, strict=True)), frozenset(keys[:titles]), length)


class _Numbers(dict[str, int]):
    def __missing__(self, term: str) -> int:
        if len(self) > 200_000:  # noqa: PLR2004 (memory stays flat)
            self.clear()
        found = self[term] = number(term)
        return found


_numbers = _Numbers()


def number(term: str) -> int:
    """Give the number of a term: the same on every machine and in every process."""
    code = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    found = int.from_bytes(code, "little") & (SECOND - 1)
    return found | SECOND if term.startswith("~") else found


def sketch(headline: str, text: str, language: str = "") -> Sketch:
    """Sketch an article from its headline and its text (body or summary), both plain."""
    title = [_numbers[term] for term in terms(headline, language)]
    counts: Counter[int] = Counter()
    for term in title:
        counts[term] += TITLE_WEIGHT
    counts.update(map(_numbers.__getitem__, terms(text[:TEXT], language)))
    length = counts.total()
    kept = counts.most_common(TERMS) if len(counts) > TERMS else counts.items()
    known = frozenset(title)
    cut = {term: min(count, _TOP) for term, count in kept}
    for term in known:
        cut.setdefault(term, TITLE_WEIGHT)
    return Sketch(cut, known, length)
