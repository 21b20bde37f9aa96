"""The sample pictures: a harbour at four times of the day, the same to the byte wherever painted."""

from __future__ import annotations

from functools import cache
from io import BytesIO


@cache
def pictures() -> dict[int, bytes]:
    """Paint the sample pictures: a harbour at four times of the day."""
    from PIL import Image as Canvas
    from PIL import ImageDraw

    skies = {
        1: ((217, 119, 74), (231, 174, 129), (20, 30, 42)),
        3: ((120, 160, 190), (214, 226, 230), (44, 62, 70)),
        4: ((70, 110, 120), (186, 205, 190), (36, 66, 52)),
        5: ((60, 50, 92), (190, 120, 130), (26, 22, 44)),
    }
    found: dict[int, bytes] = {}
    for place, (top, low, land) in skies.items():
        canvas = Canvas.new("RGB", (1200, 630))
        draw = ImageDraw.Draw(canvas)
        for y in range(630):
            mix = [round(a + (b - a) * y / 500) if y < 500 else b for a, b in zip(top, low, strict=True)]  # noqa: PLR2004 (y)
            draw.line((0, y, 1200, y), fill=(mix[0], mix[1], mix[2]))
        draw.ellipse((790 - 90 * place, 120, 940 - 90 * place, 270), fill=(247, 230, 200))
        hills = [(0, 320), (130, 350), (250, 335), (400, 362), (530, 366), (670, 300), (780, 292)]
        draw.polygon([*hills, (900, 385), (1070, 315), (1200, 312), (1200, 630), (0, 630)], fill=land)
        out = BytesIO()
        canvas.save(out, "JPEG", quality=80)
        found[place] = out.getvalue()
    return found
