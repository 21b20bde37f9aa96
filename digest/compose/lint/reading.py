"""Rules H09, H14, H16, H18: size, width, contrast and the first line, as far as no browser is needed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from digest.compose.bidi import script
from digest.compose.budget import BUDGET
from digest.compose.color import contrast, full
from digest.compose.lint.dom import MOST, words
from digest.compose.lint.finding import Breach
from digest.compose.lint.pages import HTML, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.compose.lint.dom import Element, Page

_EARLY = 80_000
_NARROW = 320
_TINY = 12  # pixels: nothing is smaller
_LONG = 80  # characters: what is longer is read, not glanced at
_SMALL = {"latin": 13, "hebrew": 13, "arabic": 15}
_HEADLINE = {"latin": 14, "hebrew": 14, "arabic": 16}
_LARGE, _LARGE_BOLD, _BOLD = 24, 18.66, 700
_PREHEADER = (30, 150)
_HEX = re.compile(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})\b")
_NAMED = {"white": "#FFFFFF", "black": "#000000"}


@HTML.rule(
    "H09",
    "Small enough for Gmail",
    source="Gmail shows about 102,000 bytes and hides the rest",
    remedy="print fewer stories or headlines; inherit fonts instead of repeating them",
)
def size(page: Page) -> Iterator[Breach]:
    """Look at the bytes of the decoded page."""
    found = len(page.html.encode())
    if found > BUDGET:
        rest = f"; only its first {MOST:,} characters were looked at" if len(page.html) > MOST else ""
        yield Breach("html", f"{found:,} bytes of HTML; {BUDGET:,} are safe{rest}")
    elif found > _EARLY:
        yield Breach("html", f"{found:,} bytes of HTML: close to the {BUDGET:,} that are safe", warning=True)


@HTML.rule(
    "H14",
    "Fits a narrow screen without media queries",
    source="Gmail app, Outlook, Thunderbird ignore them",
    remedy="width=100% with max-width, fixed widths only for Word and for small cells",
)
def fluid(page: Page) -> Iterator[Breach]:
    """Look for fixed widths that a phone cannot hold; --deep measures it in a browser."""
    for element in page.elements:
        if element.hidden or element.tag == "img":
            continue
        width = element.get("width")
        if width.isdigit() and int(width) > _NARROW and "max-width" not in element.style:
            yield at(element, f'width="{width}" does not fit {_NARROW} px')
        for name in ("width", "min-width"):
            found = re.fullmatch(r"(\d+)px", element.style.get(name, ""))
            if found and int(found[1]) > _NARROW:
                yield at(element, f"{name}:{found[0]} does not fit {_NARROW} px")
    for image in page.all("img"):
        width = image.get("width")
        if width.isdigit() and int(width) > _NARROW and image.style.get("width") != "100%":
            yield at(image, f"a picture {width} px wide without width:100%")


@cache
def _colour(value: str) -> str:
    """Return a colour as #RRGGBB, or nothing for one that is not written plainly."""
    low = value.strip().lower()
    if low in _NAMED:
        return _NAMED[low]
    found = _HEX.search(value)
    if not found:
        return ""
    return full(found[1])


def _inherited(element: Element, name: str) -> str:
    for holder in (element, *element.ancestors()):
        if name in holder.style:
            return holder.style[name]
    return ""


def _background(element: Element) -> str:
    for holder in (element, *element.ancestors()):
        style = holder.style
        found = _colour(
            style.get("background-color", "") or style.get("background", "") or holder.get("bgcolor")
        )
        if found:
            return found
    return "#FFFFFF"


def _pixels(value: str) -> float:
    found = re.match(r"([\d.]+)px", value)
    return float(found[1]) if found else 16


@HTML.rule(
    "H16",
    "Text can be read",
    source="WCAG 2.2, 1.4.3",
    remedy="4.5:1 against its ground (3:1 for large type); headlines of 14 px or more, 16 for Arabic",
)
def legible(page: Page) -> Iterator[Breach]:
    """Look at colours and sizes as inlined; --deep looks at dark and inverted schemes in a browser."""
    told: set[tuple[str, ...]] = set()
    body = page.first("body") or page.root
    for text, element in body.pieces():
        if element.hidden or not words(text):
            continue
        for key, problem in _illegible(words(text), element):
            if key not in told:
                told.add(key)
                yield at(element, problem)


def _illegible(text: str, element: Element) -> Iterator[tuple[tuple[str, ...], str]]:
    pixels = _pixels(_inherited(element, "font-size"))
    front, ground = _colour(_inherited(element, "color")) or "#000000", _background(element)
    bold = _inherited(element, "font-weight") in ("bold", "700", "800", "900")
    needed = 3 if pixels >= _LARGE or (bold and pixels >= _LARGE_BOLD) else 4.5
    if contrast(front, ground) < needed:
        found = f"{contrast(front, ground):.2f}:1"
        yield (front, ground), f"{front} on {ground} is {found}; {needed}:1 is needed"
    headline = any(re.fullmatch(r"h[1-6]", holder.tag) for holder in (element, *element.ancestors()))
    least = _HEADLINE[script(text)] if headline else _SMALL[script(text)] if len(text) > _LONG else _TINY
    if pixels < least:
        yield (str(pixels), str(least)), f"text of {pixels:g} px; {least} can be read here"


@HTML.rule(
    "H18",
    "The hidden first line is a summary that is also seen",
    source="Google: hidden content may count as spam",
    remedy="let the preheader repeat the first sentence of the lead, 30 to 150 characters",
)
def preheader(page: Page) -> Iterator[Breach]:
    """Look at what an inbox shows beside the subject."""
    wrapper = page.wrapper
    inner = [c for c in wrapper.children if not isinstance(c, str)] if wrapper else []
    first = next((e for e in ([wrapper] if wrapper else []) + inner[:1] if e.hidden), None)
    if first is None or not first.text:
        yield Breach(
            "html:body", "there is no preheader; inboxes show the first words they find", warning=True
        )
        return
    shortest, longest = _PREHEADER
    if not shortest <= len(first.text) <= longest:
        yield at(
            first,
            f"a preheader of {len(first.text)} characters; {shortest} to {longest} are shown",
            warning=True,
        )
    if not _seen(first.text, page.visible):
        yield at(first, "the preheader says what is nowhere to be seen in the mail")


def _seen(preheader: str, visible: str) -> bool:
    parts = [part.rstrip("….").strip() for part in preheader.split(" · ")]
    return all(part in visible for part in parts)
