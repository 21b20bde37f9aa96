"""OPML 1.0 and 2.0 (opml.org): lists of feeds in and out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from digest.errors import SourceError
from digest.ingest import clean, urls
from digest.ingest.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list; ``section`` is the folder it stands in."""

    url: str
    name: str = ""
    section: str = ""
    language: str = ""


def read(body: bytes) -> list[Outline]:
    """Return the feeds of an OPML document, each address once. Raises ``SourceError`` when it is none."""
    from lxml import etree

    text = decode(body)
    start = text.find("<opml")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(text[start:].encode("utf-8", "ignore"), parser) if start >= 0 else None
    if root is None:
        raise SourceError("this is no OPML: it has no <opml> element", excerpt=clean.line(text[:120]))
    found: dict[str, Outline] = {}
    for node in root.iter("outline"):
        told = {name.lower(): value for name, value in node.attrib.items()}
        url = urls.absolute(told.get("xmlurl", ""))
        if url:
            name = clean.text(told.get("title", "") or told.get("text", ""))
            found.setdefault(
                url, Outline(url=url, name=name, section=_folder(node), language=told.get("language", ""))
            )
    return list(found.values())


def _folder(node: object) -> str:
    parent = node.getparent()  # type: ignore[attr-defined]  # lxml is untyped
    if parent is None or parent.tag != "outline" or parent.get("xmlUrl"):
        return ""
    return clean.text(parent.get("title") or parent.get("text") or "")


def write(title: str, outlines: Iterable[Outline]) -> str:
    """Return OPML 2.0 with the feeds in folders by section."""
    folders: dict[str, list[str]] = {}
    for one in outlines:
        words = quoteattr(one.name or one.url)
        language = f" language={quoteattr(one.language)}" if one.language else ""
        line = f'<outline type="rss" text={words} title={words} xmlUrl={quoteattr(one.url)}{language}/>'
        folders.setdefault(one.section, []).append(line)
    lines = [f"    {line}" for line in folders.pop("", [])]
    for section, inside in folders.items():
        lines += [
            f"    <outline text={quoteattr(section)}>",
            *(f"      {line}" for line in inside),
            "    </outline>",
        ]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{clean.line(title).replace('&', '&amp;').replace('<', '&lt;')}</title></head>",
        "  <body>",
        *lines,
        "  </body>",
        "</opml>\n",
    ])  # fmt: skip
