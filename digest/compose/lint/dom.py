"""A mail's HTML as rules look at it: elements with their lines, Word's conditional comments opened up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
_RAW = ("style", "script", "title")
MOST = 250_000
"""Characters of a page that are looked at: far more than any client shows, and read within seconds."""
DEEPEST = 200
"""Elements within elements: what stands deeper is taken for a neighbour. No mail goes half as deep."""
_STYLE = 4_000  # characters of a style attribute
_DECLARATION = re.compile(r"\s*([\w-]+)\s*:\s*((?:[^;\"'(]|\"[^\"]*\"|'[^']*'|\([^)]*\))*)")
_INVISIBLE = re.compile("[\u200b-\u200f\u2007\u034f\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")


@dataclass(eq=False)
class Element:
    """One element; ``word`` when it stands in a comment that only Word reads."""

    tag: str
    attributes: dict[str, str]
    line: int
    parent: Element | None = None
    word: bool = False
    children: list[Element | str] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute's value."""
        return self.attributes.get(name, default)

    @cached_property
    def style(self) -> dict[str, str]:
        """Return the declarations of the style attribute, names in lower case; the last of a name counts."""
        return {name.lower(): value.strip() for name, value in declarations(self.get("style")[:_STYLE])}

    @property
    def place(self) -> str:
        """Return where it stands, for a finding."""
        return f"html:{self.line} <{self.tag}>"

    @property
    def text(self) -> str:
        """Return the words in it, spaces collapsed, invisible characters dropped."""
        return words("".join(piece for piece, _ in self.pieces()))

    def pieces(self) -> Iterator[tuple[str, Element]]:
        """Give each piece of text with the element it stands in."""
        for child in self.children:
            if isinstance(child, str):
                yield child, self
            elif child.tag not in _RAW:
                yield from child.pieces()

    def walk(self) -> Iterator[Element]:
        """Give this element and all within it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def ancestors(self) -> Iterator[Element]:
        """Give what it stands in, innermost first."""
        outer = self.parent
        while outer is not None:
            yield outer
            outer = outer.parent

    @cached_property
    def hidden(self) -> bool:
        """Tell whether no reader sees it."""
        style = self.style
        own = (
            style.get("display") == "none"
            or style.get("visibility") == "hidden"
            or "hidden" in self.attributes
        )
        return own or self.tag in ("head", *_RAW) or (self.parent is not None and self.parent.hidden)


def declarations(css: str) -> list[tuple[str, str]]:
    """Split declarations at semicolons that do not stand in brackets or quotes."""
    return [(name, value) for name, value in _DECLARATION.findall(css) if value.strip()]


def words(text: str) -> str:
    """Return text as a reader takes it in."""
    return " ".join(_INVISIBLE.sub("", text).split())


class _Builder(HTMLParser):
    """Builds the tree."""

    def __init__(self, page: Page, *, word: bool = False, line: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.word = word
        self.before = line
        self.root = Element("#root", {}, line)
        self.open = [self.root]

    @property
    def line(self) -> int:
        return self.getpos()[0] + self.before

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values: dict[str, str] = {}
        for name, value in attrs:
            if name in values:
                self.page.doubled.append((self.line, tag, name))
            values.setdefault(name, value or "")
        element = Element(tag, values, self.line, self.open[-1], self.word)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)
        if len(self.open) > DEEPEST:
            self.open.pop()
            self.page.deep = self.page.deep or self.line

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        before = len(self.open)
        self.handle_starttag(tag, attrs)
        del self.open[before:]

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return
        if tag not in VOID and not self.word:
            self.page.stray.append((self.line, tag))

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        self.page.comments.append((self.line, data))
        found = re.match(r"\[if\b([^\]]*)\]>(.*)<!\[endif\]$", data, re.DOTALL)
        if found and "!mso" not in found[1]:
            inner = _Builder(self.page, word=True, line=self.line - 1)
            inner.feed(found[2])
            inner.close()
            inner.root.parent = self.open[-1]
            self.page.word.append(inner.root)

    def handle_decl(self, decl: str) -> None:
        self.page.doctypes.append((self.line, decl))

    def unknown_decl(self, data: str) -> None:
        self.page.unknown.append((self.line, data))


def _closed(html: str) -> tuple[str, int]:
    """Return what can be parsed: nothing beyond an unclosed comment or the last closed tag; and its line.

    Anybody's file may be checked, and the parser asks for the end of such a thing again at each character.
    The line is that of an unclosed comment, 0 where there is none.
    """
    page = html[:MOST]
    start = page.find("<!--", page.rfind("-->") + 1)
    line = 1 + page.count("\n", 0, start) if start >= 0 else 0
    page = page[:start] if start >= 0 else page
    cut = page.find("<", page.rfind(">") + 1)
    return (page[:cut] if cut >= 0 else page), line


class Page:
    """One parsed page."""

    def __init__(self, html: str, own: str = "") -> None:
        self.html = html
        self.own = own  # what the sender's own links start with; may be this machine while nothing is public
        self.doctypes: list[tuple[int, str]] = []
        self.comments: list[tuple[int, str]] = []
        self.unknown: list[tuple[int, str]] = []  # <![if …]> and its like
        self.doubled: list[tuple[int, str, str]] = []
        self.stray: list[tuple[int, str]] = []
        self.word: list[Element] = []  # roots of what only Word reads
        self.deep = 0  # the line at which elements go too deep, or 0
        parsed, self.unclosed = _closed(html)  # the line of a comment that is not closed, or 0
        builder = _Builder(self)
        builder.feed(parsed)
        builder.close()
        self.root = builder.root

    @cached_property
    def elements(self) -> list[Element]:
        """Return every element that is not for Word alone."""
        return [element for element in self.root.walk() if element is not self.root]

    @cached_property
    def everything(self) -> list[Element]:
        """Return every element, those for Word too."""
        return self.elements + [inner for root in self.word for inner in root.walk() if inner is not root]

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of these names."""
        return [element for element in self.elements if element.tag in tags]

    def first(self, tag: str) -> Element | None:
        """Return the first element of a name."""
        return next((element for element in self.elements if element.tag == tag), None)

    @cached_property
    def wrapper(self) -> Element | None:
        """Return the body's first child: what is left of the page where clients strip html and body."""
        body = self.first("body")
        return next((child for child in body.children if not isinstance(child, str)), None) if body else None

    @cached_property
    def visible(self) -> str:
        """Return the words a reader sees."""
        body = self.first("body") or self.root
        return words("".join(text for text, element in body.pieces() if not element.hidden))

    @cached_property
    def styles(self) -> list[tuple[Element, str]]:
        """Return the style blocks with their contents."""
        found = [element for element in self.everything if element.tag == "style"]
        return [(element, "".join(c for c in element.children if isinstance(c, str))) for element in found]

    @cached_property
    def links(self) -> list[Element]:
        """Return the links."""
        return [element for element in self.elements if element.tag == "a" and "href" in element.attributes]
