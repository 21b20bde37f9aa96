"""Authors' names as bylines word them → a list of names. Pure."""

from __future__ import annotations

import re

_LEAD = re.compile(
    r"^\s*(?:(?:written|words|story|text|photos?)\s+)?(?:by|von|vom|par|por|di|door)\s+(?=\S)"
    r"|^\s*(?:بقلم|كتبت?|إعداد|تحرير|المصدر)\s*[:/-]?\s+(?=\S)",
    re.IGNORECASE,
)
_WITH_ADDRESS = re.compile(r"^\s*\S+@\S+\s*\(([^)]+)\)\s*$")  # RSS 2.0: address (name)
_NAME_FIRST = re.compile(r"^\s*([^<@]+?)\s*<\S+@\S+>\s*$")
_APART = re.compile(r"\s*(?:,|;|\||،)\s*|\s+(?:and|und|et|y|e|ve|&)\s+|\s+و(?=\S{2,} )")
_LONGEST, _MOST_WORDS = 60, 6
_NOBODY = frozenset(
    {"unknown", "admin", "administrator", "editor", "webmaster", "noreply", "anonymous", "none"}
)


def split(values: list[str]) -> list[str]:
    """Return the names in bylines, each once; addresses, links, sentences and "admin" are no names."""
    found: list[str] = []
    for value in values:
        plain = " ".join(value.split())
        for form in (_WITH_ADDRESS, _NAME_FIRST):
            if match := form.match(plain):
                plain = match[1]
        found += [part.strip(" .:-–—|") for part in _APART.split(_LEAD.sub("", plain))]
    return list(dict.fromkeys(name for name in found if _is_name(name)))


def _is_name(name: str) -> bool:
    if not 1 < len(name) <= _LONGEST or len(name.split()) > _MOST_WORDS:
        return False
    return "@" not in name and "://" not in name and not name[0].isdigit() and name.casefold() not in _NOBODY
