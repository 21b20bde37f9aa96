"""Pictures as mail can carry them: known by content, cropped, resized, re-encoded without metadata.

WebP, AVIF and SVG are not shown by many mail clients; metadata may tell where a photographer lives.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from digest.errors import ComposeError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_PIXELS = 40_000_000
"""Of the original: more would be a bomb, or no picture for a mail."""
MAX_BYTES = 200_000
"""Of the result."""
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_QUALITIES = (82, 74, 66, 56, 46)
_SMALLEST = 120  # pixels across: less is an icon or a tracking pixel
_FEW_COLOURS = 256
_TALLEST = 16 / 9  # width by height of a photograph
_FLATTEST = 2.4


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture's new bytes."""

    data: bytes
    media_type: str
    width: int
    height: int

    @property
    def hash(self) -> str:
        """Return the hash it is known by."""
        return sha256(self.data).hexdigest()


def mailable(data: bytes, shown: int, *, crop: bool = True) -> Raster:
    """Turn the bytes of any picture into one of twice the width it is shown at (in pixels), never enlarged.

    ``crop`` brings photographs between 16:9 and 12:5, cutting more from below than from above. Raises
    ``ComposeError`` with the reason for anything that is no picture, too small or too large.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its bomb warning: the size is checked here
            with Image.open(BytesIO(data), formats=_FORMATS) as picture:
                return _made(picture, shown, crop=crop)
    except UnidentifiedImageError:
        raise ComposeError(
            "it is no picture that can be read (JPEG, PNG, GIF, WebP, AVIF, BMP, TIFF)"
        ) from None
    except Image.DecompressionBombError:
        raise ComposeError(f"the picture has more than {MAX_PIXELS:,} pixels") from None
    except (OSError, SyntaxError, ValueError, MemoryError) as error:
        raise ComposeError(f"the picture is damaged: {error}") from error


def _made(picture: Picture, shown: int, *, crop: bool) -> Raster:
    from PIL import Image, ImageOps

    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ComposeError(f"the picture has more than {MAX_PIXELS:,} pixels ({width} × {height})")
    if crop and min(width, height) < _SMALLEST:
        raise ComposeError(f"the picture is too small to show ({width} × {height})")
    picture.draft("RGB", (shown * 2, shown * 2))  # lets JPEG decode at a fraction of its size
    upright = ImageOps.exif_transpose(picture)
    plain = _srgb(upright)
    if crop:
        plain = plain.crop(_frame(*plain.size))
    most = min(shown * 2, plain.width)
    if plain.width != most:
        plain = plain.resize(
            (most, max(1, round(plain.height * most / plain.width))), Image.Resampling.LANCZOS
        )
    plain.info = {}  # comments and profiles would be written out again
    return _encoded(plain, graphic=picture.format in ("PNG", "GIF"), flat=crop)


def _srgb(picture: Picture) -> Picture:
    """Return RGB or RGBA; colours of another profile are brought to sRGB, which mail clients assume."""
    from PIL import ImageCms

    seen_through = picture.has_transparency_data
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            changed = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            changed = None
        if changed is not None:
            return changed
    return picture.convert("RGBA" if seen_through else "RGB")


def _frame(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the box to keep: of what is too tall a third of the surplus goes above, the rest below."""
    ratio = width / height
    if ratio < _TALLEST:
        kept = round(width / _TALLEST)
        top = (height - kept) // 3
        return 0, top, width, top + kept
    if ratio > _FLATTEST:
        kept = round(height * _FLATTEST)
        left = (width - kept) // 2
        return left, 0, left + kept, height
    return 0, 0, width, height


def _encoded(picture: Picture, *, graphic: bool, flat: bool) -> Raster:
    """Write a picture in the format it is smallest in; where it is to be flat, what is seen through is white.

    Black lines on nothing are lost on dark paper. A logo stays as it is: white is put behind it there.
    """
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        if not flat:
            return _save(picture, "PNG", optimize=True)
        picture = _on_white(picture)
    opaque = picture.convert("RGB")
    if graphic and opaque.getcolors(_FEW_COLOURS) is not None:
        result = _save(opaque.quantize(_FEW_COLOURS), "PNG", optimize=True)
        if len(result.data) <= MAX_BYTES:
            return result
    for quality in _QUALITIES:
        result = _save(opaque, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(result.data) <= MAX_BYTES:
            break
    return result


def _on_white(picture: Picture) -> Picture:
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture)


def _save(picture: Picture, kind: str, **options: object) -> Raster:
    out = BytesIO()
    picture.save(out, kind, **options)
    return Raster(out.getvalue(), f"image/{kind.lower()}", picture.width, picture.height)
