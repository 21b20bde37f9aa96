"""Each rule has a bad sample that trips it, and only what it declares besides; good editions trip none."""

from __future__ import annotations

import re

import pytest

from digest import compose
from digest.compose.lint import Severity, lint_compiled, lint_html, lint_message
from digest.compose.lint.message import Wire
from digest.compose.lint.pages import HTML
from digest.compose.lint.run import LONGEST
from digest.compose.lint.wire import MAIL
from digest.testing import samples


def message(language="en", theme="briefing", shape="full", **changes) -> bytes:
    frame = samples.frame(language, theme, shape, **changes)
    return compose.splice(compose.compile(samples.plan(language, shape), frame).variant, LONGEST).as_bytes()


GOOD = message()
PAGE = Wire(GOOD).page.html
ARABIC = Wire(message("ar")).page.html
MAGAZINE = Wire(message("en", "magazine")).page.html


def ids(findings) -> set[str]:
    return {found.id for found in findings}


@pytest.mark.parametrize("shape", samples.SHAPES)
@pytest.mark.parametrize("language", samples.LANGUAGES)
@pytest.mark.parametrize("theme", samples.THEMES)
def test_good_editions_trip_no_rule(theme, language, shape):
    """Every theme in every language and shape is clean, warnings included."""
    frame = samples.frame(language, theme, shape)
    assert [
        str(found) for found in lint_compiled(compose.compile(samples.plan(language, shape), frame))
    ] == []


BAD_PAGES = [
    # rule, what is broken, other rules that must speak up too
    ("H01", PAGE.replace("<!DOCTYPE html>", ""), set()),
    ("H01", "\ufeff" + PAGE, set()),
    ("H02", PAGE.replace('<meta charset="utf-8">', "").replace("charset=utf-8", ""), set()),
    ("H03", re.sub(r'<html lang="en" dir="ltr"', "<html", PAGE), set()),
    (
        "H03",
        PAGE.replace('<div class="wrap" role="article"', '<div class="wrap" role="article" dir="rtl"', 1),
        {"H01"},
    ),
    ("H04", re.sub(r"<title>.*?</title>", "<title> </title>", PAGE), set()),
    ("H05", PAGE.replace('role="presentation"', "", 1), set()),
    ("H05", PAGE.replace('cellspacing="0"', "", 1), set()),
    ("H06", re.sub(r'(<img[^>]*?) alt="[^"]*"', r"\1", PAGE, count=1), {"H22"}),
    ("H06", re.sub(r'(<img[^>]*?)alt="[^"]*"', r'\1alt=""', PAGE, count=1), {"H22"}),
    ("H06", re.sub(r'width="600"([^>]*src|[^>]*alt)', r'width="900"\1', PAGE, count=1), set()),
    ("H06", PAGE.replace(".jpg", ".webp"), set()),
    ("H06", PAGE.replace('src="https://', 'src="http://'), set()),
    ("H07", PAGE.replace("</h1>", "</h1><script>1</script>", 1), set()),
    ("H07", PAGE.replace("</h1>", "</h1><form></form>", 1), set()),
    ("H07", PAGE.replace("<h1", '<h1 onclick="x()"', 1), set()),
    ("H08", PAGE.replace("</h1>", "</h1><style>p{color:red}</style>", 1), set()),
    ("H08", PAGE.replace("</style>", "/*" + "x" * 16_100 + "*/</style>", 1), set()),
    ("H08", PAGE.replace("<h1", '<h1 data-x="" style="/* x */color:#111111"', 1), {"H01"}),
    ("H09", PAGE.replace("</h1>", "</h1>" + "<!-- " + "x" * 90_000 + " -->", 1), set()),
    (
        "H10",
        PAGE.replace(
            "</h1>",
            "</h1><!--[if mso]><table role='presentation' cellpadding=0 cellspacing=0 border=0><![endif]-->",
            1,
        ),
        set(),
    ),
    ("H10", PAGE.replace("</h1>", "</h1><![if !mso]>x<![endif]>", 1), set()),
    ("H10", PAGE.replace("</body>", "<!-- open</body>"), set()),
    ("H01", PAGE.replace("</h1>", "</h1>" + "<div>" * 250 + "</div>" * 250, 1), set()),
    ("H11", PAGE.replace("</h1>", "</h1><!--[if mso]><v:rect><h2>x</h2></v:rect><![endif]-->", 1), set()),
    ("H12", PAGE.replace("</h1>", '</h1><div style="display:flex">x</div>', 1), set()),
    ("H12", PAGE.replace("</h1>", '</h1><div style="margin-inline-start:4px">x</div>', 1), set()),
    ("H12", PAGE.replace("</h1>", '</h1><div style="width:calc(100% - 4px)">x</div>', 1), set()),
    ("H12", PAGE.replace("</h1>", '</h1><div style="color:var(--x)">x</div>', 1), set()),
    ("H12", PAGE.replace("</style>\n</head>", ".x{color:#111111!important}</style></head>"), set()),
    ("H12", PAGE.replace('<td class="story"', '<td width="50em" class="story"', 1), set()),
    ("H13", PAGE.replace("</h1>", '</h1><div style="padding:8px">x</div>', 1), set()),
    ("H13", PAGE.replace("</h1>", '</h1><p style="margin:-8px 0 0">x</p>', 1), set()),
    ("H14", PAGE.replace("</h1>", '</h1><div style="width:560px">x</div>', 1), set()),
    ("H15", PAGE.replace('<meta name="color-scheme" content="light dark">', ""), set()),
    ("H15", PAGE.replace("[data-ogsc]", ".nothing"), set()),
    ("H15", PAGE.replace(" !important", ""), set()),
    ("H16", PAGE.replace("</h1>", '</h1><p style="color:#AAAAAA">pale</p>', 1), set()),
    ("H16", PAGE.replace("</h1>", '</h1><p style="font-size:9px">tiny</p>', 1), set()),
    ("H17", PAGE.replace("<h1", "<h2", 1).replace("</h1>", "</h2>", 1), set()),
    ("H17", PAGE.replace("</h1>", "</h1><h4>x</h4>", 1), set()),
    ("H17", PAGE.replace("</h1>", '</h1><a href="https://a.example/">Read more</a>', 1), set()),
    ("H18", re.sub(r'<div class="pre".*?</div>', "", PAGE), set()),
    (
        "H18",
        re.sub(
            r'(<div class="pre"[^>]*>).*?</div>',
            r"\1Win a prize that is nowhere else in this mail</div>",
            PAGE,
        ),
        set(),
    ),
    ("H19", PAGE.replace("</h1>", "</h1><bdi>x</bdi>", 1), set()),
    ("H19", PAGE.replace("</h1>", '</h1><a dir="rtl" href="https://a.example/">words</a>', 1), set()),
    ("H19", PAGE.replace("</h1>", "</h1>\u202e", 1), set()),
    ("H19", ARABIC.replace('align="right"', 'align="left"'), set()),
    (
        "H19",
        ARABIC.replace("Geeza Pro", "Georgia").replace("Noto", "Times").replace("Tahoma", "Arial"),
        set(),
    ),
    ("H20", PAGE.replace("</h1>", '</h1><a href="">words</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="/relative">words</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="https://a.example/{{ url }}">words</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="https://evil.example/">bank.example</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="https://evil.example/">https://bank.example</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="https://xn--pple-43d.com/">words</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="http://10.0.0.1/x">words</a>', 1), set()),
    ("H20", PAGE.replace("</h1>", '</h1><a href="#top">to the top</a>', 1), set()),
    ("H21", PAGE.replace(">Unsubscribe<", ">Goodbye<"), set()),
    (
        "H22",
        PAGE.replace(
            "</h1>", '</h1><h2><img src="https://a.example/x.png" width="9" height="9" alt="x"></h2>', 1
        ),
        {"H06"},
    ),
    (
        "H22",
        PAGE.replace("</h1>", '</h1><div style="background:url(https://a.example/x.png)">x</div>', 1),
        set(),
    ),
    (
        "H23",
        PAGE.replace(
            "</h1>",
            "</h1>"
            + '<img class="i" src="https://a.example/x.png" width="90" height="9" alt="words that say it">'
            * 14,
            1,
        ),
        set(),
    ),
]


@pytest.mark.parametrize(
    ("rule", "page", "companions"), BAD_PAGES, ids=[f"{i}-{row[0]}" for i, row in enumerate(BAD_PAGES)]
)
def test_each_page_rule_finds_its_bad_sample(rule, page, companions):
    """And nothing else speaks up but what is declared."""
    assert page not in (PAGE, ARABIC)
    assert ids(lint_html(page)) == {rule} | companions


def header(name: str, value: str | None) -> bytes:
    """Return the good message with a field changed, or taken out."""
    head, _, body = GOOD.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    kept = [f for f in fields if not f.lower().startswith(name.lower().encode() + b":")]
    if value is not None:
        kept.append(f"{name}: {value}".encode())
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


SIGNATURE = "v=1; a=rsa-sha256; d={d}; s=x; h={h};{l} bh=x; b=x"
FULL = ":".join(
    [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "list-unsubscribe",
        "list-unsubscribe-post",
    ]
    * 2
)

BAD_MESSAGES = [
    ("M01", header("Date", None), set()),
    ("M01", GOOD.replace(b"Date:", b"Subject: again\r\nDate:", 1), set()),
    ("M01", header("From", "a@harbourpost.example, b@harbourpost.example"), set()),
    ("M02", header("List-Unsubscribe", "=?utf-8?q?=3Chttps=3A//a.example/=3E?="), {"M08"}),
    ("M02", header("From", "Post <news@=?utf-8?q?harbourpost?=.example>"), {"M09"}),
    ("M03", GOOD.replace(b"Precedence: bulk", b"Precedence: bulk\r\nX-Old: caf\xc3\xa9", 1), set()),
    ("M03", GOOD.replace(b"Precedence: bulk\r\n", b"Precedence: bulk\n", 1), {"M01", "M12"}),
    ("M03", GOOD.replace(b"Precedence: bulk", b"Precedence: bulk\r\nX-Long: " + b"x" * 1000, 1), set()),
    ("M04", header("From", '"news@harbourpost.example" <news@harbourpost.example>'), set()),
    ("M05", header("Subject", "Re: your question"), set()),
    (
        "M05",
        header("Subject", "A subject that goes on and on, well past what any telephone would show"),
        {"M03"},
    ),
    ("M05", header("Subject", "EVERYTHING IN CAPITALS"), set()),
    (
        "M06",
        GOOD.replace(b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: 8bit", 1),
        None,
    ),
    ("M06", GOOD.replace(b'charset="utf-8"', b'charset="latin-1"', 1), set()),
    ("M07", GOOD.replace(b"1. Ministers of three neighbours", b"1. Something else altogether", 1), set()),
    ("M08", header("List-Unsubscribe-Post", None), set()),
    ("M08", header("List-Unsubscribe", "<mailto:leave@harbourpost.example>"), set()),
    ("M08", header("List-Id", "nonsense"), set()),
    ("M09", header("Message-ID", "<abc@elsewhere.example>"), set()),
    ("M09", header("Message-ID", "abc"), set()),
    ("M10", header("Feedback-ID", "one:two"), set()),
    ("M11", header("DKIM-Signature", SIGNATURE.format(d="elsewhere.example", h=FULL, l="")), set()),
    (
        "M11",
        header("DKIM-Signature", SIGNATURE.format(d="harbourpost.example", h=FULL, l=" l=100;")),
        set(),
    ),
    ("M11", header("DKIM-Signature", SIGNATURE.format(d="harbourpost.example", h="from:to", l="")), {"M03"}),
    ("M12", header("Auto-Submitted", None), set()),
    ("M12", header("Precedence", "list"), set()),
    ("M15", GOOD.replace(b"Precedence: bulk", b"Precedence: bulk" + b"\r\nX-More: x" * 900, 1), set()),
]


@pytest.mark.parametrize(
    ("rule", "data", "companions"), BAD_MESSAGES, ids=[f"{i}-{row[0]}" for i, row in enumerate(BAD_MESSAGES)]
)
def test_each_message_rule_finds_its_bad_sample(rule, data, companions):
    """And nothing else speaks up but what is declared (None: whatever follows from it)."""
    assert data != GOOD
    found = ids(lint_message(data))
    assert rule in found
    if companions is not None:
        assert found == {rule} | companions


def test_a_tracking_pixel_is_found():
    """M14: nobody counts opens here."""
    page = PAGE.replace("</h1>", '</h1><img src="https://t.example/x.gif" width="1" height="1" alt="x">', 1)
    data = GOOD.replace(GOOD, _with_html(page))
    assert "M14" in ids(lint_message(data))


def _with_html(page: str) -> bytes:
    import quopri

    head, middle, _ = GOOD.partition(b'Content-Type: text/html; charset="utf-8"\r\n')
    body = quopri.encodestring(page.encode()).replace(b"\n", b"\r\n")
    return (
        head
        + middle
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + body
        + b"\r\n--digest-6f1c2b0a9d8e7f60--\r\n"
    )


def test_every_rule_has_a_bad_sample():
    """A rule that nothing can break is no rule. M13 is SpamAssassin's own and is tried with it."""
    tried = {row[0] for row in BAD_PAGES} | {row[0] for row in BAD_MESSAGES} | {"M14"}
    assert {rule.id for rule in (*HTML.rules, *MAIL.rules)} == tried


def test_every_rule_names_its_source_and_its_remedy():
    """An operator must know whose rule it is and what to do."""
    for rule in (*HTML.rules, *MAIL.rules):
        assert rule.title
        assert rule.source
        assert rule.remedy


def test_links_to_this_machine_are_worth_a_warning_only():
    """A maildir on a desk works without a public address; nothing holds the edition."""
    from dataclasses import replace

    frame = replace(samples.frame(), base_url="", image_base_url="")
    found = lint_compiled(compose.compile(samples.plan(), frame))
    assert found
    assert {found.severity for found in found} == {Severity.WARNING}


def test_a_missing_postal_address_is_told():
    """It is a setting: the finding names it."""
    found = lint_compiled(compose.compile(samples.plan(), samples.frame(postal_address="")))
    assert [(f.id, f.severity, f.place) for f in found] == [
        ("H21", Severity.WARNING, "config postal_address")
    ]


def test_a_file_with_bare_line_feeds_is_read_as_a_message():
    """Editors save .eml files so."""
    assert lint_message(GOOD.replace(b"\r\n", b"\n")) == lint_message(GOOD)


def test_the_documentation_tells_every_rule():
    """Each rule has its line in docs/lint.md, with its title."""
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "lint.md").read_text("utf-8")
    for rule in (*HTML.rules, *MAIL.rules):
        title = re.escape(rule.title.replace("<", "&lt;"))
        assert re.search(rf"^\| {rule.id} \| [EW] \| {title} \|", text, re.MULTILINE), rule.id


@pytest.mark.parametrize(
    ("text", "severity"), [("Booking.com", "warning"), ("https://bank.example", "error")]
)
def test_a_firm_named_like_a_host_holds_no_edition(text, severity):
    """A headline may be a bare name; a whole address that leads elsewhere is a trap."""
    page = PAGE.replace("</h1>", f'</h1><a href="https://post.example/a">{text}</a>', 1)
    assert [str(found.severity) for found in lint_html(page) if found.id == "H20"] == [severity]


def test_a_signature_is_compared_with_the_body_it_was_made_over(tmp_path):
    """M11: our own passes every rule; a word changed on the way is found without the key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    from digest.deliver import dkim
    from digest.model import Message

    key = rsa.generate_private_key(65537, 2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form))
    (tmp_path / "key.pem").chmod(0o600)
    signer = dkim.make("harbourpost.example", [("s1", tmp_path / "key.pem")])
    frame = samples.frame(bounce_domain="bounces.harbourpost.example")
    message = compose.splice(compose.compile(samples.plan(), frame).variant, LONGEST)
    assert isinstance(message, Message)
    signed = signer.sign(message).as_bytes()
    assert b"DKIM-Signature" in signed
    assert [str(found) for found in lint_message(signed)] == []
    found = lint_message(signed.replace(b"Port traffic recovers", b"Port traffic collapses"))
    assert [(one.id, one.message) for one in found if one.id == "M11"] == [
        ("M11", "bh= is not the body's: it was changed after signing")
    ]
