"""Score reading of pages against trafilatura alone, for text and for metadata, on a folder of pages with gold.

    .make/test/bin/python tests/bench/extraction.py FOLDER

The folder holds ``NAME.html`` and one ``gold.json``: ``{NAME: {url, with: [...], without: [...], text, title, authors,
date, site, language}}``; what a page's gold leaves out is not scored. ``with`` are pieces that must be in the text,
``without`` pieces of the surroundings that must not; ``text`` is the whole text, scored by words in common. ``date``
may be a list where a day depends on the zone. ``description`` counts as neither.
"""

# ruff: noqa: E501 (one line a figure)
from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from digest.errors import SourceError
from digest.ingest import urls
from digest.ingest.page import Options, PageSource
from digest.ingest.source import Document, Reading
from digest.model import ArticleKind, Basis, Source

NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)
FIELDS = ("title", "authors", "date", "site", "language", "url")


def digest(body: bytes, url: str) -> dict[str, Any]:
    """Return what Digest makes of a page's article; empty where it refuses it."""
    reading = Reading(source=Source(key="x", url=""), now=NOW)
    try:
        found = PageSource(Options()).parse(Document(url=url, body=body), reading)
    except SourceError:
        return {}
    one = next((article for article in found.articles if article.kind is ArticleKind.FULL), None)
    if one is None:
        return {}
    return {
        "text": one.body,
        "title": one.headline,
        "authors": list(one.authors),
        "date": "" if one.basis is Basis.SEEN else one.published.date().isoformat(),
        "site": found.channel.title,
        "language": one.language,
        "url": one.url,
    }


def alone(body: bytes, url: str, **how: Any) -> dict[str, Any]:
    """Return what trafilatura makes of it with its metadata, as a user of it alone would call it."""
    found = trafilatura.bare_extraction(body, url=url, with_metadata=True, include_comments=False, **how)
    if found is None:
        return {}
    return {
        "text": found.text or "",
        "title": found.title or "",
        "authors": [name for name in (found.author or "").split("; ") if name],
        "date": found.date or "",
        "site": found.sitename or "",
        "language": found.language or "",
        "url": found.url or "",
    }


READERS = {
    "digest": digest,
    "trafilatura": alone,
    "trafilatura, precision": lambda body, url: alone(body, url, favor_precision=True),
}


def flat(text: str) -> str:
    """Make texts comparable: one kind of space, quote and composition."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return " ".join(text.split())


def words(text: str) -> Counter[str]:
    """Count words; in scripts without spaces, characters."""
    return Counter(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W\u3040-\u30ff\u4e00-\u9fff]+", flat(text)))


def right(field: str, told: Any, gold: Any) -> bool:
    """Tell whether one field is as the gold says."""
    if field == "authors":
        return {flat(name) for name in told or []} == {flat(name) for name in gold}
    if field == "url":
        return urls.key(told or "") == urls.key(gold)
    if field == "date":
        return told in (gold if isinstance(gold, list) else [gold])
    if field == "language":
        return (told or "")[:2] == gold
    return flat(told or "") == flat(gold)


def score(folder: Path, reader: Any, misses: list[str]) -> dict[str, Any]:
    """Read every page with one reader; returns shares right and counts."""
    counts: Counter[str] = Counter()
    for name, gold in json.loads((folder / "gold.json").read_text(encoding="utf-8")).items():
        told = reader((folder / f"{name}.html").read_bytes(), gold["url"])
        text = flat(told.get("text", ""))
        for piece in gold.get("with", []):
            counts["hit" if flat(piece) in text else "lost"] += 1
            misses += [] if flat(piece) in text else [f"{name}: lost {piece!r}"]
        for piece in gold.get("without", []):
            counts["noise" if flat(piece) in text else "left out"] += 1
            misses += [f"{name}: noise {piece!r}"] if flat(piece) in text else []
        if "text" in gold:
            ours, theirs = words(told.get("text", "")), words(gold["text"])
            counts["common"] += 2 * (ours & theirs).total()
            counts["both"] += ours.total() + theirs.total()
        for field in FIELDS:
            if field in gold:
                good = right(field, told.get(field), gold[field])
                counts[f"{field} right" if good else f"{field} wrong"] += 1
                misses += [] if good else [f"{name}: {field} {told.get(field)!r}, not {gold[field]!r}"]
    return told_shares(counts)


def told_shares(counts: Counter[str]) -> dict[str, Any]:
    """Write counts as precision, recall, F1 and N of M."""
    hit, lost, noise = counts["hit"], counts["lost"], counts["noise"]
    result: dict[str, Any] = {
        "precision": round(hit / max(1, hit + noise), 3),
        "recall": round(hit / max(1, hit + lost), 3),
        "f1": round(2 * hit / max(1, 2 * hit + lost + noise), 3),
    }
    if counts["both"]:
        result["words f1"] = round(counts["common"] / counts["both"], 3)
    for field in FIELDS:
        good, bad = counts[f"{field} right"], counts[f"{field} wrong"]
        result[field] = f"{good} of {good + bad}"
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", action="store_true", help="say what each reader got wrong")
    given = parser.parse_args()
    told: dict[str, Any] = {}
    for name, reader in READERS.items():
        misses: list[str] = []
        told[name] = score(given.folder, reader, misses) | ({"misses": misses} if given.misses else {})
    print(json.dumps(told, indent=1, ensure_ascii=False))
    return 0 if told["digest"]["f1"] >= told["trafilatura"]["f1"] else 1


if __name__ == "__main__":
    sys.exit(main())
