"""What every answer has and every request must keep to: security headers, limits of size and time, HEAD."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 65_536
"""Bytes of a request's body; the longest form is under 4,000."""
MOST_HOOK = 1_000_000
"""Bytes of a provider's webhook."""
MOST_HEAD = 16_384
"""Bytes of a request's address and headers; browsers send about 1,000."""
BODY_SECONDS = 20.0
"""Seconds a request's body may take to come; a form comes in one packet."""

BARE = "digest.bare"
"""In a request's scope where it came as HEAD: nobody reads the answer."""

Headers = list[tuple[bytes, bytes]]

_SAME_FOR_ALL: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), interest-cohort=()"),
]
_REFUSALS = {
    408: b"The request took too long.",
    413: b"The request is too large.",
    431: b"The request's headers are too large.",
}
_NO_STORE = (b"cache-control", b"no-store")
_UNLISTED = (b"x-robots-tag", b"noindex, nofollow")
_PERSONAL = ("/u/", "/p/", "/c/", "/d/", "/r/")


class Guard:
    """Wraps the application: limits what comes in, adds headers to whatever goes out, errors included.

    ``root`` is the path of ``base_url``: the pages answer with and without it, whatever a proxy hands on.
    """

    body_seconds = BODY_SECONDS

    def __init__(self, app: ASGIApp, *, images: str = "", secure: bool = False, root: str = "") -> None:
        self._app = app
        self._root = root
        pictures = f"'self' data: {images}".rstrip()
        common = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        page = f"{common}; style-src 'self'; img-src {pictures}; frame-src 'self'"
        # A mail carries its style in attributes; it has no scripts and no forms, and may frame nothing.
        mail = (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
            f"style-src 'unsafe-inline'; img-src {pictures}; "
            "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
        )
        embed = page.replace("frame-ancestors 'none'", "frame-ancestors *")
        always = list(_SAME_FOR_ALL)
        if secure:
            always.append((b"strict-transport-security", b"max-age=31536000"))
        policies = {"page": page, "mail": mail, "embed": embed}
        self._added: dict[str, Headers] = {
            kind: [(b"content-security-policy", policy.encode()), *always]
            for kind, policy in policies.items()
        }
        self._added["personal"] = [*self._added["page"], _UNLISTED]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._inside(scope)
        answer = _Answer(send, self._added[_kind(scope["path"])])
        if _head(scope) > MOST_HEAD:
            await answer.refuse(431)
            return
        if scope["method"] == "HEAD":
            # The same answer as to GET, without its body; nothing that can be got changes anything.
            answer.bare = scope[BARE] = True
            scope["method"] = "GET"
        if scope["method"] == "GET":
            await self._app(scope, receive, answer.pass_on)
            return
        most = MOST_HOOK if scope["path"].startswith("/hooks/") else MOST_BODY
        body = _Body(receive, most, self.body_seconds)
        answer.body = body
        if _declared(scope) > body.most:
            await answer.refuse(413)
        else:
            await self._app(scope, body.receive, answer.pass_on)

    def _inside(self, scope: Scope) -> Scope:
        """Copy the request, its path without the base path, which some proxies take off and some do not."""
        path: str = scope["path"]
        if self._root and (path == self._root or path.startswith(f"{self._root}/")):
            path = path[len(self._root) :] or "/"
        return {**scope, "path": path}


def _kind(path: str) -> str:
    if path.startswith("/e/"):
        return "mail"
    if path.startswith(_PERSONAL):
        return "personal"
    return "embed" if path.startswith("/s/") and path.endswith("/embed") else "page"


def _head(scope: Scope) -> int:
    size = len(scope["path"]) + len(scope["query_string"])
    for name, value in scope["headers"]:
        size += len(name) + len(value)
    return size


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


class _Answer:
    """What goes out: with the headers every answer has, or a refusal in its place."""

    def __init__(self, send: Send, added: Headers) -> None:
        self._send = send
        self._added = added
        self._refused = False
        self.body: _Body | None = None
        self.bare = False

    async def pass_on(self, message: Message) -> None:
        """Pass one message of the application's on."""
        if self._refused:
            return
        if message["type"] == "http.response.start":
            if self.body is not None and self.body.fault:
                await self.refuse(self.body.fault)
                return
            self._complete(message)
        elif self.bare:
            message = {
                "type": "http.response.body",
                "body": b"",
                "more_body": message.get("more_body", False),
            }
        await self._send(message)

    def _complete(self, message: Message) -> None:
        headers = [*message["headers"], *self._added]
        if not any(name.lower() == b"cache-control" for name, _ in message["headers"]):
            headers.append(_NO_STORE)
        message["headers"] = headers

    async def refuse(self, status: int) -> None:
        """Answer in the application's place and close the connection."""
        self._refused = True
        text = _REFUSALS[status]
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        headers += [(b"content-length", b"%d" % len(text)), _NO_STORE, *self._added]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": text})


class _Body:
    """A request's body, counted and timed as it comes: its length may not be told, or told wrongly."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._until: float | None = None
        self.most = most
        self.taken = 0
        self.fault = 0

    async def receive(self) -> Message:
        """Give the next part; past a limit, pretend that the client went away."""
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.fault = 408
            return {"type": "http.disconnect"}
        self.taken += len(message.get("body", b""))
        if self.taken > self.most:
            self.fault = 413
        return {"type": "http.disconnect"} if self.fault else message
