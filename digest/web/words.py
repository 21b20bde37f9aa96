"""Words several pages share: days, reasons to leave, and an address shown only in part."""

from __future__ import annotations

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

REASONS = (
    ("often", "It comes too often"),
    ("not-relevant", "It is not about what I care for"),
    ("quality", "It is not good enough"),
    ("never-asked", "I never asked for it"),
    ("other", "Something else"),
)


def masked(address: str) -> str:
    """Show enough of an address for its owner: ``a…n@example.org``; links get forwarded."""
    local, _, domain = address.rpartition("@")
    shown = f"{local[0]}…{local[-1]}" if len(local) > 2 else f"{local[:1]}…"  # noqa: PLR2004 (too short to cut)
    return f"{shown}@{domain}" if domain else ""
