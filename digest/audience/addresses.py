"""Email addresses: one written form to mail to, one key to compare by. No DNS."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from digest.errors import AddressInvalid

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"(?=.{{3,254}}\Z)(?=.{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[a-z]{{2,63}})")
"""What nearly every address looks like: accepted at once. Whatever else is looked at closely."""

PLAIN = _PLAIN.fullmatch
"""Tell whether a text is an address as nearly every one looks: then it is normalised already."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Address(NamedTuple):
    """A valid address."""

    address: str  # as mailed to: local part as written, domain in ASCII and lower case
    key: str  # for comparison: all lower case
    name: str = ""  # the display name, where the text had one


def normalise(text: str) -> Address:
    """Read an address as people write it; raises ``AddressInvalid`` with a reason in plain words.

    Accepts surrounding blanks, invisible characters, ``mailto:`` and ``Name <address>``. International
    domains become ASCII (IDNA 2008, RFC 5891). Quoted local parts and local parts beyond ASCII are refused:
    too few mail systems deliver to them (RFC 6531).
    """
    if PLAIN(text):
        return Address(text, text.lower())
    try:
        return _careful(text)
    except AddressInvalid as error:
        reason = str(error)
        raise AddressInvalid(
            f"{text[:80]!r} is no email address: {reason}; write name@example.org", reason=reason
        ) from None


def _careful(text: str) -> Address:
    tidy = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip().removeprefix("mailto:")
    if not tidy:
        raise AddressInvalid("the address is missing")
    local, at, domain = tidy.rpartition("@")
    if at and _PLAIN.fullmatch(f"{local}@{domain.lower()}"):
        return Address(f"{local}@{domain.lower()}", f"{local}@{domain}".lower())
    if not at:
        raise AddressInvalid("there is no @ in it")
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            tidy, check_deliverability=False, allow_display_name=True, globally_deliverable=False, strict=True
        )
    except EmailNotValidError as error:
        raise AddressInvalid(_reason(str(error), tidy)) from None
    local, domain = found.local_part, found.ascii_domain.lower()
    if not local.isascii():
        raise AddressInvalid("the part before @ has letters beyond ASCII, which most mail systems refuse")
    if "." not in domain or domain.rpartition(".")[2].isdigit():
        raise AddressInvalid("the part after @ is no public domain such as example.org")
    return Address(f"{local}@{domain}", f"{local}@{domain}".lower(), found.display_name or "")


def _reason(message: str, text: str) -> str:
    if "@" not in text:
        return "there is no @ in it"
    if text.count("@") > 1 and "," in text:
        return "there is more than one address in it"
    return message[:1].lower() + message[1:].rstrip(".")


def domain_of(address: str) -> str:
    """Return the domain of a normalised address."""
    return address.rpartition("@")[2]
