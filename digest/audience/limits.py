"""Limits on sign-ups: who asks too often is told so in a way that tells nothing about addresses."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Verdict(StrEnum):
    """What becomes of a request."""

    SEND = "send"
    SILENT = "silent"  # nothing is sent, the answer is the same: this address was asked for too often
    REFUSE = "refuse"  # come back later: this network, or everyone, asked too often


class Counts(NamedTuple):
    """Requests before this one."""

    address: int  # letters to the address in a day
    network: int  # requests from the network in an hour
    total: int  # requests in an hour


class Limits(NamedTuple):
    """At most so many."""

    address: int
    network: int
    total: int


def judge(counts: Counts, limits: Limits) -> Verdict:
    """Decide about one request. Networks come first, so that a refusal never depends on the address."""
    if counts.network >= limits.network or counts.total >= limits.total:
        return Verdict.REFUSE
    return Verdict.SILENT if counts.address >= limits.address else Verdict.SEND


def network(address: str) -> str:
    """Return what counts as one network: an IPv4 address, an IPv6 /64; empty for what is neither."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), 64), strict=False))
    return str(found)
