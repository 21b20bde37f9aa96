"""The server itself, over real sockets: it stops in order, believes only its proxies, waits for nobody."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from digest.flow import clicks
from digest.web.connection import Connection
from digest.web.serve import serve, server
from tests.flow.test_clicks import BROWSER
from tests.web.test_clicks import Mailed


class Quick(Connection):
    """A connection with little patience, so that tests need not wait."""

    head_seconds = 0.3
    crowd = 8


@pytest.fixture
def port():
    """Give a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def reachable(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


@contextmanager
def serving(context, port, kind=Connection):
    """Serve with a kind of connection until the block ends."""
    made = server(context, "127.0.0.1", port)
    made.config.http_protocol_class = kind
    made.config.http = kind
    thread = threading.Thread(target=lambda: asyncio.run(made._serve()), daemon=True)
    thread.start()
    reachable(port)
    try:
        yield made
    finally:
        made.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


def get(port, path, method="GET", **headers):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, dict(answer.getheaders()), body


def closed_after(connection, most=5.0):
    """Return the seconds until the other side closes a connection."""
    connection.settimeout(most)
    began = time.monotonic()
    try:
        while connection.recv(1000):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


def answered(connection):
    """Read one answer of ``/healthz``; tell whether it came."""
    said = b""
    while not said.endswith(b"}") and (more := connection.recv(1000)):
        said += more
    return said.startswith(b"HTTP/1.1 200")


def test_it_stops_when_asked_and_finishes_what_is_in_hand(context, port):
    """``digest run`` and ``digest web`` end within seconds; nothing is answered by halves."""
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(context, "127.0.0.1", port, stop), daemon=True)
    thread.start()
    reachable(port)
    assert get(port, "/healthz")[0] == 200
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_clicks_in_memory_are_written_down_before_it_stops(context, port, tmp_path):
    """A reader who follows a link in the last second counts."""
    mailed, stop = Mailed(context, tmp_path), threading.Event()
    thread = threading.Thread(target=serve, args=(mailed.ctx, "127.0.0.1", port, stop), daemon=True)
    thread.start()
    reachable(port)
    status, headers, _ = get(port, f"/r/{mailed.link}", User_Agent=BROWSER)
    assert (status, headers["location"]) == (302, mailed.url)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert clicks.report(mailed.ctx, mailed.edition.id)["low"] == 1


def test_a_head_over_sockets_has_the_length_and_no_body(context, port):
    """What a program learns from HEAD is what GET would give; pages of one reader, public ones and errors."""
    with serving(context, port):
        for path in (
            "/s/daily",
            "/a/daily",
            "/a/daily/feed.atom",
            "/robots.txt",
            "/healthz",
            "/u/x",
            "/none",
        ):
            status, headers, body = get(port, path, "HEAD")
            expected = get(port, path)
            assert (status, body) == (expected[0], b"")
            assert headers["content-length"] == expected[1]["content-length"]
            assert headers["content-type"] == expected[1]["content-type"]


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET /", b"POST /u/x HTTP/1.1\r\n"])
def test_a_client_that_never_finishes_its_request_is_cut_off(context, port, sent):
    """Slowly sent headers hold no connection; readers are answered meanwhile."""
    with serving(context, port, Quick):
        slow = socket.create_connection(("127.0.0.1", port))
        slow.sendall(sent)
        assert get(port, "/healthz")[0] == 200
        assert closed_after(slow) < 2
        slow.close()


def test_bytes_now_and_then_do_not_prolong_a_head(context, port):
    """One byte every tenth of a second is no progress."""
    with serving(context, port, Quick):
        slow = socket.create_connection(("127.0.0.1", port))
        began, alive = time.monotonic(), True
        while alive and time.monotonic() - began < 3:
            try:
                slow.sendall(b"X")
                time.sleep(0.1)
            except OSError:
                alive = False
        assert not alive
        slow.close()


def test_a_second_head_on_a_kept_connection_is_timed_too(context, port):
    """Keeping the connection after a whole request buys no time."""
    with serving(context, port, Quick):
        slow = socket.create_connection(("127.0.0.1", port))
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(slow)
        time.sleep(0.4)
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered(slow)
        slow.sendall(b"GET /hea")
        assert closed_after(slow) < 2
        slow.close()


def test_a_crowd_that_asks_for_nothing_keeps_no_reader_out(context, port):
    """Those that wait longest give way to new connections."""

    class Crowded(Quick):
        head_seconds = 30.0

    with serving(context, port, Crowded) as made:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
        assert get(port, "/healthz")[0] == 200
        assert len(made.server_state.connections) <= Crowded.crowd + 1
        for each in idle:
            each.close()


def test_a_slow_body_is_given_up(context, port, reader):
    """A form that does not come in its time changes nothing and is answered 408."""
    with serving(context, port) as made:
        get(port, "/healthz")
        made.config.app.middleware_stack.body_seconds = 0.3
        slow = socket.create_connection(("127.0.0.1", port))
        head = f"POST {reader.leave} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n"
        slow.sendall(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\nwhat=")
        slow.settimeout(5)
        assert slow.recv(1000).startswith(b"HTTP/1.1 408")
        slow.close()
    assert reader.states() == {"daily": "confirmed"}


def test_long_headers_are_refused(context, port):
    """Sixteen kilobytes of line and headers at most."""
    with serving(context, port):
        assert get(port, "/healthz", X="a" * 16_000)[0] == 200
        assert get(port, "/healthz", X="a" * 17_000)[0] == 431
        assert get(port, "/healthz", X="a" * 90_000)[0] in (400, 431)
        assert get(port, "/healthz?" + "a" * 17_000)[0] == 431


@pytest.mark.parametrize(("proxies", "counted"), [(("127.0.0.1",), "203.0.113.9"), ((), "127.0.0.1")])
def test_only_our_proxies_may_say_whom_they_speak_for(context, port, proxies, counted):
    """X-Forwarded-For from anyone else is nothing; of several, the last that is no proxy counts."""
    from dataclasses import replace

    from sqlalchemy import text

    web = context.settings.web.model_copy(update={"proxies": proxies})
    behind = replace(context, settings=context.settings.model_copy(update={"web": web}))
    with serving(behind, port):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        form["X-Forwarded-For"] = "198.51.100.1, 203.0.113.9"
        client.request("POST", "/s/daily", "email=eve%40example.org", form)
        assert client.getresponse().status == 200
        client.close()
    with context.store.read() as conn:
        assert [row[0] for row in conn.execute(text("SELECT network FROM asks"))] == [counted]


def test_a_port_is_shared_only_by_those_who_say_so(context, port):
    """Two installations never share by accident; several processes of one may."""
    stop = threading.Event()
    several = [
        threading.Thread(
            target=serve, args=(context, "127.0.0.1", port, stop), kwargs={"share": True}, daemon=True
        )
        for _ in range(2)
    ]
    for thread in several:
        thread.start()
    reachable(port)
    assert {get(port, "/healthz")[0] for _ in range(20)} == {200}
    over = threading.Event()
    over.set()
    with pytest.raises(OSError, match="in use"):
        serve(context, "127.0.0.1", port, over)
    assert all(thread.is_alive() for thread in several)
    stop.set()
    for thread in several:
        thread.join(10)
        assert not thread.is_alive()
