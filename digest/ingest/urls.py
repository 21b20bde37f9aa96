"""Addresses: made absolute, freed of tracking, and reduced to the key that says "the same article". Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    unquote_to_bytes,
    urlencode,
    urljoin,
    urlsplit,
    urlunsplit,
)

_TRACKING = re.compile(
    r"(?:utm_|at_|mc_|pk_|piwik_|mtm_|matomo_|hsa_|_hs|vero_|oly_|wt\.|itm_|stm_|ga_)\w*$"
    r"|(?:fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mkt_tok|cmpid|ncid|ocid|ito"
    r"|ref_src|ref_url|ftag|smid|smtyp|spm|srnd|sref|guccounter|__twitter_impression|cn-track|amp_js_v|usqp|xtor|s_cid"
    r"|traffic_source|fb_ref|fb_source|icid|intcid|intcmp|campaign_id|wprss|rssid|feedtype|feedname|ns_mchannel"
    r"|ns_source|ns_campaign|sharetype|ss_source|referrer)$",
    re.IGNORECASE,
)
# these may name an article where the path is only a script; beside a telling path they never do
_SOFT = frozenset(
    {"ref", "rss", "feed", "source", "src", "via", "share", "from", "output", "partner", "cid", "cmp", "chn"}
)
_TELLING_PATH = 16
_AMP_QUERY = frozenset(
    {("amp", "1"), ("amp", "true"), ("amp", ""), ("outputtype", "amp"), ("amp_markup", "1"), ("view", "amp")}
)
_HOST_PREFIX = re.compile(
    r"^(?:www\d?|m|mobile|amp|touch|wap)\.(?=[^.]+\.)(?!(?:co|com|org|net|gov|edu|ac)\.[a-z]{2}$)"
)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|cfm|jsp)$", re.IGNORECASE)
_AMP_PATH = re.compile(r"/amp/?$|^/amp(?=/)|\.amp(?=\.html?$)|\.amp$")
_SAFE = "/:@!$&'()*+,;=~-._"
_UNSAFE = re.compile(r"[^!#-;=?-\]_a-z~|]")  # beyond ASCII, blanks, quotes and angle brackets
_LONGEST = 2000
_DATED = re.compile(r"[/_-](20[0-4]\d)([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
# most addresses are written as they should be; these need not be taken apart
_ORIGIN = re.compile(r"https?://[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?=/)")
_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?:/(?!\.)[A-Za-z0-9:@!$&'()*+,;=~._-]*)+(?:\?[A-Za-z0-9=&._~:,;+-]*)?"
)
_KEPT = re.compile(r"https?://((?:[a-z0-9-]+\.)+[a-z0-9-]+)(/[^?#]*)")
_SCHEME_ALONE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:/*$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200b-\u200f\u202a-\u202e]+")


@lru_cache(maxsize=4096)
def host(url: str) -> str:
    """Return the host without "www.", in lower case; empty when the address has none."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.lower().rstrip(".").removeprefix("www.")


def absolute(url: str, base: str = "") -> str:
    """Return an absolute http(s) address without controls or credentials, or "" when it cannot be one.

    ``javascript:``, ``data:`` and other schemes give "". ``//host`` takes the scheme of ``base`` (https
    without one).
    """
    if _PLAIN.fullmatch(url):
        return url
    url = _CONTROL.sub("", url.replace("\\", "/")).strip()
    if (
        url.startswith("/")
        and not url.startswith("//")
        and (origin := _ORIGIN.match(base))
        and _PLAIN.fullmatch(origin[0] + url)
    ):
        return origin[0] + url
    if not url or len(url) > _LONGEST or _SCHEME_ALONE.match(url):
        return ""
    try:
        parts = urlsplit(urljoin(base, url) if base else f"https:{url}" if url.startswith("//") else url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        return urlunsplit(
            parts._replace(netloc=_netloc(parts), path=_path(parts.path) or "/", query=_query(parts.query))
        )
    except (ValueError, UnicodeError):
        return ""


def clean(url: str, base: str = "") -> str:
    """Return the address as it is linked in mails: absolute, without tracking parameters and fragment."""
    url = absolute(url, base)
    if not url or ("?" not in url and "#" not in url):
        return url
    parts = urlsplit(url)
    soft = _SOFT if len(parts.path) >= _TELLING_PATH else frozenset()
    kept = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(pair[0]) and pair[0].lower() not in soft
    ]
    query = parts.query if len(kept) == parts.query.count("&") + 1 else urlencode(kept)
    return urlunsplit(parts._replace(query=query, fragment=_fragment(parts.fragment)))


@lru_cache(maxsize=8192)
def key(url: str) -> str:
    """Return the identity of an address.

    No scheme, no "www.", "m." or "amp.", no tracking, no trailing slash.

    Two addresses with the same key are the same article. Empty for what is no web address.
    """
    url = clean(url)
    if plain := _KEPT.fullmatch(url):
        return _HOST_PREFIX.sub("", plain[1]) + _INDEX.sub("/", _AMP_PATH.sub("", plain[2])).rstrip("/")
    if not url:
        return ""
    parts = urlsplit(url)
    name = _HOST_PREFIX.sub("", parts.hostname or "")
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    path = _INDEX.sub("/", _AMP_PATH.sub("", parts.path)).rstrip("/")
    pairs = sorted(
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if (pair[0].lower(), pair[1].lower()) not in _AMP_QUERY
    )
    return f"{name}{port}{path}" + (f"?{urlencode(pairs)}" if pairs else "") + _bang(parts.fragment)


def date_in(url: str) -> str:
    """Return the day an address names ("/2026/07/05/", "/2026-07-05-", "/20260705/") in ISO form, or ""."""
    match = _DATED.search(url.partition("?")[0])
    return f"{match[1]}-{match[3]}-{match[4]}" if match else ""


def is_amp_or_mobile(url: str) -> bool:
    """Tell whether an address is a page's AMP or mobile twin, which is not what one links to."""
    parts = urlsplit(url)
    return bool(_AMP_PATH.search(parts.path)) or (parts.hostname or "").startswith(
        ("amp.", "m.", "mobile.", "touch.")
    )


def _fragment(fragment: str) -> str:
    return fragment if fragment.startswith(("!", "/")) else ""  # single-page sites name articles there


def _bang(fragment: str) -> str:
    return f"#{fragment}" if fragment else ""


def _netloc(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".").lower()
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if ":" in name:
        name = f"[{name}]"
    elif not re.fullmatch(r"[a-z0-9._-]+", name):
        msg = f"no host name: {name!r}"
        raise ValueError(msg)
    port = parts.port
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{name}:{port}" if port and port != usual else name


def _query(query: str) -> str:
    return quote(query, safe=f"{_SAFE}?%[]") if _UNSAFE.search(query) else query


def _path(path: str) -> str:
    """Write percent escapes one way: what needs no escape has none, the rest is UTF-8 in upper-case hex."""
    if path.isascii() and "%" not in path and not re.search(r"[^\w/:@!$&'()*+,;=~.-]", path):
        return path
    return "/".join(quote(unquote_to_bytes(part), safe=_SAFE.replace("/", "")) for part in path.split("/"))
