"""An article's headline on its page, without the site's name. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.ingest import clean

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from digest.ingest.meta import Meta

_SEPARATOR = re.compile(r"\s+[|•·»«:–—-]\s+|\s*[|｜»«]\s*")


def title_of(tree: LexborHTMLParser, told: Meta, body: str) -> str:
    """Return the headline: what the metadata says.

    Made whole or freed of the site's name by the page's headings.
    """
    page = page_title(tree)
    headings = [h for h in (clean.line(_text(node)) for node in tree.css("h1, h2")) if h and h != told.site]
    first = clean.text(told.title)
    if first:
        return _without_site(first, told.site, headings)
    inside = [h for h in headings if len(h.split()) > 1 and h in page]
    if inside:
        return max(inside, key=len)
    if page and (short := _without_site(page, told.site, headings)) and (short != page or not headings):
        return short
    return _before_text(tree, body) or page


def page_title(tree: LexborHTMLParser) -> str:
    """Return what the page's title element says, in one line."""
    return clean.text(_text(tree.css_first("head title") or tree.css_first("title")))


def _text(node: LexborNode | None) -> str:
    return node.text(deep=True, separator=" ") if node is not None else ""


def _without_site(title: str, site: str, headings: list[str]) -> str:
    """Cut " | The Harbour Post" off.

    When the site says so is its name, or a heading shows the title alone.
    """
    for heading in headings:
        if heading != title and title.startswith(heading) and _SEPARATOR.match(title[len(heading) :]):
            return heading
    parts = _SEPARATOR.split(title)
    if len(parts) > 1 and site:
        same = site.casefold().replace("the ", "")
        for last, rest in ((parts[-1], title[: title.rfind(parts[-1])]), (parts[0], title[len(parts[0]) :])):
            if last.casefold().replace("the ", "") in (same, same.replace(" ", "")):
                return rest.strip(" |•·»«:–—-")
    return title


def _before_text(tree: LexborHTMLParser, body: str) -> str:
    """Return the last heading that is no link home and stands before the text's first words."""
    start = body[:40]
    best = ""
    for node in tree.css("h1, h2, h3, p"):
        words = clean.line(_text(node))
        if node.tag == "p":
            if best and start and words.startswith(start[:30]):
                break
            continue
        if len(words.split()) > 2 and (node.tag == "h1" or not best):  # noqa: PLR2004 (a headline, not a name)
            best = words
    return best
