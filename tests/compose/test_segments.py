"""Splicing gives what building the message the slow way gives, for any values."""

from __future__ import annotations

import html
import re
import timeit
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.compose import mime, quoting, segments
from digest.errors import AddressInvalid, ComposeError
from digest.model import Field, Recipient, Variant

MARKS = {
    "XFLEAVEX": Field("leave"),
    "XFPREFSX": Field("preferences"),
    "XFNAMEX": Field("name"),
    "XFADDRX": Field("address"),
    "XFADDRURLX": Field("address", "url"),
    "XFIDX": Field("message_id"),
    "XFTOX": Field("to"),
}
TOKEN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=43)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "", ".", ". dot", "From here", "=?utf-8?q?evil?=", '"quoted" \\ name', "Jörg Ünal", "محمد العربي",
            "a\r\nBcc: x@y.example", "trailing ", "\x00\u2028\ud800", "<b>&amp;", "x" * 300, "ش" * 120,
            "a,b;c:d", "=", "😀" * 40, "Anna  Two  Spaces", "O'Neil", "comma, name", "=3D=\r\n.",
        ],
    ),
)  # fmt: skip
LINES = st.lists(
    st.one_of(
        st.text(max_size=120),
        st.sampled_from([".", "..", "From x", "long " * 60, "عربي " * 30, "tab\t", "end ", "=41"]),
    ),
    max_size=6,
)
DOMAIN = st.sampled_from(["post.example", "xn--bcher-kva.example", "bücher.example"])
LOCAL = st.from_regex(r"[a-z0-9.+_'-]{1,30}", fullmatch=True)
RECIPIENT = st.builds(
    lambda local, domain, name, leave, prefs: Recipient(
        subscriber=7,
        subscription=8,
        address=f"{local}@{domain}",
        name=name,
        leave=leave,
        preferences=prefs,
        bounce="b4ounce",
        message_id=f"{leave}.e@post.example",
    ),
    LOCAL, DOMAIN, HOSTILE, TOKEN, TOKEN,
)  # fmt: skip
HEADERS = [
    ("From", '"The Harbour Post" <news@post.example>'),
    ("To", "XFTOX"),
    ("Message-ID", "<XFIDX>"),
    ("Date", "Sun, 05 Jul 2026 07:00:00 +0000"),
    ("List-Id", "Morning <daily.post.example>"),
    (
        "List-Unsubscribe",
        f"<https://{'long-' * 10}news.post.example/u/XFLEAVEX>, <mailto:leave+XFLEAVEX@post.example>",
    ),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
]


def compiled(text: str, page: str, subject: str = "The news") -> Variant:
    blocks = mime.assemble([*HEADERS, ("Subject", subject)], text, page, boundary="=_b0undary", marks=MARKS)
    return segments.freeze("en", subject, blocks, envelope_domain="bounce.post.example")


def person(address: str = "a@b.example", name: str = "", **values: str) -> Recipient:
    return Recipient(subscriber=1, subscription=1, address=address, name=name, message_id="m@b", **values)


def normal(text: str) -> str:
    """Give the content as any mail library hands it over: one kind of line end, no lone surrogates."""
    text = re.sub(r"\r\n|\r|\n", "\n", text).removesuffix("\n") + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def slow(template: str, recipient: Recipient, *, escape: bool) -> str:
    """Replace sentinels in the decoded content, the obvious way."""

    def put(match: re.Match[str]) -> str:
        field = MARKS[match[0]]
        value = quoting.clean(getattr(recipient, field.name))
        if field.encoding == "url":
            return quote(value, safe="")
        return html.escape(value) if escape else value

    return re.sub("XF(?:LEAVE|PREFS|NAME|ADDRURL|ADDR)X", put, normal(template))


TEMPLATE = st.builds(
    lambda lines, marks: "\n".join(line + mark for line, mark in zip(lines, marks, strict=False)),
    LINES,
    st.lists(
        st.sampled_from(
            ["", "XFNAMEX", " XFNAMEX ", "XFNAMEXXFADDRX", "https://x/XFLEAVEX", "?m=XFADDRURLX&p=XFPREFSX."]
        ),
        min_size=6, max_size=6,
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(RECIPIENT, TEMPLATE, TEMPLATE, HOSTILE)
def test_splicing_equals_the_slow_way(recipient: Recipient, text: str, page: str, subject: str) -> None:
    """For any values and templates, the parsed message equals one built by the standard library."""
    wire = segments.splice(compiled(text, page, subject), recipient, edition=3).as_bytes()
    built = EmailMessage(policy=SMTP)
    built.set_content(slow(text, recipient, escape=False))
    built.add_alternative(slow(page, recipient, escape=True), subtype="html")
    expected = message_from_bytes(built.as_bytes(), policy=SMTP)
    got = message_from_bytes(wire, policy=SMTP)
    assert isinstance(got, EmailMessage)
    assert not got.defects
    for ours, theirs in zip(got.iter_parts(), expected.iter_parts(), strict=True):
        assert not ours.defects
        assert ours.get_content_type() == theirs.get_content_type()
        assert normal(ours.get_content()) == normal(theirs.get_content())
    check_headers(got, recipient, subject)
    check_wire(wire)


def shown_name(got: EmailMessage) -> str:
    """Decode the display name; the newer parser keeps the space between two encoded words of a phrase."""
    raw = next(value for name, value in got.raw_items() if name == "To")
    name = re.sub(r"\r\n", "", raw).rpartition("<")[0].strip()
    if name.startswith('"'):
        return " ".join(re.sub(r"\\(.)", r"\1", name[1:-1]).split())
    return " ".join(str(make_header(decode_header(name))).split())


def check_headers(got: EmailMessage, recipient: Recipient, subject: str) -> None:
    local, _, domain = recipient.address.rpartition("@")
    (to,) = got["To"].addresses
    assert to.addr_spec == f"{local}@{quoting.domain_ascii(domain)}"
    assert shown_name(got) == " ".join(quoting.clean(recipient.name).split())
    assert got["Message-ID"] == f"<{recipient.message_id}>"
    assert got["Bcc"] is None
    assert re.sub(r"\s+", " ", got["List-Unsubscribe"]) == (
        f"<https://{'long-' * 10}news.post.example/u/{recipient.leave}>,"
        f" <mailto:leave+{recipient.leave}@post.example>"
    )
    assert len(got.keys()) == len(HEADERS) + 3
    shown = " ".join(str(got["Subject"]).split())
    assert shown == " ".join(re.sub(r"[\x1c-\x1f\x85\u2028\u2029]", " ", quoting.clean(subject)).split())


def check_wire(wire: bytes) -> None:
    """Check what mail services rely on: CRLF, ASCII, short lines, no dot and no From at a line's start."""
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert wire.endswith(b"\r\n")
    assert wire.isascii()
    lines = wire.split(b"\r\n")
    head = lines.index(b"")
    for number, line in enumerate(lines):
        assert not line.startswith(b".")
        assert not line.startswith(b"From ")
        assert len(line) <= (998 if number < head else 78)
        assert b"=?" not in line or not line.lower().startswith((b"list-", b"message-id"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=30), TOKEN)
def test_base64_splices_at_every_alignment(body: str, name: str, token: str) -> None:
    """In a base64 part a value of any length leaves the text around it whole."""
    page = f"عنوان XFNAMEX {body} XFLEAVEXXFNAMEX ذيل" + "نص " * 200
    recipient = person(name=name, leave=token)
    wire = segments.splice(compiled(page, page), recipient).as_bytes()
    assert wire.count(b"Content-Transfer-Encoding: base64") == 2
    for piece, escape in zip(message_from_bytes(wire, policy=SMTP).iter_parts(), (False, True), strict=True):
        assert normal(piece.get_content()) == slow(page, recipient, escape=escape)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(5)), st.lists(st.text(max_size=80), min_size=5, max_size=5), HOSTILE)
def test_blocks_can_stand_in_another_order(order: list[int], bodies: list[str], name: str) -> None:
    """Blocks that end in a line end can be reordered as bytes; decoding gives them in that order."""
    recipient = person(name=name)
    contents = [f"{body}\r\nHello XFNAMEX.\r\n" for body in bodies]
    coded = [mime.qp(mime.split(normal(c).replace("\n", "\r\n"), MARKS), "text") for c in contents]
    head = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    head += b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    variant = segments.freeze(
        "en", "", mime.merged([head, *(b for i in order for b in coded[i])]), envelope_domain="b"
    )
    parsed = message_from_bytes(segments.splice(variant, recipient).as_bytes(), policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    assert parsed.get_content().replace("\r\n", "\n") == "".join(
        slow(contents[i], recipient, escape=False) for i in order
    )


def test_dump_and_load_give_the_same_variant() -> None:
    """A variant survives the store unchanged."""
    variant = compiled("Text XFNAMEX\n", "<p>" + "نص " * 90 + "XFNAMEX</p>")
    assert segments.load(segments.dump(variant)) == variant


@pytest.mark.parametrize("place", [40, -3, 200])
def test_an_altered_variant_is_refused(place: int) -> None:
    """One changed byte in the stored variant is noticed before anything is sent."""
    data = bytearray(segments.dump(compiled("Text\n", "<p>Page</p>")))
    data[place] ^= 1
    with pytest.raises((ComposeError, ValueError)):
        segments.load(bytes(data))


@pytest.mark.parametrize("token", ["a b", "a\r\nX: y", "ü", "a\x00"])
def test_a_forged_token_never_reaches_a_header(token: str) -> None:
    """A token that is not visible ASCII is refused rather than encoded."""
    recipient = person(leave=token)
    with pytest.raises(ComposeError):
        segments.splice(compiled("t", "h"), recipient)


@pytest.mark.parametrize(
    "address", ["a@b\r\nc", "a b@c.example", "a@", "@b.example", "a", "a<b@c.example", "a@b> <c.example"]
)
def test_a_forged_address_is_refused(address: str) -> None:
    """An address that could end a command or a header line never makes a message."""
    recipient = person(address=address)
    with pytest.raises(AddressInvalid):
        segments.splice(compiled("t", "h"), recipient)


def test_subject_with_a_readers_name() -> None:
    """A field in a subject becomes encoded words of its own; the words around it stay whole."""
    variant = compiled("t", "h", "Good morning XFNAMEX, the news")
    for name in ("Jörg", "", "ش" * 60):
        recipient = person(name=name)
        parsed = message_from_bytes(segments.splice(variant, recipient).as_bytes(), policy=SMTP)
        assert parsed["Subject"] == f"Good morning {name}, the news"


def test_the_envelope_carries_the_return_path_and_an_ascii_domain() -> None:
    """The bounce token stands before the envelope domain; the recipient's domain goes out as IDNA."""
    recipient = person(address="jö@bücher.example", bounce="abc")
    message = segments.splice(compiled("t", "h"), recipient, edition=9)
    assert (message.envelope_from, message.to) == ("abc@bounce.post.example", "jö@xn--bcher-kva.example")
    assert message.key == (9, 1)


def test_splicing_takes_microseconds() -> None:
    """A message costs a small part of a millisecond, whatever the edition's length."""
    variant = compiled(
        "Text XFNAMEX\n" * 3, "<p>https://x.example/u/XFLEAVEX</p>\n" + "<p>padding</p>\n" * 4000
    )
    recipient = person(name="Jörg", leave="t" * 39)
    segments.splice(variant, recipient)
    best = min(timeit.repeat(lambda: segments.splice(variant, recipient), number=200, repeat=5)) / 200
    assert best < 200e-6
