"""What no single value can tell: names that must exist elsewhere, twins, schedules, addresses.

Works on the raw values, so that these faults are reported together with those of the models; whatever has the
wrong type is left to the models.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from digest.settings.problems import Fault, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_OVER_HTTP = {"auto", "feed", "jsonfeed", "page", "sitemap"}
_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")


def source_key(url: str) -> str:
    """Make a source's key from its address: host and path, without www and feed endings."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = re.sub(
        r"(?i)(^|/)(rss|feed|feeds|atom|index)?(\.(xml|json|rss|atom|rdf|html?))?/?$", "", parts.path
    )
    return re.sub(r"[^a-z0-9._]+", "-", f"{host}{path}".casefold()).strip("-.") or "source"


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _tables(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield from ((str(name), table) for name, table in value.items() if isinstance(table, dict))


def _texts(value: Any) -> list[str]:
    """Return a text, or the texts of a list."""
    return (
        [value]
        if isinstance(value, str) and value
        else [each for each in _list(value) if isinstance(each, str)]
    )


def _twins(path: tuple[str | int, ...], rows: Any, column: str) -> Iterator[Fault]:
    values = [str(row.get(column, "")).casefold() if isinstance(row, dict) else "" for row in _list(rows)]
    counts = Counter(value for value in values if value)
    for position, value in enumerate(values):
        if counts[value] > 1 and value in values[:position]:
            yield Fault((*path, position, column), "is used twice", repr(value), "each needs its own")


def _unknown(path: tuple[str | int, ...], wanted: Any, known: set[str], what: str) -> Iterator[Fault]:
    listed = isinstance(wanted, list | tuple)
    for position, name in enumerate(_texts(wanted)):
        if name not in known:
            place = (*path, position) if listed else path
            yield Fault(place, f"no {what} has this name", repr(name), nearest(name, known))


def _schedule(path: tuple[str | int, ...], value: Any) -> Iterator[Fault]:
    from digest import slots

    if not isinstance(value, str):
        return
    try:
        slots.check(value)
    except ValueError:
        hint = 'write minute hour day month weekday, such as "0 7 * * 1-5"'
        yield Fault(path, "is no cron schedule that ever comes", repr(value), hint)


def _address(path: tuple[str | int, ...], value: Any) -> Iterator[Fault]:
    text = value.strip() if isinstance(value, str) else ""
    bare = text[text.rfind("<") + 1 : -1] if text.endswith(">") else text
    if text and not (_ADDRESS.fullmatch(bare) and text.isprintable()):
        yield Fault(path, "is no email address", shown(path, value), 'write "Name <name@news.example>"')


def _url(path: tuple[str | int, ...], value: Any) -> Iterator[Fault]:
    if isinstance(value, str) and value and not re.match(r"https?://[^/?#\s]+[^?#\s]*$", value):
        yield Fault(
            path, "is no web address", shown(path, value), 'write "https://news.example", no ? or # in it'
        )


def _site(path: tuple[str | int, ...], value: Any) -> Iterator[Fault]:
    if isinstance(value, str) and value and not re.match(r"https?://[^/?#\s]+\S*$", value):
        yield Fault(path, "is no web address", shown(path, value), 'write "https://news.example/…"')


def _domain(path: tuple[str | int, ...], value: Any, sample: str) -> Iterator[Fault]:
    text = value.strip().strip("<>") if isinstance(value, str) else ""
    if text and not re.fullmatch(r"[\w-]+(\.[\w-]+)+", text):
        yield Fault(path, "is no domain name", shown(path, value), f'write a name such as "{sample}"')


def _source(path: tuple[str | int, ...], row: Any) -> Iterator[Fault]:
    url = row.get("url") if isinstance(row, dict) else None
    if not isinstance(url, str) or row.get("kind", "auto") not in _OVER_HTTP:
        return
    scheme, colon, _ = url.partition("://")
    if colon and scheme.casefold() not in {"http", "https"}:
        yield Fault(
            (*path, "url"), "cannot be read from", shown(path, url), "write https://… or the path of a folder"
        )


def _database(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str):
        return
    known = value.startswith(("sqlite:///", "postgresql://", "postgres://"))
    if not known or value.endswith(":memory:") or value == "sqlite:///":
        bare = re.sub(r"//[^/@]*@", "//…@", value)  # a password may stand there
        hint = 'write "sqlite:///var/digest.db" or "postgresql://user@host/database"'
        yield Fault(("database",), "is no database that can be kept", repr(bare), hint)


def _newsletter(name: str, table: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Fault]:
    path = ("newsletters", name)
    if not _NAME.fullmatch(name):
        hint = "rename the file: small letters, digits and dashes, at most 40"
        yield Fault(path, "is no name for a newsletter", repr(name), hint)
    senders = {sender for sender, _ in _tables(raw.get("senders"))}
    keys = {str(row.get("key", "")) for row in _list(raw.get("sources")) if isinstance(row, dict)}
    yield from _unknown((*path, "sender"), table.get("sender", "outbox"), senders, "sender")
    yield from _unknown((*path, "sources"), table.get("sources"), keys, "source")
    yield from _schedule((*path, "schedule"), table.get("schedule"))
    for column in ("from", "reply_to"):
        yield from _address((*path, column), table.get(column))
    yield from _site((*path, "site_url"), table.get("site_url"))
    yield from _domain((*path, "list_id"), table.get("list_id"), "daily.news.example")
    yield from _domain((*path, "bounce_domain"), table.get("bounce_domain"), "bounces.news.example")
    yield from _twins((*path, "sections"), table.get("sections"), "name")
    picks, minimum = table.get("picks", 7), table.get("minimum", 3)
    if table.get("breaking") is True and picks != 1:
        hint = "set picks = 1 and minimum = 1: what is not printed must not count as sent"
        yield Fault((*path, "picks"), "is more than breaking news prints, its lead alone", str(picks), hint)
    if isinstance(picks, int) and isinstance(minimum, int) and minimum > picks:
        yield Fault(
            (*path, "minimum"),
            "is more than picks",
            str(minimum),
            f"picks is {picks}: no edition could be made",
        )


def _clicks(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Refuse to count links without the web part's address: they would lead nowhere."""
    for name, table in _tables(raw.get("newsletters")):
        if table.get("clicks") is True and not raw.get("base_url"):
            hint = 'set base_url to the public address of the web part, or "clicks = false"'
            yield Fault(("newsletters", name, "clicks"), "cannot be counted without base_url", "true", hint)


def faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Give every fault between values of the merged configuration."""
    yield from _twins(("sources",), raw.get("sources"), "key")
    for position, row in enumerate(_list(raw.get("sources"))):
        yield from _source(("sources", position), row)
    yield from _twins(("secret_keys",), raw.get("secret_keys"), "id")
    yield from _database(raw.get("database"))
    for column in ("base_url", "image_base_url"):
        yield from _url((column,), raw.get(column))
    yield from _clicks(raw)
    senders = {sender for sender, _ in _tables(raw.get("senders"))}
    yield from _unknown(("alerts_sender",), raw.get("alerts_sender"), senders, "sender")
    for name, _ in _tables(raw.get("hooks")):
        if not _NAME.fullmatch(name):
            hint = "write small letters, digits and dashes, at most 40: it stands in the address"
            yield Fault(("hooks", name), "is no name for a hook", repr(name), hint)
    yield from _address(("alerts_from",), raw.get("alerts_from"))
    for position, address in enumerate(_list(raw.get("alerts_to"))):
        yield from _address(("alerts_to", position), address)
    for name, table in _tables(raw.get("newsletters")):
        yield from _newsletter(name, table, raw)
