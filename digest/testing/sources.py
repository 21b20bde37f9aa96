"""The contract of source plugins.

Subclass it in your tests, give a plugin and documents it can read::

class TestMine(SourceContract):
plugin = MySource
documents = (Document(url="https://post.example/feed", body=…),)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pydantic import BaseModel, ValidationError

from digest.errors import SourceError
from digest.ingest import clean, urls
from digest.ingest.source import Document, Found, Reading
from digest.model import ArticleKind, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
HOSTILE: tuple[bytes, ...] = (
    b"",
    b"\x00" * 64,
    b"\xff\xfe\xff",
    b"<",
    b"{",
    b"[" * 5_000,
    b"<rss><channel><item><title>no end",
    b'{"version":"https://jsonfeed.org/version/1.1","items":[1,null,{"title":[]}]}',
    b"<html><body><p>\xc3\x28\x80</p>",
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>javascript:1</loc></url></urlset>',
)
"""Documents no plugin may stumble over: it reads them or raises ``SourceError``, nothing else."""


class SourceContract:
    """What every source plugin promises."""

    plugin: ClassVar[Any]
    documents: ClassVar[Sequence[Document]]
    options: ClassVar[dict[str, object]] = {}

    def reading(self, **more: Any) -> Reading:
        """Give the circumstances the documents are read under."""
        source = Source(key="contract", url="https://contract.example/")
        return replace(Reading(source=source, now=NOW), **more)

    def read(self, document: Document, **more: Any) -> Found:
        """Read a document with a fresh plugin."""
        found = self.plugin(self.plugin.Options.model_validate(self.options)).parse(
            document, self.reading(**more)
        )
        assert isinstance(found, Found)
        return found

    def test_it_names_its_kind_and_its_options(self) -> None:
        """A plugin has a kind and a pydantic model that refuses what is not an option of its own."""
        assert self.plugin.kind
        assert issubclass(self.plugin.Options, BaseModel)
        for name, field in self.plugin.Options.model_fields.items():
            assert field.description, f"the option {name} has no description"
        if self.plugin.Options.model_config.get("extra") == "forbid":
            with pytest.raises(ValidationError):
                self.plugin.Options.model_validate({"no_such_option": 1})

    def test_it_claims_its_own_documents(self) -> None:
        """It claims the documents it can read, between 1 and 100."""
        for document in self.documents:
            assert 0 < self.plugin.claims(document) <= 100  # noqa: PLR2004 (the scale of claims)

    def test_claims_are_cautious(self) -> None:
        """It never raises when asked about a foreign or hostile document."""
        for body in HOSTILE:
            assert 0 <= self.plugin.claims(Document(url="", body=body)) <= 100  # noqa: PLR2004 (the scale of claims)

    def test_it_gives_articles_or_follows(self) -> None:
        """Each document gives at least one article or one address to follow."""
        for document in self.documents:
            found = self.read(document)
            assert found.articles or found.follow
            assert found.kind == self.plugin.kind

    def test_articles_are_clean(self) -> None:
        """Addresses are absolute http(s), keys are theirs, text is plain and normalised.

        No time lies in the future.
        """
        for document in self.documents:
            for article in self.read(document).articles:
                assert article.url.startswith(("http://", "https://"))
                assert article.url_key == urls.key(article.url)
                assert article.headline == clean.literal(article.headline) != ""
                assert article.published <= NOW
                assert article.seen_at == NOW
                assert article.source == "contract"
                assert (article.kind is ArticleKind.FULL) == bool(article.summary or article.body)

    def test_reading_twice_is_the_same(self) -> None:
        """A document read again gives the same articles: nothing depends on the clock or on chance."""
        for document in self.documents:
            assert self.read(document) == self.read(document)

    def test_replay_takes_the_publication_for_the_first_sight(self) -> None:
        """Files read after the fact carry seen_at = published where a date was given."""
        for document in self.documents:
            for article in self.read(document, now=NOW + timedelta(days=900), replay=True).articles:
                assert article.seen_at == article.published

    def test_hostile_documents_are_refused_politely(self) -> None:
        """Whatever the bytes, it gives findings or raises ``SourceError`` with a reason."""
        for body in HOSTILE:
            try:
                self.read(Document(url="https://contract.example/", body=body))
            except SourceError as error:
                assert str(error)  # noqa: PT017 (raising and not raising are both right)
