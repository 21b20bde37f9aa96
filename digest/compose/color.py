"""Colours that can be read: contrast measured as WCAG 2 does, corrected in OKLCH by lightness alone.

OKLCH (Ottosson, 2020) keeps hue and colourfulness while lightness changes, so a corrected brand
colour still looks like the brand.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cbrt, cos, hypot, sin

LIGHT = {
    "paper": "#FFFFFF",
    "canvas": "#F3F1EC",
    "tint": "#F8F6F1",
    "ink": "#1B1B18",
    "text": "#33332E",
    "muted": "#66645C",
    "rule": "#DEDAD1",
}
DARK = {
    "paper": "#1B1B1A",
    "canvas": "#121211",
    "tint": "#242321",
    "ink": "#F4F1EA",
    "text": "#D9D6CE",
    "muted": "#A5A198",
    "rule": "#3A3935",
}
_SHORT = 3  # digits: one a channel
_SLACK = 1e-4  # of a channel: less than a screen can show
_MIDDLE = 0.18  # the luminance at which black and white contrast alike
READABLE = 4.5  # WCAG 2.2, 1.4.3
_DEFAULT_ACCENT, _DEFAULT_ACCENT_DARK = "#9B1C1F", "#FF8A80"


def rgb(color: str) -> tuple[float, float, float]:
    """Read #RRGGBB as three numbers from 0 to 1."""
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def full(digits: str) -> str:
    """Return the digits of a hexadecimal colour, three or six of them, as #RRGGBB."""
    return f"#{digits if len(digits) > _SHORT else ''.join(digit * 2 for digit in digits)}".upper()


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 (sRGB, IEC 61966-2-1)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055  # noqa: PLR2004 (sRGB)


def luminance(color: str) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2)."""
    red, green, blue = (_linear(value) for value in rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def oklch(color: str) -> tuple[float, float, float]:
    """Turn #RRGGBB into lightness 0 to 1, chroma, and hue in radians."""
    red, green, blue = (_linear(value) for value in rgb(color))
    long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, hypot(a, b), atan2(b, a)


def _unclipped(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _shows(channels: tuple[float, float, float]) -> bool:
    return min(channels) >= -_SLACK and max(channels) <= 1 + _SLACK


def hexadecimal(lightness: float, chroma: float, hue: float) -> str:
    """Turn OKLCH into #RRGGBB; colourfulness is reduced until the screen can show it."""
    while chroma > 0 and not _shows(_unclipped(lightness, chroma, hue)):
        chroma = max(0.0, chroma - 0.004)
    channels = (_gamma(min(1.0, max(0.0, value))) for value in _unclipped(lightness, chroma, hue))
    return "#" + "".join(f"{round(value * 255):02X}" for value in channels)


def readable(color: str, backgrounds: tuple[str, ...], *, ratio: float = READABLE) -> str:
    """Return the colour, darkened (lightened on dark grounds) just until it reads on every background."""
    darken = luminance(backgrounds[0]) > _MIDDLE
    lightness, chroma, hue = oklch(color)
    result = color.upper()
    while min(contrast(result, background) for background in backgrounds) < ratio:
        lightness += -0.005 if darken else 0.005
        if not 0 <= lightness <= 1:
            return "#000000" if darken else "#FFFFFF"
        result = hexadecimal(lightness, chroma, hue)
    return result


@dataclass(frozen=True, slots=True)
class Tone:
    """One colour as used on light and on dark paper."""

    light: str
    dark: str


def tone(color: str) -> Tone:
    """Correct a brand or section colour for both schemes, against paper, canvas and tint."""
    if color.upper() == _DEFAULT_ACCENT:
        return Tone(_DEFAULT_ACCENT, _DEFAULT_ACCENT_DARK)
    return Tone(
        readable(color, (LIGHT["paper"], LIGHT["canvas"], LIGHT["tint"])),
        readable(color, (DARK["paper"], DARK["canvas"], DARK["tint"])),
    )


def ink_on(background: str) -> str:
    """Return white or ink, whichever reads better on a coloured ground."""
    return max(("#FFFFFF", LIGHT["ink"]), key=lambda color: contrast(color, background))
