"""How alike two pictures of a page are laid out, whatever drew their letters.

A page becomes a sketch: the mean greyness of blocks of 16 pixels. Two sketches are laid beside each other row
by row as well as they go (dynamic time warping), so that a line broken elsewhere costs a row, not all below.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Sketch = NDArray[np.float32]
BLOCK = 16
"""Pixels: about a letter. Smaller blocks would see how letters are drawn, larger ones miss a moved column."""
GAP = 0.15
"""What a row costs that the other picture lacks, where 1 is black for white."""
ALIKE = 1.2
"""The distance up to which two pictures show the same layout: about eight rows more or fewer."""


def sketch(png: bytes) -> Sketch:
    """Return the blocks of a picture, each from 0 (black) to 1 (white)."""
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        size = (max(1, picture.width // BLOCK), max(1, picture.height // BLOCK))
        grey = picture.convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(grey, np.float32) / np.float32(255)


def reduced(png: bytes) -> bytes:
    """Return the sketch as a picture of a few kilobytes, one pixel to a block."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray((sketch(png) * 255).round().astype(np.uint8)).save(out, "PNG", optimize=True)
    return out.getvalue()


def restored(png: bytes) -> Sketch:
    """Return the sketch that ``reduced`` kept."""
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"), np.float32) / np.float32(255)


def distance(one: Sketch, other: Sketch) -> float:
    """Return how differently two sketches are laid out: 0 for the same, infinite for another width."""
    if one.shape[1] != other.shape[1]:
        return float("inf")
    costs = np.abs(one[:, None, :] - other[None, :, :]).mean(axis=2)
    row = np.arange(other.shape[0] + 1) * GAP
    for line in costs:
        above, row = row, np.empty_like(row)
        row[0] = above[0] + GAP
        for place, cost in enumerate(line, 1):
            row[place] = min(above[place - 1] + cost, above[place] + GAP, row[place - 1] + GAP)
    return float(row[-1])
