"""Fuzz the readers for some minutes: any bytes are read or refused, within time, and what comes out is clean.

    .make/test/bin/python tests/bench/fuzz_ingest.py [SECONDS] [SEED]

Documents are the golden files, cut, doubled, spliced and sprinkled with bytes that once hurt a parser. Every reader
is called in this process, so a crash of a library is seen; one that takes over ten seconds of computing is one too
(in production a worker would have been stopped after five). Findings are written to the current folder.
"""

# ruff: noqa: E501 (bytes are written as they are)
from __future__ import annotations

import faulthandler
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from digest.errors import SourceError
from digest.ingest import clean, urls
from digest.ingest.sniff import read
from digest.ingest.source import Document, Reading
from digest.model import Source

GOLDEN = Path(__file__).parents[1] / "golden"
READING = Reading(source=Source(key="fuzz", url=""), now=datetime(2026, 7, 5, 12, tzinfo=UTC), max_items=50)
HURTFUL = [
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&#xD800;", b"&#0;", b"&amp;amp;", b"<a>" * 200, b"</item>", b"<item>",
    b"<?xml version='1.0' encoding='utf-16'?>", b'{"items":[', b'"' * 9, b"\xe2\x80\xa8", b"javascript:", b"<script>", b"<base href='//x'>", b"99999999999999999999",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<link href=", b"\x1f\x8b\x08\x00", b"<svg><math>", b"\\u0000\\ud800",
]  # fmt: skip


def mutate(rng: random.Random, bodies: list[bytes]) -> bytes:
    body = bytearray(rng.choice(bodies))
    for _ in range(rng.randint(1, 8)):
        at = rng.randint(0, len(body))
        action = rng.randint(0, 5)
        if action == 0:
            body[at:at] = rng.choice(HURTFUL)
        elif action == 1:
            del body[at : at + rng.randint(1, 200)]
        elif action == 2:
            piece = bytes(body[at : at + rng.randint(1, 300)])
            body[at:at] = piece * rng.randint(1, 20)
        elif action == 3:
            other = rng.choice(bodies)
            start = rng.randint(0, len(other))
            body[at:at] = other[start : start + rng.randint(1, 500)]
        elif action == 4 and body:
            body[min(at, len(body) - 1)] = rng.randint(0, 255)
        else:
            del body[at:]
    return bytes(body[:60_000])


def check(body: bytes) -> int:
    try:
        found = read(Document(url="https://fuzz.example/a-page", body=body), READING)
    except SourceError:
        return 0
    for article in found.articles:
        assert article.headline, "no headline"
        assert article.headline == clean.literal(article.headline), "an unclean headline"
        assert article.url.startswith(("http://", "https://")), article.url
        assert article.url_key == urls.key(article.url), article.url
        assert article.published <= READING.now, "the future"
    return len(found.articles)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20260705
    rng = random.Random(seed)
    faulthandler.enable()
    bodies = [p.read_bytes() for p in sorted(GOLDEN.glob("*/*")) if not p.name.endswith(".expected.json")]
    signal.signal(signal.SIGPROF, lambda *_: (_ for _ in ()).throw(TimeoutError("over ten seconds")))
    until, runs, articles, findings = time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < until:
        body = mutate(rng, bodies)
        signal.setitimer(signal.ITIMER_PROF, 10)  # computing, not waiting for a busy machine
        try:
            articles += check(body)
        except Exception as error:  # noqa: BLE001 (every kind is a finding)
            findings += 1
            Path(f"finding-{seed}-{runs}.bin").write_bytes(body)
            print(f"finding {runs}: {type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        runs += 1
    print(f"{runs} documents, {articles} articles, {findings} findings in {seconds:.0f} s (seed {seed})")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
