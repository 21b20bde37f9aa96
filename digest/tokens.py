"""Signed, purpose-bound names: link tokens, return paths, Message-IDs, edition ids and address hashes. Pure.

A token is ``number ‖ [expiry] ‖ MAC ‖ key id``: keyed BLAKE2b of 128 bits (RFC 7693, section 2.9), under a
key derived for one purpose by HMAC-SHA256, so that a token made for one page opens no other. The key id
stands last, so that a link never ends in ``-`` or ``_``, which mail programs leave out when they find links
in plain text. Equal input gives equal output: what is previewed is what is sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from binascii import b2a_base64
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from digest.errors import TokenInvalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NUMBER = 7  # bytes: 7 + 16 + 1 = 24 bytes are 32 characters without padding
_EXPIRY = 6  # bytes, seconds since 1970: 40 characters
_MAC = 16
_SHORT_MAC = 10  # in local parts, which hold at most 64 characters (RFC 5321, section 4.5.3.1.1)
_ID_LENGTH = 12
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BOUNCES = "bounces+"


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is invalid for every other."""

    LEAVE = "leave"  # number: subscription
    PREFERENCES = "preferences"  # number: subscriber
    CONFIRM = "confirm"  # number: subscription; expires
    CHANGE = "change"  # number: subscriber; a form of the preferences page, expires
    BOUNCE = "bounce"
    MESSAGE = "message"
    ADDRESS = "address"
    BOUNDARY = "boundary"
    FORM = "form"  # a sign-up form was really shown; expires
    CLICK = "click"  # an edition and an address in it, not a number


class _Secret(Protocol):
    def get_secret_value(self) -> str: ...


class Key(Protocol):
    """One configured secret: its number, what it is for and the secret itself."""

    @property
    def id(self) -> int:
        """Number that stands in tokens, 0 to 255."""

    @property
    def purpose(self) -> str:
        """``links`` or ``addresses``."""

    @property
    def secret(self) -> _Secret:
        """The secret, wrapped so that it is never printed."""


class Keyring:
    """The keys in use. Tokens are made with the newest link key and read with every one.

    ``links`` and ``addresses`` map key ids to secrets. Address hashes always use the lowest ``addresses``
    key: it never rotates, else an erased person could be mailed again.
    """

    def __init__(self, links: dict[int, bytes], addresses: dict[int, bytes]) -> None:
        if not links:
            raise UsageError(
                "there is no secret key for links; `digest init` writes config/keys.toml, or set secret_keys"
            )
        self.newest = max(links)
        self._derived = {
            (key, purpose): hmac.digest(secret, b"digest/1/" + purpose.encode(), "sha256")
            for key, secret in links.items()
            for purpose in Purpose
        }
        first = addresses[min(addresses)] if addresses else links[min(links)]
        self._address = hmac.digest(first, b"digest/1/address-hash", "sha256")

    def mac(self, purpose: Purpose, key: int, message: bytes, length: int) -> bytes | None:
        """Return a MAC of ``length`` bytes, or None where there is no such key."""
        derived = self._derived.get((key, purpose))
        return derived and hashlib.blake2b(message, key=derived, digest_size=length).digest()

    def derived(self, purpose: Purpose) -> bytes:
        """Return the newest key for one purpose."""
        return self._derived[self.newest, purpose]

    def address_mac(self, message: bytes) -> bytes:
        """Return the 32-byte MAC under the key that never rotates."""
        return hmac.digest(self._address, message, "sha256")


def keyring(keys: Iterable[Key]) -> Keyring:
    """Build the keyring from configured keys; raises ``UsageError`` where there is none for links."""
    links: dict[int, bytes] = {}
    addresses: dict[int, bytes] = {}
    for key in keys:
        kind = addresses if key.purpose == "addresses" else links
        kind[key.id] = key.secret.get_secret_value().encode()
    return Keyring(links, addresses)


def _signed(ring: Keyring, purpose: Purpose, message: bytes, length: int) -> bytes:
    mac = ring.mac(purpose, ring.newest, message, length)
    assert mac is not None
    return message + mac + bytes((ring.newest,))


def _verified(ring: Keyring, purpose: Purpose, raw: bytes, length: int) -> bytes:
    """Return the message part of signed bytes; the comparison takes the same time for every wrong MAC."""
    message, mac, key = raw[: -length - 1], raw[-length - 1 : -1], raw[-1]
    expected = ring.mac(purpose, key, message, length)
    if not hmac.compare_digest(expected or b"\0" * length, mac) or expected is None:
        raise TokenInvalid
    return message


def make(ring: Keyring, purpose: Purpose, number: int, *, expires: datetime | None = None) -> str:
    """Return the token of a number (0 to 2⁵⁶ - 1) for one purpose: 32 characters, 40 when it expires."""
    message = number.to_bytes(_NUMBER, "big")
    if expires is not None:
        message += int(expires.timestamp()).to_bytes(_EXPIRY, "big")
    return base64.urlsafe_b64encode(_signed(ring, purpose, message, _MAC)).decode()


def read(ring: Keyring, purpose: Purpose, token: str, now: datetime) -> int:
    """Return the number in a token; raises ``TokenInvalid`` if altered, expired or of another purpose."""
    if len(token) not in (32, 40) or not token.isascii():
        raise TokenInvalid
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        raise TokenInvalid from None
    message = _verified(ring, purpose, raw, _MAC)
    expiry = message[_NUMBER:]
    if expiry and datetime.fromtimestamp(int.from_bytes(expiry, "big"), UTC) <= now:
        raise TokenInvalid("The link has expired; ask for a new one.")
    return int.from_bytes(message[:_NUMBER], "big")


def _pair(public_id: str, subscriber: int) -> bytes:
    return int(public_id, 36).to_bytes(8, "big") + subscriber.to_bytes(6, "big")


def _unpair(message: bytes) -> tuple[str, int]:
    return _base36(int.from_bytes(message[:8], "big")), int.from_bytes(message[8:], "big")


def _base36(value: int) -> str:
    letters = []
    for _ in range(_ID_LENGTH):
        value, digit = divmod(value, 36)
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))


def _local(ring: Keyring, purpose: Purpose, public_id: str, subscriber: int) -> str:
    signed = _signed(ring, purpose, _pair(public_id, subscriber), _SHORT_MAC)
    return base64.b32encode(signed).decode().lower()


def _read_local(ring: Keyring, purpose: Purpose, text: str) -> tuple[str, int]:
    try:
        raw = base64.b32decode(text.upper().encode("ascii"))
    except ValueError:
        raise TokenInvalid from None
    if len(text) != 40:  # noqa: PLR2004 (8 + 6 + 10 + 1 bytes in base32)
        raise TokenInvalid
    return _unpair(_verified(ring, purpose, raw, _SHORT_MAC))


def bounce(ring: Keyring, public_id: str, subscriber: int) -> str:
    """Return the local part of the return path (VERP) of one message: ``bounces+`` and 40 of a-z, 2-7.

    Base32 in lower case, because local parts get lower-cased on the way.
    """
    return _BOUNCES + _local(ring, Purpose.BOUNCE, public_id, subscriber)


def read_bounce(ring: Keyring, local_part: str) -> tuple[str, int]:
    """Return (edition's public id, subscriber) from a return path's local part, whatever stands before ``+``.

    Raises ``TokenInvalid`` if it was altered or is no token.
    """
    return _read_local(ring, Purpose.BOUNCE, local_part.rpartition("+")[2])


def message_id(ring: Keyring, public_id: str, subscriber: int) -> str:
    """Return the left part of the Message-ID of one message: signed, so that a complaint can be trusted."""
    return f"{_local(ring, Purpose.MESSAGE, public_id, subscriber)}.{public_id}"


def read_message_id(ring: Keyring, left: str) -> tuple[str, int]:
    """Return (edition's public id, subscriber) from a Message-ID's left part; raises ``TokenInvalid``."""
    return _read_local(ring, Purpose.MESSAGE, left.partition(".")[0])


def public_id(newsletter: str, slot_at: datetime, kind: str = "regular") -> str:
    """Return an edition's name in addresses and headers: 12 characters of 0-9 and a-z, from what it is."""
    named = "\0".join((newsletter, slot_at.astimezone(UTC).isoformat(timespec="seconds"), kind))
    number = int.from_bytes(hashlib.sha256(named.encode()).digest()[:16], "big")
    return _base36(number)


def address_hash(ring: Keyring, address_key: str) -> str:
    """Return the hash under which an address is suppressed: 32 hex digits, useless without the key."""
    return ring.address_mac(address_key.encode())[:_MAC].hex()


def link_id(ring: Keyring, public_id: str, url: str) -> str:
    """Return the name of one link of an edition: 16 of a-z, 2-7, the same for every reader.

    Nobody without the key can tell it beforehand, and nothing can be read from it.
    """
    mac = ring.mac(Purpose.CLICK, ring.newest, f"{public_id}\0{url}".encode(), _SHORT_MAC)
    assert mac is not None
    return base64.b32encode(mac).decode().lower()


def boundary(ring: Keyring, public_id: str) -> str:
    """Return the MIME boundary of an edition's messages (RFC 2046, section 5.1.1): 28 characters."""
    mac = ring.mac(Purpose.BOUNDARY, ring.newest, public_id.encode(), 11)
    assert mac is not None
    return "digest" + mac.hex()


# ── all of a message's tokens at once ─────────────────────────────────────────────────


def _spreading(groups: int) -> tuple[tuple[int, int, int], ...]:
    """Return (upper half, lower half, distance) of each step that spreads groups of five bits to bytes."""
    steps, lane = [], groups
    while lane > 1:
        half = 5 * lane // 2  # bits
        lower = sum((1 << half) - 1 << 8 * lane * i for i in range(groups // lane))
        steps.append((lower << half, lower, 8 * lane // 2 - half))
        lane //= 2
    return tuple(steps)


_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256, b"\0")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_TWO = 40  # bytes of two local parts behind the part that all of an edition share: 64 characters
_STEPS = _spreading(64)


def _base32(raw: bytes) -> str:
    """Write ``_TWO`` bytes as base32 in lower case, all characters at once, much faster than ``base64``."""
    value = int.from_bytes(raw, "big")
    for upper, lower, distance in _STEPS:
        value = (value & upper) << distance | value & lower
    return value.to_bytes(64, "big").translate(_BASE32).decode()


def names(ring: Keyring, public_id: str) -> Callable[[int, int], tuple[str, str, str, str]]:
    """Return a function (subscriber, subscription) → LEAVE token, PREFERENCES token, return path, Message-ID.

    The same as ``make``, ``bounce`` and ``message_id`` give one by one, for sending: a few microseconds.
    """
    mac, key = hashlib.blake2b, bytes((ring.newest,))
    leave, choose, bounce_, message = (
        ring.derived(p) for p in (Purpose.LEAVE, Purpose.PREFERENCES, Purpose.BOUNCE, Purpose.MESSAGE)
    )
    edition = _pair(public_id, 0)[:8]
    shared, varying = base64.b32encode(edition[:5]).decode().lower(), edition[5:]
    bounces, ending = _BOUNCES + shared, f".{public_id}"

    def token(number: int, derived: bytes) -> str:
        told = number.to_bytes(_NUMBER, "big")
        signed = told + mac(told, key=derived, digest_size=_MAC).digest() + key
        return b2a_base64(signed, newline=False).translate(_URL_SAFE).decode()

    def named(subscriber: int, subscription: int) -> tuple[str, str, str, str]:
        told = subscriber.to_bytes(6, "big")
        pair, rest = edition + told, varying + told
        both = _base32(
            rest
            + mac(pair, key=bounce_, digest_size=_SHORT_MAC).digest()
            + key
            + rest
            + mac(pair, key=message, digest_size=_SHORT_MAC).digest()
            + key
        )
        return (
            token(subscription, leave),
            token(subscriber, choose),
            bounces + both[:32],
            shared + both[32:] + ending,
        )

    return named
