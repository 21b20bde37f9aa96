"""A real web site on loopback, in a thread: pages put by path, requests kept, faults on demand."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Resource:
    """What one path answers.

    ``delay`` seconds pass before it, ``drip`` seconds between its single bytes; the body is sent ``times``
    times, without an announced length when that is more than once.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    at: float  # monotonic seconds


class Website:
    """``with Website() as site: site.put("/feed.xml", body)``; ``site.url("/feed.xml")`` is its address.

    A resource put with ``etag=True`` answers 304 to a matching If-None-Match.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._resources: dict[str, Resource | Callable[[Request], Resource]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: object) -> None:
                """Keep quiet; requests are kept in ``requests``."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def root(self) -> str:
        """The site's address, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"{self.root}{path}"

    def put(
        self, path: str, body: str | bytes, *, media_type: str = "", etag: bool = False, **more: object
    ) -> None:
        """Let a path answer ``body``; ``more`` are further parts of its ``Resource``."""
        data = body.encode() if isinstance(body, str) else body
        resource = Resource(body=data, **more)  # type: ignore[arg-type]  # named as in Resource
        if media_type:
            resource.headers["Content-Type"] = media_type
        if etag:
            resource.headers["ETag"] = f'"{blake2b(data, digest_size=8).hexdigest()}"'
        self._resources[path] = resource

    def on(self, path: str, answer: Callable[[Request], Resource]) -> None:
        """Let a path answer what a function makes of the request."""
        self._resources[path] = answer

    def remove(self, path: str) -> None:
        """Let a path answer 404 again."""
        self._resources.pop(path, None)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        request = Request(handler.path, {k.lower(): v for k, v in handler.headers.items()}, time.monotonic())
        self.requests.append(request)
        found = self._resources.get(handler.path, Resource(b"not found", 404))
        resource = found if isinstance(found, Resource) else found(request)
        tag = resource.headers.get("ETag")
        if tag and request.headers.get("if-none-match") == tag:
            resource = Resource(b"", 304, {"ETag": tag})
        time.sleep(resource.delay)
        _send(handler, resource)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, *_: object) -> None:
        """Let a reader that hangs up be; that is what some tests are about."""


def _send(handler: BaseHTTPRequestHandler, resource: Resource) -> None:
    handler.send_response(resource.status)
    for name, value in resource.headers.items():
        handler.send_header(name, value)
    if resource.times > 1:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    elif "Content-Length" not in resource.headers:
        handler.send_header("Content-Length", str(len(resource.body)))
    handler.end_headers()
    if resource.status == 304:  # noqa: PLR2004 (not modified: no body)
        return
    if not resource.drip:
        for _ in range(resource.times):
            handler.wfile.write(resource.body)
        return
    for n in range(len(resource.body)):
        handler.wfile.write(resource.body[n : n + 1])
        handler.wfile.flush()
        time.sleep(resource.drip)
