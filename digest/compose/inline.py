"""Writing style sheets into elements: premailer behind one function, with its traps closed.

Its CSS parser fetches ``@import`` over the network and from files even when told not to, writes
invalid attributes from CSS, and disarms ``!important`` in what it keeps. None of that can happen here.
"""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any

from digest.errors import ComposeError

_FORBIDDEN = {
    r"@import\b|@\\": "@import fetches from the network; put the rules into the template",
    r"<link\b(?![^>]*\brel=[\"']?canonical)": "<link> is not known to mail clients; use <style>",
    r"<!\[if": "<![if breaks when inlined; write <!--[if !mso]><!--> … <!--<![endif]-->",
}
_STYLE = re.compile(r"<style\b([^>]*)>(.*?)</style", re.IGNORECASE | re.DOTALL)
_IGNORED = re.compile(r"data-premailer\s*=\s*[\"']?ignore", re.IGNORECASE)
_KEPT_AT = re.compile(r"@(?!media\b)[\w-]+", re.IGNORECASE)
_SINGLE = re.compile(r"(<[a-z][^<>]*?\s)style='([^'<>]*)'")
_KEPT = 64  # style sheets in memory
_ATTRIBUTES = ("align", "bgcolor", "width", "height", "valign")  # templates write them, not CSS


@cache
def _premailer() -> Any:
    """Import premailer once and take from its CSS parser every way out and its log.

    A style sheet's rules are worked out once: it is the same in the mail, in its page and for every reader's
    sections, and makes up half of the work.
    """
    import cssutils
    import cssutils.util
    import premailer

    def refuse(url: str) -> None:
        raise ComposeError(f"the style sheet wants to fetch {url}; style sheets stand in the template")

    cssutils.util._defaultFetcher = refuse  # noqa: SLF001 (it offers no other way)
    cssutils.log.setLevel(logging.CRITICAL + 1)
    cssutils.log.raiseExceptions = False
    rules: dict[tuple[str, int], tuple[list[Any], list[Any]]] = {}

    class Inliner(premailer.Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
            key = css_body, ruleset_index
            found = rules.get(key)
            if found is None:
                if len(rules) >= _KEPT:
                    rules.clear()
                found = rules[key] = super()._parse_style_rules(css_body, ruleset_index)
            return list(found[0]), list(found[1])

    return Inliner


def check(html: str) -> None:
    """Refuse what must not reach the inliner; raises ``ComposeError`` with the remedy."""
    for pattern, reason in _FORBIDDEN.items():
        found = re.search(pattern, html, re.IGNORECASE)
        if found:
            line = html.count("\n", 0, found.start()) + 1
            raise ComposeError(f"line {line} of the rendered page has {found[0]!r}: {reason}")
    for attributes, css in _STYLE.findall(html):
        if not _IGNORED.search(attributes) and (at := _KEPT_AT.search(css)):
            remedy = 'move it to a <style data-premailer="ignore">'
            raise ComposeError(f"{at[0]} cannot be written into elements; {remedy}")


def inline(html: str) -> str:
    """Write every style sheet of a page into its elements; blocks marked ``data-premailer="ignore"`` stay.

    Called once per edition and language, never per reader, and only on a page that was not inlined before.
    """
    check(html)
    done: str = _premailer()(
        html,
        allow_network=False,
        allow_loading_external_files=False,
        disable_link_rewrites=True,
        strip_important=False,
        remove_classes=False,
        keep_style_tags=False,
        disable_validation=True,
        align_floating_images=False,
        include_star_selectors=False,
        cache_css_parsing=True,
        disable_basic_attributes=list(_ATTRIBUTES),
        cssutils_logging_level=logging.CRITICAL,
    ).transform(pretty_print=False)
    return _SINGLE.sub(_double, done.strip()) + "\n"


def _double(found: re.Match[str]) -> str:
    """Write a style attribute in double quotes, as all others are; faces are quoted singly within."""
    return f'{found[1]}style="{found[2].replace(chr(34), chr(39))}"'
