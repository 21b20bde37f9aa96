"""Rules H20 and H21: where links lead, and what every newsletter owes its readers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.compose.frame import LOCAL_BASE_URL
from digest.compose.language import language, languages
from digest.compose.lint.finding import Breach
from digest.compose.lint.pages import HTML, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.compose.lint.dom import Page

_SHORTENERS = frozenset({"bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "buff.ly"})
_ADDRESS_LIKE = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:/\S*)?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{%|%7[bB]%7[bB]|\[\[|\*\||example\.invalid|p\.invalid")


def _scripts(host: str) -> set[str]:
    """Return the scripts of a host's letters (UTS #39): Latin mixed with Cyrillic is how fakes look."""
    found = {unicodedata.name(letter, "").split(" ")[0] for letter in host if letter.isalpha()}
    return found & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _host_problem(href: str) -> Iterator[tuple[str, bool]]:
    """Give what is wrong with a web address's host, and whether that is only worth a warning.

    A bare number or a private name is a warning: a newsroom may try things out on its own machines.
    """
    try:
        host = (urlsplit(href).hostname or "").lower()
    except ValueError:
        yield f"{href[:60]!r} is no address", False
        return
    if href.startswith(LOCAL_BASE_URL):
        yield "a link to this machine: set base_url before anybody else gets it", True
    elif host == "localhost" or host.endswith((".local", ".invalid", ".test")):
        yield f"a link to {host}, which only this network knows", True
    elif re.fullmatch(r"[\d.]+|[0-9a-f]*:[0-9a-f:]*", host):
        yield f"a link to the bare number {host}", True
    if any(len(_scripts(label)) > 1 for label in _unicode(host).split(".")):
        yield f"the host {_unicode(host)} mixes scripts, as fakes do", False
    if host in _SHORTENERS:
        yield f"a shortened address ({host}) hides where it leads", True


def _problems(href: str) -> Iterator[tuple[str, bool]]:
    if not href.strip():
        yield "a link without an address", False
    elif _PLACEHOLDER.search(href):
        yield f"an address that was never filled in: {href[:60]}", False
    elif href.startswith("#"):
        yield "links within the mail are dead in most apps", True
    elif re.match(r"https?://", href):
        yield from _host_problem(href)
        if href.startswith("http://") and not href.startswith(LOCAL_BASE_URL):
            yield "an address without https", True
    elif not href.startswith("mailto:"):
        yield f"{href[:60]!r} is no absolute address", False


@HTML.rule(
    "H20",
    "Links lead where they say",
    source="mailbox providers on phishing; UTS #39",
    remedy="write absolute https addresses, and words instead of addresses as link texts",
)
def links(page: Page) -> Iterator[Breach]:
    """Look at every link's address and at what its text pretends."""
    told: set[str] = set()
    for link in page.links:
        href = link.get("href")
        for problem, mild in _problems(href):
            if problem not in told:
                told.add(problem)
                yield at(link, problem, warning=mild)
        shown = _ADDRESS_LIKE.fullmatch(link.text)
        host = _host(href)
        if shown and host and not _same(shown[1].lower(), host):
            mild = not re.match(
                r"https?://|www\.", link.text.strip(), re.IGNORECASE
            )  # a firm's name, perhaps
            yield at(link, f"a link that reads {shown[1]} and leads to {host}", warning=mild)
    if _PLACEHOLDER.search(page.visible):
        yield Breach("html", "a placeholder was never filled in", warning=True)


def _host(href: str) -> str:
    """Return a web address's host; empty for what is none."""
    try:
        return (urlsplit(href).hostname or "") if re.match(r"https?://", href) else ""
    except ValueError:
        return ""


def _same(shown: str, host: str) -> bool:
    return host == shown or host.endswith(f".{shown}") or shown.endswith(f".{host}")


@cache
def _said(message: str) -> frozenset[str]:
    """Return an interface string in every language there is a catalogue for."""
    return frozenset(language(code).say(message).casefold() for code in languages())


@HTML.rule(
    "H21",
    "Readers can leave, choose, and see who writes",
    source="Gmail and Yahoo on bulk senders; CAN-SPAM",
    remedy="keep the footer block: why, who, where, Unsubscribe, Preferences",
)
def owed(page: Page) -> Iterator[Breach]:
    """Look for visible links to leave and to choose."""
    texts = {link.text.casefold() for link in page.links if not link.hidden}
    for name, mild in (("Unsubscribe", False), ("Preferences", True)):
        if not texts & _said(name):
            yield Breach(
                "html", f"no visible link that says {name} in a language Digest speaks", warning=mild
            )
