"""robots.txt after RFC 9309.

Which group is ours, the longest rule wins, ``*`` and ``$`` mean what they say. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

AGENT = "newsdigest"
LONGEST = 500 * 1024
"""Bytes of a robots.txt that are read; RFC 9309 asks for at least 500 kibibytes."""
_MOST_DELAY = 10.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site allows us. ``delay``: seconds it asks for between two requests, at most ten."""

    rules: tuple[tuple[str, bool], ...] = ()  # (path pattern, allowed)
    delay: float = 0.0

    def allows(self, url: str) -> bool:
        """Tell whether we may read an address: the longest matching pattern decides, Allow on a tie."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        matching = [(len(pattern), allowed) for pattern, allowed in self.rules if _matches(pattern, path)]
        return max(matching)[1] if matching else True


EVERYTHING = Rules()
NOTHING = Rules((("/", False),))


def parse(text: str, agent: str = AGENT) -> Rules:
    """Read robots.txt: the groups that name us, joined; else those for everybody.

    Else everything is allowed.
    """
    groups = _groups(text[:LONGEST])
    lines = groups.get(agent.lower(), groups.get("*", []))
    rules = tuple(
        (value, name == "allow") for name, value in lines if name in ("allow", "disallow") and value
    )
    delays = [
        float(value)
        for name, value in lines
        if name == "crawl-delay" and re.fullmatch(r"\d+(?:\.\d+)?", value)
    ]
    return Rules(rules, min(max(delays, default=0.0), _MOST_DELAY))


def answered(status: int, text: str) -> Rules:
    """Judge the answer to the request for robots.txt.

    4xx allows everything, 5xx nothing (RFC 9309, 2.3.1).
    """
    if 200 <= status < 300:  # noqa: PLR2004 (HTTP)
        return parse(text)
    return NOTHING if status >= 500 else EVERYTHING  # noqa: PLR2004 (HTTP)


def _groups(text: str) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    agents: list[str] = []
    naming = False
    for line in text.lstrip("\ufeff").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            agents = [*agents, value.lower()] if naming else [value.lower()]
            naming = True
            groups.setdefault(value.lower(), [])
        else:
            naming = False
            for agent in agents:
                groups[agent].append((name, value))
    return groups


def _matches(pattern: str, path: str) -> bool:
    anchored = pattern.endswith("$")
    parts = [re.escape(part) for part in pattern.removesuffix("$").split("*")]
    return re.match(".*".join(parts) + ("$" if anchored else ""), path) is not None
