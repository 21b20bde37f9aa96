"""Which plugin reads a document: the one the source names, else the one that claims it most surely."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from digest import plugins
from digest.errors import SourceError, UsageError
from digest.ingest import clean
from digest.ingest.decode import decode
from digest.ingest.source import Document, Found, Reading, SourcePlugin  # noqa: TC001 (read when jobs are checked)


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
    """Read a document with the source's own plugin, or the one found out. Raises ``SourceError``."""
    kind = reading.source.kind
    if kind in ("auto", "files", "") or _another(kind, document):
        kind = kind_of(document)
    return plugin(kind, reading.source.options).parse(document, reading)


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
