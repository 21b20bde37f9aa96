"""The shelf: what everyone sees the same is made once and has an ETag; what is one reader's is never kept."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from digest.web.shelf import FRESH, FRESH_PICTURE, Shelf

LONG = b"A page of some length. " * 100


class Clock:
    """Seconds as set."""

    now = 100.0

    def __call__(self):
        return self.now


class Site:
    """A small application that counts how often each path was asked of it."""

    def __init__(self):
        self.asked = []
        self.body = LONG
        self.status = 200

    async def __call__(self, scope, receive, send):
        self.asked.append(scope["path"])
        public = "public, max-age=31536000, immutable" if scope["path"].startswith("/i/") else "public"
        control = "no-store" if scope["path"].startswith("/u/") else public
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"Cache-Control", control.encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        half = len(self.body) // 2
        await send({"type": "http.response.body", "body": self.body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[half:]})


class Visitor:
    """Asks the shelf as a server would."""

    def __init__(self, **more):
        self.site, self.clock = Site(), Clock()
        self.shelf = Shelf(self.site, clock=self.clock, **more)

    def get(self, path, query=b"", method="GET", **headers):
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query,
            "headers": [(name.replace("_", "-").encode(), value) for name, value in headers.items()],
        }  # fmt: skip
        said = []

        async def send(message):
            said.append(message)

        asyncio.run(self.shelf(scope, None, send))
        return said[0]["status"], dict(said[0]["headers"]), b"".join(m.get("body", b"") for m in said[1:])


@pytest.fixture
def visitor():
    """Give a visitor of an empty shelf."""
    return Visitor()


def test_a_public_page_is_made_once_in_its_time(visitor):
    """Ten readers in five seconds are one question to the application; the eleventh, later, is a second."""
    pages = {visitor.get("/a/daily")[2] for _ in range(10)}
    assert pages == {LONG}
    assert visitor.site.asked == ["/a/daily"]
    visitor.clock.now += FRESH
    visitor.site.body = b"new"
    assert visitor.get("/a/daily")[2] == b"new"
    assert visitor.get("/a/daily")[2] == b"new"


def test_a_readers_own_page_is_never_kept(visitor):
    """What is not called public is asked for each time and has no ETag."""
    for _ in range(3):
        _, headers, body = visitor.get("/u/token")
        assert body == LONG
        assert b"etag" not in headers
    assert len(visitor.site.asked) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_only_what_is_got_is_kept(visitor, method):
    """A form sent to a public address reaches the application each time."""
    visitor.get("/s/daily")
    visitor.get("/s/daily", method=method)
    visitor.get("/s/daily", method=method)
    assert len(visitor.site.asked) == 3


def test_what_was_withdrawn_goes(visitor):
    """After its time a page that is no longer there is not given; errors are not kept."""
    visitor.get("/e/1")
    visitor.clock.now += FRESH
    visitor.site.status = 404
    assert visitor.get("/e/1")[0] == 404
    assert visitor.get("/e/1")[0] == 404
    visitor.site.status = 200
    assert visitor.get("/e/1")[0] == 200


def test_while_one_asks_anew_the_others_get_the_page_as_it_was():
    """A thousand readers at the moment a page's time is over do not all make it."""
    visitor = Visitor()
    visitor.get("/a/daily")
    visitor.clock.now += FRESH
    slow, asked = visitor.site, []

    async def waiting(scope, receive, send):
        asked.append(scope["path"])
        await asyncio.sleep(0.02)
        await slow(scope, receive, send)

    visitor.shelf._app = waiting

    async def crowd():
        async def one():
            said = []

            async def send(message):
                said.append(message)

            scope = {"type": "http", "method": "GET", "path": "/a/daily", "query_string": b"", "headers": []}
            await visitor.shelf(scope, None, send)
            return said[0]["status"]

        return await asyncio.gather(*(one() for _ in range(50)))

    assert asyncio.run(crowd()) == [200] * 50
    assert len(asked) == 1


@pytest.mark.parametrize("header", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_the_page_is_told_so(visitor, header):
    """If-None-Match is compared weakly (RFC 9110, section 13.1.2): 304, no body, the same ETag."""
    _, headers, _ = visitor.get("/e/1")
    known = header.replace("{tag}", headers[b"etag"].decode()).encode()
    status, again, body = visitor.get("/e/1", if_none_match=known)
    assert (status, body, again[b"etag"]) == (304, b"", headers[b"etag"])
    assert b"cache-control" in again
    assert not [name for name in again if name.startswith(b"content-")]


def test_who_has_another_version_gets_the_page(visitor):
    """Another ETag, also that of the compressed form, is another page."""
    packed = visitor.get("/e/1", accept_encoding=b"gzip")[1][b"etag"]
    assert visitor.get("/e/1", if_none_match=packed)[0] == 200
    assert visitor.get("/e/1", if_none_match=b'"x"')[0] == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [(b"gzip", True), (b"br, GZIP;q=0.5", True), (b"gzip;q=0", False), (b"identity", False), (b"", False)],
)
def test_pages_are_compressed_for_those_who_take_it(visitor, accepted, packed):
    """A tenth of the bytes on a phone; both forms say that they depend on the request."""
    _, headers, body = visitor.get("/e/1", accept_encoding=accepted)
    assert (headers.get(b"content-encoding") == b"gzip") is packed
    assert (gzip.decompress(body) if packed else body) == LONG
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"vary"] == b"accept-encoding"


def test_pictures_are_kept_longer(visitor):
    """What its address names cannot change."""
    visitor.get("/i/abcdef")
    visitor.clock.now += FRESH_PICTURE - 1
    visitor.get("/i/abcdef")
    assert len(visitor.site.asked) == 1


def test_nobody_fills_the_memory():
    """What was asked for longest ago goes first; queries of one's own invention are answered, not kept."""
    visitor = Visitor(most=30_000)
    for number in range(40):
        visitor.get(f"/e/{number}")
    assert visitor.shelf._size <= 30_000
    assert visitor.shelf._size == sum(page.size for page in visitor.shelf._pages.values())
    before = len(visitor.shelf._pages)
    for number in range(40):
        assert visitor.get("/e/39", b"x=%d" % number)[0] == 200
    assert len(visitor.shelf._pages) == before
    visitor.site.body = b"x" * 20_000
    assert visitor.get("/e/large")[2] == visitor.site.body
    assert ("/e/large", b"") not in visitor.shelf._pages
