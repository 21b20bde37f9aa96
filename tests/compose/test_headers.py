from __future__ import annotations

import email.policy
from email import message_from_bytes

import pytest

from digest import compose
from digest.compose import splice
from digest.compose.headers import feedback_id, list_id
from digest.model import Recipient
from digest.testing import samples

READER = Recipient(
    subscriber=7,
    subscription=9,
    address="reader@example.org",
    leave="a" * 43,
    preferences="p" * 43,
    bounce="b" * 40,
    message_id="m" * 26,
)


def raw(**changes) -> bytes:
    return splice(compose.compile(samples.plan(), samples.frame(**changes)).variant, READER).as_bytes()


def header(data: bytes, name: str) -> bytes:
    head = data.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    return next(line for line in head.split(b"\r\n") if line.lower().startswith(name.lower().encode() + b":"))


def test_a_long_unsubscribe_address_is_never_encoded():
    """Providers refuse an encoded word in List-Unsubscribe: an address of 200 characters stays as it is."""
    from dataclasses import replace

    frame = replace(samples.frame(), base_url="https://" + "news." * 24 + "harbourpost.example/letters")
    data = splice(compose.compile(samples.plan(), frame).variant, READER).as_bytes()
    line = header(data, "List-Unsubscribe")
    assert b"=?" not in line
    assert f"<{frame.base_url}/u/{'a' * 43}>".encode() in line


def test_one_click_needs_both_headers():
    """RFC 8058: the https address and the exact words of the second header."""
    parsed = message_from_bytes(raw(), policy=email.policy.default)
    assert parsed["List-Unsubscribe"] == f"<https://news.harbourpost.example/u/{'a' * 43}>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_every_header_stands_once():
    """A second From, Date or Message-ID makes a message invalid (RFC 5322 3.6)."""
    names = [name.lower() for name in message_from_bytes(raw()).keys()]  # noqa: SIM118 (a Message's keys repeat)
    assert len(names) == len(set(names))
    assert {
        "date",
        "from",
        "to",
        "subject",
        "message-id",
        "list-id",
        "auto-submitted",
        "mime-version",
    } <= set(names)


def test_the_date_is_the_slots():
    """Not the time of sending: the bytes must not depend on the clock."""
    assert header(raw(), "Date") == b"Date: Fri, 19 Jun 2026 07:00:00 +0100"


def test_an_arabic_title_leaves_a_valid_list_id():
    """List-Id takes no encoded words: the id stands alone."""
    frame = samples.frame("ar")
    data = splice(compose.compile(samples.plan("ar"), frame).variant, READER).as_bytes()
    assert header(data, "List-Id") == b"List-Id: <morning.harbourpost.example>"


def test_readers_can_leave_by_mail_where_returned_mail_is_received():
    """The https address stands first (RFC 8058); the mail goes to the message's own signed return path."""
    plain, both = raw(), raw(bounce_domain="bounces.harbourpost.example")
    assert b"mailto:" not in header(plain, "List-Unsubscribe")
    https, mailto = header(both, "List-Unsubscribe").removeprefix(b"List-Unsubscribe: ").split(b", ")
    assert https == header(plain, "List-Unsubscribe").removeprefix(b"List-Unsubscribe: ")
    assert mailto == b"<mailto:%b@bounces.harbourpost.example?subject=unsubscribe>" % READER.bounce.encode()


def test_list_id_is_the_configured_one():
    """Or is made from the name and the From domain."""
    assert list_id(samples.frame(list_id="daily.post.example")) == "daily.post.example"
    assert list_id(samples.frame(name="Früh & spät")) == "fr-h-sp-t.harbourpost.example"


def test_feedback_id_has_four_parts_and_nothing_of_the_reader():
    """Its last part is the sender's: 5 to 15 characters, the same in every message."""
    parts = feedback_id(samples.frame()).split(":")
    assert len(parts) == 4
    assert 5 <= len(parts[3]) <= 15


def test_reply_to_only_where_one_is_set():
    """No empty header."""
    assert b"Reply-To" not in raw()
    assert (
        header(raw(reply_to="desk@harbourpost.example"), "Reply-To") == b"Reply-To: desk@harbourpost.example"
    )


@pytest.mark.parametrize("name", ["The Harbour Post", "Post, The Harbour", "بريد الميناء"])
def test_the_from_name_survives(name):
    """Commas and Arabic alike."""
    quoted = f'"{name}"' if "," in name else name
    parsed = message_from_bytes(
        raw(**{"from": f"{quoted} <news@harbourpost.example>"}), policy=email.policy.default
    )
    assert parsed["From"].addresses[0].display_name == name
    assert parsed["From"].addresses[0].addr_spec == "news@harbourpost.example"
