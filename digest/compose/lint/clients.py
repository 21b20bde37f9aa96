"""Rule H24: which mail clients do not know what a page uses. Our own table of facts, by client family.

A feature here is used as enhancement or has a fallback beside it; the report says who goes without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.compose.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.compose.lint.dom import Page

CLIENTS = (
    "Gmail web",
    "Gmail apps",
    "Gmail apps with other accounts",
    "Outlook for Windows (Word engine)",
    "Outlook.com and new Outlook",
    "Apple Mail",
    "Yahoo Mail",
    "Thunderbird",
    "Samsung Email",
    "Proton Mail",
)
_GMAIL = frozenset({"Gmail web", "Gmail apps", "Gmail apps with other accounts"})
_FOREIGN = frozenset({"Gmail apps with other accounts"})
_WORD = frozenset({"Outlook for Windows (Word engine)"})
_YAHOO = frozenset({"Yahoo Mail"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a page can use: who does not know it, and what happens there instead."""

    name: str
    without: frozenset[str]
    instead: str
    used: Callable[[Page], bool]


def _css(pattern: str) -> Callable[[Page], bool]:
    """Find it in style blocks that are not for Word."""
    found = re.compile(pattern, re.IGNORECASE)
    return lambda page: any(found.search(css) for element, css in page.styles if not element.word)


def _inline(name: str, value: str = "") -> Callable[[Page], bool]:
    found = re.compile(value, re.IGNORECASE)
    return lambda page: any(
        property_ == name and found.search(text)
        for element in page.elements
        for property_, text in element.style.items()
    )


def _attribute(name: str) -> Callable[[Page], bool]:
    return lambda page: any(name in element.attributes for element in page.elements)


def _image(pattern: str) -> Callable[[Page], bool]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda page: any(found.search(image.get("src")) for image in page.all("img"))


FACTS = (
    Fact("<style>", _FOREIGN, "inlined styles carry everything", _css(r".")),
    Fact("@media", _FOREIGN | _WORD | {"Thunderbird"}, "the fluid layout stays as it is", _css(r"@media")),
    Fact(
        "prefers-color-scheme",
        _GMAIL | _YAHOO | _WORD | {"Thunderbird", "Proton Mail"},
        "light colours, or the client's own inversion",
        _css(r"prefers-color-scheme"),
    ),
    Fact(
        "[data-ogsc], [data-ogsb]",
        frozenset(CLIENTS) - {"Outlook.com and new Outlook"},
        "meant for Outlook alone",
        _css(r"\[data-ogs[cb]\]"),
    ),
    Fact("max-width", _WORD, "a ghost table 600 px wide holds the column", _inline("max-width")),
    Fact("display:inline-block", _WORD, "ghost tables hold the columns", _inline("display", "inline-block")),
    Fact("border-radius", _WORD, "square corners", _inline("border-radius")),
    Fact("background-image", _WORD, "the colour below it", _inline("background-image")),
    Fact("linear-gradient()", _WORD | _YAHOO, "the colour below it", _inline("background", "gradient")),
    Fact("opacity", _WORD, "full strength", _inline("opacity", r"^0?\.")),
    Fact("rgba()", _WORD, "no colour", _inline("color", r"rgba\(")),
    Fact("calc()", _WORD | _YAHOO, "no value", _inline("width", r"calc\(")),
    Fact("min-width", _WORD, "no least width", _inline("min-width")),
    Fact("object-fit", _WORD | _YAHOO, "pictures may be stretched", _inline("object-fit")),
    Fact("box-shadow", _WORD | _GMAIL, "no shadow", _inline("box-shadow")),
    Fact("text-shadow", _WORD | _GMAIL, "no shadow", _inline("text-shadow")),
    Fact("white-space", frozenset(), "", _inline("white-space")),
    Fact("@font-face", _GMAIL | _WORD | _YAHOO, "the next face in the stack", _css(r"@font-face")),
    Fact(":hover", _WORD | _FOREIGN, "no change under the pointer", _css(r":hover")),
    Fact(
        "aria-label, aria-hidden",
        _YAHOO | {"Thunderbird"},
        "read as it stands",
        lambda page: any(name.startswith("aria-") for e in page.elements for name in e.attributes),
    ),
    Fact("role on elements other than tables", _YAHOO, "no role", _attribute("role")),
    Fact(
        "lang on table cells",
        _YAHOO,
        "the wrapper's language",
        lambda page: any("lang" in cell.attributes for cell in page.all("td", "th")),
    ),
    Fact("dir on links", _WORD, "misread", lambda page: any("dir" in a.attributes for a in page.links)),
    Fact(
        "links within the mail",
        _YAHOO | {"Gmail apps", "Samsung Email", "Proton Mail"},
        "dead links",
        lambda page: any(a.get("href").startswith("#") for a in page.links),
    ),
    Fact("WebP pictures", _WORD, "no picture", _image(r"\.webp")),
    Fact("SVG pictures", _GMAIL | _WORD, "no picture", _image(r"\.svg")),
    Fact("pictures in data: addresses", _GMAIL, "no picture", _image(r"^data:")),
    Fact("pictures by cid", frozenset(), "shown as attachments in a few", _image(r"^cid:")),
)


def report(page: Page) -> list[tuple[str, tuple[str, ...], str]]:
    """Return what a page uses that some clients do not know: feature, clients without, what happens there."""
    return [
        (fact.name, tuple(client for client in CLIENTS if client in fact.without), fact.instead)
        for fact in FACTS
        if fact.without and fact.used(page)
    ]


def findings(page: Page) -> Iterator[Finding]:
    """Give the report as findings of rule H24, for information."""
    for name, without, instead in report(page):
        yield Finding(
            id="H24",
            severity=Severity.INFO,
            place="html",
            message=f"{name}: not in {', '.join(without)}",
            source="client support table",
            remedy=f"there: {instead}",
        )
