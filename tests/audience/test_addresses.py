"""Addresses: what people write becomes one form to mail to and one key to compare by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.addresses import domain_of, normalise
from digest.errors import AddressInvalid


@pytest.mark.parametrize(
    ("text", "address", "key"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        (" Ann.O'Hara@Example.ORG ", "Ann.O'Hara@example.org", "ann.o'hara@example.org"),
        ("mailto:ann@example.org", "ann@example.org", "ann@example.org"),
        ("\ufeffann@example.org\u200b", "ann@example.org", "ann@example.org"),
        ("ann@exämple.de", "ann@xn--exmple-cua.de", "ann@xn--exmple-cua.de"),
        ("ann@XN--EXMPLE-CUA.de", "ann@xn--exmple-cua.de", "ann@xn--exmple-cua.de"),
        ("ann+news@sub.example.org", "ann+news@sub.example.org", "ann+news@sub.example.org"),
    ],
)
def test_valid_addresses_get_one_written_form(text, address, key):
    """Blanks, marks, case of the domain and its script do not make another reader."""
    found = normalise(text)
    assert (found.address, found.key) == (address, key)


def test_a_name_beside_the_address_is_kept():
    """Tables exported from mail programs hold `Name <address>`."""
    assert normalise('"Hara, Ann" <ann@example.org>')[:3] == (
        "ann@example.org",
        "ann@example.org",
        "Hara, Ann",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("ann", "no @"),
        ("ann@", "@"),
        ("ann@localhost", "special-use"),
        ("ann@[192.0.2.1]", "bracket"),
        ("ann@192.0.2.1", "public domain"),
        ("a b@example.org", "SPACE"),
        ("ann@example..org", "period"),
        ("ann@example.org, bob@example.org", "more than one"),
        ("müller@example.org", "beyond ASCII"),
        ('"ann b"@example.org', "quot"),
        ("a" * 65 + "@example.org", "long"),
        ("ann@" + "a" * 64 + ".org", "so many characters"),
        ("ann@example.org\r\nBcc: bob@example.org", "@"),
        ("ann@example.org\x00", "@"),
    ],
)
def test_invalid_addresses_are_refused_with_a_reason(text, reason):
    """The reason is in words an operator can act on."""
    with pytest.raises(AddressInvalid, match=reason):
        normalise(text)


@given(st.text(max_size=60))
def test_nothing_that_passes_can_break_a_header(text):
    """Whatever is accepted is ASCII with one @ and neither blanks nor controls."""
    try:
        found = normalise(text)
    except AddressInvalid:
        return
    assert found.address.isascii()
    assert found.address.isprintable()
    assert " " not in found.address
    assert found.address.count("@") == 1
    assert found.key == found.address.lower()
    assert domain_of(found.address) == domain_of(found.key)


def test_normalising_twice_changes_nothing():
    """The written form is its own written form."""
    once = normalise(" ANN@EXÄMPLE.de")
    assert normalise(once.address)[:2] == once[:2]


def test_the_error_names_the_address_and_what_to_write():
    with pytest.raises(
        AddressInvalid, match=r"'bad' is no email address: there is no @ in it; write name@"
    ) as told:
        normalise("bad")
    assert told.value.reason == "there is no @ in it"
