"""Rules H01 to H05, H07, H08, H10, H11, H15, H17: how a page is built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.compose.language import language
from digest.compose.lint.dom import DEEPEST
from digest.compose.lint.finding import Book, Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.compose.lint.dom import Element, Page

HTML: Book[Page] = Book()

STYLE_LIMIT = 16_000
_FORBIDDEN = frozenset(
    (
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "video",
        "audio",
        "svg",
    )
)

_COLOUR_METAS = ("color-scheme", "supported-color-schemes")
_VAGUE = frozenset(
    {"here", "click here", "more", "read more", "link", "هنا", "اضغط هنا", "المزيد", "ici", "hier", "aquí"}
)


def at(element: Element, message: str, *, warning: bool = False) -> Breach:
    """Say what is wrong with an element."""
    return Breach(element.place, message, warning)


@HTML.rule("H01", "One HTML5 doctype, no byte order mark", source="HTML", remedy="begin with <!DOCTYPE html>")
def doctype(page: Page) -> Iterator[Breach]:
    """Quirks mode changes how tables inherit fonts."""
    if page.html.startswith("\ufeff"):
        yield Breach("html:1", "the page begins with a byte order mark")
    if [decl.strip().lower() for _, decl in page.doctypes] != ["doctype html"]:
        yield Breach("html:1", f"{len(page.doctypes)} doctypes; one <!DOCTYPE html> is wanted")
    if page.deep:
        yield Breach(f"html:{page.deep}", f"more than {DEEPEST} elements stand within each other")
    for line, tag, name in page.doubled:
        yield Breach(
            f"html:{line} <{tag}>", f"attribute {name} stands twice; the second is lost", warning=True
        )


@HTML.rule(
    "H02",
    "The character set is UTF-8 and said early",
    source="HTML",
    remedy='put <meta charset="utf-8"> first in head',
)
def charset(page: Page) -> Iterator[Breach]:
    """Look at the first 1,024 bytes: a browser does no more."""
    found = re.search(rb"<meta\s+charset=[\"']?utf-8", page.html.encode()[:1024], re.IGNORECASE)
    if not found:
        yield Breach("html:1", "no <meta charset=utf-8> within the first 1,024 bytes")


@HTML.rule(
    "H03",
    "Language and direction on html and on the wrapper",
    source="accessibility surveys of mail",
    remedy="set lang and dir on <html> and on the body's child: clients strip <html>",
)
def language_set(page: Page) -> Iterator[Breach]:
    """Look for the language, which screen readers need, and the direction, which clients need."""
    html, body = page.first("html"), page.first("body")
    for element, name in ((html, "<html>"), (page.wrapper, "the body's direct child")):
        if element is None:
            yield Breach("html:1", f"there is no {name}")
            continue
        lang, way = element.get("lang"), element.get("dir")
        if not lang or not way:
            yield at(element, f"{name} lacks {'lang' if not lang else 'dir'}")
        elif language(lang).dir != way:
            yield at(element, f"{name} says lang={lang} and dir={way}")
    if body is not None and not body.get("xml:lang"):
        yield at(body, "the body lacks xml:lang", warning=True)


@HTML.rule("H04", "A title", source="HTML", remedy="put the subject into <title>")
def title(page: Page) -> Iterator[Breach]:
    """Shown in tabs and read aloud first."""
    found = page.first("title")
    if found is None or not "".join(c for c in found.children if isinstance(c, str)).strip():
        yield Breach("html:1", "the page has no title")


@HTML.rule(
    "H05",
    "Layout tables say so",
    source="accessibility surveys of mail",
    remedy='write <table role="presentation" cellpadding="0" cellspacing="0" border="0">',
)
def tables(page: Page) -> Iterator[Breach]:
    """Else a screen reader announces rows and columns; else Word adds gaps."""
    for table in (element for element in page.everything if element.tag == "table"):
        if table.get("role") not in ("presentation", "none"):
            yield at(table, 'a layout table without role="presentation"')
        lacking = [name for name in ("cellpadding", "cellspacing", "border") if table.get(name) != "0"]
        if lacking:
            yield at(table, f"a layout table without {'=0, '.join(lacking)}=0")


@HTML.rule(
    "H07",
    "Nothing that mail clients remove",
    source="client support tables",
    remedy="mails have no scripts, forms, frames, media or outer style sheets",
)
def forbidden(page: Page) -> Iterator[Breach]:
    """Scripts and forms also raise suspicion."""
    for element in page.elements:
        if element.tag in _FORBIDDEN or (element.tag == "link" and element.get("rel") != "canonical"):
            yield at(element, f"<{element.tag}> is removed or disarmed by mail clients")
        if element.tag == "meta" and element.get("http-equiv").lower() == "refresh":
            yield at(element, "a mail cannot reload itself")
        for name, value in element.attributes.items():
            if name.startswith("on"):
                yield at(element, f"the script attribute {name} is removed")
            elif name in ("href", "src") and re.match(
                r"\s*(javascript|data|vbscript):", value, re.IGNORECASE
            ):
                yield at(element, f"{name} begins with {value.strip()[:11]}…")


@HTML.rule(
    "H08",
    "Style blocks as Gmail takes them",
    source="Gmail",
    remedy="keep each <style> in head, at most 16,000 bytes, without @import or nested @media",
)
def style_blocks(page: Page) -> Iterator[Breach]:
    """Look for what makes Gmail drop a whole block."""
    for element, css in page.styles:
        if not element.word and not any(outer.tag == "head" for outer in element.ancestors()):
            yield at(element, "a style block outside head")
        if len(css.encode()) > STYLE_LIMIT:
            yield at(element, f"a style block of {len(css.encode()):,} bytes; Gmail drops one over 16,384")
        if re.search(r"@import", css, re.IGNORECASE):
            yield at(element, "@import in a style block")
        if re.search(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*@media", css):
            yield at(element, "@media within @media; Gmail drops the block")
    for element in page.everything:
        if "/*" in element.get("style"):
            yield at(element, "a comment in a style attribute; some clients drop the attribute")


def _unbalanced(page: Page) -> str:
    """Return the first tag that Word's comments, read one after the other, leave open or close wrongly."""
    stack: list[str] = []
    blocks = [text for _, text in page.comments if re.match(r"\[if\b(?![^\]]*!mso)", text)]
    for closing, tag, end in re.findall(r"<(/?)(table|tr|td|div|v:\w+)\b[^>]*?(/?)>", "".join(blocks)):
        if end:
            continue
        if not closing:
            stack.append(tag)
        elif not stack or stack.pop() != tag:
            return f"</{tag}>"
    return f"<{stack[-1]}>" if stack else ""


@HTML.rule(
    "H10",
    "Word's conditional comments are whole",
    source="Word-engine Outlook",
    remedy="write <!--[if mso]>…<![endif]--> and <!--[if !mso]><!-->…<!--<![endif]-->, never <![if",
)
def conditional_comments(page: Page) -> Iterator[Breach]:
    """Look for one left open: it hides the rest of the mail, in Outlook or everywhere."""
    if page.unclosed:
        yield Breach(f"html:{page.unclosed}", "a comment that is not closed hides the rest of the mail")
    for line, data in page.unknown:
        yield Breach(f"html:{line}", f"<![{data}]> is a form that breaks when inlined")
    starts = sum(bool(re.match(r"\[if\b", text)) for _, text in page.comments)
    ends = sum(text.rstrip().endswith("<![endif]") for _, text in page.comments)
    if starts != ends:
        yield Breach("html", f"{starts} conditional comments begin and {ends} end")
    if tag := _unbalanced(page):
        yield Breach("html", f"the comments for Word do not balance at {tag}")


@HTML.rule(
    "H11",
    "VML has words and holds no heading",
    source="Word-engine Outlook",
    remedy="give v: shapes an alt, and keep headings and the only link out of them",
)
def vml(page: Page) -> Iterator[Breach]:
    """Look at what neither a screen reader nor a keyboard reaches into."""
    for shape in (
        e for e in page.everything if e.tag.startswith("v:") and e.tag not in ("v:fill", "v:textbox")
    ):
        if not shape.get("alt"):
            yield at(shape, "a VML shape without alt")
        for inner in shape.walk():
            if re.fullmatch(r"h[1-6]", inner.tag):
                yield at(inner, "a heading inside VML")


@HTML.rule(
    "H15",
    "Both colour schemes are declared, and mirrored for Outlook",
    source="Apple Mail; Outlook.com",
    remedy="keep the metas, the dark block in an ignored style, and its [data-ogsc]/[data-ogsb] mirror",
)
def colour_schemes(page: Page) -> Iterator[Breach]:
    """Else clients invert as they see fit."""
    metas = {meta.get("name"): meta.get("content") for meta in page.all("meta")}
    for name in _COLOUR_METAS:
        if "dark" not in metas.get(name, ""):
            yield Breach("html:head", f"no meta {name} that names dark")
    css = "".join(text for _, text in page.styles)
    if not re.search(r"prefers-color-scheme:\s*dark", css):
        yield Breach("html:head", "no dark style block")
    for hook in ("[data-ogsc]", "[data-ogsb]"):
        if hook not in css:
            yield Breach("html:head", f"the dark block is not mirrored for Outlook ({hook})")
    if "prefers-color-scheme" in css and "!important" not in css:
        yield Breach("html:head", "the dark block has no !important: it loses against inlined styles")


@HTML.rule(
    "H17",
    "One h1, no level skipped, links that make sense alone",
    source="WCAG 2.2",
    remedy="head each story with h2 or h3 and link its headline",
)
def headings(page: Page) -> Iterator[Breach]:
    """Screen reader users jump from heading to heading and from link to link."""
    found = [e for e in page.elements if re.fullmatch(r"h[1-6]", e.tag) and not e.hidden]
    levels = [int(element.tag[1]) for element in found]
    if levels.count(1) != 1:
        yield Breach("html", f"{levels.count(1)} elements h1; one is wanted")
    for element, before, level in zip(found[1:], levels, levels[1:], strict=False):
        if level > before + 1:
            yield at(element, f"h{level} follows h{before}")
    for link in page.links:
        if link.text.casefold().strip(" .…»>") in _VAGUE:
            yield at(link, f"a link that says only {link.text!r}", warning=True)
