"""The listener: takes only what is ours, refuses what is too much, survives whatever is said to it."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import threading

import pytest

from digest.audience import listener
from digest.audience.listener import Listener, Takes

MESSAGE = b"Subject: back\r\n\r\n.a line that begins with a dot\r\n"


@contextlib.contextmanager
def served(*, lmtp=False, fails=False):
    """Give (port, what was taken) of a listener in a thread of its own."""
    taken, loop = [], asyncio.new_event_loop()

    async def take(recipient, data):
        if fails:
            raise RuntimeError("the disk is full")
        taken.append((recipient, data))

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    takes = Takes(lambda address: address.startswith("bounces+"), take, "mx.example", lmtp)
    server = asyncio.run_coroutine_threadsafe(Listener(takes).start("127.0.0.1", 0), loop).result()
    yield server.sockets[0].getsockname()[1], taken
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_what_is_ours_is_taken_whole():
    """With the envelope's recipient; dots at the beginning of lines arrive as they were sent."""
    with served() as (port, taken), smtplib.SMTP("127.0.0.1", port) as client:
        assert client.sendmail("", ["bounces+x@b.example"], MESSAGE) == {}
        assert client.sendmail("", ["bounces+y@b.example"], MESSAGE) == {}
    assert taken == [("bounces+x@b.example", MESSAGE), ("bounces+y@b.example", MESSAGE)]


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r\r\n"])
def test_no_second_message_can_be_smuggled_in(end):
    """Only a dot between CR LFs ends a message: other ends that some servers take stay within it."""
    smuggled = b"MAIL FROM:<>\r\nRCPT TO:<bounces+y@b.example>\r\nDATA\r\nSubject: two\r\n"
    with served() as (port, taken), smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        for line in ("MAIL FROM:<>", "RCPT TO:<bounces+x@b.example>", "DATA"):
            client.docmd(line)
        client.send(b"Subject: one\r\n\r\nhi" + end + smuggled + b".\r\n")
        assert client.getreply()[0] == 250
        assert client.docmd("NOOP")[0] == 250
    [(recipient, data)] = taken
    assert recipient == "bounces+x@b.example"
    assert b"Subject: two" in data


def test_lmtp_answers_for_each_recipient():
    """RFC 2033: the second recipient of two has an answer of its own."""
    with served(lmtp=True) as (port, taken), smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        for line in ("MAIL FROM:<>", "RCPT TO:<bounces+x@b.example>", "RCPT TO:<bounces+y@b.example>"):
            assert client.docmd(line)[0] == 250
        assert client.docmd("DATA")[0] == 354
        client.send(MESSAGE + b".\r\n")
        assert [client.getreply()[0], client.getreply()[0]] == [250, 250]
    assert len(taken) == 2


def test_nothing_else_is_taken():
    """Neither other people's mail nor mail without a recipient: it relays nothing."""
    with served() as (port, taken), smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.1\.1"):
            client.sendmail("x@y.example", ["victim@example.org"], MESSAGE)
        assert client.docmd("DATA")[0] == 503
    assert taken == []


def test_what_could_not_be_kept_is_to_come_again():
    """A temporary refusal: the mail server keeps it."""
    with served(fails=True) as (port, _), smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", ["bounces+x@b.example"], MESSAGE)
        assert refused.value.smtp_code == 451


def test_too_large_is_refused_when_announced_and_when_not():
    """The conversation goes on after it."""
    with served() as (port, taken), smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.docmd(f"MAIL FROM:<> SIZE={listener.LARGEST + 1}")[0] == 552
        client.docmd("MAIL FROM:<>")
        client.docmd("RCPT TO:<bounces+x@b.example>")
        assert (
            client.data(b"x" * 998 + b"\r\n" + (b"y" * 998 + b"\r\n") * (listener.LARGEST // 1000 + 1))[0]
            == 552
        )
        client.sendmail("", ["bounces+x@b.example"], MESSAGE)
    assert len(taken) == 1


@pytest.mark.parametrize(
    "noise", [b"\x00\xff\xfe" * 300 + b"\r\n", b"GET / HTTP/1.0\r\n\r\n", b"x" * 200_000]
)
def test_noise_ends_its_own_conversation_only(noise):
    """However long the line; the next client is served."""
    with served() as (port, taken):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, contextlib.suppress(OSError):
            for _ in range(12):
                raw.sendall(noise)
            while raw.recv(65536):
                pass
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("", ["bounces+x@b.example"], MESSAGE)
        assert len(taken) == 1
