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


SAID = {
    "address": (
        "550 Address invalid",
        "550 We can't accept user ann",
        "553 ann is in my badrcptto list (#5.7.1)",
        "554 5.7.1 recipient is not local",
        "554 this user is not accepting any mail",
        "lookup failed: name or service not known",
        "no MX record found for this domain",
        "554 5.5.0 rejected: Account Unavailable",
        "550 mailbox unavailable or access denied",
        "ann does not have an example.org account",
        "the address did not match any of our people",
    ),
    "mailbox": (
        "550 account disabled for a while for exceeding receiving limits",
        "552 disc quota exceeded",
        "550 does not have enough space",
        "553 the space has been used up",
        "the computer was not reachable within two days",
        "all hosts have been failing for long",
    ),
    "policy": (
        "550 Go away",
        "553 this server requires confirmation",
        "421 Trop de connexions",
        "421 please try again slower",
        "550 You have been blocked by the recipient",
        "550 this is a closed mailing list",
        "554 Client host [192.0.2.1] blocked using a list; ask about user unknown at https://list.example/",
        "550 5.2.1 Domain frequency limited",
        "554 too many invalid recipients from your host",
    ),
    "content": (
        "554 line limit exceeded",
        "552 taille limite du message atteinte",
        "554 we do not accept messages containing pictures",
        "they are not accepting mail with attachments",
        "550 duplicate header",
        "550 5.7.1 This is not RFC 5322 compliant: multiple Subject headers",
    ),
    "us": (
        "550 bogus mail from",
        "550 unroutable sender address",
        "550 5.2.0 From: Domain is invalid",
        "554 your address is not verified",
        "501 5.5.4 Invalid domain name",
    ),
}


@pytest.mark.parametrize(("outcome", "text"), [(outcome, text) for outcome in SAID for text in SAID[outcome]])
def test_the_words_of_servers_are_known(outcome, text):
    """With the code they name, or with the one that says nothing."""
    assert classed(enhanced(text) or "5.0.0", text) == outcome


def test_the_text_around_speaks_where_the_reason_does_not():
    """And where neither does, nobody is suppressed: "undeliverable" is no word about the address."""
    said = "This letter was undeliverable for the following reason:"
    assert classed("", said, f"{said} no such user") == "address"
    assert classed("", said, "Something went wrong.") == "mailbox"


def test_the_most_telling_code_is_taken():
    """Not the first, not a success, not an address on the network or a port."""
    assert enhanced("2.0.0 ok, then 5.0.0 and 5.1.1 from 5.1.1.9") == "5.1.1"
    assert reply("at 10:550 from 192.0.2.550: 452 busy") == "452"
