"""Shortening text for print: at a sentence, a clause or a word, never in the middle of one."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"(?<=[.!?؟。…])[\"”’»)\]]*\s+")
_CLAUSE = re.compile(r"\s*[,،;؛:–—|]\s+|\s+[-–—|]\s+")
_SHORTEST_CLAUSE = 24  # characters: less says too little to stand alone
_READING_SPEED = {"ar": 180, "he": 190}  # words a minute, silently
_USUAL_SPEED = 230
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


def opening(text: str, most: int = 150) -> str:
    """Return the first sentence, cut at a word where it is longer than ``most`` characters."""
    first = (sentences(text) or [""])[0]
    if len(first) <= most:
        return first
    return first[: most - 1].rsplit(" ", 1)[0].rstrip(" ,،;؛:–—-.") + "…"


def clause(text: str, most: int) -> str:
    """Return a headline that fits into ``most`` characters: whole, or its first clauses; empty if neither."""
    if len(text) <= most:
        return text
    best = ""
    for cut in _CLAUSE.finditer(text):
        if _SHORTEST_CLAUSE <= cut.start() <= most:
            best = text[: cut.start()]
    return best


def fit(text: str, most: int) -> str:
    """Return a headline within ``most`` characters: whole, else its first clauses, else cut at a word."""
    found = clause(text, most)
    return found or text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,،;؛:–—-.") + "…"


def minutes(body: str, language: str) -> int:
    """Return the reading time in minutes, 0 where the text is too short for it to matter."""
    words = len(body.split())
    return 0 if words < _WORTH_A_TIME else max(1, round(words / _READING_SPEED.get(language, _USUAL_SPEED)))
