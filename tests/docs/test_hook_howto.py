"""The guide to webhooks: the code on the page is what runs here, the script against the real web part."""

from __future__ import annotations

import re
import socket
import threading
import time
import tomllib
import urllib.error
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from digest import plugins, tokens
from digest.audience.hooks import make
from digest.clock import utc_now
from digest.flow import audience
from digest.flow.messages import keyring
from digest.model import EventKind
from digest.settings.models import HookSettings
from digest.store import subscribers
from digest.web.app import create

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "hook.md"
TEXT = PAGE.read_text("utf-8")
SECRET = "a secret of more than 24 bytes"

for block in re.findall(
    r"```python\n(.*?)```", TEXT, re.DOTALL
):  # defines report, AcmeHook, TestAcmeHook (runs here)
    exec(compile(block, str(PAGE), "exec"), globals())

MADE: Any = globals()


@pytest.fixture
def site(sqlite_context: Any) -> Iterator[tuple[str, Any]]:
    """Serve the web part with the hook ``desk`` of the page, at the real time: the script signs with it."""
    desk = HookSettings.model_validate({"type": "signed", "secret": SECRET})
    settings = sqlite_context.settings.model_copy(update={"hooks": {"desk": desk}})
    ctx = type(sqlite_context)(settings, sqlite_context.store, utc_now)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create(ctx), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/hooks/desk", ctx
        server.should_exit = True
        thread.join(10)


def test_the_script_reports_over_the_network(site: tuple[str, Any]) -> None:
    """A bounce of a message that was sent suppresses its reader; one of any other is not ours."""
    url, ctx = site
    audience.add(ctx, "ann@example.org", "daily", "form")
    with ctx.store.read() as conn:
        reader = subscribers.find(conn, "ann@example.org")
    assert reader
    left = tokens.message_id(keyring(ctx), "a" * 12, reader.id)
    said = {"kind": "bounced", "code": "5.1.1", "message_id": f"<{left}@post.example>"}
    other = {**said, "message_id": "<someone@else.example>"}
    assert MADE["report"](url, SECRET, [said, other]) == {"suppressed": 1, "not ours": 1}
    with pytest.raises(urllib.error.HTTPError) as caught:
        MADE["report"](url, "another secret of 24 bytes", [said])
    assert caught.value.code == 403
    assert "signature is wrong" in caught.value.read().decode()


def test_the_configuration_on_the_page_makes_hooks() -> None:
    """Types and options are right; the secret comes from the environment."""
    first = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)[0]
    tables = tomllib.loads(first)["hooks"]
    tables["desk"]["secret"] = SECRET
    assert sorted(tables) == ["desk", "ses"]
    for name, table in tables.items():
        assert make(name, table.pop("type"), table, Path()).name == name
    assert {"ses", "signed"} == set(plugins.names(plugins.HOOKS))


def test_the_example_understands_a_complaint_and_passes_over_the_rest(tmp_path: Path) -> None:
    """Beyond the bounce that the contract tries."""
    hook = MADE["AcmeHook"]("acme", MADE["AcmeOptions"](key=MADE["KEY"]), tmp_path)
    now = datetime(2026, 7, 5, 6, tzinfo=UTC)
    spam = hook.read(*MADE["request"](b'{"event": "spam", "message-id": "m@x"}', "n1", now), now)
    assert [(each.kind, each.classed) for each in spam] == [(EventKind.COMPLAINED, "")]
    assert hook.read(*MADE["request"](b'{"event": "open"}', "n2", now), now) == ()


def test_the_page_names_every_kind_and_class() -> None:
    """The table of keys is complete and invents none."""
    from digest.audience.bounces.report import Class
    from digest.audience.hooks.hook import KINDS

    rows = {
        row[0]: set(re.findall(r"`([a-z]+)`", row[1])) for row in re.findall(r"\| `(\w+)` \| (.*) \|", TEXT)
    }
    assert rows["kind"] == set(KINDS)
    assert rows["class"] == set(Class)
