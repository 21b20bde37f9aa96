"""``digest run`` as a process of its own: it sends, it ends when asked, and it survives being killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from digest.clock import utc_now
from digest.flow import build, due
from digest.flow.context import Context
from digest.model import EditionState
from digest.settings.write import toml_value
from digest.store import deliveries, editions
from digest.testing import demo
from digest.testing.house import House, articles
from digest.testing.smtp import Features, SmtpServer

READERS = 150


@pytest.fixture
def server():
    """Give a relay slow enough to be interrupted."""
    with SmtpServer(Features(delay=0.01, pipelining=False, chunking=False)) as running:
        yield running


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def folder(tmp_path, server):
    """Give a working folder with an edition that is frozen, due a minute ago, and has many readers."""
    demo.write_folder(tmp_path, [], server.port)
    for name in ("harbour-post", "barid-al-mina"):
        (tmp_path / "config" / "newsletters" / f"{name}.toml").unlink()
    slot = utc_now().replace(second=0, microsecond=0)
    letter = {
        "title": "The Morning Tide",
        "from": "The Harbour Post <morning@harbourpost.example>",
        "schedule": f"{slot.minute} {slot.hour} * * *",
        "sender": "local",
        "minimum": 1,
        "postal_address": "4 Old Quay",
    }
    text = "\n".join(f"{key} = {toml_value(value)}" for key, value in letter.items())
    (tmp_path / "config" / "newsletters" / "morning.toml").write_text(text)
    config = tmp_path / "config" / "digest.toml"
    config.write_text(config.read_text() + f"\n[web]\nport = {free_port()}\n")
    with demo.opened(tmp_path, lambda: slot) as ctx:
        fill(ctx)
        build.build(ctx, "morning", due.slot_for(ctx, "morning", slot))
    return tmp_path


def fill(ctx: Context) -> None:
    """Print a day's news and enrol the readers."""
    helper = object.__new__(House)
    helper.ctx, helper.clock = ctx, ctx.now
    helper.print(articles(ctx.now() - timedelta(hours=23), ctx.now(), timedelta(hours=3)))
    helper.enrol("morning", READERS)


def start(folder, *more):
    command = [sys.executable, "-m", "digest", "run", "--config", str(folder), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def eventually(check, seconds=40.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def edition(folder):
    with demo.opened(folder, utc_now) as ctx, ctx.store.read() as conn:
        found = editions.listed(conn)[0]
        return found.state, deliveries.tallied(conn, found.id)


def test_asked_to_end_it_finishes_and_the_next_run_goes_on(folder, server):
    """SIGTERM in the middle: exit code 0, nobody in doubt; a second run serves the others, each once."""
    process = start(folder)
    eventually(lambda: len(server.messages) >= 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, process.stderr.read()
    assert "stopped" in process.stderr.read()
    first = len(server.messages)
    assert 20 <= first < READERS
    state, tally = edition(folder)
    assert state is EditionState.SENDING
    assert tally["submitted"] == first
    assert not tally.get("unknown")
    process = start(folder, "--no-web")
    eventually(lambda: len(server.messages) == READERS)
    eventually(lambda: edition(folder)[0] is EditionState.SENT)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert set(Counter(server.recipients).values()) == {1}


def test_killed_outright_nobody_is_lost_or_served_twice(folder, server):
    """Killed with -9 in the middle: what was in the air is held as unknown, all others get it once."""
    process = start(folder, "--no-web")
    eventually(lambda: len(server.messages) >= 20)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stderr.close()
    process = start(folder, "--no-web")
    eventually(lambda: edition(folder)[0] is EditionState.SENT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stderr.close()
    _, tally = edition(folder)
    arrived = Counter(server.recipients)
    assert set(arrived.values()) == {1}
    assert tally["submitted"] + tally.get("unknown", 0) == READERS
    assert tally["submitted"] <= len(arrived) <= READERS


def test_two_processes_share_the_work(folder, server):
    """Two of them on one folder: each reader once."""
    both = [start(folder, "--no-web") for _ in range(2)]
    eventually(lambda: edition(folder)[0] is EditionState.SENT)
    for process in both:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in both] == [0, 0]
    for process in both:
        process.stderr.close()
    assert len(server.messages) == READERS
    assert set(Counter(server.recipients).values()) == {1}


def test_a_taken_port_ends_it_with_words(folder):
    """Without its pages links in mails would be dead: it ends with code 1 and says which port is taken."""
    config = (folder / "config" / "digest.toml").read_text()
    port = int(config.rpartition("port = ")[2])
    with socket.create_server(("127.0.0.1", port)):
        process = start(folder, "--no-worker")
        assert process.wait(30) == 1
    assert str(port) in process.stderr.read()


def test_bad_configuration_ends_it_with_code_2(tmp_path):
    """The problem is named with its place; nothing starts."""
    (tmp_path / "config" / "newsletters").mkdir(parents=True)
    (tmp_path / "config" / "digest.toml").write_text('base_ulr = "https://x.example"\n')
    process = start(tmp_path)
    assert process.wait(30) == 2
    text = process.stderr.read()
    assert "digest.toml:1" in text
    assert "base_url" in text
