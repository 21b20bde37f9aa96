from __future__ import annotations

import email.policy
import re
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes

import pytest

from digest import compose
from digest.compose import dump, load, splice
from digest.errors import ComposeError, TemplateError
from digest.model import Headline, Recipient
from digest.testing import samples
from digest.testing.harbour import pictures

READER = Recipient(
    subscriber=7,
    subscription=9,
    address="reader@example.org",
    leave="LEAVETOKEN",
    preferences="PREFTOKEN",
    bounce="b" * 40,
    message_id="m" * 26,
)
CELLS = [
    (theme, language, shape)
    for theme in samples.THEMES
    for language in samples.LANGUAGES
    for shape in samples.SHAPES
]


def made(language="en", theme="briefing", shape="full", overrides=None, **changes):
    return compose.compile(
        samples.plan(language, shape), samples.frame(language, theme, shape, **changes), overrides
    )


def test_the_same_plan_gives_the_same_bytes_in_another_process():
    """No clock, no randomness, no order of hashing: what is previewed is what is sent."""
    code = "from digest.compose import compile; from digest.testing import samples as s;"
    code += "print(compile(s.plan('mixed'), s.frame('mixed', 'magazine')).variant.sha256)"
    seeds = ("1", "4242")
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in seeds
    }
    assert found == {made("mixed", "magazine").variant.sha256 + "\n"}


@pytest.mark.parametrize(("theme", "language", "shape"), CELLS)
def test_both_parts_carry_the_same_stories_in_the_same_order(theme, language, shape):
    """Every pick's headline and address stands in HTML and in text, in the plan's order."""
    plan, compiled = samples.plan(language, shape), made(language, theme, shape)
    printed = plan.picks[:1] if shape == "breaking" else plan.picks
    places = [compiled.text.index(pick.article.url) for pick in printed]
    assert places == sorted(places)
    flat = " ".join(compiled.text.split())
    for pick in printed:
        assert compiled.html.count(pick.article.url) >= 1
        assert pick.printed.replace("’", "’") in compiled.html
        assert pick.printed.split()[0] in flat
    assert len(compiled.html.encode()) < 95_000


@pytest.mark.parametrize(("theme", "language", "shape"), CELLS)
def test_a_spliced_message_has_the_readers_values_and_no_sentinel(theme, language, shape):
    """Tokens in header, text and HTML; nothing that stood for them."""
    frame = samples.frame(language, theme, shape)
    message = splice(compose.compile(samples.plan(language, shape), frame).variant, READER).as_bytes()
    parsed = message_from_bytes(message, policy=email.policy.default)
    text, html = (parsed.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert "/u/LEAVETOKEN" in part
        assert "/p/PREFTOKEN" in part
        assert f"/e/{frame.public_id}" in part
        assert not [mark for mark in frame.marks() if mark in part]


def test_the_page_has_nothing_of_a_reader():
    """What is shown in a browser is public: no unsubscribe token, no sentinel, but Open Graph tags."""
    frame = samples.frame()
    page = compose.compile(samples.plan(), frame).page.decode()
    assert not [mark for mark in frame.marks() if mark in page]
    assert "/u/" not in page
    assert '<meta property="og:title" content="Port traffic recovers' in page


def test_a_sentinel_cannot_be_guessed_by_an_article():
    """It depends on the boundary, which depends on a key."""
    one, other = samples.frame(), replace(samples.frame(), boundary="another")
    assert not set(one.marks()) & set(other.marks())


def test_without_a_base_url_links_lead_to_this_machine():
    """A maildir on a desk works without a public address."""
    compiled = compose.compile(samples.plan(), replace(samples.frame(), base_url=""))
    assert "http://localhost:8080/e/" in compiled.text


def test_one_file_of_a_theme_can_be_replaced(tmp_path):
    """The rest stays built in; the replacement may extend what it replaces."""
    folder = tmp_path / "editions" / "briefing"
    folder.mkdir(parents=True)
    (folder / "subject.txt.j2").write_text("Own: {{ lead.headline }}")
    blocks = tmp_path / "editions" / "blocks"
    blocks.mkdir()
    (blocks / "footer.html.j2").write_text(
        '{% include "builtin/blocks/footer.html.j2" %}<tr><td>Own line</td></tr>'
    )
    compiled = made(overrides=tmp_path)
    assert compiled.subject.startswith("Own: Ministers")
    assert "Own line" in compiled.html
    assert "Unsubscribe" in compiled.html


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("one\n{{ nothing_of_that_name }}", r"subject\.txt\.j2:2: 'nothing_of_that_name' is undefined"),
        ("{% if %}", r"subject\.txt\.j2:1: "),
        ("{{ ().__class__.__mro__ }}", r"access to attribute '__class__' of 'tuple' object is unsafe"),
        ("\n\n{{ 1 / 0 }}", r"subject\.txt\.j2:3: division by zero"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(tmp_path, source, message):
    """An operator finds the place at once; the sandbox holds."""
    folder = tmp_path / "editions" / "briefing"
    folder.mkdir(parents=True)
    (folder / "subject.txt.j2").write_text(source)
    with pytest.raises(TemplateError, match=message):
        made(overrides=tmp_path)


def test_an_unknown_theme_names_those_there_are():
    """The remedy stands in the message."""
    with pytest.raises(
        TemplateError, match=r"no theme is named 'brief'; there are: briefing, headlines, magazine"
    ):
        made(theme="brief")


def test_a_subject_from_the_configuration():
    """The newsletter's own template, then the editor's own words, go before the theme's."""
    compiled = made(subject="{{ newsletter.title }}: {{ lead.headline | fit(30) }}")
    assert compiled.subject == "Morning briefing: Ministers of three…"
    edited = compose.compile(replace(samples.plan(), subject="The talks\nbegin"), samples.frame())
    assert edited.subject == "The talks begin"


def test_a_plan_without_stories_is_refused():
    """There is nothing to print, and that is said."""
    with pytest.raises(ComposeError, match="there is no story to print"):
        compose.compile(replace(samples.plan(), picks=()), samples.frame())


def test_another_report_is_linked_by_a_name_that_does_not_pretend():
    """A source that is named after its feed's host would read as a fake, and hold the edition."""
    first, *others = samples.plan().picks
    told = Headline(headline="Ferry late", url="https://www.tide.example/1", source="tide")
    frame = samples.frame()
    frame = replace(frame, source_names={**frame.source_names, "tide": "feeds.tideli.example"})
    compiled = compose.compile(replace(samples.plan(), picks=(replace(first, also=(told,)), *others)), frame)
    assert ">tide.example</a>" in compiled.html
    assert not [one for one in compose.lint_compiled(compiled) if one.id == "H20" and one.severity == "error"]


def test_a_source_known_by_its_feeds_host_is_named_by_the_articles():
    """Readers know the site, not the machine its feed comes from: in by-lines and in every list."""
    told = Headline(headline="Ferry late", url="https://www.tide.example/1", source="tide")
    frame = samples.frame()
    frame = replace(frame, source_names={**frame.source_names, "tide": "tidecdn.example"})
    compiled = compose.compile(replace(samples.plan(), more=(told,)), frame)
    assert "tidecdn.example" not in compiled.html + compiled.text
    assert "tide.example" in compiled.text.split("Ferry late")[1].splitlines()[0]


def test_a_foreign_headline_is_isolated_where_it_stands_among_others():
    """In the headlines theme's preheader an Arabic headline stands between English ones."""
    preheader = made("mixed", "headlines").preheader
    assert "\u2067" not in made("ar", "briefing").subject
    assert preheader.count("\u2067") == preheader.count("\u2069")


def test_an_arabic_edition_is_set_from_the_right():
    """Physical sides: alignment, the note's edge, and direction on html and wrapper."""
    html = made("ar").html
    assert re.search(r'<html lang="ar" dir="rtl"', html)
    assert re.search(r'<div class="wrap"[^>]* lang="ar" dir="rtl"', html)
    assert "border-right:3px solid" in html
    assert "border-left:3px" not in html
    assert 'align="left"' not in html.replace('class="mast tagline" align="left"', "")


def test_embedded_pictures_travel_in_the_message():
    """Each once, as a related part named by cid; the page in a browser loads them from the web part."""
    asset = samples.assets()[1]
    frame = replace(samples.frame(), embedded={asset.hash: pictures()[1]})
    compiled = compose.compile(samples.plan(), frame)
    parsed = message_from_bytes(splice(compiled.variant, READER).as_bytes(), policy=email.policy.default)
    (picture,) = [part for part in parsed.walk() if part.get_content_type() == "image/jpeg"]
    assert picture.get_content() == pictures()[1]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in compiled.html
    assert b"cid:" not in compiled.page
    assert f"/i/{asset.name}".encode() in compiled.page


def test_fonts_come_from_the_newsletter():
    """Headlines and text, each where one is set."""
    html = made(headline_font="'Own Face', serif").html
    assert "font-family:'Own Face', serif" in html
    assert "Georgia, " not in html.split("</head>")[1]


def test_a_variant_survives_the_store():
    """Written and read back it splices to the same bytes."""
    variant = made("mixed").variant
    assert splice(load(dump(variant)), READER).as_bytes() == splice(variant, READER).as_bytes()


def test_an_edition_too_large_is_trimmed_and_says_so():
    """A hundred related headlines a story would be hidden by Gmail; the unsubscribe link with them."""
    plan = samples.plan()
    many = replace(plan.picks[1], related=plan.picks[0].related * 60)
    compiled = compose.compile(
        replace(plan, picks=(plan.picks[0], many, many, *plan.picks[2:])), samples.frame()
    )
    assert len(compiled.html.encode()) <= 95_000
    assert compiled.trimmed[0].startswith("trimmed: ")


def subject(language="en", **headlines) -> tuple[str, str]:
    plan = samples.plan(language, "long" if headlines.get("long") else "full")
    picks = [
        replace(pick, headline=headlines.get(f"n{place}", pick.headline))
        for place, pick in enumerate(plan.picks, 1)
    ]
    compiled = compose.compile(replace(plan, picks=tuple(picks)), samples.frame(language))
    return compiled.subject, compiled.preheader


def test_a_lead_too_long_for_a_subject_stands_in_the_preheader():
    """The next headline that fits is the subject: cut off, the first might say another thing."""
    lead = samples.plan().picks[0].printed
    assert len(lead) > 60
    assert subject() == ("Port traffic recovers as insurers cut their rates", lead)


def test_a_lead_that_fits_is_the_subject():
    """Whole, with its first sentence as preheader."""
    found = subject(n1="Three neighbours meet")
    assert found[0] == "Three neighbours meet"
    assert found[1].startswith("The talks in the capital covered")


def test_where_no_headline_fits_the_newsletter_and_its_day_are_the_subject():
    """Which is dull, and true."""
    words = "word " * 30
    assert subject(n1=words, n2=words, n3=words)[0] == "Morning briefing · 19 June"
    assert subject("ar", n1=words, n2=words, n3=words)[0] == "موجز الصباح · ١٩ يونيو"


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_subject_and_preheader_tell_different_things(language):
    """What the subject says is not said again, what it does not is not lost, and no headline is cut."""
    plan = samples.plan(language)
    first, second, third = (pick.printed for pick in plan.picks[:3])
    of_its_own = "Today in {{ newsletter.title }}"
    for theme in ("headlines", "briefing", "magazine"):
        compiled = compose.compile(plan, samples.frame(language, theme, subject=of_its_own))
        assert compiled.subject.startswith("Today in")
        assert plain(compiled.preheader).startswith(first)
    made = compose.compile(plan, samples.frame(language, "headlines"))
    told = [each for each in (first, second, third) if each not in plain(made.subject)]
    assert plain(made.preheader).startswith(" · ".join(told[:2]))
    every = {pick.printed for pick in plan.picks}
    assert all(part in every for part in plain(made.preheader).split(" · "))
    alone = replace(plan, picks=plan.picks[1:2])
    assert plain(compose.compile(alone, samples.frame(language, "headlines")).preheader) == second


def plain(text: str) -> str:
    return text.translate(dict.fromkeys((0x2066, 0x2067, 0x2069)))


def test_breaking_news_is_the_lead_alone():
    """Whatever else the plan holds: no further story, no headlines, no sponsor."""
    frame = replace(samples.frame(), kind="breaking")
    made = compose.compile(samples.plan(), frame)
    assert "Breaking news" in made.html
    assert "Breaking news" in made.text
    for absent in (samples.plan().picks[1].printed, samples.plan().more[0].headline, "Quay Bakery"):
        assert absent not in made.html + made.text
