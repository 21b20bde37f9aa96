"""Words for print: shortened at a sentence, a clause or a word; names that do not pretend."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SENTENCE = re.compile(r"(?<=[.!?؟。…])[\"”’»)\]]*\s+")
_CLAUSE = re.compile(r"\s*[;؛:|]\s+|\s+[-–—|]\s+")
_SHORTEST_CLAUSE = 24  # characters: less says too little to stand alone
_READING_SPEED = {"ar": 180, "he": 190}  # words a minute, silently
_USUAL_SPEED = 230
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_WORTH_A_TIME = 150  # words: what is shorter is a summary, whose reading time nobody wants


def sentences(text: str) -> list[str]:
    """Split into sentences; abbreviations with one letter before the stop do not end one."""
    parts: list[str] = []
    for part in _SENTENCE.split(text.strip()):
        if parts and re.search(r"(?:^|\s)(?:\w|Mr|Mrs|Ms|Dr|St|No|vs|Sen|Gov|Gen|Lt)\.$", parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return [part for part in parts if part]


def shortened(text: str, most: int) -> str:
    """Return at most ``most`` words: whole sentences where they fill half of that, else with an ellipsis."""
    words = text.split()
    if len(words) <= most:
        return " ".join(words)
    kept = ""
    for sentence in sentences(" ".join(words)):
        longer = f"{kept} {sentence}".strip()
        if len(longer.split()) > most:
            break
        kept = longer
    if len(kept.split()) * 2 >= most:
        return kept
    return " ".join(words[:most]).rstrip(" ,،;؛:–—-.") + "…"


def line(text: str, most: int) -> str:
    """Return at most ``most`` characters, cut at a word."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,،;؛:–—-.·") + "…"


def opening(text: str, most: int = 150) -> str:
    """Return the first sentence, cut at a word where it is longer than ``most`` characters."""
    return line((sentences(text) or [""])[0], most)


def clause(text: str, most: int) -> str:
    """Return a headline that fits into ``most`` characters: whole, or its first clauses; empty if neither.

    Nothing is cut at a comma, and nothing within a clause: "Minister resigns, says opposition" and "no one
    hurt in fire" say another thing than their beginnings.
    """
    if len(text) <= most:
        return text
    cuts = [cut.start() for cut in _CLAUSE.finditer(text) if cut.start() >= _SHORTEST_CLAUSE]
    return text[: max((cut for cut in cuts if cut <= most), default=0)]


def fit(text: str, most: int) -> str:
    """Return a headline within ``most`` characters: whole, else its first clauses, else cut at a word."""
    return clause(text, most) or line(text, most)


def minutes(body: str, language: str) -> int:
    """Return the reading time in minutes, 0 where the text is too short for it to matter."""
    words = len(body.split())
    return 0 if words < _WORTH_A_TIME else max(1, round(words / _READING_SPEED.get(language, _USUAL_SPEED)))


def honest(name: str, url: str) -> str:
    """Return a name to link with: one that reads as another host than the address's gives way to that host.

    Mailbox providers take ``<a href="https://b.example/">a.example</a>`` for a fake.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    shown = name.casefold().removeprefix("www.")
    if not _HOST.fullmatch(shown) or shown == host or host.endswith(f".{shown}"):
        return name
    return host or name
