"""Rules H06, H12, H13, H19, H22, H23: elements and their styles as mail clients take them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.compose.bidi import script
from digest.compose.lint.finding import Breach, Severity
from digest.compose.lint.pages import HTML, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.compose.lint.dom import Element, Page

_COLUMN = 600
_THICKEST = 8
_FACES = {"arabic": ("Geeza Pro", "Noto", "Tahoma"), "hebrew": ("Arial Hebrew", "Noto", "Frank Ruhl Libre")}
_LOGICAL = re.compile(r"^(margin|padding|border|inset)-(inline|block)|^(inline|block)-size$")
_LINE = 1.5  # of the size: what Arabic needs so that marks do not touch
_DOTTED = re.compile(r"\.(png|jpe?g|gif)(\?|$)", re.IGNORECASE)
_MODERN = re.compile(r"\.(webp|avif|svg)(\?|$)", re.IGNORECASE)


@HTML.rule(
    "H06",
    "Pictures have words, a size and a format mail can show",
    source="client support tables; accessibility surveys of mail",
    remedy="give alt, an integer width of at most 600, an https address of a PNG, JPEG or GIF",
)
def pictures(page: Page) -> Iterator[Breach]:
    """Look at every img."""
    for image in page.all("img"):
        yield from _picture(page, image)


def _picture(page: Page, image: Element) -> Iterator[Breach]:
    source = image.get("src")
    if "alt" not in image.attributes:
        yield at(image, "a picture without alt")
    elif not image.get("alt").strip() and any(outer.tag == "a" for outer in image.ancestors()):
        yield at(image, "a linked picture with an empty alt: the link has no name")
    width = image.get("width")
    if not width.isdigit() or int(width) > _COLUMN:
        yield at(image, f"a picture of width {width or 'unset'}; Outlook shows it in its own size")
    if not re.match(r"https://|cid:", source):
        own = bool(page.own) and source.startswith(page.own)
        yield at(image, f"a picture at {source[:60] or 'no address'}; it needs https", warning=own)
    if _MODERN.search(source):
        yield at(image, "WebP, AVIF and SVG are not shown everywhere")
    if not image.get("height").isdigit():
        yield at(image, "a picture without a height: the text jumps when it arrives", warning=True)
    if image.style.get("display") != "block" and not image.get("class"):
        yield at(image, "a picture without display:block has a gap below it", warning=True)


_LAYOUT = {"position", "float"}
_LAYOUT_DISPLAY = ("flex", "grid", "inline-flex", "inline-grid")


def _css_problem(name: str, value: str) -> str:
    """Return what is wrong with one declaration in a style attribute, or nothing."""
    low = value.lower()
    if name in _LAYOUT or (name == "display" and low in _LAYOUT_DISPLAY):
        return f"{name}:{value} is not known to Gmail or Outlook; lay out with tables"
    if "var(" in low or "calc(" in low:
        return f"{name}:{value} is not known to Gmail or Outlook; write the value"
    if _LOGICAL.match(name) or (name == "text-align" and low in ("start", "end")):
        return f"{name}:{value} is a logical side; write left or right"
    if name == "font-size" and low.endswith("rem"):
        return "rem has no meaning in Outlook; write pixels"
    if "!important" in low.replace("! ", "!"):
        return f"{name}: !important in a style attribute makes Outlook drop it"
    return ""


def _attribute_problem(element: Element) -> str:
    for name in ("width", "height"):
        value = element.get(name)
        if value and not re.fullmatch(r"\d+%?", value):
            return f'{name}="{value}" is no number of pixels or per cent'
    if element.get("bgcolor") and not re.fullmatch(r"#[0-9A-Fa-f]{6}", element.get("bgcolor")):
        return f'bgcolor="{element.get("bgcolor")}" is no #RRGGBB'
    if element.get("align", "left") not in ("left", "right", "center", "justify"):
        return f'align="{element.get("align")}" is no side'
    return ""


@HTML.rule(
    "H12",
    "Only styles that mail clients know carry the layout",
    source="client support tables",
    remedy="tables and inline-block, physical sides, pixels, plain values",
)
def styles(page: Page) -> Iterator[Breach]:
    """Look at every style attribute, legacy attribute and style block."""
    for element in page.everything:
        for name, value in element.style.items():
            if problem := _css_problem(name, value):
                yield at(element, problem)
        if element.tag in ("table", "td", "th", "tr", "img") and (problem := _attribute_problem(element)):
            yield at(element, problem)
    for element, css in page.styles:
        if (
            re.search(r"\S!important|!IMPORTANT|!\s+important", css.replace(" !important", ""))
            and not element.word
        ):
            yield at(element, "!important needs a space before it and lower case, or Outlook drops the rule")
        if re.search(r"\bvar\(", css):
            yield at(element, "CSS variables are not known to Gmail, Outlook or Yahoo")


@HTML.rule(
    "H13",
    "Spacing that Word keeps",
    source="Word-engine Outlook",
    remedy="pad table cells, keep margins at zero or more and borders thin",
    severity=Severity.WARNING,
)
def spacing(page: Page) -> Iterator[Breach]:
    """Look for padding off cells, negative margins, thick borders and spaced-out Arabic."""
    for element in page.elements:
        style = element.style
        padded = any(re.search(r"[1-9]", v) for n, v in style.items() if n.startswith("padding"))
        if padded and element.tag not in ("td", "th", "body", "ul", "ol", "a", "span"):
            yield at(element, f"padding on <{element.tag}> is dropped by Outlook")
        if any(re.search(r"(^|\s)-\d", value) for name, value in style.items() if name.startswith("margin")):
            yield at(element, "a negative margin is dropped by most clients")
        for value in (v for n, v in style.items() if n.startswith("border")):
            if (found := re.match(r"(\d+)px", value)) and int(found[1]) > _THICKEST:
                yield at(element, f"a border of {found[1]} px is drawn as {_THICKEST} in Outlook")
    body = page.first("body") or page.root
    for text, element in body.pieces():
        spaced = _stack(element, "letter-spacing") not in ("", "0", "0px", "normal")
        if spaced and script(text) == "arabic" and not element.hidden:
            yield at(element, "letter-spacing tears Arabic letters apart")


def _mirrored(page: Page) -> Iterator[Breach]:
    """Look at physical sides of a right-to-left page."""
    for element in page.all("td", "th", "p", "h1", "h2", "h3"):
        side = element.get("align") or element.style.get("text-align", "")
        own = element.get("dir") or next((o.get("dir") for o in element.ancestors() if o.get("dir")), "")
        if own == "rtl" and side == "left" and script(element.text) != "latin":
            yield at(element, "right-to-left text aligned to the left")


def _stack(element: Element, name: str) -> str:
    for holder in (element, *element.ancestors()):
        if name in holder.style:
            return holder.style[name]
    return ""


@HTML.rule(
    "H19",
    "Right-to-left text is set as such",
    source="Gmail, Yahoo, Outlook on direction",
    remedy="dir on html, wrapper, tables and spans (not on links), physical sides mirrored, fit faces",
)
def direction(page: Page) -> Iterator[Breach]:
    """Look at direction, faces and line heights of Arabic and Hebrew, and at controls left open."""
    for element in page.elements:
        if element.tag in ("bdi", "bdo"):
            yield at(element, f"<{element.tag}> is not known to Gmail, Outlook or Yahoo; use a span with dir")
        if element.tag == "a" and "dir" in element.attributes:
            yield at(element, "dir on a link is misread by Outlook; put it on a span within")
    yield from _mirrored(page)
    yield from _faces(page)
    opened = sum(
        page.html.count(chr(code)) for code in (0x202A, 0x202B, 0x202D, 0x202E, *range(0x2066, 0x2069))
    )
    closed = sum(page.html.count(chr(code)) for code in (0x202C, 0x2069))
    if opened != closed:
        yield Breach("html", f"{opened} direction controls open and {closed} close")


def _faces(page: Page) -> Iterator[Breach]:
    body = page.first("body") or page.root
    for text, element in body.pieces():
        kind = script(text) if not element.hidden else "latin"
        if kind == "latin":
            continue
        family = _stack(element, "font-family")
        if not any(face in family for face in _FACES[kind]):
            yield at(element, f"{kind.title()} in faces that have none: {family[:50] or 'unset'}")
        height = _stack(element, "line-height")
        size = re.match(r"([\d.]+)px", _stack(element, "font-size"))
        found = re.match(r"([\d.]+)(px)?$", height)
        if kind == "arabic" and size and found:
            lines = float(found[1]) / (float(size[1]) if found[2] else 1)
            if lines < _LINE - 0.1:
                yield at(element, f"Arabic at a line height of {lines:.2f}; marks need {_LINE}")


@HTML.rule(
    "H22",
    "The mail reads complete without its pictures",
    source="Outlook and many others block pictures at first",
    remedy="put every word into text; give each picture an alt that says what it shows",
)
def without_pictures(page: Page) -> Iterator[Breach]:
    """Look for headings, links and whole mails that are pictures."""
    for element in page.all("h1", "h2", "h3", "a"):
        if not element.text and not element.hidden:
            alts = [inner.get("alt") for inner in element.walk() if inner.tag == "img"]
            if element.tag != "a" or not any(alt.strip() for alt in alts):
                yield at(element, f"<{element.tag}> says nothing when pictures are blocked")
    images = [image for image in page.all("img") if not image.hidden]
    if images and len(page.visible) < 40 * len(images):
        yield Breach("html", f"{len(images)} pictures and only {len(page.visible)} characters of text")
    for element in page.elements:
        if "url(" in element.get("style"):
            yield at(element, "a background picture: some clients drop the whole style")


@HTML.rule(
    "H23",
    "Pictures are light",
    source="readers on phones",
    remedy="at most 200 KB a picture and 800 KB in all; Digest squeezes those it fetches itself",
    severity=Severity.WARNING,
)
def weight(page: Page) -> Iterator[Breach]:
    """Look at what can be told without fetching: how many there are, and how large they are shown."""
    shown = [image for image in page.all("img") if not image.hidden]
    if len(shown) > 12:  # noqa: PLR2004 (800 KB at a usual 66 KB each)
        yield Breach("html", f"{len(shown)} pictures: more than 800 KB are likely")
