"""Our message in a mail client that readers use."""

from __future__ import annotations

import pytest

from digest.compose.color import LIGHT
from digest.testing import gallery, thunderbird
from tests.conftest import need

pytestmark = pytest.mark.external


def ink(picture, box) -> float:
    """Return the share of dark pixels in a part of the picture."""
    grey = picture.crop(box).convert("L").point(lambda value: 255 if value < 100 else 0)
    return sum(grey.tobytes()) / 255 / (grey.width * grey.height)


def test_thunderbird_shows_the_arabic_edition_from_right_to_left():
    """A column of 600 pixels, the wordmark at its right, the tagline at its left, words below the picture."""
    for program in thunderbird.PROGRAMS:
        need(program, "how our message looks in a mail client")
    seen = thunderbird.picture(gallery.mailed("ar"))
    row = thunderbird.ruled(seen)
    paper = bytes.fromhex(LIGHT["ink"][1:])
    line = seen.convert("RGB").crop((0, row, seen.width, row + 1)).tobytes()
    left = line.find(paper * 400) // 3
    right = len(line) // 3 - line[::-1].find(paper[::-1] * 400) // 3
    assert right - left == 552
    middle = (left + right) // 2
    assert ink(seen, (middle, row - 60, right, row - 5)) > 2 * ink(seen, (left, row - 60, middle, row - 5))
    assert ink(seen, (left, row + 420, right, row + 900)) > 0.02
