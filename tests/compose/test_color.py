from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose.color import DARK, LIGHT, contrast, hexadecimal, ink_on, oklch, readable, tone

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")
GROUNDS = ("paper", "canvas", "tint")


def test_contrast_is_that_of_wcag():
    """Black on white is 21, a colour on itself 1; the look's tokens have the figures they were given with."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#9B1C1F", "#9B1C1F") == 1
    assert contrast(LIGHT["ink"], LIGHT["paper"]) == pytest.approx(17.3, abs=0.1)
    assert contrast("#9B1C1F", LIGHT["paper"]) == pytest.approx(8.1, abs=0.1)
    assert contrast(DARK["muted"], DARK["paper"]) == pytest.approx(6.7, abs=0.1)


@given(COLORS)
def test_every_colour_can_be_read_once_corrected(color):
    """Whatever an operator configures, it reads at 4.5:1 or more on every ground of both schemes."""
    toned = tone(color)
    assert min(contrast(toned.light, LIGHT[name]) for name in GROUNDS) >= 4.5
    assert min(contrast(toned.dark, DARK[name]) for name in GROUNDS) >= 4.5


@given(COLORS)
def test_oklch_round_trips(color):
    """Turning a colour into OKLCH and back changes no channel by more than rounding."""
    back = hexadecimal(*oklch(color))
    pairs = [(int(color[i : i + 2], 16), int(back[i : i + 2], 16)) for i in (1, 3, 5)]
    assert all(abs(one - other) <= 2 for one, other in pairs)


def test_a_readable_colour_is_left_alone():
    """Correction happens only where it is needed."""
    assert readable("#1D5C8A", (LIGHT["paper"],)) == "#1D5C8A"


def test_correction_keeps_the_hue():
    """A yellow brand becomes a dark yellow, not grey or brown-red."""
    before, after = oklch("#FFD400"), oklch(tone("#FFD400").light)
    assert after[2] == pytest.approx(before[2], abs=0.06)
    assert after[1] > 0.05


def test_text_on_a_coloured_ground_reads():
    """White on a dark accent, ink on a light one."""
    assert ink_on("#9B1C1F") == "#FFFFFF"
    assert ink_on("#FFD400") == LIGHT["ink"]
