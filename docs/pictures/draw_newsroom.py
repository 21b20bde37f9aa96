"""Draw the bundled newsroom's pictures: flat prints of an invented harbour. Run it to make them anew.

    python docs/pictures/draw_newsroom.py digest/demo_data/images

The same call makes the same pictures; they were drawn for this project and are not photographs of anything.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE, HIGH, FINE = 1200, 675, 2
W, H = WIDE * FINE, HIGH * FINE

Color = tuple[int, int, int]
Point = tuple[float, float]


def mix(a: Color, b: Color, share: float) -> Color:
    """Return the colour that lies ``share`` of the way from a to b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


class Print:
    """One picture in the making; coordinates are fractions of its width and height."""

    def __init__(self, seed: int, top: Color, bottom: Color) -> None:
        self.dice = random.Random(seed)
        self.image = Image.new("RGB", (W, H))
        self.draw = ImageDraw.Draw(self.image)
        self.shade(0, 1, top, bottom)

    def shade(self, start: float, end: float, top: Color, bottom: Color) -> None:
        """Fill a band from one colour to another."""
        first, last = int(start * H), int(end * H)
        for y in range(first, last):
            self.draw.line([(0, y), (W, y)], fill=mix(top, bottom, (y - first) / max(1, last - first)))

    def poly(self, points: list[Point], fill: Color) -> None:
        """Fill a polygon."""
        self.draw.polygon([(x * W, y * H) for x, y in points], fill=fill)

    def box(self, x: float, y: float, wide: float, high: float, fill: Color) -> None:
        """Fill a rectangle."""
        self.draw.rectangle([x * W, y * H, (x + wide) * W, (y + high) * H], fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: Color) -> None:
        """Fill a circle; the radius is a fraction of the width."""
        self.draw.ellipse(
            [x * W - radius * W, y * H - radius * W, x * W + radius * W, y * H + radius * W], fill=fill
        )

    def line(self, points: list[Point], fill: Color, thick: float = 0.002) -> None:
        """Draw a line; its thickness is a fraction of the width."""
        self.draw.line(
            [(x * W, y * H) for x, y in points], fill=fill, width=max(1, int(thick * W)), joint="curve"
        )

    def ridge(self, base: float, swing: float, fill: Color, floor: float = 1.0, steps: int = 60) -> None:
        """Fill what lies under a wandering line."""
        waves = [
            (self.dice.uniform(0.7, 6), self.dice.uniform(0, 7), self.dice.uniform(0.2, 1)) for _ in range(5)
        ]
        total = sum(weight for _, _, weight in waves)
        line = []
        for n in range(steps + 1):
            x = n / steps
            lift = (
                sum(weight * math.sin(speed * x * math.pi + phase) for speed, phase, weight in waves) / total
            )
            line.append((x, base - swing * lift))
        self.poly([*line, (1, floor), (0, floor)], fill)

    def water(self, horizon: float, far: Color, near: Color, glints: Color, count: int = 260) -> None:
        """Lay out the sea, with strokes that grow towards the viewer."""
        self.shade(horizon, 1, far, near)
        for _ in range(count):
            depth = self.dice.random() ** 1.7
            y = horizon + 0.008 + depth * (0.98 - horizon)
            long = 0.006 + 0.06 * depth * self.dice.random()
            x = self.dice.uniform(-0.05, 1.0)
            tone = mix(mix(far, near, depth), glints, self.dice.uniform(0.12, 0.5))
            self.line([(x, y), (x + long, y)], tone, 0.0009 + 0.0025 * depth)

    def clouds(self, low: float, high: float, fill: Color, count: int, soft: float = 22) -> None:
        """Drift soft clouds over what is there."""
        mask = Image.new("L", (W, H), 0)
        pen = ImageDraw.Draw(mask)
        for _ in range(count):
            x, y = self.dice.uniform(-0.1, 1.05), self.dice.uniform(low, high)
            for _ in range(9):
                dx, dy = self.dice.gauss(0, 0.07), self.dice.gauss(0, 0.012)
                wide, tall = self.dice.uniform(0.04, 0.13), self.dice.uniform(0.012, 0.035)
                place = [(x + dx - wide) * W, (y + dy - tall) * H, (x + dx + wide) * W, (y + dy + tall) * H]
                pen.ellipse(place, fill=self.dice.randint(90, 190))
        mask = mask.filter(ImageFilter.GaussianBlur(soft))
        self.image.paste(Image.new("RGB", (W, H), fill), (0, 0), mask)
        self.draw = ImageDraw.Draw(self.image)

    def glow(self, x: float, y: float, radius: float, fill: Color, strength: int = 200) -> None:
        """Let light spread from a point."""
        mask = Image.new("L", (W, H), 0)
        place = [x * W - radius * W, y * H - radius * W, x * W + radius * W, y * H + radius * W]
        ImageDraw.Draw(mask).ellipse(place, fill=strength)
        mask = mask.filter(ImageFilter.GaussianBlur(radius * W * 0.45))
        self.image.paste(Image.new("RGB", (W, H), fill), (0, 0), mask)
        self.draw = ImageDraw.Draw(self.image)

    def save(self, file: Path) -> None:
        """Reduce, give it the grain of paper, and write it."""
        small = self.image.resize((WIDE, HIGH), Image.Resampling.LANCZOS)
        grain = Image.new("L", (WIDE // 2, HIGH // 2))
        grain.putdata([128 + int(self.dice.gauss(0, 2.2)) for _ in range(grain.width * grain.height)])
        wide = grain.resize((WIDE, HIGH), Image.Resampling.BICUBIC)
        offset = Image.merge("RGB", (wide, wide, wide))
        ImageChops.add(small, offset, scale=1, offset=-128).save(
            file, quality=60, optimize=True, progressive=True
        )


# ── things seen more than once ────────────────────────────────────────────────────────


def crane(print_: Print, x: float, foot: float, size: float, fill: Color) -> None:
    """Draw a gantry crane with its boom over the water."""
    top = foot - size
    for leg in (0, 0.30):
        print_.line(
            [(x + leg * size * 0.56, foot), (x + leg * size * 0.56 + 0.012 * size, top)],
            fill,
            0.0045 * size * 2,
        )
    print_.line(
        [(x - 0.02 * size, foot - 0.36 * size), (x + 0.21 * size, foot - 0.36 * size)], fill, 0.007 * size
    )
    print_.line([(x - 0.38 * size, top + 0.02), (x + 0.34 * size, top + 0.02)], fill, 0.010 * size)
    print_.line([(x + 0.06 * size, top - 0.26 * size), (x - 0.36 * size, top + 0.02)], fill, 0.003 * size)
    print_.line([(x + 0.06 * size, top - 0.26 * size), (x + 0.33 * size, top + 0.02)], fill, 0.003 * size)
    print_.line([(x + 0.06 * size, top - 0.26 * size), (x + 0.07 * size, top + 0.02)], fill, 0.006 * size)
    print_.box(x - 0.20 * size, top + 0.02, 0.05 * size, 0.05 * size, fill)
    print_.line([(x - 0.18 * size, top + 0.06), (x - 0.18 * size, foot - 0.34 * size)], fill, 0.0016 * size)


def ship(print_: Print, x: float, y: float, long: float, hull: Color, boxes: list[Color]) -> None:
    """Draw a container ship, bow to the left."""
    high = long * 0.16
    if boxes:
        for column in range(12):
            for row in range(print_.dice.randint(2, 4)):
                fill = print_.dice.choice(boxes)
                wide = long * 0.055
                place = (x + long * 0.13 + column * wide * 1.04, y - high * 0.42 * (row + 1))
                print_.box(*place, wide * 0.96, high * 0.38, fill)
    print_.box(x + long * 0.84, y - high * 2.1, long * 0.07, high * 2.2, mix(hull, (255, 255, 255), 0.75))
    print_.poly(
        [
            (x, y - high * 0.3),
            (x + long, y - high * 0.1),
            (x + long * 0.97, y + high),
            (x + long * 0.07, y + high),
        ],
        hull,
    )


def boat(print_: Print, x: float, y: float, long: float, hull: Color, cabin: Color) -> None:
    """Draw a small motor vessel, bow to the right."""
    high = long * 0.13
    print_.box(x + long * 0.25, y - high * 2.0, long * 0.38, high * 1.9, cabin)
    print_.box(x + long * 0.36, y - high * 3.0, long * 0.16, high * 1.1, cabin)
    print_.line([(x + long * 0.45, y - high * 3.0), (x + long * 0.45, y - high * 5.0)], hull, 0.0018)
    for n in range(4):
        print_.box(x + long * (0.29 + 0.08 * n), y - high * 1.5, long * 0.04, high * 0.6, hull)
    print_.poly(
        [
            (x, y - high * 0.2),
            (x + long, y - high * 0.7),
            (x + long * 0.9, y + high),
            (x + long * 0.04, y + high),
        ],
        hull,
    )


# ── the pictures ──────────────────────────────────────────────────────────────────────


def port() -> Print:
    """Gantry cranes over a container ship at dusk."""
    print_ = Print(1, (38, 52, 84), (238, 164, 116))
    print_.clouds(0.08, 0.4, (244, 190, 150), 7)
    print_.glow(0.70, 0.60, 0.16, (255, 214, 150))
    print_.water(0.66, (196, 128, 104), (30, 38, 58), (255, 206, 150))
    print_.ridge(0.645, 0.012, (84, 72, 92), 0.665)
    for x, size in ((0.62, 0.34), (0.76, 0.36), (0.90, 0.35)):
        crane(print_, x, 0.68, size, (58, 48, 66))
    tones: list[Color] = [(150, 58, 46), (42, 78, 102), (196, 150, 70), (92, 100, 96), (176, 96, 62)]
    ship(print_, 0.10, 0.70, 0.62, (24, 26, 36), tones)
    crane(print_, 0.30, 0.78, 0.62, (20, 22, 32))
    crane(print_, 0.50, 0.78, 0.60, (20, 22, 32))
    print_.box(0, 0.80, 1, 0.03, (16, 18, 26))
    print_.shade(0.83, 1, (24, 26, 38), (12, 14, 22))
    return print_


def storm() -> Print:
    """A ferry leaves the breakwater under clearing clouds."""
    print_ = Print(2, (74, 88, 102), (226, 214, 190))
    print_.glow(0.32, 0.55, 0.20, (255, 240, 206))
    print_.clouds(0.0, 0.28, (52, 64, 78), 14, 30)
    print_.clouds(0.2, 0.42, (200, 196, 186), 6)
    print_.water(0.60, (150, 160, 158), (34, 58, 70), (236, 232, 216), 420)
    print_.ridge(0.595, 0.02, (98, 110, 118), 0.605)
    boat(print_, 0.36, 0.66, 0.30, (32, 44, 58), (240, 238, 230))
    print_.poly([(0.36, 0.70), (0.70, 0.69), (0.30, 0.715), (0.02, 0.76), (0.0, 0.74)], (206, 214, 210))
    print_.poly([(0.72, 1.0), (0.80, 0.70), (1.0, 0.66), (1.0, 1.0)], (44, 46, 50))
    for n in range(26):
        x, y = print_.dice.uniform(0.78, 1.0), print_.dice.uniform(0.72, 0.96)
        print_.poly(
            [(x, y), (x + 0.04, y - 0.03), (x + 0.07, y + 0.02), (x + 0.03, y + 0.05)],
            (52 + n % 3 * 9, 54 + n % 3 * 9, 60),
        )
    return print_


def strait() -> Print:
    """Two patrol boats on grey water under a high sky."""
    print_ = Print(3, (140, 164, 180), (232, 230, 220))
    print_.clouds(0.06, 0.40, (246, 244, 238), 12)
    print_.water(0.56, (156, 172, 176), (58, 86, 98), (228, 234, 230), 380)
    print_.ridge(0.53, 0.035, (128, 146, 154), 0.562)
    print_.ridge(0.55, 0.02, (104, 124, 132), 0.565)
    boat(print_, 0.16, 0.66, 0.24, (46, 56, 66), (206, 210, 208))
    boat(print_, 0.56, 0.72, 0.32, (36, 44, 54), (226, 228, 222))
    print_.box(0.235, 0.50, 0.026, 0.018, (156, 44, 40))
    print_.box(0.665, 0.505, 0.034, 0.022, (32, 78, 112))
    return print_


def tram() -> Print:
    """A blue tram crosses the Ferry Bridge."""
    print_ = Print(4, (120, 172, 200), (246, 226, 190))
    print_.clouds(0.05, 0.35, (255, 248, 232), 8)
    print_.ridge(0.60, 0.03, (128, 150, 150), 0.70)
    for n in range(40):
        x = n / 40 + print_.dice.uniform(-0.01, 0.01)
        tall = print_.dice.uniform(0.03, 0.13)
        print_.box(
            x, 0.66 - tall, 0.023, tall + 0.04, mix((150, 120, 104), (92, 92, 104), print_.dice.random())
        )
    print_.water(0.70, (134, 164, 164), (40, 82, 98), (250, 236, 206), 240)
    iron = (52, 58, 66)
    for start in (-0.10, 0.30, 0.70):
        arch = [(start + 0.4 * n / 24, 0.60 - 0.30 * math.sin(math.pi * n / 24)) for n in range(25)]
        print_.line(arch, iron, 0.009)
        for n in range(2, 23, 2):
            print_.line([arch[n], (arch[n][0], 0.60)], iron, 0.0022)
    print_.box(0.18, 0.475, 0.50, 0.105, (34, 86, 140))
    print_.box(0.18, 0.548, 0.50, 0.032, (22, 60, 104))
    for n in range(11):
        print_.box(0.195 + n * 0.0435, 0.487, 0.034, 0.045, (226, 236, 236) if n % 3 else (250, 220, 160))
    for n in range(3):
        print_.box(0.335 + n * 0.165 - 0.165, 0.475, 0.004, 0.105, (18, 44, 78))
    print_.line([(0.42, 0.475), (0.46, 0.43), (0.40, 0.40)], iron, 0.003)
    print_.line([(0, 0.40), (1, 0.40)], iron, 0.0014)
    print_.box(0, 0.585, 1, 0.035, iron)
    for x in (0.295, 0.695):
        print_.box(x - 0.022, 0.60, 0.044, 0.26, (88, 84, 80))
        print_.box(x - 0.03, 0.82, 0.06, 0.06, (70, 68, 68))
    return print_


def score() -> Print:
    """An open music manuscript on a wooden desk."""
    print_ = Print(5, (96, 62, 42), (60, 38, 28))
    for _ in range(150):
        y = print_.dice.random()
        tone = mix((60, 38, 28), (128, 84, 56), print_.dice.random())
        print_.line([(0, y), (0.5, y + print_.dice.uniform(-0.01, 0.01)), (1, y)], tone, 0.0012)
    left: list[Point] = [(0.12, 0.16), (0.50, 0.20), (0.50, 0.92), (0.08, 0.86)]
    right: list[Point] = [(0.50, 0.20), (0.88, 0.15), (0.93, 0.85), (0.50, 0.92)]
    print_.poly([(x + 0.012, y + 0.02) for x, y in left], (34, 22, 18))
    print_.poly([(x + 0.012, y + 0.02) for x, y in right], (34, 22, 18))
    print_.poly(left, (238, 226, 198))
    print_.poly(right, (246, 236, 212))
    ink = (52, 40, 40)

    def at(page: list[Point], across: float, down: float) -> Point:
        upper = (
            page[0][0] + (page[1][0] - page[0][0]) * across,
            page[0][1] + (page[1][1] - page[0][1]) * across,
        )
        lower = (
            page[3][0] + (page[2][0] - page[3][0]) * across,
            page[3][1] + (page[2][1] - page[3][1]) * across,
        )
        return upper[0] + (lower[0] - upper[0]) * down, upper[1] + (lower[1] - upper[1]) * down

    for page in (left, right):
        for staff in range(6):
            top = 0.10 + staff * 0.145
            for n in range(5):
                print_.line(
                    [at(page, 0.07, top + n * 0.016), at(page, 0.93, top + n * 0.016)],
                    mix(ink, page and (238, 226, 198), 0.45),
                    0.0009,
                )
            for bar in (0.07, 0.36, 0.64, 0.93):
                print_.line([at(page, bar, top), at(page, bar, top + 0.064)], ink, 0.0012)
            for n in range(17):
                if print_.dice.random() < 0.2:
                    continue
                across, down = 0.12 + n * 0.048, top + print_.dice.randint(0, 8) * 0.008
                x, y = at(page, across, down)
                print_.draw.ellipse([x * W - 15, y * H - 10, x * W + 15, y * H + 10], fill=ink)
                print_.line([(x + 0.005, y), (x + 0.006, y - 0.055)], ink, 0.0013)
    print_.line([(0.50, 0.20), (0.50, 0.92)], (170, 150, 120), 0.003)
    print_.glow(0.30, 0.05, 0.30, (255, 226, 168), 90)
    return print_


def clinic() -> Print:
    """A lit doorway in a dark street."""
    print_ = Print(6, (16, 24, 44), (34, 40, 60))
    for _ in range(50):
        print_.disc(print_.dice.random(), print_.dice.uniform(0, 0.3), 0.0008, (190, 200, 220))
    for x, wide, top in (
        (0.0, 0.18, 0.2),
        (0.18, 0.16, 0.1),
        (0.34, 0.32, 0.16),
        (0.66, 0.18, 0.08),
        (0.84, 0.16, 0.22),
    ):
        print_.box(x, top, wide, 1 - top, mix((28, 34, 54), (44, 48, 68), print_.dice.random()))
        for row in range(4):
            for column in range(3):
                lit = print_.dice.random() < 0.16
                place = (x + wide * (0.16 + 0.28 * column), top + 0.07 + row * 0.13)
                print_.box(*place, wide * 0.14, 0.07, (232, 186, 110) if lit else (20, 26, 44))
    print_.box(0.34, 0.30, 0.32, 0.56, (54, 56, 74))
    print_.glow(0.5, 0.66, 0.20, (255, 214, 140), 170)
    print_.box(0.445, 0.46, 0.11, 0.40, (255, 236, 186))
    print_.box(0.497, 0.46, 0.006, 0.40, (196, 160, 110))
    print_.box(0.425, 0.43, 0.15, 0.03, (40, 120, 110))
    print_.box(0.492, 0.335, 0.016, 0.075, (226, 240, 232))
    print_.box(0.478, 0.36, 0.044, 0.026, (226, 240, 232))
    print_.shade(0.86, 1, (50, 50, 60), (22, 24, 36))
    print_.poly([(0.445, 0.86), (0.555, 0.86), (0.70, 1), (0.30, 1)], (150, 124, 92))
    figure = (24, 26, 38)
    print_.disc(0.405, 0.66, 0.012, figure)
    print_.poly(
        [(0.39, 0.685), (0.42, 0.685), (0.425, 0.80), (0.418, 0.90), (0.394, 0.90), (0.385, 0.80)], figure
    )
    return print_


def stadium() -> Print:
    """An empty stadium in morning light."""
    print_ = Print(7, (150, 190, 214), (252, 226, 180))
    print_.glow(0.78, 0.30, 0.12, (255, 246, 214))
    print_.ridge(0.42, 0.04, (150, 164, 150), 0.6)
    print_.poly([(0, 0.32), (1, 0.42), (1, 0.66), (0, 0.70)], (120, 52, 48))
    for n in range(9):
        low = n / 9
        tone = mix((146, 66, 58), (98, 40, 40), low)
        print_.line([(0, 0.34 + 0.36 * low), (1, 0.435 + 0.225 * low)], tone, 0.006)
    for n in range(34):
        print_.line([(n / 34, 0.33 + n / 34 * 0.095), (n / 34, 0.70 - n / 34 * 0.04)], (92, 40, 40), 0.0012)
    print_.poly([(0, 0.20), (1, 0.36), (1, 0.385), (0, 0.25)], (66, 74, 84))
    for x in (0.05, 0.36, 0.64, 0.90):
        print_.line([(x, 0.22 + 0.16 * x), (x, 0.68 - x * 0.04)], (66, 74, 84), 0.004)
    print_.poly([(0, 0.70), (1, 0.66), (1, 1), (0, 1)], (74, 120, 66))
    for n in range(0, 10, 2):
        print_.poly(
            [
                (n / 10, 0.70 - n / 10 * 0.04),
                ((n + 1) / 10, 0.70 - (n + 1) / 10 * 0.04),
                ((n + 1) / 10 * 1.6 - 0.3, 1),
                (n / 10 * 1.6 - 0.3, 1),
            ],
            (84, 134, 74),
        )
    chalk = (240, 242, 232)
    print_.line([(0.0, 0.76), (1, 0.71)], chalk, 0.003)
    print_.line([(0.52, 0.735), (0.55, 1.0)], chalk, 0.004)
    print_.draw.arc([0.40 * W, 0.78 * H, 0.68 * W, 1.0 * H], 0, 360, fill=chalk, width=8)
    for x in (0.10, 0.92):
        print_.line([(x, 0.02), (x, 0.40)], (70, 76, 84), 0.004)
        print_.box(x - 0.035, 0.0, 0.07, 0.06, (84, 90, 98))
    return print_


def wall() -> Print:
    """Flood boards along the quay wall."""
    print_ = Print(8, (92, 106, 118), (176, 182, 178))
    print_.clouds(0.0, 0.3, (70, 82, 94), 14, 28)
    print_.water(0.46, (132, 146, 148), (62, 84, 92), (206, 212, 206), 300)
    for n in range(14):
        x = 0.02 + n * 0.075
        tall = print_.dice.uniform(0.10, 0.2)
        print_.box(
            x * 0.5, 0.46 - tall, 0.036, tall, mix((120, 104, 96), (88, 92, 100), print_.dice.random())
        )
    print_.poly([(0, 0.60), (1, 0.50), (1, 1), (0, 1)], (110, 104, 96))
    print_.poly([(0, 0.78), (1, 0.60), (1, 1), (0, 1)], (134, 128, 118))
    for n in range(15):
        x = n / 14
        post_top, post_foot = 0.44 - 0.04 * x, 0.74 - 0.17 * x
        print_.line([(x, post_top), (x, post_foot)], (44, 50, 58), 0.006)
    for row in range(4):
        low = row * 0.068
        print_.poly(
            [
                (0, 0.47 + low),
                (1, 0.41 + low * 0.62),
                (1, 0.41 + (low + 0.058) * 0.62),
                (0, 0.47 + low + 0.058),
            ],
            (204, 108, 52) if row % 2 else (190, 94, 44),
        )
    for _ in range(60):
        x, y = print_.dice.random(), print_.dice.uniform(0, 0.9)
        print_.line([(x, y), (x - 0.012, y + 0.05)], (196, 204, 206), 0.0008)
    for n in range(9):
        x = 0.08 + n * 0.1
        print_.poly(
            [
                (x, 0.80 - 0.15 * x),
                (x + 0.06, 0.78 - 0.15 * x),
                (x + 0.07, 0.84 - 0.15 * x),
                (x + 0.005, 0.86 - 0.15 * x),
            ],
            (176, 160, 124),
        )
    return print_


def roads() -> Print:
    """Ships at anchor off a hazy coast."""
    print_ = Print(9, (214, 196, 168), (244, 226, 196))
    print_.disc(0.24, 0.28, 0.05, (255, 246, 220))
    print_.glow(0.24, 0.28, 0.12, (255, 244, 214), 120)
    print_.ridge(0.50, 0.03, (206, 188, 164), 0.56)
    print_.water(0.53, (214, 196, 168), (120, 132, 130), (252, 240, 214), 300)
    for x, y, long in ((0.05, 0.545, 0.10), (0.30, 0.55, 0.12), (0.55, 0.545, 0.10), (0.76, 0.555, 0.14)):
        ship(print_, x, y, long, mix((206, 188, 164), (90, 92, 100), 0.5), [])
    for x, y, long in ((0.12, 0.64, 0.26), (0.56, 0.68, 0.34)):
        ship(print_, x, y, long, (66, 70, 82), [(150, 96, 80), (104, 118, 122), (176, 148, 104)])
    return print_


def lighthouse() -> Print:
    """A white lighthouse at the end of a mole."""
    print_ = Print(10, (58, 96, 134), (240, 204, 170))
    print_.clouds(0.1, 0.42, (250, 222, 196), 8)
    print_.water(0.62, (176, 160, 158), (30, 58, 82), (255, 226, 190), 320)
    print_.poly(
        [(0, 0.74), (0.70, 0.635), (0.78, 0.635), (0.80, 0.68), (0.30, 0.82), (0, 0.92)], (92, 88, 88)
    )
    print_.poly([(0, 0.72), (0.70, 0.625), (0.78, 0.63), (0.74, 0.645), (0, 0.77)], (132, 126, 120))
    print_.glow(0.72, 0.17, 0.10, (255, 238, 180), 150)
    print_.poly([(0.665, 0.635), (0.695, 0.21), (0.745, 0.21), (0.775, 0.635)], (244, 240, 230))
    print_.poly([(0.73, 0.635), (0.732, 0.21), (0.745, 0.21), (0.775, 0.635)], (206, 204, 200))
    print_.poly([(0.677, 0.47), (0.763, 0.47), (0.767, 0.53), (0.673, 0.53)], (164, 48, 42))
    print_.poly([(0.687, 0.32), (0.753, 0.32), (0.757, 0.38), (0.683, 0.38)], (164, 48, 42))
    print_.box(0.683, 0.20, 0.074, 0.014, (50, 50, 56))
    print_.box(0.700, 0.135, 0.04, 0.066, (255, 240, 190))
    for n in range(4):
        print_.box(0.700 + n * 0.0128, 0.135, 0.0016, 0.066, (50, 50, 56))
    print_.poly([(0.694, 0.137), (0.72, 0.088), (0.746, 0.137)], (50, 50, 56))
    for x, y in ((0.714, 0.28), (0.712, 0.43), (0.711, 0.58)):
        print_.box(x, y, 0.012, 0.026, (70, 76, 86))
    return print_


def seagrass() -> Print:
    """Green seagrass under shallow water."""
    print_ = Print(11, (150, 214, 206), (20, 84, 92))
    for n in range(9):
        x = 0.06 + n * 0.12
        print_.poly(
            [(x, 0), (x + 0.05, 0), (x + 0.16, 1), (x - 0.04, 1)],
            mix((150, 214, 206), (70, 150, 150), 0.35 + 0.05 * (n % 4)),
        )
    print_.image = print_.image.filter(ImageFilter.GaussianBlur(50))
    print_.draw = ImageDraw.Draw(print_.image)
    print_.ridge(0.86, 0.03, (168, 160, 120))
    for layer in range(3):
        tone = mix((86, 150, 96), (18, 66, 50), layer / 2)
        for _ in range(150):
            x = print_.dice.uniform(-0.05, 1.05)
            tall = print_.dice.uniform(0.18, 0.48) * (0.75 + 0.16 * layer)
            lean = 0.05 + print_.dice.gauss(0.03, 0.03)
            foot = 0.86 + layer * 0.06
            blade = [(x + lean * (n / 8) ** 1.8, foot - tall * n / 8) for n in range(9)]
            print_.line(
                blade, mix(tone, (150, 190, 100), print_.dice.random() * 0.35), 0.0034 + 0.001 * layer
            )
    for _ in range(14):
        x, y = print_.dice.uniform(0.2, 0.8), print_.dice.uniform(0.2, 0.5)
        print_.poly(
            [
                (x, y),
                (x + 0.018, y - 0.009),
                (x + 0.030, y),
                (x + 0.040, y - 0.010),
                (x + 0.040, y + 0.010),
                (x + 0.030, y),
                (x + 0.018, y + 0.009),
            ],
            (44, 84, 92),
        )
    return print_


def petrel() -> Print:
    """A small research ship on a calm sea."""
    print_ = Print(12, (180, 206, 216), (246, 236, 220))
    print_.clouds(0.1, 0.4, (255, 252, 244), 8)
    print_.water(0.58, (176, 200, 204), (70, 118, 132), (244, 244, 232), 240)
    print_.ridge(0.57, 0.015, (164, 184, 188), 0.585)
    boat(print_, 0.30, 0.66, 0.40, (164, 62, 40), (246, 244, 236))
    crane(print_, 0.34, 0.64, 0.16, (60, 68, 78))
    print_.line([(0.31, 0.55), (0.31, 0.70)], (60, 68, 78), 0.0014)
    return print_


def islands() -> Print:
    """A stone jetty on a green island."""
    print_ = Print(13, (150, 190, 210), (240, 234, 214))
    print_.clouds(0.05, 0.35, (255, 252, 244), 9)
    print_.water(0.55, (150, 186, 194), (40, 92, 112), (238, 242, 230), 260)
    print_.ridge(0.52, 0.05, (120, 148, 146), 0.565)
    print_.poly(
        [(0.42, 0.66), (0.55, 0.50), (0.70, 0.42), (0.88, 0.40), (1, 0.36), (1, 0.80), (0.60, 0.74)],
        (104, 140, 82),
    )
    print_.poly([(0.42, 0.66), (0.60, 0.62), (0.80, 0.66), (1, 0.64), (1, 0.84), (0.60, 0.75)], (84, 118, 70))
    for x, y in ((0.70, 0.52), (0.79, 0.50), (0.90, 0.54)):
        print_.box(x, y, 0.06, 0.05, (240, 236, 224))
        print_.poly([(x - 0.006, y), (x + 0.03, y - 0.04), (x + 0.066, y)], (84, 76, 78))
        print_.box(x + 0.024, y + 0.018, 0.012, 0.032, (86, 58, 48))
    print_.poly([(0.16, 0.735), (0.66, 0.67), (0.76, 0.71), (0.20, 0.80)], (156, 148, 134))
    print_.poly([(0.16, 0.735), (0.20, 0.80), (0.20, 0.86), (0.16, 0.79)], (110, 104, 96))
    print_.poly([(0.20, 0.80), (0.76, 0.71), (0.76, 0.75), (0.20, 0.86)], (126, 118, 108))
    for n in range(30):
        x = 0.21 + n * 0.018
        print_.line([(x, 0.80 - 0.16 * (x - 0.2)), (x, 0.855 - 0.20 * (x - 0.2))], (104, 98, 90), 0.0012)
    boat(print_, 0.04, 0.88, 0.16, (36, 78, 104), (238, 232, 218))
    return print_


PICTURES: tuple[Callable[[], Print], ...] = (
    port, storm, strait, tram, score, clinic, stadium, wall, roads, lighthouse, seagrass, petrel, islands,
)  # fmt: skip


def main(folder: Path) -> None:
    """Draw every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for draw in PICTURES:
        draw().save(folder / f"{draw.__name__}.jpg")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
