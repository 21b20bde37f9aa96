"""Measure ingest as ratios to its parts: feeds against the bare parser, pages against the bare extractor, 500 sources.

    make bench-ingest            all of it
    make bench-ingest ARGS=--quick

Real feeds are those of the development set where it lies beside the checkout, else the golden feeds.
Ratios are medians over rounds in which both sides run in turn, so that a busy machine harms both alike.
"""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import trafilatura

from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.refresh import refresh
from digest.ingest.feed import FeedSource
from digest.ingest.feed import Options as FeedOptions
from digest.ingest.page import Options as PageOptions
from digest.ingest.page import PageSource
from digest.ingest.source import Document, Reading
from digest.model import Source
from digest.settings.models import Settings, SourceSettings
from digest.store import Store, articles
from digest.store.schema import metadata
from digest.testing.website import Website

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "feeds-2022-07"
NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)
WORDS = [
    "harbour",
    "council",
    "votes",
    "market",
    "ferry",
    "storm",
    "school",
    "budget",
    "river",
    "library",
    "strike",
    "festival",
    "bridge",
    "mill",
    "tower",
]


def open_store(folder: str) -> Store:
    store = Store(f"sqlite:///{folder}/bench.db")
    metadata.create_all(store.engine)
    return store


def feeds(rounds: int) -> dict[str, object]:
    """Articles per CPU-second: bare feedparser with its defaults, and parse + clean + store (+ learn)."""
    files = sorted(REAL.glob("*.rss")) or sorted((ROOT / "tests/golden/feeds").glob("rss-*.xml"))
    bodies = [file.read_bytes() for file in files]
    bare, ours, learnt, count = [], [], [], 0
    for _ in range(rounds):
        started = time.process_time()
        count = sum(len(feedparser.parse(io.BytesIO(body)).entries) for body in bodies)
        bare.append(count / (time.process_time() - started))
        for hook, into in ((False, ours), (True, learnt)):
            with tempfile.TemporaryDirectory() as folder:
                store = open_store(folder)
                started = time.process_time()
                for n, body in enumerate(bodies):
                    reading = Reading(source=Source(key=f"s{n % 3}", url=""), now=NOW, replay=True)
                    found = FeedSource(FeedOptions()).parse(Document(url="", body=body), reading).articles
                    with store.write() as conn:
                        saved = articles.save(conn, found, NOW)
                        if hook:
                            learn(conn, [*saved.new, *saved.changed], NOW)
                into.append(count / (time.process_time() - started))
                store.close()
    return {
        "articles": count,
        "bare_feedparser_per_s": round(statistics.median(bare)),
        "parse_clean_store_per_s": round(statistics.median(ours)),
        "with_archive_per_s": round(statistics.median(learnt)),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 2),
        "ratio_with_archive": round(statistics.median(a / b for a, b in zip(learnt, bare, strict=True)), 2),
    }


def whole(rounds: int) -> dict[str, object]:
    """Wall seconds of one `digest ingest` over all files, workers and store included."""
    if not REAL.is_dir():
        return {}
    seconds, count = [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(folder)
            report = refresh(Context(Settings(), store), inputs=[str(REAL)])
            seconds.append(report.seconds)
            count = report.new
            store.close()
    return {
        "articles": count,
        "seconds": round(statistics.median(seconds), 2),
        "articles_per_s": round(count / statistics.median(seconds)),
    }


def page(paragraphs: int, links: int) -> str:
    """Write a page as news sites make them: navigation, article, asides, scripts, a list of headlines."""
    text = "".join(
        f"<p>{' '.join(WORDS[(n * 7 + k * 3) % 15] for k in range(60)).capitalize()}, said <a href='/people/{n}'>someone</a> on day {n}.</p>"
        for n in range(paragraphs)
    )
    listed = "".join(
        f"<li class='card'><a href='/news/2026/07/{n}-{WORDS[n % 15]}'><h3>{' '.join(WORDS[(n + k * 4) % 15] for k in range(7)).capitalize()}</h3></a></li>"
        for n in range(links)
    )
    menu = "".join(f"<li><a href='/{w}/'>{w.title()}</a></li>" for w in WORDS)
    script = "<script>" + "var x = {a: 1, b: [1, 2, 3]};" * 300 + "</script>"
    ld = json.dumps(
        {
            "@type": "NewsArticle",
            "headline": "The harbour council votes",
            "datePublished": "2026-07-05T08:00:00Z",
            "author": {"name": "Mara Quill"},
        }
    )
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>The harbour council votes | The Post</title><link rel='canonical' href='https://post.example/news/1'>"
        f"<script type='application/ld+json'>{ld}</script>{script}</head><body><header><nav><ul>{menu}</ul></nav></header><main><article><h1>The harbour council votes</h1>"
        f"{text}</article><aside><h2>Latest</h2><ul>{listed}</ul></aside></main><footer><ul>{menu}</ul></footer>{script}</body></html>"
    )


def pages(rounds: int) -> dict[str, object]:
    """CPU milliseconds a page: trafilatura alone, and our whole reading (text, metadata, headlines, walls).

    Trafilatura is asked for the text in the mode we use, for the text as it is by default, and for the text with
    its metadata.
    """
    documents = [page(n, links) for n in (8, 15, 25, 40) for links in (0, 30, 60)]
    address = "https://post.example/news/1"
    reading = Reading(source=Source(key="x", url=""), now=NOW)
    ways: dict[str, Any] = {
        "trafilatura": lambda text: trafilatura.extract(text, favor_precision=True),
        "trafilatura_default": trafilatura.extract,
        "trafilatura_with_metadata": lambda text: trafilatura.bare_extraction(
            text, url=address, with_metadata=True
        ),
        "digest": lambda text: PageSource(PageOptions()).parse(
            Document(url=address, body=text.encode()), reading
        ),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            started = time.process_time()
            for text in documents:
                way(text)
            if turn:  # the first warms
                spent[name].append((time.process_time() - started) / len(documents) * 1000)
    told = {f"{name}_ms": round(statistics.median(took), 1) for name, took in spent.items()}
    return told | {
        name: round(statistics.median(a / b for a, b in zip(spent["digest"], spent[beside], strict=True)), 2)
        for name, beside in (
            ("ratio", "trafilatura"),
            ("ratio_default", "trafilatura_default"),
            ("ratio_with_metadata", "trafilatura_with_metadata"),
        )
    }


def many(count: int = 500, changed: int = 10) -> dict[str, object]:
    """Wall seconds to poll many sources of which all but a few answer 304, on loopback."""
    with Website() as site, tempfile.TemporaryDirectory() as folder:

        def put(n: int, word: str) -> None:
            items = "".join(
                f"<item><title>{word} {n}: {WORDS[k % 15]} {WORDS[(n + k) % 15]} number {k}</title><link>https://s{n}.example/{k}</link><description>Words {k}.</description></item>"
                for k in range(20)
            )
            site.put(
                f"/{n}",
                f"<rss version='2.0'><channel><title>S{n}</title><link>https://s{n}.example/</link>{items}</channel></rss>",
                etag=True,
            )

        for n in range(count):
            put(n, "First")
        store = open_store(folder)
        settings = Settings(
            sources=tuple(
                SourceSettings(key=f"s{n}", url=site.url(f"/{n}"), allow_private=True) for n in range(count)
            ),
            ingest={"per_host": 16},
        )
        ctx = Context(settings, store, lambda: NOW)
        first = refresh(ctx)
        for n in range(changed):
            put(n, "Second")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        second = refresh(ctx)
        store.close()
    statuses = [one.status for one in second.sources]
    return {
        "sources": count,
        "first_seconds": first.seconds,
        "first_new": first.new,
        "seconds": second.seconds,
        "unchanged": statuses.count("unchanged"),
        "read": statuses.count("ok"),
        "failed": statuses.count("failed"),
        "changed_articles": second.changed + second.new,
        "peak_memory_mb": round(before / 1024),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of each")
    rounds = 1 if parser.parse_args().quick else 5
    told = {"feeds": feeds(rounds), "whole": whole(min(rounds, 3)), "pages": pages(rounds), "many": many()}
    targets = {
        "feeds ≥ 0.5 × bare parser": told["feeds"]["ratio"] >= 0.5,
        "page ≤ 1.3 × trafilatura": told["pages"]["ratio"] <= 1.3,
        "500 sources, 490 × 304, < 10 s": told["many"]["seconds"] < 10 and told["many"]["unchanged"] == 490,
    }
    print(json.dumps(told | {"targets": targets}, indent=1, ensure_ascii=False))
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
