"""A preview on localhost: rebuilt when what it rests on changes; the page asks and reloads itself."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.flow.preview import Preview

_EVERY = 0.7  # seconds between looks


class _Handler(SimpleHTTPRequestHandler):
    """Serves the folder, and the number of its build at /version; never cached."""

    def __init__(self, *args: Any, live: Live, **kwargs: Any) -> None:
        self.live = live
        super().__init__(*args, directory=str(live.folder), **kwargs)

    def do_GET(self) -> None:
        """Answer."""
        if self.path.partition("?")[0] != "/version":
            super().do_GET()
            return
        body = str(self.live.build).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Forbid caching: the page changes under its address."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the terminal belongs to the operator."""


class Live:
    """One served preview."""

    def __init__(
        self,
        newsletter: str,
        folder: Path,
        make: Callable[[], Preview],
        watched: Callable[[], object],
    ) -> None:
        self.newsletter = newsletter
        self.folder = folder
        self.make = make
        self.watched = watched
        self.build = 0
        self.stopped = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._seen: object = None

    def listen(self, port: int) -> int:
        """Build once and open the port (0 chooses a free one); return it."""
        self.rebuild()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, live=self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return int(self._server.server_address[1])

    def run(self) -> None:
        """Look for changes until stopped or interrupted."""
        try:
            while not self.stopped.wait(_EVERY):
                self.look()
        except KeyboardInterrupt:
            pass
        finally:
            if self._server:
                self._server.shutdown()
                self._server.server_close()

    def look(self) -> bool:
        """Rebuild if anything changed; tell whether it did."""
        seen = self._state()
        if seen == self._seen:
            return False
        self.rebuild()
        return True

    def _state(self) -> object:
        try:
            return self.watched()
        except DigestError as error:  # a half-written configuration: a state of its own
            return str(error)

    def rebuild(self) -> None:
        """Make the preview, or a page that says why it cannot be made."""
        from digest.compose import studio
        from digest.flow.preview import write

        self._seen = self._state()
        try:
            write(self.make(), self.folder, live=True)
        except DigestError as error:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "index.html").write_text(studio.failure(self.newsletter, str(error)), "utf-8")
        self.build += 1
