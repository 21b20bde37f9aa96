from __future__ import annotations

import pytest

from digest import compose
from digest.compose.lint.run import LONGEST
from digest.errors import UsageError
from digest.flow import browser
from digest.testing import samples

pytestmark = pytest.mark.external


def good(language="en", theme="briefing", shape="full") -> str:
    return compose.compile(samples.plan(language, shape), samples.frame(language, theme, shape)).html


@pytest.fixture
def chromium(request):
    from tests.conftest import need

    return need("chromium", "how mails look in a browser")


@pytest.mark.parametrize(("theme", "language"), [("briefing", "mixed"), ("magazine", "ar")])
def test_every_theme_holds_in_every_view(chromium, theme, language):
    """At 320, 375 and 600 px without styles, as Word, light, dark, inverted: nothing too wide or faint."""
    assert [str(found) for found in browser.looked_at(good(language, theme, "long"))] == []


PALE = '</h1><p style="color:#AAAAAA">pale</p>'
FIXED = '</h1><p style="color:#1B1B18;background-color:white">x</p>'
BAD = [
    ("H14", "</h1>", '</h1><div style="width:700px;height:2px"></div>', "748 px"),
    ("H14", "max-width:600px", "width:600px", "without styles, 320 px"),
    ("H14", "<!--[if mso]><table", '<!--[if mso]><table style="width:900px"', "Word"),
    ("H16", "</h1>", PALE, "light"),
    ("H16", ".ink,.hl,.strong", ".nothing", "dark"),
    ("H16", "</h1>", FIXED, "inverted"),
]


def test_what_only_a_browser_can_tell_is_told(chromium):
    """Six faults in one page: each is seen, by its rule and in its view."""
    page = good()
    for _, old, new, _ in BAD:
        assert old in page
        page = page.replace(old, new, 1)
    found = browser.looked_at(page)
    for rule, _, _, said in BAD:
        assert any(one.id == rule and said in str(one) for one in found), said


def test_without_a_browser_it_says_what_is_missing(monkeypatch):
    """The remedy is to install one."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UsageError, match="--deep needs a browser; none of chromium"):
        browser.looked_at(good())


def test_spamassassin_finds_nothing():
    """M13: its rules, without the network, give our mail less than one point and a bad one more."""
    from tests.conftest import need

    need("spamassassin", "what spam filters say")
    made = compose.compile(samples.plan("mixed"), samples.frame("mixed"))
    assert browser.spamassassin(compose.splice(made.variant, LONGEST).as_bytes()) == []
    bad = b"From: a@b.example\r\nSubject: FREE MONEY WINNER VIAGRA $$$\r\n\r\nClick here! 100% free\r\n"
    assert [found.id for found in browser.spamassassin(bad)] == ["M13"]


def test_a_filter_that_is_not_there_is_named(monkeypatch):
    """None is part of Digest: a sentence each says that it was not asked, and nothing fails."""
    monkeypatch.setenv("PATH", "/nonexistent")
    found, missed = browser.asked(b"x")
    assert found == []
    assert missed == [f"{name} was not asked: it is not installed" for name in ("SpamAssassin", "rspamd")]


def test_a_filter_that_does_not_run_is_named():
    """Where rspamd's client is installed and nothing listens, the remedy is to start it."""
    from tests.conftest import need

    need("rspamc", "what spam filters say of our mails")
    with pytest.raises(browser.NotAskedError, match="it does not answer; is it running"):
        browser.rspamd(b"Subject: x\r\n\r\nx\r\n", "127.0.0.1:9")
