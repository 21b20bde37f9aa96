"""Taking apart: letters beyond ASCII as they were written, and text that is not taken for a returned copy."""

from __future__ import annotations

import pytest

from digest.audience.bounces import classify
from digest.audience.bounces.parts import take_apart


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_subject_written_raw_is_read(encoding):
    """Against the standard, but servers do it."""
    data = "Subject: 系统退信\nFrom: postmaster@mx.example\n\nx\n".encode(encoding)
    assert take_apart(data).header("Subject") == "系统退信"


def test_an_international_recipient_is_read():
    """RFC 6533: the field is UTF-8."""
    fields = "Final-Recipient: utf-8; jürgen@exämple.org\nAction: failed\nStatus: 5.1.1\n"
    head = "From: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
    part = f"--B\nContent-Type: message/global-delivery-status\n\nReporting-MTA: dns; x\n\n{fields}\n--B--\n"
    assert classify((head + part).encode()).recipient == "jürgen@exämple.org"


def test_when_the_original_was_received_is_no_copy_of_it():
    """Many systems begin so; what follows is the reason."""
    text = (
        "This is a report.\n\nThe original message was received at noon\nfrom post.example\n\n"
        "   ----- Transcript of session follows -----\n<<< 550 5.1.1 <ann@example.org>... User unknown\n"
        "   ----- Original message -----\nFrom: news@post.example\n"
    )
    parts = take_apart(f"From: MAILER-DAEMON@mx.example\nSubject: x\n\n{text}".encode())
    assert "User unknown" in parts.text
    assert "news@post.example" not in parts.text
