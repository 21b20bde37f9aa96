"""The inliner against another one: css-inline must write the same styles into the same elements."""

from __future__ import annotations

import re

import css_inline
import pytest

from digest.compose.composer import Composer
from digest.compose.inline import inline
from digest.compose.lint.dom import Page, declarations
from digest.testing import samples

IGNORED = re.compile(r'<style data-premailer="ignore">.*?</style>', re.DOTALL)
SIDES = ("top", "right", "bottom", "left")


def rendered(theme: str, language: str) -> str:
    """Return a page before inlining."""
    composer = Composer(samples.frame(language, theme), None)
    values = composer.values(samples.plan(language), page=False)
    return composer.env.get_template(f"{theme}/body.html.j2").render(values)


def four(parts: list[str]) -> list[str]:
    """Return the four values that one to four stand for."""
    top, right, bottom, left = (parts * 4)[:4] if len(parts) != 3 else [*parts, parts[1]]
    return [top, right, bottom, left]


def canonical(style: str) -> dict[str, str]:
    """Return declarations in one spelling: sides written out, colours and numbers alike."""
    found: dict[str, str] = {}
    for name, value in declarations(style):
        clean = re.sub(r"\s+", " ", value.strip().lower().replace('"', "'"))
        clean = re.sub(r"#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3\b", r"#\1\2\3", clean)
        clean = re.sub(r"(?<![\d])0\.(\d)", r".\1", clean)
        clean = re.sub(r",\s*", ",", clean)
        if name in ("padding", "margin") and clean.replace(" ", "").isascii():
            parts = clean.split(" ")
            found.update({f"{name}-{side}": part for side, part in zip(SIDES, four(parts), strict=True)})
        else:
            found[name] = clean
    return found


@pytest.mark.parametrize("language", samples.LANGUAGES)
@pytest.mark.parametrize("theme", samples.THEMES)
def test_two_inliners_agree(theme, language):
    """Element for element the same declarations; so no style depends on a quirk of one of them."""
    page = rendered(theme, language)
    other = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False).inline(
        IGNORED.sub("", page)
    )
    one = [(e.tag, canonical(e.get("style"))) for e in Page(inline(page)).first("body").walk()]
    two = [(e.tag, canonical(e.get("style"))) for e in Page(other).first("body").walk() if e.tag != "tbody"]
    assert [tag for tag, _ in one] == [tag for tag, _ in two]
    differing = [(i, a, b) for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    assert differing[:3] == []


ALLOWED = frozenset(
    (
        "background-color",
        "border",
        "border-bottom",
        "border-color",
        "border-left",
        "border-right",
        "border-top",
        "color",
        "display",
        "font-family",
        "font-size",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "margin",
        "max-height",
        "max-width",
        "mso-hide",
        "opacity",
        "overflow",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "text-indent",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
        "-webkit-text-size-adjust",
    )
)


@pytest.mark.parametrize("theme", samples.THEMES)
def test_the_themes_use_a_small_part_of_css(theme):
    """What is inlined is a short list of properties that every client knows or can do without."""
    page = Page(inline(rendered(theme, "ar")))
    assert {name for element in page.elements for name in element.style} <= ALLOWED


def test_every_style_attribute_is_written_in_double_quotes():
    """Also where two rules name the same faces, which the inliner merges into another spelling."""
    made = inline(
        "<style>.a{font-family:'A B'} .a.b{font-family:'C D', serif}</style><p class='a b'>style='x'</p>"
    )
    assert """style="font-family:'C D', serif\"""" in made
    assert ">style='x'</p>" in made
