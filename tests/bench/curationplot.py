"""The plots of docs/curation.md, drawn as SVG by hand: a query's time by size, quality by task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curationcost import Cost

WIDTH, HEIGHT, LEFT, RIGHT, FOOT = 620, 320, 70, 110, 44
OURS, NAIVE = "#9B1C1F", "#5B6B7B"
BAR, NAMES = 14, 190


def begun(width: int, height: int, title: str) -> list[str]:
    """Begin a picture on white, so that it can be read on a dark page too."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        "<style>text{font:12px sans-serif}</style>",
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]


def text(x: float, y: float, words: str, anchor: str = "start", fill: str = "#333") -> str:
    """Set words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{words}</text>'


def times(found: list[Cost]) -> str:
    """Draw a query's time by the archive's size on SQLite, ours and naive FTS5's; both axes by powers of ten.

    Nothing where fewer than two sizes were measured.
    """
    rows = sorted((one for one in found if one.database == "sqlite"), key=lambda one: one.size)
    if len(rows) < 2:
        return ""
    low, high = math.log10(rows[0].size), math.log10(rows[-1].size)
    top = max(1, math.ceil(math.log10(max(max(one.mean, one.naive) for one in rows))))

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - FOOT - math.log10(max(value, 1)) / top * (HEIGHT - FOOT - 20)

    parts = begun(WIDTH, HEIGHT, "A related query by the size of the archive")
    for power in range(top + 1):
        at = y(10**power)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, at + 4, f"{10**power:,} ms", "end"))
    parts += [text(x(one.size), HEIGHT - FOOT + 18, f"{one.size:,}", "middle") for one in rows]
    parts.append(text(LEFT, HEIGHT - 8, "articles in the archive; milliseconds of computing a query"))
    for name, color, values in (
        ("Digest", OURS, [one.mean for one in rows]),
        ("naive FTS5", NAIVE, [one.naive for one in rows]),
    ):
        points = [(x(one.size), y(value)) for one, value in zip(rows, values, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{color}"/>' for a, b in points]
        parts.append(text(points[-1][0] + 8, points[-1][1] + 4, name, fill=color))
    return "\n".join([*parts, "</svg>", ""])


def quality(rows: list[tuple[str, float, float]]) -> str:
    """Draw a pair of bars a task: (name, naive FTS5, Digest), each from nought to one."""
    step = 2 * BAR + 12
    height = 30 + step * len(rows) + 24
    scale = WIDTH - NAMES - 60
    parts = begun(WIDTH, height, "Relevance of related headlines by task")
    for n, (name, naive, ours) in enumerate(rows):
        top = 30 + n * step
        parts.append(text(NAMES - 8, top + BAR + 4, name, "end"))
        for line, (value, color) in enumerate(((ours, OURS), (naive, NAIVE))):
            at = top + line * BAR
            parts.append(
                f'<rect x="{NAMES}" y="{at}" width="{value * scale:.1f}" height="{BAR - 2}" fill="{color}"/>'
            )
            parts.append(text(NAMES + value * scale + 6, at + BAR - 4, f"{value:.3f}"))
    parts.append(text(NAMES, 18, "Digest", fill=OURS))
    parts.append(text(NAMES + 60, 18, "naive FTS5", fill=NAIVE))
    return "\n".join([*parts, "</svg>", ""])
