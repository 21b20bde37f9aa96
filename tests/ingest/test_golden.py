"""Golden pairs: what comes of each document, to the letter; ``--update-golden`` writes it, to be read."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import SourceError
from digest.ingest.sniff import read
from digest.ingest.source import Document, Reading
from digest.model import Source

GOLDEN = Path(__file__).parents[1] / "golden"
NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
FEEDS = sorted(p for p in (GOLDEN / "feeds").iterdir() if not p.name.endswith(".expected.json"))
PAGES = sorted(p for p in (GOLDEN / "pages").iterdir() if p.suffix == ".html")


def plain(value):
    """Leave out what is empty and what follows from the rest; write times as JSON does."""
    if isinstance(value, dict):
        kept = {
            k: plain(v)
            for k, v in value.items()
            if k not in ("url_key", "seen_at", "id", "version", "source")
        }
        return {k: v for k, v in kept.items() if v not in (None, "", 0, [], {})}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def outcome(path: Path, url: str) -> dict:
    """Read a document as a source of unknown kind would be."""
    document = Document(url=url, body=path.read_bytes(), name=path.name)
    try:
        found = read(document, Reading(source=Source(key="", url=""), now=NOW, languages=("ar", "en", "fr")))
    except SourceError as error:
        return {"error": str(error)}
    return {"source": found.source} | plain(asdict(found))


def compare(path: Path, url: str, update: bool) -> None:
    expected = path.with_name(f"{path.name}.expected.json")
    told = outcome(path, url)
    if update:
        expected.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert told == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FEEDS, ids=lambda p: p.name)
def test_feeds(path, update_golden):
    """Each feed gives exactly the articles, refusals and channel that stand beside it."""
    compare(path, "", update_golden)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_pages(path, update_golden):
    """Each page gives exactly the article, headlines and refusals that stand beside it."""
    compare(path, f"https://site.example/{path.stem}", update_golden)


def test_there_are_enough_of_them():
    """Sixty feeds and thirty pages, each with its pair."""
    assert len(FEEDS) >= 60
    assert len(PAGES) >= 30
