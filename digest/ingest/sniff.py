"""Which plugin reads a document: the one the source names, else the one that claims it most surely."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from digest import plugins
from digest.errors import SourceError, TooLarge, UsageError
from digest.ingest import clean
from digest.ingest.decode import decode
from digest.ingest.source import Document, Found, Reading, SourcePlugin  # noqa: TC001 (read when jobs are checked)
from digest.model import Refused


def kind_of(document: Document) -> str:
    """Return the name of the plugin that reads this document; raises ``SourceError`` when none does."""
    claims = {
        name: plugins.load(plugins.SOURCES, name).claims(document) for name in plugins.names(plugins.SOURCES)
    }
    best = max(claims, key=lambda name: claims[name])
    if claims[best] > 0:
        return best
    if not document.body.strip():
        raise SourceError("the answer is empty")
    raise SourceError(
        f"neither feed nor page nor sitemap: {document.media_type or 'no media type declared'}",
        excerpt=clean.line(decode(document.body[:400], document.charset))[:120],
    )


def read(document: Document, reading: Reading) -> Found:
    """Read a document with the source's own plugin, or the one found out.

    Raises ``SourceError``; ``TooLarge`` when it was cut off and nothing in it is complete, or its format
    cannot be read in part.
    """
    kind = reading.source.kind
    if kind in ("auto", "files", "") or _another(kind, document):
        kind = _kind_of_cut(document) if document.cut else kind_of(document)
    chosen = plugin(kind, reading.source.options)
    return _beginning(chosen, document, reading) if document.cut else chosen.parse(document, reading)


def _kind_of_cut(document: Document) -> str:
    try:
        return kind_of(document)
    except SourceError as error:
        raise TooLarge(_too_large(document), excerpt=error.excerpt) from error


def _beginning(chosen: SourcePlugin, document: Document, reading: Reading) -> Found:
    """Read what is complete in a document that was cut off, and say that it was."""
    if not getattr(chosen, "takes_cut", False):
        raise TooLarge(_too_large(document))
    try:
        found = chosen.parse(document, reading)
    except SourceError as error:
        raise TooLarge(f"{_too_large(document)}; of its beginning: {error}", excerpt=error.excerpt) from error
    if not (found.articles or found.refused):
        raise TooLarge(f"{_too_large(document)}, and no item in them is complete")
    reason = f"{_too_large(document)}; what is complete before the cut was taken, the rest was not read"
    return replace(found, refused=(*found.refused, Refused(where="feed", reason=reason)))


def _too_large(document: Document) -> str:
    return f"{document.name}: more than {document.cut:,} bytes (ingest.max_bytes)"


def _another(kind: str, document: Document) -> bool:
    """Tell the follow-ups of a sitemap or feed: they are documents of another kind."""
    return document.headline != "" and kind not in ("auto", "page")


def plugin(kind: str, options: dict[str, object]) -> SourcePlugin:
    """Make a plugin with the options it knows; raises ``UsageError`` naming those that are wrong."""
    made: Any = plugins.load(plugins.SOURCES, kind)
    try:
        chosen = made.Options.model_validate(options)
    except ValidationError as error:
        known = ", ".join(made.Options.model_fields)
        raise UsageError(f"options of a {kind} source: {plugins.wrong(error)}; known: {known}") from error
    result: SourcePlugin = made(chosen)
    return result
