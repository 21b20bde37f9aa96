"""Tokens: only what was made with our keys, for this purpose and in time, is read."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import tokens
from digest.errors import TokenInvalid, UsageError
from digest.tokens import Keyring, Purpose

NOW = datetime(2026, 7, 5, 7, tzinfo=UTC)
RING = Keyring({1: b"a" * 32}, {9: b"b" * 32})
ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.integers(0, 2**56 - 1), st.sampled_from(list(Purpose)))
def test_a_token_gives_back_its_number(number, purpose):
    """Every number survives; the token has 32 characters and never ends in a mark that link finders drop."""
    token = tokens.make(RING, purpose, number)
    assert tokens.read(RING, purpose, token, NOW) == number
    assert re.fullmatch(r"[A-Za-z0-9_-]{31}[A-Za-z0-9]", token)


@given(st.integers(0, 31), st.sampled_from(ALPHABET))
def test_an_altered_token_is_refused(place, letter):
    """No single changed character passes: there is one spelling of each token."""
    token = tokens.make(RING, Purpose.LEAVE, 77)
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(TokenInvalid):
            tokens.read(RING, Purpose.LEAVE, altered, NOW)


@pytest.mark.parametrize("other", [p for p in Purpose if p is not Purpose.LEAVE])
def test_a_token_of_another_purpose_is_refused(other):
    """A link to leave opens nothing else."""
    with pytest.raises(TokenInvalid):
        tokens.read(RING, other, tokens.make(RING, Purpose.LEAVE, 77), NOW)


@pytest.mark.parametrize(
    "text", ["", "x", "é" * 32, "=" * 32, "A" * 32, "A" * 40, "A" * 36, "A" * 31 + "=", " " * 32]
)
def test_nonsense_is_refused(text):
    """Anything that is no token is refused, never a crash."""
    for read in (
        lambda: tokens.read(RING, Purpose.LEAVE, text, NOW),
        lambda: tokens.read_bounce(RING, text),
        lambda: tokens.read_message_id(RING, text),
    ):
        with pytest.raises(TokenInvalid):
            read()


def test_a_token_expires_at_its_time():
    """It is valid until the second named, and its expiry cannot be cut off."""
    token = tokens.make(RING, Purpose.CONFIRM, 5, expires=NOW)
    assert len(token) <= 43
    assert tokens.read(RING, Purpose.CONFIRM, token, NOW - timedelta(seconds=1)) == 5
    with pytest.raises(TokenInvalid, match="expired"):
        tokens.read(RING, Purpose.CONFIRM, token, NOW)
    with pytest.raises(TokenInvalid):
        tokens.read(RING, Purpose.CONFIRM, token[:12] + token[20:], NOW)


def test_rotation_keeps_old_links_alive_and_makes_new_ones_with_the_newest_key():
    """After a new key is added, mails already sent still work; once the old key is gone, they do not."""
    both = Keyring({1: b"a" * 32, 2: b"c" * 32}, {9: b"b" * 32})
    only_new = Keyring({2: b"c" * 32}, {9: b"b" * 32})
    old = tokens.make(RING, Purpose.LEAVE, 7)
    assert tokens.read(both, Purpose.LEAVE, old, NOW) == 7
    assert tokens.read(only_new, Purpose.LEAVE, tokens.make(both, Purpose.LEAVE, 7), NOW) == 7
    with pytest.raises(TokenInvalid):
        tokens.read(only_new, Purpose.LEAVE, old, NOW)


def test_the_address_hash_never_rotates():
    """New link keys and new address keys leave the hash of an address as it was."""
    later = Keyring({1: b"a" * 32, 2: b"c" * 32}, {9: b"b" * 32, 10: b"d" * 32})
    assert tokens.address_hash(RING, "ann@example.org") == tokens.address_hash(later, "ann@example.org")
    assert tokens.address_hash(RING, "ann@example.org") != tokens.address_hash(RING, "bob@example.org")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 2**48 - 1),
)
def test_return_paths_and_message_ids_name_edition_and_subscriber(moment, subscriber):
    """Both give back what they name, in any case, and fit into a local part."""
    name = tokens.public_id("daily", moment)
    assert re.fullmatch("[0-9a-z]{12}", name)
    local = tokens.bounce(RING, name, subscriber)
    assert len(local) <= 64
    assert local == local.lower()
    for spelling in (local, local.upper(), "prefix+" + local):
        assert tokens.read_bounce(RING, spelling) == (name, subscriber)
    assert tokens.read_message_id(RING, tokens.message_id(RING, name, subscriber)) == (name, subscriber)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**56 - 1),
)
def test_a_message_s_tokens_made_at_once_are_those_made_one_by_one(moment, subscriber, subscription):
    """The quick way, used for sending, gives the tokens that every reader of them expects."""
    name = tokens.public_id("daily", moment)
    assert tokens.names(RING, name)(subscriber, subscription) == (
        tokens.make(RING, Purpose.LEAVE, subscription),
        tokens.make(RING, Purpose.PREFERENCES, subscriber),
        tokens.bounce(RING, name, subscriber),
        tokens.message_id(RING, name, subscriber),
    )


def test_a_forged_return_path_is_refused():
    """Another key's return path, or a Message-ID used as one, is no proof."""
    name = tokens.public_id("daily", NOW)
    foreign = Keyring({1: b"z" * 32}, {})
    for local in (tokens.bounce(foreign, name, 4), tokens.message_id(RING, name, 4).partition(".")[0]):
        with pytest.raises(TokenInvalid):
            tokens.read_bounce(RING, local)


def test_equal_input_gives_equal_output():
    """Public id and boundary depend on what the edition is, on nothing else."""
    zone = NOW.astimezone(__import__("zoneinfo").ZoneInfo("Europe/London"))
    assert tokens.public_id("daily", NOW) == tokens.public_id("daily", zone)
    assert tokens.public_id("daily", NOW) != tokens.public_id("weekly", NOW)
    assert tokens.public_id("daily", NOW) != tokens.public_id("daily", NOW, "breaking")
    assert tokens.boundary(RING, "a" * 12) == tokens.boundary(RING, "a" * 12)
    assert re.fullmatch("[a-z0-9]{28}", tokens.boundary(RING, "a" * 12))


def test_a_link_is_named_by_edition_and_address_under_a_key():
    """Equal for every reader, unlike for another edition, address or key."""
    named = tokens.link_id(RING, "a" * 12, "https://post.example/1")
    assert re.fullmatch("[a-z2-7]{16}", named)
    assert named == tokens.link_id(RING, "a" * 12, "https://post.example/1")
    others = (
        tokens.link_id(RING, "b" * 12, "https://post.example/1"),
        tokens.link_id(RING, "a" * 12, "https://post.example/2"),
        tokens.link_id(Keyring({1: b"z" * 32}, {}), "a" * 12, "https://post.example/1"),
    )
    assert len({named, *others}) == 4


def test_without_a_key_nothing_is_made():
    """The message says what to do."""
    with pytest.raises(UsageError, match="digest init"):
        tokens.keyring([])
