"""The audit of an edition: whether rows, tallies, receipts and what arrived agree."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digest import tokens
from digest.errors import TokenInvalid, UsageError
from digest.flow import messages
from digest.store import deliveries, editions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.flow.context import Context

_ID = re.compile(rb"(?im)^Message-ID:\s*<([^>\s]+)>|message-id=<([^>\s]+)>")
_QUEUED = re.compile(rb": ([0-9A-Za-z]{5,20}): message-id=<([^>\s]+)>")
_FATE = re.compile(rb": ([0-9A-Za-z]{5,20}): to=<.*\bstatus=(\w+)")
_REMOVED = re.compile(rb": ([0-9A-Za-z]{5,20}): removed")
_HEAD = 65_536  # bytes of a message in which its headers are looked for


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit found; no findings means the books close."""

    edition: int
    findings: tuple[str, ...]
    figures: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "edition": self.edition,
            "closed": not self.findings,
            "findings": list(self.findings),
            **self.figures,
        }


def audit(ctx: Context, reference: int | str, against: Path | None = None) -> Audit:
    """Weigh an edition's rows against what was frozen, tallied, answered and, if given, what arrived."""
    with ctx.store.read() as conn:
        edition = editions.get(conn, reference)
        found = deliveries.audit(conn, edition.id)
    findings = []
    if found["rows"] != edition.candidates:
        findings.append(f"{edition.candidates} readers were frozen, there are {found['rows']} rows")
    elif found["sha"] != edition.candidates_sha:
        findings.append("the rows are not for the readers that were frozen: their digest differs")
    for state in sorted({*found["states"], *found["tallies"]}):
        rows, told = found["states"].get(state, 0), found["tallies"].get(state, 0)
        if rows != told:
            findings.append(f"{state}: {rows} rows, but {told} were moved there: a state was altered by hand")
    findings += [f"{name}: {n} rows" for name, n in found["wrong"].items()]
    figures: dict[str, Any] = {"candidates": edition.candidates, "states": found["states"]}
    if against is not None:
        arrived = _compare(ctx, edition.id, edition.public_id, against)
        findings += arrived.pop("findings")
        figures["arrived"] = arrived
    return Audit(edition.id, tuple(findings), figures)


def _compare(ctx: Context, edition: int, public_id: str, against: Path) -> dict[str, Any]:
    """Compare with what arrived: a maildir, or a log that names Message-IDs."""
    ring = messages.keyring(ctx)
    got: Counter[int] = Counter()
    foreign = 0
    for message_id in arrivals(against):
        try:
            ident, subscriber = tokens.read_message_id(ring, message_id.partition("@")[0])
        except (TokenInvalid, ValueError):
            foreign += 1
            continue
        if ident == public_id:
            got[subscriber] += 1
    with ctx.store.read() as conn:
        states = {subscriber: state for subscriber, state, _ in deliveries.submitted(conn, edition)}
    lost = [s for s, state in states.items() if state == "submitted" and s not in got]
    unbooked = [s for s in got if states.get(s) not in ("submitted", "unknown")]
    twice = [s for s, n in got.items() if n > 1]
    named = {
        "submitted, but did not arrive": lost,
        "arrived, but not booked as submitted": unbooked,
        "arrived twice or more": twice,
    }
    findings = [f"{what}: {len(who)} (subscribers {_some(who)})" for what, who in named.items() if who]
    unknown = sum(1 for s, state in states.items() if state == "unknown" and s in got)
    return {
        "messages": sum(got.values()), "readers": len(got), "twice": len(twice), "missing": len(lost),
        "unbooked": len(unbooked), "unknown_arrived": unknown, "foreign": foreign, "findings": findings,
    }  # fmt: skip


def _some(numbers: list[int]) -> str:
    shown = ", ".join(str(n) for n in sorted(numbers)[:5])
    return shown + (" …" if len(numbers) > 5 else "")  # noqa: PLR2004 (enough to begin looking)


def arrivals(place: Path) -> Iterator[str]:
    """Give the Message-ID of each message in a maildir, or each one a log names, as often as it stands.

    In a log of Postfix's a message has arrived when its queue id has ``status=sent``: what bounced or is
    deferred has not. A log without such lines lists what was accepted, a Message-ID a line.
    """
    if place.is_dir():
        folders = [place / part for part in ("new", "cur")] if (place / "new").is_dir() else [place]
        for folder in folders:
            for file in sorted(folder.iterdir()) if folder.is_dir() else ():
                if file.is_file():
                    yield from _first(file)
        return
    if not place.is_file():
        raise UsageError(f"{place} is neither a maildir nor a log file")
    yield from _delivered(place) if _tells_fates(place) else _listed(place)


def _listed(log: Path) -> Iterator[str]:
    with log.open("rb") as lines:
        for line in lines:
            for found in _ID.finditer(line):
                yield (found[1] or found[2]).decode("ascii", "replace")


def _tells_fates(log: Path) -> bool:
    with log.open("rb") as lines:
        return any(_FATE.search(line) for line in lines)


def _delivered(log: Path) -> Iterator[str]:
    queued: dict[bytes, str] = {}
    with log.open("rb") as lines:
        for line in lines:
            if found := _QUEUED.search(line):
                queued[found[1]] = found[2].decode("ascii", "replace")
            elif (fate := _FATE.search(line)) and fate[2] == b"sent" and fate[1] in queued:
                yield queued[fate[1]]
            elif gone := _REMOVED.search(line):
                queued.pop(gone[1], None)


def _first(file: Path) -> Iterator[str]:
    with file.open("rb") as handle:
        head = handle.read(_HEAD)
    found = _ID.search(head.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in head else head)
    if found:
        yield (found[1] or found[2]).decode("ascii", "replace")
