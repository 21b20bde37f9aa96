"""The guide to adding a sender: the code on the page is what runs here, against a server of a few lines."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.model import Outcome, RefusedRecipient, Unavailable
from digest.testing.senders import hand_over, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "sender.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
ANSWERS: dict[str, Any] = {"r91@": 422, "r92@": 429, "r93@": 500, "r94@": 401, "r95@": 400, "r96@": "cut"}


class Acme(BaseHTTPRequestHandler):
    """What the provider of the guide is."""

    def do_POST(self) -> None:
        server: Any = self.server
        to = self.headers["X-To"]
        data = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Authorization"] == "Bearer t"
        answer = next((code for start, code in ANSWERS.items() if to.startswith(start)), 200)
        if answer == "cut":
            server.taken.append((to, data))
            self.close_connection = True
            return
        if answer == 200:
            server.taken.append((to, data))
        body = json.dumps({"id": f"acme-{to}"}).encode()
        self.send_response(answer)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Server:
    def __init__(self, http: Any) -> None:
        self.http, self.url = http, f"http://127.0.0.1:{http.server_port}/raw"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.http.taken]


@contextmanager
def a_local_server_that_answers_as_acme_does() -> Iterator[Server]:
    http: Any = ThreadingHTTPServer(("127.0.0.1", 0), Acme)
    http.taken = []
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Server(http)
    http.shutdown()
    http.server_close()


for block in BLOCKS:  # defines AcmeSender and TestAcme (the contract, which runs here)
    exec(compile(block, str(PAGE), "exec"), globals())


def outcome(number: int, url: str = "") -> Outcome:
    made: Any = globals()
    with a_local_server_that_answers_as_acme_does() as server:
        options = made["AcmeOptions"](url=url or server.url, token="t")
        (heard,) = asyncio.run(hand_over(made["AcmeSender"]("acme", options, Path()), messages(number)[-1:]))
    return heard


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (91, "RefusedRecipient"), (92, "Unavailable"), (93, "Deferred"), (94, "Unavailable"),
        (95, "Unavailable"), (96, "Uncertain"), (1, "Submitted"),
    ],
)  # fmt: skip
def test_every_answer_is_understood(number: int, expected: str) -> None:
    """The example says what the guide says: what was cut off is uncertain, our own faults burn nobody."""
    heard = outcome(number)
    assert type(heard).__name__ == expected
    if isinstance(heard, Unavailable):
        assert heard.final == (number != 92)
    if isinstance(heard, RefusedRecipient):
        assert heard.cause == "address"


def test_a_provider_that_is_not_there_burns_nobody() -> None:
    """Nothing has left, so the message waits."""
    heard = outcome(1, "http://127.0.0.1:1/raw")
    assert isinstance(heard, Unavailable)
    assert not heard.final


def test_the_page_names_every_kind_of_event() -> None:
    """The table of events is complete and invents none."""
    from digest.audience.bounces.report import Class
    from digest.model import EventKind

    table = PAGE.read_text().partition("## 4. Events")[2]
    named = set(re.findall(r"\| `(\w+)` (?=\|)", table))
    kinds = {kind.value for kind in EventKind} - {"clicked"}
    assert kinds <= named
    assert {"address", "mailbox", "content", "policy"} <= named & {each.value for each in Class}


def test_every_sender_has_a_page_with_its_events() -> None:
    """A sender's page bears its name, shows its section of the configuration and maps its events."""
    from importlib.metadata import entry_points

    for entry in entry_points(group="digest.senders"):
        page = (PAGE.parents[1] / "senders" / f"{entry.name}.md").read_text()
        assert page.startswith(f"# Sender: {entry.name}\n")
        assert f'type = "{entry.name}"' in page
        assert "\n## Events\n" in page
