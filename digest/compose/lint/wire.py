"""Rules M01 to M15: the message as it goes over the wire."""

from __future__ import annotations

import re
from base64 import b64encode
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.compose.lint.dom import words
from digest.compose.lint.finding import Book, Breach, Severity
from digest.compose.lint.message import Part, Wire, addr, addresses, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL: Book[Wire] = Book()

_ONCE = ("date", "from", "to", "subject", "message-id", "mime-version")
_AT_MOST_ONCE = (
    "reply-to",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
)
_STRUCTURED = ("message-id", "feedback-id", "list-")
_SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
_LINE, _HARD_LINE = 78, 998
_FOLDABLE = 60  # bytes of a word: a longer one may leave no room for the rest of its line
_SUBJECT = 60
_HEAVY, _HEAVY_HEADERS = 150_000, 8_000
_ALIKE = 0.6


# ── headers ───────────────────────────────────────────────────────────────────────────


@MAIL.rule(
    "M01",
    "The fields a message needs, each once",
    source="RFC 5322 3.6; Gmail",
    remedy="set From in the newsletter's file; one address in it",
)
def fields(wire: Wire) -> Iterator[Breach]:
    """Look for fields that lack or stand twice."""
    for name in _ONCE:
        if wire.count(name) != 1 or not wire.raw(name):
            yield Breach(f"header {name}", f"it stands {wire.count(name)} times with a value; once is wanted")
    for name in _AT_MOST_ONCE:
        if wire.count(name) > 1:
            yield Breach(f"header {name}", f"it stands {wire.count(name)} times")
    senders = addresses(wire.raw("from"))
    if len(senders) != 1 or not re.fullmatch(r"[^@\s]+@[^@\s]+", senders[0] if senders else ""):
        yield Breach("header from", f"{len(senders)} addresses in From; Gmail takes one")
    try:
        parsedate_to_datetime(wire.raw("date"))
    except (ValueError, TypeError, OverflowError):
        yield Breach("header date", f"{wire.raw('date')!r} is no date of RFC 5322")


@MAIL.rule(
    "M02",
    "No encoded word where none may stand",
    source="RFC 2047 5; Gmail 550 5.7.1",
    remedy="addresses in headers are ASCII and stand as they are, one a line",
)
def encoded_words(wire: Wire) -> Iterator[Breach]:
    """Look at list fields, ids and addresses."""
    for name, value in wire.fields:
        if name.startswith(_STRUCTURED) and "=?" in value:
            yield Breach(f"header {name}", "an encoded word in a field that providers read as it stands")
        if name in ("from", "to", "reply-to", "sender") and "=?" in addr(value):
            yield Breach(f"header {name}", "an encoded word inside an address")


@MAIL.rule(
    "M03",
    "Headers are clean ASCII in lines of decent length",
    source="RFC 5322 2.1.1, 2.2",
    remedy="report it: Digest folds and encodes every header itself",
)
def lines(wire: Wire) -> Iterator[Breach]:
    """Look at bytes and line lengths."""
    if b"\n" in wire.data.replace(b"\r\n", b"") or b"\r" in wire.data.replace(b"\r\n", b""):
        yield Breach("message", "a line end that is not CRLF")
    for number, line in enumerate(wire.head.split(b"\r\n"), 1):
        if any((byte < 32 and byte != 9) or byte > 126 for byte in line):  # noqa: PLR2004 (visible ASCII and tab)
            yield Breach(f"header line {number}", "a byte that is no visible ASCII")
        if len(line) > _HARD_LINE:
            yield Breach(f"header line {number}", f"{len(line)} bytes; {_HARD_LINE} are allowed")
        elif len(line) > _LINE and max(map(len, line.split())) < _FOLDABLE:
            yield Breach(f"header line {number}", f"{len(line)} bytes; {_LINE} are usual", warning=True)


@MAIL.rule(
    "M04",
    "The display name is the sender's alone",
    source="Gmail's sender guidelines",
    remedy="write the newsroom's name: no address, no reader's name, no emoji",
)
def display_name(wire: Wire) -> Iterator[Breach]:
    """Look at From's name."""
    name = decoded(wire.raw("from").rpartition("<")[0]).strip().strip('"')
    if "@" in name:
        yield Breach("header from", "an address in the display name")
    if re.search("[\U0001f000-\U0001faff\u2600-\u27bf]", name):
        yield Breach("header from", "an emoji in the display name")
    reader = decoded(wire.raw("to").rpartition("<")[0]).strip().strip('"')
    if reader and reader.casefold() in name.casefold():
        yield Breach("header from", "the reader's name in the display name")


@MAIL.rule(
    "M05",
    "The subject is honest and fits",
    source="Gmail's sender guidelines",
    remedy="at most 60 characters, no Re: or Fwd:, not all capitals",
)
def subject(wire: Wire) -> Iterator[Breach]:
    """Look at the subject as read."""
    found = words(wire.read("subject"))
    if not found:
        yield Breach("header subject", "the subject is empty")
    if re.match(r"(re|fwd?|aw|رد)\s*:", found, re.IGNORECASE):
        yield Breach("header subject", "a subject that pretends to be an answer")
    if len(found) > _SUBJECT:
        yield Breach(
            "header subject", f"{len(found)} characters; phones show {_SUBJECT} or less", warning=True
        )
    letters = [letter for letter in found if letter.isalpha()]
    if len(letters) > 9 and found.isupper():  # noqa: PLR2004 (short names may be capitals)
        yield Breach("header subject", "all capitals", warning=True)


@MAIL.rule(
    "M08",
    "Readers can leave with one click",
    source="RFC 2369, 2919, 8058; Gmail, Yahoo",
    remedy="set base_url to the https address of the web part",
)
def list_fields(wire: Wire) -> Iterator[Breach]:
    """Look at List-Unsubscribe, List-Unsubscribe-Post and List-Id."""
    addresses = re.findall(r"<([^>]*)>", wire.raw("list-unsubscribe"))
    if not addresses:
        yield Breach("header list-unsubscribe", "there is none")
    elif not addresses[0].startswith("https://"):
        plain = addresses[0].startswith("http://")
        yield Breach("header list-unsubscribe", "the first address is not https", warning=plain)
    if wire.raw("list-unsubscribe-post") != "List-Unsubscribe=One-Click":
        yield Breach("header list-unsubscribe-post", "it must say exactly List-Unsubscribe=One-Click")
    if not re.fullmatch(r'(?:"[^"]*" |[^<>"]+ )?<[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+>', wire.raw("list-id")):
        yield Breach(
            "header list-id", f"{wire.raw('list-id')!r} is no Name <id.domain>", warning=not _public(wire)
        )


def _public(wire: Wire) -> bool:
    """Tell whether the message is meant for anybody beyond this machine."""
    return "." in wire.from_domain


@MAIL.rule("M09", "Message-ID is ours", source="RFC 5322 3.6.4; Gmail", remedy="its domain is that of From")
def message_id(wire: Wire) -> Iterator[Breach]:
    """Look at its form and domain; that it is unique per reader is proven in the tests of tokens."""
    found = re.fullmatch(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9.-]+)>", wire.raw("message-id"))
    if not found:
        yield Breach("header message-id", f"{wire.raw('message-id')[:80]!r} is no <left@domain>")
    elif not _aligned(found[1], wire.from_domain):
        yield Breach("header message-id", f"its domain {found[1]} is not that of From ({wire.from_domain})")


def _aligned(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


@MAIL.rule(
    "M10",
    "Feedback-ID can be read",
    source="Gmail's feedback loop",
    remedy="three words and a sender of 5 to 15 characters, parted by colons",
)
def feedback(wire: Wire) -> Iterator[Breach]:
    """Look at its four parts."""
    found = wire.raw("feedback-id")
    if found and not re.fullmatch(r"(?:[\w.-]*:){1,3}[\w.-]{5,15}", found):
        yield Breach("header feedback-id", f"{found!r} is not a:b:c:SenderId")


@MAIL.rule(
    "M11",
    "The signature covers what matters",
    source="RFC 6376, RFC 8058 4",
    remedy="sign every listed field once more than it stands, without l=, under From's domain",
)
def signature(wire: Wire) -> Iterator[Breach]:
    """Look at a DKIM-Signature's tags, where there is one, and at the body it was made over.

    Whether it verifies takes the key, which stands in DNS: that is ``digest doctor``'s matter.
    """
    for value in (value for name, value in wire.fields if name == "dkim-signature"):
        tags = dict(re.findall(r"([a-z]+)\s*=\s*([^;]*)", value))
        signed = [name.strip().lower() for name in tags.get("h", "").split(":")]
        for name in _SIGNED:
            if wire.count(name) and signed.count(name) < wire.count(name) + 1 and name != "content-type":
                yield Breach(
                    "header dkim-signature",
                    f"{name} is not signed against a second one",
                    warning=name in signed,
                )
        if "l" in tags:
            yield Breach("header dkim-signature", "l= lets anybody append to the message")
        elif "".join(tags.get("bh", "").split()) != _body_hash(wire.body, tags.get("c", "")):
            yield Breach("header dkim-signature", "bh= is not the body's: it was changed after signing")
        if not _aligned(tags.get("d", "").strip(), wire.from_domain):
            yield Breach(
                "header dkim-signature",
                f"d={tags.get('d', '')} is not aligned with From ({wire.from_domain})",
            )


def _body_hash(body: bytes, canonical: str) -> str:
    """Return what bh= must say for a body (RFC 6376, 3.4.3, 3.4.4, 3.7); SHA-256 is all that is in use."""
    if canonical.strip().endswith("/relaxed"):
        body = re.sub(rb"[ \t]+(?=\r\n|$)", b"", re.sub(rb"[ \t]+", b" ", body))
    body = re.sub(rb"(?:\r\n)+$", b"", body)
    closed = body + b"\r\n" if body or not canonical.strip().endswith("/relaxed") else b""
    return b64encode(sha256(closed).digest()).decode("ascii")


@MAIL.rule("M12", "Answering machines stay quiet", source="RFC 3834", remedy="Auto-Submitted: auto-generated")
def automatic(wire: Wire) -> Iterator[Breach]:
    """Look at Auto-Submitted and Precedence."""
    if wire.raw("auto-submitted").lower() != "auto-generated":
        yield Breach("header auto-submitted", "it does not say auto-generated")
    if wire.raw("precedence").lower() not in ("", "bulk"):
        yield Breach("header precedence", f"{wire.raw('precedence')!r} instead of bulk", warning=True)


@MAIL.rule(
    "H21",
    "Readers can see who writes",
    source="CAN-SPAM; Gmail's sender guidelines",
    remedy="let the masthead or footer print the name in From",
    severity=Severity.WARNING,
)
def sender_named(wire: Wire) -> Iterator[Breach]:
    """Look for From's name, or its domain, among the visible words."""
    name = words(decoded(wire.raw("from").rpartition("<")[0]).strip().strip('"'))
    seen = wire.page.visible.casefold() if wire.page else ""
    if wire.page and name and name.casefold() not in seen and wire.from_domain not in seen:
        yield Breach("html", f"{name} is nowhere to be seen in the mail")


# ── parts ─────────────────────────────────────────────────────────────────────────────


def _part(part: Part) -> Iterator[Breach]:
    if not part.media_type.startswith("text/"):
        return
    if part.charset != "utf-8":
        yield Breach(part.media_type, f"the character set is {part.charset or 'not said'}")
    if part.encoding not in ("quoted-printable", "base64"):
        yield Breach(
            part.media_type, f"encoding {part.encoding} can be changed on its way, which breaks DKIM"
        )


@MAIL.rule(
    "M06",
    "Plain text, then HTML, in safe encodings",
    source="RFC 2046 5.1.4; RFC 6376 5.3",
    remedy="report it: Digest writes the parts itself",
)
def parts(wire: Wire) -> Iterator[Breach]:
    """Look at the parts' order, character set, encoding and lines."""
    kind = wire.raw("content-type").partition(";")[0].strip().lower()
    leaves = [part.media_type for part in wire.parts]
    if kind != "multipart/alternative" or leaves[:2] != ["text/plain", "text/html"]:
        yield Breach("message", f"{kind or 'no type'} of {', '.join(leaves) or 'nothing'}")
    for part in wire.parts:
        yield from _part(part)
    for number, line in enumerate(wire.body.split(b"\r\n"), 1):
        if len(line) > _LINE:
            yield Breach(f"body line {number}", f"{len(line)} bytes; {_LINE} are safe")
        if line.startswith(b"From "):
            yield Breach(f"body line {number}", "a line that begins with From is altered in mailboxes")


def _bag(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


@MAIL.rule(
    "M07",
    "The plain part says the same",
    source="spam filters compare the parts",
    remedy="keep the theme's body.txt.j2 in step with its body.html.j2",
)
def same_words(wire: Wire) -> Iterator[Breach]:
    """Look for headlines, their addresses and the way out in the text, and at how alike the parts are."""
    if wire.page is None:
        return
    flat = words(wire.text)
    for heading in (e for e in wire.page.all("h1", "h2", "h3") if not e.hidden):
        if any(inner.tag == "a" for inner in heading.walk()) and heading.text not in flat:
            yield Breach("text", f"the headline {heading.text[:50]!r} is missing")
        for link in (inner for inner in heading.walk() if inner.tag == "a"):
            if link.get("href") not in wire.text:
                yield Breach("text", f"the address {link.get('href')[:70]} is missing")
    leave = re.findall(r"<(https?://[^>]*)>", wire.raw("list-unsubscribe"))
    if leave and leave[0] not in wire.text:
        yield Breach("text", "the way to unsubscribe is missing")
    one, other = _bag(flat), _bag(wire.page.visible)
    alike = len(one & other) / max(1, len(other))
    if alike < _ALIKE:
        yield Breach("text", f"only {alike:.0%} of the words of the HTML part stand in it")


@MAIL.rule(
    "M14",
    "No hidden pixel",
    source="privacy law",
    remedy="Digest does not track opens; remove the picture from the template",
)
def pixel(wire: Wire) -> Iterator[Breach]:
    """Look for pictures that nobody is meant to see."""
    for image in wire.page.all("img") if wire.page else ():
        size = {
            image.get("width"),
            image.get("height"),
            image.style.get("width", ""),
            image.style.get("height", ""),
        }
        if size & {"0", "1", "0px", "1px"} or image.hidden:
            yield Breach(f"html:{image.line} <img>", "a picture too small to see")


@MAIL.rule(
    "M15",
    "The message is light",
    source="mailbox quotas",
    severity=Severity.WARNING,
    remedy="print fewer stories; link pictures instead of embedding them",
)
def light(wire: Wire) -> Iterator[Breach]:
    """Look at sizes."""
    if len(wire.data) > _HEAVY:
        yield Breach("message", f"{len(wire.data):,} bytes; {_HEAVY:,} are usual")
    if len(wire.head) > _HEAVY_HEADERS:
        yield Breach("headers", f"{len(wire.head):,} bytes; {_HEAVY_HEADERS:,} are usual")
