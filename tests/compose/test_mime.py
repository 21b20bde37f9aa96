"""What goes over the wire: headers left alone, parts in their smaller encoding, hostile names."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

import pytest

from digest.compose import mime, quoting, segments
from digest.errors import ComposeError
from digest.model import Field, Recipient

MARKS = {"XFLEAVEX": Field("leave"), "XFTOX": Field("to")}
READER = Recipient(
    subscriber=1, subscription=1, address="a@b.example", leave="T" * 43, message_id="m@b.example"
)


def wire(*headers: tuple[str, str], text: str = "t", page: str = "h", **more: object) -> bytes:
    blocks = mime.assemble(headers, text, page, boundary="=_b", marks=MARKS, **more)
    return segments.splice(segments.freeze("en", "", blocks, envelope_domain="b"), READER).as_bytes()


def test_list_unsubscribe_is_never_encoded_and_stands_one_address_a_line() -> None:
    """However long an address is, it goes out as it is: Gmail rejects encoded words there."""
    url = "https://" + "very-long-" * 30 + "host.example/u/XFLEAVEX"
    got = wire(("List-Unsubscribe", f"<{url}>, <mailto:leave@b.example?subject=XFLEAVEX>"))
    real = url.replace("XFLEAVEX", READER.leave).encode()
    assert got.startswith(b"List-Unsubscribe: <" + real + b">,\r\n <mailto:leave@b.example?subject=TTT")
    assert b"=?" not in got


def test_a_title_outside_ascii_is_left_out_of_list_id() -> None:
    """List-Id keeps its identifier; a phrase that would need encoding is dropped."""
    assert wire(("List-Id", "نشرة الصباح <daily.post.example>")).startswith(
        b"List-Id: <daily.post.example>\r\n"
    )


@pytest.mark.parametrize("name", ["Subject\r\nBcc", "Sub ject", "", "Sübject", "a:b"])
def test_a_header_name_cannot_forge(name: str) -> None:
    """A name with a line end, space or colon is refused."""
    with pytest.raises(ComposeError):
        wire((name, "x"))


@pytest.mark.parametrize("header", ["List-Id", "Message-ID", "Feedback-ID"])
@pytest.mark.parametrize("bad", ["\r\nBcc: x@y", "\x00", "\n", "\x85"])
def test_a_header_value_cannot_forge(header: str, bad: str) -> None:
    """A control character in a header that is not words is an error, not something to tidy."""
    with pytest.raises(ComposeError):
        wire((header, f"<a{bad}b>"))


def test_a_subject_with_controls_stays_one_line() -> None:
    """Control characters and line separators in words become a space."""
    assert wire(("Subject", "a\r\nBcc: x\x00\u2028b")).startswith(b"Subject: a Bcc: x b\r\n")


@pytest.mark.parametrize(
    ("subject", "most"),
    [
        ("Plain words " * 12, 78),
        ("ن" * 188, 76),
        ("=?utf-8?q?evil?=", 76),
        ("x" * 200, 76),
        ("é" + " word" * 40, 76),
    ],
)
def test_subjects_fold(subject: str, most: int) -> None:
    """A subject of any kind reads back the same, in lines within RFC 2047's and RFC 5322's limits."""
    got = wire(("Subject", subject))
    head = got.partition(b"MIME-Version")[0]
    assert max(map(len, head.split(b"\r\n"))) <= most
    assert message_from_bytes(got, policy=SMTP)["Subject"] == subject.strip()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("The Harbour Post <news@post.example>", b"From: The Harbour Post <news@post.example>"),
        ("Post, The <news@post.example>", b'From: "Post, The" <news@post.example>'),
        ('"Harbour \\"P\\"" <news@post.example>', b'From: "Harbour \\"P\\"" <news@post.example>'),
        ("news@bücher.example", b"From: news@xn--bcher-kva.example"),
        (
            "Zeitung für alle <n@bücher.example>",
            b"From: =?utf-8?q?Zeitung_f=C3=BCr_alle?= <n@xn--bcher-kva.example>",
        ),
    ],
)
def test_from(value: str, expected: bytes) -> None:
    """Names are quoted or encoded where they must be, never the address; its domain is IDNA."""
    assert wire(("From", value)).startswith(expected + b"\r\n")


def test_a_name_that_looks_encoded_is_shown_as_it_is() -> None:
    """A display name that is literally an encoded word does not decode into another name."""
    got = message_from_bytes(wire(("From", "=?utf-8?q?evil?= <a@b.example>")), policy=SMTP)
    assert got["From"].addresses[0].display_name == "=?utf-8?q?evil?="


@pytest.mark.parametrize(
    ("page", "encoding"),
    [("<p>Hello</p>" * 99, b"quoted-printable"), ("<p>صباح الخير</p>" * 99, b"base64")],
)
def test_each_part_takes_its_smaller_encoding(page: str, encoding: bytes) -> None:
    """English goes as quoted-printable, Arabic as base64; each part decides for itself."""
    got = wire(text="Hello\n", page=page)
    assert got.count(b"Content-Transfer-Encoding: " + encoding) == (
        2 if encoding == b"quoted-printable" else 1
    )


@pytest.mark.parametrize(
    "line", [".", ".x", "From me", "From ", "a" * 75 + ".b", "a" * 75 + "From x", "x \t", "=" * 90]
)
def test_no_line_needs_stuffing(line: str) -> None:
    """No wire line begins with a dot or with "From ", ends in white space, or is longer than 76."""
    encoded = quoting.quoted_printable(line)
    for written in encoded.split(b"\r\n"):
        assert not written.startswith((b".", b"From "))
        assert not written.endswith((b" ", b"\t"))
        assert len(written) <= 76


def test_embedded_pictures_stand_beside_the_html() -> None:
    """With embedded pictures the HTML is in a multipart/related, each picture under its content id."""
    got = message_from_bytes(wire(embedded=[("pic1", "image/png", b"\x89PNG" * 99)]), policy=SMTP)
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    picture = list(got.walk())[-1]
    assert (picture["Content-ID"], picture.get_content()) == ("<pic1>", b"\x89PNG" * 99)


def test_a_boundary_cannot_break_out() -> None:
    """A boundary with a quote or a line end is refused."""
    with pytest.raises(ComposeError):
        mime.assemble([], "t", "h", boundary='x"\r\n', marks={})


@pytest.mark.parametrize(
    ("cid", "media_type"),
    [
        ("a@b.example", "image/png\r\nX-Evil: 1"),
        ("a>\r\nX-Evil: 1", "image/png"),
        ("", "image/png"),
        ("a", "png"),
    ],
)
def test_neither_a_picture_s_name_nor_its_type_can_forge(cid: str, media_type: str) -> None:
    """Each is refused alone, though the other is in order."""
    with pytest.raises(ComposeError, match="cannot be embedded"):
        wire(("Subject", "x"), embedded=[(cid, media_type, b"\x89PNG")])
