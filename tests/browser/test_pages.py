"""The public pages in a real Chromium: the whole way of a reader, no overflow, nothing foreign, axe-clean."""

from __future__ import annotations

import mailbox
import re
import socket
import threading
import time
from pathlib import Path

import pytest

from digest import tokens
from digest.flow import audience
from digest.flow.context import Context
from digest.flow.messages import keyring
from digest.store import subscribers
from digest.testing.editions import frozen
from digest.tokens import Purpose
from digest.web.serve import serve

pytestmark = pytest.mark.external
AXE = Path(__file__).resolve().parents[2] / ".ci" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def chromium():
    """Give a browser, or skip where there is none."""
    from tests.conftest import need

    path = need("chromium", "the public pages in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(sqlite_context):
    """Serve the pages on this machine; gives the context with its address as base_url."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = sqlite_context.settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})
    ctx = Context(settings, sqlite_context.store, sqlite_context.now)
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(ctx, "127.0.0.1", port, stop))
    thread.start()
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield ctx
    stop.set()
    thread.join(20)


def letter(ctx):
    for _ in range(100):
        folder = ctx.settings.root / "outbox"
        if folder.exists():
            found = [
                message.get_payload(0).get_payload(decode=True).decode()
                for message in mailbox.Maildir(folder)
            ]
            if found:
                return re.search(r"http://\S+/c/\S+", found[0])[0]
        time.sleep(0.05)
    pytest.fail("no letter came")


def test_a_reader_signs_up_confirms_chooses_and_leaves(chromium, site):
    """Without JavaScript, by keyboard and mouse as readers do; each step takes effect."""
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.settings.base_url}/s/daily")
    page.get_by_label("Your email address").fill("eve@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your inbox").wait_for()
    page.goto(letter(site))
    page.get_by_role("button", name="Confirm my subscription").click()
    page.get_by_role("heading", name="You are subscribed").wait_for()
    with site.store.read() as conn:
        eve = subscribers.find(conn, "eve@example.org")
        [mine] = subscribers.subscriptions_of(conn, eve.id)
    assert mine.state == "confirmed"
    page.goto(f"{site.settings.base_url}/p/{tokens.make(keyring(site), Purpose.PREFERENCES, eve.id)}")
    page.get_by_label("Sunday").first.uncheck()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Your choices were saved."
    page.goto(f"{site.settings.base_url}/u/{tokens.make(keyring(site), Purpose.LEAVE, mine.id)}")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="You have left").wait_for()
    with site.store.read() as conn:
        assert subscribers.subscription(conn, mine.id).state == "unsubscribed"


@pytest.mark.parametrize("newsletter", ["daily", "sabah"])
def test_pages_fit_load_nothing_foreign_and_pass_axe(chromium, site, newsletter):
    """At 320, 600 and 1200 pixels, light and dark, in English and in Arabic."""
    audience.add(site, "ann@example.org", newsletter, "form")
    with site.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org")
        [mine] = subscribers.subscriptions_of(conn, ann.id)
    ring, base = keyring(site), site.settings.base_url
    paths = [
        "/", f"/s/{newsletter}", f"/s/{newsletter}/embed", f"/a/{newsletter}", "/u/nothing",
        f"/u/{tokens.make(ring, Purpose.LEAVE, mine.id)}",
        f"/p/{tokens.make(ring, Purpose.PREFERENCES, ann.id)}",
    ]  # fmt: skip
    for scheme, width in (("light", 320), ("light", 1200), ("dark", 600)):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
        )
        page = context.new_page()
        asked, errors = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on(
            "console", lambda said, errors=errors: errors.append(said.text) if said.type == "error" else None
        )
        for path in paths:
            page.goto(base + path)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), path
            if AXE.is_file():
                page.evaluate(AXE.read_text("utf-8"))
                found = page.evaluate(
                    "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))"
                )
                assert found == [], path
        assert [url for url in asked if not url.startswith(base)] == []
        assert [text for text in errors if "404" not in text] == []
        context.close()
    if not AXE.is_file():
        from tests.conftest import need

        need("axe-core", "accessibility of the public pages")


def test_the_policy_holds_in_a_browser_and_nothing_is_asked_of_others(chromium, site):
    """With the policy in force: no page breaks it, none needs scripts, every request stays with us.

    A script, a style and a picture from elsewhere, put into a page on its way, are refused by the browser.
    """
    audience.add(site, "ann@example.org", "daily", "form")
    with site.store.read() as conn:
        ann = subscribers.find(conn, "ann@example.org")
        [mine] = subscribers.subscriptions_of(conn, ann.id)
    frozen(site.store)
    ring, base = keyring(site), site.settings.base_url
    leave = f"/u/{tokens.make(ring, Purpose.LEAVE, mine.id)}"
    paths = [
        "/",
        "/s/daily",
        "/s/daily/embed",
        "/s/daily/code",
        "/a/daily",
        "/e/e00000000001",
        leave,
        "/none",
    ]
    paths.append(f"/p/{tokens.make(ring, Purpose.PREFERENCES, ann.id)}")
    page = chromium.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    for path in paths:
        page.goto(base + path, wait_until="networkidle")
    assert [url for url in asked if not url.startswith((base, "data:"))] == []
    assert [line for line in said if "404" not in line] == []
    evil = "<script>document.title='taken'</script><img src='https://evil.example/x.png'>"
    evil += "<link rel=stylesheet href='https://evil.example/x.css'><style>h1{color:red}</style>"

    def spoil(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", f"{evil}</main>"))

    page.route(f"**{leave}", spoil)
    said.clear()
    page.goto(base + leave, wait_until="networkidle")
    assert page.title() != "taken"
    refused = " ".join(said)
    assert [kind for kind in ("script", "image", "style") if kind not in refused.lower()] == []
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(255, 0, 0)"
