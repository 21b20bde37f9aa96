"""Limits: a refusal never depends on the address, and a /64 is one network."""

from __future__ import annotations

import pytest

from digest.audience.limits import Counts, Limits, judge, network

MOST = Limits(address=3, network=20, total=100)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((0, 0, 0), "send"),
        ((2, 19, 99), "send"),
        ((3, 0, 0), "silent"),
        ((0, 20, 0), "refuse"),
        ((3, 20, 0), "refuse"),
        ((0, 0, 100), "refuse"),
    ],
)
def test_judging(counts, verdict):
    """Too many letters to an address stay silent; too many from a network are told."""
    assert judge(Counts(*counts), MOST) == verdict


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_networks(address, expected):
    """IPv4 as it is, IPv6 by its first 64 bits."""
    assert network(address) == expected
