"""Finding in free text whom a refusal is about: addresses, weighed by where they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RUN = re.compile(r"(?<![\w.+=-])[\w.!#$%&'*+/=?^`{|}~-]++(@(?:[\w-]+\.)*[\w-]+)?")
"""What a local part can consist of, with what follows if it is one: a run that is none is passed over whole,
and not looked at again from each of its characters."""
DAEMON = re.compile(
    r"^(?:maile[r]-?daemon|mail-?daemon|postmaster|mailerdaemon|mdaemon|mail(?:er)?|root|daemon|double-bounce|bounce\S*|"
    r"no-?reply|do-?not-?reply|support|abuse|help\w*|admin\w*|owner-\S+|mail-?delivery\S*|mailsystem|microsoftexchange\S*)@",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:recipient(?:\(s\)|s)?(?: address)?|addressed to|delivered to|failed address|final-recipient|"
    r"original-recipient|addressee|user|destination|bad address|could not be delivered to|"
    r"not be delivered to|failed to deliver to|deliver(?:y)?(?: your message)? to|message to|mail to|"
    r"e-?mail to|sent to|mailbox|account|unknown user|recipients?:)"
)
_PLACES = (  # pattern around an address, weight
    (r"rcpt to:\s*<?{}>?", 9),
    (r"^\s*<{}>\s*[:.,]?\s*$", 8),
    (r"^\s*<{}>\s*(?::|\.{{3}}|,|\(|;)", 8),
    (r"^\s*\"?{}\"?\s*:?\s*$", 8),
    (r"^\s*(?:\*\s*)?{}\s*(?::|\.{{3}}|;|,|\(|\[|\s+-|\s+#)", 7),
    (r"^\s*>>>\s*<?{}>?\s*<<<", 8),
    (r"^\s*{}\s+on\s+\w{{3}},?\s", 8),
    (_NAMED + r"\s*(?:is|was|are)?\s*[:=]?\s*(?:rfc822\s*;\s*)?[<\"'(\[]*{}", 6),
    (r"^\s*(?:to|an|à|para|宛先)\s*[:：]\s*[^\n@]*<?{}", 4),
    (r"<{}>", 2),
    (r"{}", 1),
)


def addresses(text: str) -> Iterator[re.Match[str]]:
    """Give every address in a text, where it stands."""
    return (found for found in _RUN.finditer(text) if found[1])


def find(text: str, original_to: str, ignore: Iterable[str]) -> str:
    """Return the address a text most likely refuses; empty if none stands there.

    ``original_to`` is the To of the returned copy: an address that stands in both counts more.
    ``ignore`` are addresses that are not readers': ours, the daemon's.
    """
    known = {each[0].lower() for each in addresses(original_to)}
    ours = {each.lower() for each in ignore}
    weights: dict[str, float] = {}
    for place, address in enumerate(_distinct(text)):
        low = address.lower()
        if low in ours or (DAEMON.match(low) and low not in known):
            continue
        if low not in weights:
            weights[low] = _weight(text, address) + (6 if low in known else 0) - place * 0.01
    if weights:
        return max(weights, key=lambda address: weights[address])
    return next(iter(known - ours), "") if len(known) == 1 else ""


def _distinct(text: str) -> list[str]:
    """Return distinct addresses in order, at most thirty; Message-IDs and the like are none."""
    seen: dict[str, str] = {}
    for found in addresses(text):
        before = text[max(0, found.start() - 25) : found.start()].lower()
        address = found[0].strip(".'`")
        if "message-id" in before or "id=" in before or address.count("@") != 1 or address.endswith("@"):
            continue
        seen.setdefault(address.lower(), address)
        if len(seen) == 30:  # noqa: PLR2004 (whom it is about stands near the top)
            break
    return list(seen.values())


def _weight(text: str, address: str) -> float:
    quoted = re.escape(address)
    return max(
        (
            weight
            for pattern, weight in _PLACES
            if re.search(pattern.format(quoted), text, re.IGNORECASE | re.MULTILINE)
        ),
        default=0,
    )


def first(text: str) -> str:
    """Return the first address in a header or field, in lower case; empty if there is none."""
    found = next(addresses(text), None)
    return found[0].strip(".'").lower() if found else ""
