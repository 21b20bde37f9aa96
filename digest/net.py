"""The one way out to the network: address guard, size and time caps, redirects, decompression under control.

The guard looks at the address a connection is about to be made to, after name resolution and on every
redirect hop, so a name that changes its answer between a check and the connection gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
import zlib
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self
from urllib.parse import urljoin, urlsplit

from digest.errors import AddressRefused, SourceError, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    import aiohttp

MAX_HOPS = 8
_CHUNK = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# what `is_global` lets through on some versions of Python, or what hides an IPv4 address
_DENIED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4",
        "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", "ff00::/8", "::/96",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said: the final address, status, headers (names in lower case) and the decoded body."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    moved: str = ""  # where it says the address has moved for good (301, 308)

    @property
    def media_type(self) -> str:
        """The declared media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The declared character set, "" without one."""
        _, _, rest = self.headers.get("content-type", "").lower().partition("charset=")
        return rest.partition(";")[0].strip(" \"'")


def is_public(text: str) -> bool:
    """Tell whether an IP address lies in the public internet.

    IPv4 inside IPv6 is unwrapped; zone ids are refused.
    """
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in _DENIED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(address[0]):
        raise AddressRefused(
            f"the address {address[0]} lies in a private or reserved network; "
            "if it is meant, set allow_private = true on the source, or give --allow-private",
        )
    return _open_socket((family, kind, protocol))


def _open_socket(info: tuple[Any, ...]) -> socket.socket:
    opened = socket.socket(family=info[0], type=info[1], proto=info[2])
    opened.setblocking(False)  # noqa: FBT003 (the socket's own signature)
    return opened


class Bounds(Protocol):
    """What ``[ingest]`` of the configuration sets for the network; its model fits this."""

    @property
    def concurrency(self) -> int:
        """Connections at once, to all hosts."""

    @property
    def per_host(self) -> int:
        """Connections at once to one host."""

    @property
    def timeout(self) -> timedelta:
        """For one answer, from connecting to its last byte."""

    @property
    def max_bytes(self) -> int:
        """Decoded size of one answer."""

    @property
    def contact(self) -> str:
        """How a site can reach the operator; stands in User-Agent."""


class _Room(NamedTuple):
    size: int  # bytes
    cut: bool  # what is larger is cut off, not refused


class Fetcher:
    """``async with Fetcher(settings.ingest, version) as f: answer = await f.get(url)``.

    One per event loop.
    """

    def __init__(self, settings: Bounds, version: str) -> None:
        self._settings = settings
        contact = f"; +{settings.contact}" if settings.contact else ""
        self.agent = f"newsdigest/{version} (news digest reader{contact})"
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()
        await asyncio.sleep(0)

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        import aiohttp

        if allow_private not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=self._settings.concurrency,
                limit_per_host=self._settings.per_host,
                socket_factory=_open_socket if allow_private else _guarded_socket,
                ttl_dns_cache=60,
            )
            self._sessions[allow_private] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                headers={"User-Agent": self.agent, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._sessions[allow_private]

    async def get(  # noqa: PLR0913 (the conditions of one request; all but the address have defaults)
        self,
        url: str,
        *,
        allow_private: bool = False,
        etag: str = "",
        modified: str = "",
        max_bytes: int | None = None,
        cut: bool = False,
        accept: str = "",
    ) -> Answer:
        """Fetch one address, following at most eight redirects; any status is an answer.

        Raises ``AddressRefused`` (private network, other scheme), ``TooLarge`` (more than ``max_bytes``
        decoded) or ``SourceError`` (no connection, timeout, broken answer), each with a readable reason.
        With ``cut``, a larger body is no error: it is given up to its first byte too many.
        """
        asked = {"Accept": accept or "*/*"}
        if etag:
            asked["If-None-Match"] = etag
        if modified:
            asked["If-Modified-Since"] = modified
        room = _Room(max_bytes or self._settings.max_bytes, cut)
        seconds = self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, asked, room, allow_private)
        except TimeoutError:
            raise SourceError(f"{url} did not answer completely within {seconds:.0f} s") from None

    async def _follow(self, url: str, asked: dict[str, str], room: _Room, allow_private: bool) -> Answer:
        moved, lasting = "", True
        own = _host(url)
        for _ in range(MAX_HOPS + 1):
            # the permission is for the source's own host; a redirect elsewhere must be public
            answer = await self._once(url, asked, room, allow_private and _host(url) == own)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target:
                return replace(answer, moved=moved)
            url = _joined(url, target)
            lasting = lasting and answer.status in (301, 308)
            moved = url if lasting else moved
        raise SourceError(f"{url}: more than {MAX_HOPS} redirects")

    async def _once(self, url: str, asked: dict[str, str], room: _Room, allow_private: bool) -> Answer:
        import aiohttp

        _check(url)
        try:
            async with self._session(allow_private).get(
                url, headers=asked, allow_redirects=False
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                if response.status in _REDIRECTS and "location" in headers:
                    return Answer(url=url, status=response.status, headers=headers)
                body = await _body(response, room)
                return Answer(url=url, status=response.status, headers=headers, body=body)
        except aiohttp.ClientError as error:
            raise _translated(url, error) from error
        except (OSError, ValueError, UnicodeError) as error:
            raise SourceError(f"{url}: {error}"[:300]) from error


def _host(url: str) -> str:
    """Return an address's host; empty for nonsense, which ``_check`` refuses with its reason."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target.strip())
    except ValueError as error:
        raise SourceError(f"{url} redirects to what is no address: {target[:120]!r}") from error


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none raises here
    except ValueError as error:
        raise SourceError(f"this is no address: {url[:120]!r} ({error})") from error
    if parts.scheme not in ("http", "https"):
        raise AddressRefused(
            f"only http and https are fetched, not {parts.scheme or 'no scheme'}: {url[:120]}"
        )
    if not parts.hostname or "%" in parts.hostname:
        raise AddressRefused(f"the address names no host: {url[:120]}")


def _translated(url: str, error: BaseException) -> SourceError:
    """Find our own refusal inside what the client raised, else word the client's error."""
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            break
        if isinstance(cause, SourceError):
            return cause
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
            continue
        cause = cause.__cause__ or cause.__context__ or getattr(cause, "os_error", None)
    return SourceError(f"{url}: {error or type(error).__name__}"[:300])


async def _body(response: aiohttp.ClientResponse, room: _Room) -> bytes:
    """Collect the decoded body.

    Stops as soon as there is no room for it, however small the compressed answer is.
    """
    limit = room.size
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > limit and not room.cut:
        raise TooLarge(
            f"{response.url}: {int(declared):,} bytes announced; "
            f"at most {limit:,} are read (ingest.max_bytes)"
        )
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        for piece in unpack(chunk, limit - size):
            parts.append(piece)
            size += len(piece)
            if size > limit and room.cut:
                return b"".join(parts)[: limit + 1]
            if size > limit:
                raise TooLarge(f"{response.url}: more than {limit:,} bytes (ingest.max_bytes)")
    return b"".join(parts)


def _unpacker(encoding: str) -> Any:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk, _room: (chunk,)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Inflate().feed
    raise SourceError(f"the answer is compressed in a way that was not asked for: {encoding[:40]}")


class _Inflate:
    """Gzip, zlib or raw deflate, whichever the bytes are; never more than a little beyond the room left."""

    def __init__(self) -> None:
        self._inner: Any = None

    def feed(self, chunk: bytes, room: int) -> tuple[bytes, ...]:
        try:
            if self._inner is None:
                self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32)
                try:
                    return (self._inner.decompress(chunk, room + 1),)
                except zlib.error:
                    self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
            return (self._inner.decompress(self._inner.unconsumed_tail + chunk, room + 1),)
        except zlib.error as error:
            raise SourceError(f"the compressed answer is broken: {error}") from error
