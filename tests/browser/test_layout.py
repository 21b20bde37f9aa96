"""The layout of each theme against a sketch of how it was approved; ``--update-golden`` draws it anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.testing import gallery, likeness
from tests.browser.test_independent import modules
from tests.conftest import need

pytestmark = pytest.mark.external
GOLDEN = Path(__file__).parents[1] / "golden" / "layouts"
CELLS = (
    "briefing-en-full-desktop",
    "briefing-ar-full-phone",
    "briefing-mixed-full-word",
    "briefing-en-long-phone",
    "headlines-en-full-desktop",
    "headlines-ar-full-dark",
    "magazine-en-full-desktop",
    "magazine-ar-full-desktop",
    "magazine-ar-full-word",
    "magazine-mixed-full-off",
)


@pytest.fixture(scope="module")
def picture():
    """Give a function that shows a page in a window of a width, and returns it as PNG."""
    need("chromium", "how mails look in a browser")
    modules("@fontsource/gelasio")  # the sketches were drawn with its letters
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = gallery.browser(playwright)

        def shown(html: str, width: int) -> bytes:
            page = chromium.new_page(viewport={"width": width, "height": 600})
            page.route("**/*", lambda route: route.abort())
            page.set_content(html)
            png = page.screenshot(full_page=True)
            page.close()
            return png

        yield shown
        chromium.close()


@pytest.mark.parametrize("name", CELLS)
def test_an_edition_is_laid_out_as_approved(picture, name, update_golden):
    """Columns, pictures and rules stand where they stood, whatever draws the letters."""
    cell = gallery.Cell(*name.split("-"))
    png, file = picture(cell.page(), cell.width), GOLDEN / f"{name}.png"
    if update_golden:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        file.write_bytes(likeness.reduced(png))
    found = likeness.distance(likeness.sketch(png), likeness.restored(file.read_bytes()))
    assert found <= likeness.ALIKE, f"{name} is laid out differently; look at it, then run --update-golden"


BREAKS = {
    "a picture is gone": ("briefing-en-full-desktop", r"<img [^>]*>", ""),
    "a column moved": ("briefing-ar-full-phone", r'width="34"', 'width="74"'),
    "the start is on the other side": ("headlines-ar-full-dark", r'dir="rtl"', 'dir="ltr"'),
    "two columns became one": ("magazine-en-full-desktop", r"display:\s*inline-block", "display:block"),
    "the gutters are gone": ("briefing-en-full-desktop", r"padding:\s*0 24px", "padding:0"),
    "the ghost table is gone": ("magazine-ar-full-word", r'width="600"', ""),
    "dark paper is white": ("headlines-ar-full-dark", r"@media all", "@media not all"),
    "the related headlines are gone": ("briefing-en-full-desktop", r'<td class="row".*?</td>', ""),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_layout_is_seen(picture, what):
    """Each break is one that a change of template or inliner has made somewhere."""
    name, pattern, instead = BREAKS[what]
    cell = gallery.Cell(*name.split("-"))
    page = cell.page()
    broken = re.sub(pattern, instead, page)
    assert broken != page
    kept = likeness.restored((GOLDEN / f"{name}.png").read_bytes())
    assert likeness.distance(likeness.sketch(picture(broken, cell.width)), kept) > likeness.ALIKE


def test_other_letters_are_not_another_layout(picture):
    """The same page in another face, whose lines break elsewhere here and there."""
    cell = gallery.Cell("briefing", "en", "full", "desktop")
    other = cell.page().replace("Roboto", "'Noto Sans Display'").replace("-apple-system", "Arimo")
    kept = likeness.restored((GOLDEN / f"{cell.name}.png").read_bytes())
    assert likeness.distance(likeness.sketch(picture(other, cell.width)), kept) <= likeness.ALIKE
