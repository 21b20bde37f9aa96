from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from digest.compose.raster import MAX_BYTES, mailable
from digest.errors import ComposeError


def painted(size=(1600, 900), kind="JPEG", mode="RGB", **options) -> bytes:
    canvas = Image.new(mode, size, options.pop("fill", None) or (200, 120, 80)[: len(mode)])
    ImageDraw.Draw(canvas).ellipse((0, 0, size[0] // 2, size[1] // 2), fill=(20, 30, 40)[: len(mode)])
    out = BytesIO()
    canvas.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_every_kind_becomes_what_mail_can_show(kind):
    """JPEG or PNG, twice the shown width, whatever it was."""
    made = mailable(painted(kind=kind), 600)
    assert made.media_type in ("image/jpeg", "image/png")
    assert opened(made.data).size == (1200, 675) == (made.width, made.height)


def test_a_small_picture_is_not_enlarged():
    """Pixels that are not there are not invented."""
    assert mailable(painted((640, 360)), 600).width == 640


def test_portraits_are_cropped_to_16_by_9_and_banners_to_12_by_5():
    """More is cut from below than from above: that is where faces are not."""
    tall = mailable(painted((900, 1600)), 600)
    assert tall.width / tall.height == pytest.approx(16 / 9, rel=0.01)
    flat = mailable(painted((3000, 600)), 600)
    assert flat.width / flat.height == pytest.approx(2.4, rel=0.01)


def test_a_logo_is_not_cropped_and_keeps_its_transparency():
    """It stands on light and dark paper."""
    logo = mailable(painted((400, 80), "PNG", "RGBA", fill=(0, 0, 0, 0)), 200, crop=False)
    assert logo.media_type == "image/png"
    assert opened(logo.data).size == (400, 80)
    assert opened(logo.data).has_transparency_data


def test_metadata_is_gone():
    """Where a photographer stood is nobody's business."""
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    made = mailable(painted(exif=exif, comment=b"secret comment"), 600)
    assert b"secret" not in made.data
    assert not opened(made.data).getexif()


def test_a_turned_picture_stands_upright():
    """The orientation in the metadata is carried out before it is dropped."""
    exif = Image.Exif()
    exif[0x0112] = 6
    made = mailable(painted((800, 1600), exif=exif), 800)
    assert (made.width, made.height) == (1600, 800)


def test_a_heavy_picture_is_squeezed():
    """Noise does not compress; quality goes down until it is light enough or as low as is decent."""
    noise = Image.effect_noise((1200, 675), 60).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    assert len(mailable(out.getvalue(), 600).data) < len(out.getvalue()) / 2
    assert len(mailable(painted(), 600).data) <= MAX_BYTES


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read"),
        (b"<html>not found</html>", "no picture that can be read"),
        (b"", "no picture that can be read"),
        (painted((1, 1)), "too small"),
        (painted()[:900], "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(data, why):
    """The content decides, not a name or a declared type."""
    with pytest.raises(ComposeError, match=why):
        mailable(data, 600)


def test_a_bomb_is_refused_before_it_is_unpacked():
    """A few kilobytes that would become hundreds of megabytes."""
    for size in ((7000, 7000), (20000, 20000)):
        out = BytesIO()
        Image.new("1", size).save(out, "PNG")
        with pytest.raises(ComposeError, match="more than 40,000,000 pixels"):
            mailable(out.getvalue(), 600)


def test_equal_pictures_have_equal_hashes():
    """The same bytes twice are kept once."""
    assert mailable(painted(), 600).hash == mailable(painted(), 600).hash


def test_a_picture_that_can_be_seen_through_is_set_on_white():
    """Black lines on nothing would be lost on dark paper."""
    made = mailable(painted((1600, 900), "PNG", "RGBA", fill=(0, 0, 0, 0)), 600)
    assert not opened(made.data).has_transparency_data
    assert opened(made.data).convert("RGB").getpixel((made.width - 1, made.height - 1)) == (255, 255, 255)


def test_an_animation_stands_still():
    """Its first frame is shown, as Outlook does."""
    frames = [Image.new("RGB", (640, 360), color) for color in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    made = mailable(out.getvalue(), 600)
    assert getattr(opened(made.data), "n_frames", 1) == 1
    assert opened(made.data).convert("RGB").getpixel((9, 9))[0] > 200


def test_colours_of_print_become_colours_of_screens():
    """CMYK is shown inverted, or not at all, by many clients."""
    out = BytesIO()
    Image.new("CMYK", (800, 450), (0, 255, 255, 0)).save(out, "JPEG")
    red, green, blue = opened(mailable(out.getvalue(), 600).data).convert("RGB").getpixel((9, 9))
    assert opened(mailable(out.getvalue(), 600).data).mode in ("RGB", "P")
    assert red > 180 > max(green, blue)


def test_a_tracking_pixel_is_no_picture():
    """Nor is an icon."""
    for size in ((1, 1), (64, 64)):
        with pytest.raises(ComposeError, match="too small to show"):
            mailable(painted(size, "GIF"), 600)


def test_a_drawing_of_words_is_refused():
    """SVG holds scripts, and mail cannot show it."""
    with pytest.raises(ComposeError, match="no picture that can be read"):
        mailable(b'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450"/>', 600)
