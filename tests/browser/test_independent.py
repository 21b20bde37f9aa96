"""What others say of our mails: html-validate, caniemail and axe-core, none of them ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from digest import compose
from digest.testing import gallery, samples
from tests.conftest import ABSENT, need

pytestmark = pytest.mark.external
CI = Path(__file__).parents[2] / ".ci"
CELLS = [(theme, language) for theme in samples.THEMES for language in samples.LANGUAGES]
ENHANCEMENT = {
    # what is used as an enhancement, or named wrongly: "transform" is text-transform, "height" line-height
    "@media",
    "Adjacent sibling combinator",
    "Attribute selector",
    "Chaining selectors",
    "aria-hidden attribute",
    "aria-label attribute",
    "height property",
    "opacity",
    "overflow",
    "text-wrap",
    "transform",
    "white-space",
}
MAIL = ("region", "landmark-one-main", "page-has-heading-one")  # rules for pages with navigation


def modules(name: str) -> Path:
    """Return the folder of a node package, or skip."""
    need("node", "what independent checkers say of our mails")
    folder = CI / "node_modules" / name
    if not folder.is_dir():
        ABSENT[name] = 1
        import os

        if os.environ.get("DIGEST_REQUIRE_EXTERNAL") == "1":  # noqa: TID251 (as in conftest)
            pytest.fail(f"{name} is required here: npm ci --prefix .ci")
        pytest.skip(f"needs {name}: what independent checkers say of our mails")
    return folder


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Ask html-validate and caniemail about every theme in every language."""
    modules("html-validate")
    modules("caniemail")
    folder = tmp_path_factory.mktemp("mails")
    files = []
    for theme, language in CELLS:
        made = compose.compile(samples.plan(language), samples.frame(language, theme))
        file = folder / f"{theme}-{language}.html"
        file.write_text(made.html, "utf-8")
        files.append(str(file))
    script = Path(__file__).with_name("check.mjs")
    done = subprocess.run(["node", str(script), str(CI), *files], capture_output=True, check=True)
    return json.loads(done.stdout)


def test_html_validate_finds_nothing(told):
    """With the rules that mail must break switched off."""
    assert {name: found["validate"] for name, found in told.items()} == {name: [] for name in told}


def test_caniemail_finds_only_enhancements(told):
    """Nothing that carries words, links or layout is unknown to Gmail, Outlook, Apple Mail or Yahoo."""
    for name, found in told.items():
        for client, features in found["caniemail"]:
            assert set(features) <= ENHANCEMENT, (name, client)


@pytest.fixture(scope="module")
def chromium():
    """Start the browser there is."""
    need("chromium", "how mails look in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = gallery.browser(playwright)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("theme", "language"), CELLS)
def test_axe_finds_nothing(chromium, theme, language, scheme):
    """Accessibility, contrast included, in both colour schemes."""
    script = modules("axe-core") / "axe.min.js"
    made = compose.compile(samples.plan(language), samples.frame(language, theme))
    page = chromium.new_page(viewport={"width": 600, "height": 900}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(gallery.with_pictures(made.html))
    page.add_script_tag(path=str(script))
    rules = json.dumps({"rules": {rule: {"enabled": False} for rule in MAIL}})
    found = page.evaluate(f"axe.run(document, {rules}).then(r => r.violations)")
    page.close()
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


def test_the_picture_of_a_broken_layout_differs(chromium, tmp_path):
    """The gallery would show a lost ghost table: Word's view is wider without it."""
    made = gallery.Cell("briefing", "en", "full", "word").page()
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    widths = []
    for html in (made, made.replace('width="600"', 'width="100%"')):
        page.route("**/*", lambda route: route.abort())
        page.set_content(html)
        widths.append(page.evaluate("document.querySelector('.column').getBoundingClientRect().width"))
    page.close()
    assert widths[0] == 600
    assert widths[1] > 900


def test_a_mail_asks_for_nothing_but_its_pictures(chromium):
    """No fonts, no scripts, no style sheets, no pixel: every request is one of ours, for a picture."""
    made = compose.compile(samples.plan(), samples.frame(theme="magazine"))
    asked: list[str] = []
    page = chromium.new_page()
    page.route("**/*", lambda route: (asked.append(route.request.url), route.abort()))
    page.set_content(made.html, wait_until="load")
    page.close()
    assert asked
    assert set(asked) <= {f"https://news.harbourpost.example/i/{asset.name}" for asset in made.images}
