"""What every answer has and every request must keep to: security headers, size limits, safe errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 65_536
"""Bytes of a request's body; the longest form is under 4,000."""
MOST_HOOK = 1_000_000
"""Bytes of a provider's webhook."""

_SAME_FOR_ALL = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), interest-cohort=()"),
]


class Guard:
    """Wraps the application: refuses long bodies before they are read, adds headers to every answer."""

    def __init__(self, app: ASGIApp, images: str = "", secure: bool = False) -> None:
        self._app = app
        pictures = f"'self' data: {images}".rstrip()
        common = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        self._page = f"{common}; style-src 'self'; img-src {pictures}; frame-src 'self'".encode()
        # A mail carries its style in attributes; it has no scripts and no forms, and may frame nothing.
        self._mail = (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
            f"style-src 'unsafe-inline'; img-src {pictures}; "
            "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
        ).encode()
        self._embed = self._page.replace(b"frame-ancestors 'none'", b"frame-ancestors *")
        self._secure = [(b"strict-transport-security", b"max-age=31536000")] if secure else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        body = _Body(receive, MOST_HOOK if path.startswith("/hooks/") else MOST_BODY)
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start":
                if body.too_large:
                    refused = True
                    await self._refuse(path, send)
                    return
                message["headers"] = self._headers(path, list(message["headers"]))
            await send(message)

        if _declared(scope) > body.most:
            await self._refuse(path, send)
        else:
            await self._app(scope, body.receive, answer)

    async def _refuse(self, path: str, send: Send) -> None:
        said = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        headers = self._headers(path, said)
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"The request is too large."})

    def _headers(self, path: str, there: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in there}
        if b"content-security-policy" not in names:
            there.append((b"content-security-policy", self._policy(path)))
        if b"cache-control" not in names:
            there.append((b"cache-control", b"no-store"))
        if path.startswith(("/u/", "/p/", "/c/")):
            there.append((b"x-robots-tag", b"noindex, nofollow"))
        return [*there, *_SAME_FOR_ALL, *self._secure]

    def _policy(self, path: str) -> bytes:
        if path.startswith("/e/"):
            return self._mail
        return self._embed if path.endswith("/embed") else self._page


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


class _Body:
    """A request's body, counted as it comes: its length may not be told, or told wrongly."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self.most = most
        self.taken = 0

    @property
    def too_large(self) -> bool:
        return self.taken > self.most

    async def receive(self) -> Message:
        """Give the next part; past the limit, pretend that the client went away."""
        message = await self._receive()
        self.taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.too_large else message
