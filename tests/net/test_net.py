"""The way out to the network, against a real server on loopback."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from digest import net
from digest.errors import AddressRefused, SourceError, TooLarge
from digest.settings.models import IngestSettings
from digest.testing.website import Resource, Website


@pytest.fixture
def site():
    with Website() as running:
        yield running


def get(url: str, *, settings: IngestSettings | None = None, private: bool = True, **more) -> net.Answer:
    async def ask() -> net.Answer:
        async with net.Fetcher(settings or IngestSettings(), "0.1") as fetcher:
            return await fetcher.get(url, allow_private=private, **more)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "::127.0.0.1", "2001:db8::1", "fe80::1%eth0", "localhost", "",
    ],
)  # fmt: skip
def test_private_and_reserved_addresses_are_not_public(address):
    """Every way of writing an address inside is seen through, IPv4 in IPv6 included."""
    assert not net.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_public(address):
    assert net.is_public(address)


def test_the_guard_refuses_loopback_before_a_byte_is_sent(site):
    """Without allow_private no request reaches a private address, by number or by name."""
    for url in (site.url("/"), site.url("/").replace("127.0.0.1", "localhost")):
        with pytest.raises(AddressRefused, match="allow_private"):
            get(url, private=False)
    assert site.requests == []


def test_a_name_that_changes_its_answer_gains_nothing(site):
    """The guard looks at the address of the very connection, so a second, private answer of the resolver is refused."""

    async def ask() -> None:
        async with net.Fetcher(IngestSettings(), "0.1") as fetcher:
            session = fetcher._session(False)
            answers = iter(["93.184.216.34", "127.0.0.1"])

            async def resolve(host, port=0, family=0):
                return [
                    {
                        "hostname": host,
                        "host": next(answers),
                        "port": port,
                        "family": 2,
                        "proto": 6,
                        "flags": 0,
                    }
                ]

            session.connector._resolver.resolve = resolve
            session.connector._use_dns_cache = False
            checked = await resolve("rebind.example")  # what a check before the request would have seen
            assert net.is_public(checked[0]["host"])
            await fetcher.get(site.url("/").replace("127.0.0.1", "rebind.example"))

    with pytest.raises(AddressRefused):
        asyncio.run(ask())
    assert site.requests == []


def test_a_redirect_into_a_private_range_is_refused(site):
    """Every hop passes the guard; here the first is allowed by address and the second is not."""
    site.put("/", "", status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})

    async def ask() -> None:
        async with net.Fetcher(IngestSettings(), "0.1") as fetcher:
            opened = fetcher._session(True)
            guarded = fetcher._session(False)
            port = int(site.root.rsplit(":", 1)[1])
            inner = guarded.connector._socket_factory
            # loopback's own port stands for a public server; everything else passes the real guard
            guarded.connector._socket_factory = lambda info: (
                net._open_socket(info) if info[4][1] == port else inner(info)
            )
            assert opened is not guarded
            await fetcher.get(site.url("/"))

    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
        asyncio.run(ask())
    assert len(site.requests) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://x/", "ftp://x/y", "javascript:alert(1)"])
def test_other_schemes_are_refused_directly_and_by_redirect(site, target):
    with pytest.raises(AddressRefused, match="only http and https"):
        get(target)
    site.put("/r", "", status=302, headers={"Location": target})
    with pytest.raises(AddressRefused, match="only http and https"):
        get(site.url("/r"))


def test_redirects_are_followed_and_a_lasting_move_is_told(site):
    site.put("/a", "", status=301, headers={"Location": "/b"})
    site.put("/b", "", status=308, headers={"Location": "/c"})
    site.put("/c", "here")
    answer = get(site.url("/a"))
    assert (answer.body, answer.url, answer.moved) == (b"here", site.url("/c"), site.url("/c"))
    site.put("/b", "", status=302, headers={"Location": "/c"})
    assert get(site.url("/a")).moved == site.url("/b")


def test_leave_to_be_private_ends_at_the_sources_own_host(site):
    """A source inside the network cannot send us on to its neighbours, least of all to the metadata service."""
    for target in ("http://169.254.169.254/latest", site.url("/feed").replace("127.0.0.1", "localhost")):
        site.put("/moved", b"", status=302, headers={"Location": target})
        with pytest.raises(AddressRefused):
            get(site.url("/moved"))


def test_a_circle_of_redirects_ends(site):
    site.put("/a", "", status=302, headers={"Location": "/a"})
    with pytest.raises(SourceError, match="redirects"):
        get(site.url("/a"))
    assert len(site.requests) == net.MAX_HOPS + 1


def test_a_body_above_the_limit_is_refused_announced_or_not(site):
    """An announced size is refused before the body is read; a lying or silent server while it is read."""
    site.put("/big", b"x" * 200_000)
    with pytest.raises(TooLarge, match="announced"):
        get(site.url("/big"), max_bytes=100_000)
    site.put("/silent", b"x" * 200_000, headers={"Content-Length": "", "Connection": "close"})
    with pytest.raises((TooLarge, SourceError)):
        get(site.url("/silent"), max_bytes=100_000)
    assert len(get(site.url("/big"), max_bytes=200_000).body) == 200_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compression_bomb_stops_at_the_limit(site, encoding):
    """A hundred megabytes in a hundred kilobytes cost no more than the limit."""
    plain = b"\x00" * 100_000_000
    packed = gzip.compress(plain, 9) if encoding == "gzip" else zlib.compress(plain, 9)
    assert len(packed) < 150_000
    site.put("/bomb", packed, headers={"Content-Encoding": encoding})
    with pytest.raises(TooLarge):
        get(site.url("/bomb"), max_bytes=1_000_000)


@pytest.mark.parametrize("size", [10, 70_000, 900_000])
def test_compressed_answers_are_unpacked_whole(site, size):
    """Gzip, zlib and raw deflate give the same bytes, across chunk borders too."""
    plain = bytes(i * i % 251 for i in range(size))
    raw = zlib.compressobj(wbits=-15)
    for encoding, body in (
        ("gzip", gzip.compress(plain)),
        ("deflate", zlib.compress(plain)),
        ("deflate", raw.compress(plain) + raw.flush()),
    ):
        site.put("/z", body, headers={"Content-Encoding": encoding})
        assert get(site.url("/z")).body == plain


def test_highly_compressible_answers_lose_nothing(site):
    """What one chunk unfolds to beyond the step is not dropped."""
    plain = b"ab" * 1_500_000
    site.put("/z", gzip.compress(plain), headers={"Content-Encoding": "gzip"})
    assert get(site.url("/z")).body == plain


def test_broken_compression_is_a_readable_reason(site):
    site.put("/z", b"\x1f\x8b\x08nonsense", headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceError, match="broken"):
        get(site.url("/z"))


def test_a_slow_drip_ends_at_the_time_limit(site):
    """A server that sends a byte now and then holds nobody longer than the timeout of the whole answer."""
    site.put("/drip", b"x" * 200, drip=0.05)
    with pytest.raises(SourceError, match="within 1 s"):
        get(site.url("/drip"), settings=IngestSettings(timeout="1s"))


def test_conditional_requests_and_the_user_agent(site):
    """ETag and Last-Modified are sent back; the agent names us and the contact."""
    site.put("/f", "body", etag=True)
    first = get(site.url("/f"))
    second = get(
        site.url("/f"),
        etag=first.headers["etag"],
        modified="yesterday",
        settings=IngestSettings(contact="https://me.example"),
    )
    assert (second.status, second.body) == (304, b"")
    asked = site.requests[-1].headers
    assert asked["if-modified-since"] == "yesterday"
    assert "newsdigest/0.1" in asked["user-agent"]
    assert "+https://me.example" in asked["user-agent"]


def test_cookies_are_neither_kept_nor_sent(site):
    site.put("/c", "x", headers={"Set-Cookie": "a=b"})

    async def ask() -> None:
        async with net.Fetcher(IngestSettings(), "0.1") as fetcher:
            for _ in range(2):
                await fetcher.get(site.url("/c"), allow_private=True)

    asyncio.run(ask())
    assert "cookie" not in site.requests[-1].headers


def test_no_more_connections_to_one_host_than_allowed(site):
    """per_host holds: with one connection, five slow answers come one after the other."""
    running, most = 0, 0

    def slow(_request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        import time

        time.sleep(0.05)
        running -= 1
        return Resource(b"x")

    site.on("/s", slow)

    async def ask() -> None:
        async with net.Fetcher(IngestSettings(per_host=1), "0.1") as fetcher:
            await asyncio.gather(*(fetcher.get(site.url("/s"), allow_private=True) for _ in range(5)))

    asyncio.run(ask())
    assert most == 1


@pytest.mark.parametrize(
    "url", ["http://", "http:///x", "http://[::1", "http://a b/", "http://x:99999/", "not an address", ""]
)
def test_nonsense_addresses_are_readable_errors(url):
    with pytest.raises(SourceError):
        get(url)


def test_a_refused_connection_is_a_readable_reason():
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        get("http://127.0.0.1:9/")
