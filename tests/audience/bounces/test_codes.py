"""Classes: what is said counts where a code is vague, and nobody is suppressed for what is said of us."""

from __future__ import annotations

import pytest

from digest.audience.bounces.codes import classed, enhanced, reply


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        ("4.4.3", "Name service error for name=x.example type=MX: Host not found, try again", "mailbox"),
        ("5.4.4", "Name service error for name=x.example type=A: Host not found", "address"),
        ("5.0.0", "550 Verification failed for <bounces@p.example> 550-No Such User Here", "us"),
        ("5.0.0", "550 No Such User Here", "address"),
        ("5.2.0", "550 5.2.0 Mail rejected. AB_506", "policy"),
        ("5.0.0", "550 Ip frequency limited", "policy"),
        ("5.7.0", "552 5.7.0 blocked because its content presents a potential security issue", "content"),
        ("5.2.1", "550 5.2.1 The user is receiving mail at a rate that prevents more", "mailbox"),
        ("5.2.1", "550 5.2.1 The account is disabled", "address"),
        ("5.7.1", "550 5.7.1 No such user!", "address"),
        ("5.1.1", "550 5.1.1 blocked as spam", "address"),
    ],
)
def test_what_is_said_is_weighed_against_the_code(code, text, outcome):
    """Formats of large receivers, rebuilt by hand."""
    assert classed(code, text) == outcome


def test_the_most_telling_code_is_taken():
    """Not the first, not a success, not an address on the network or a port."""
    assert enhanced("2.0.0 ok, then 5.0.0 and 5.1.1 from 5.1.1.9") == "5.1.1"
    assert reply("at 10:550 from 192.0.2.550: 452 busy") == "452"
