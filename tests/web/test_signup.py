"""Signing up: confirmation by a click that no bot passes, with answers that tell nothing."""

from __future__ import annotations

import mailbox
import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from digest import tokens
from digest.flow import audience, privacy, signup
from digest.flow.context import Context
from digest.flow.messages import keyring
from digest.model import SuppressionReason as Why
from digest.store import consents, subscribers, suppressions
from digest.web.app import create

FORM = {"email": "eve@example.org"}


@pytest.fixture
def letters(context):
    """Give a function that reads the letters sent so far."""

    def read():
        folder = context.settings.root / "outbox"
        if not folder.exists():
            return []
        box = mailbox.Maildir(folder)
        return [
            BytesParser(policy=policy.default).parsebytes(box.get_bytes(key)) for key in sorted(box.keys())
        ]

    return read


def link(letter, place):
    return re.search(
        rf"https://news\.post\.example(/{place}/\S+)", letter.get_body(("plain",)).get_content()
    )[1]


def standing(context, address="eve@example.org"):
    with context.store.read() as conn:
        found = subscribers.find(conn, address)
        return (
            {each.newsletter: each.state.value for each in subscribers.subscriptions_of(conn, found.id)}
            if found
            else {}
        )


def test_signing_up_takes_a_letter_and_a_click(client, context, letters):
    """Asking makes a pending subscription; the POST from the page in the letter's link confirms it."""
    assert client.post("/s/daily", data=FORM).status_code == 200
    assert standing(context) == {"daily": "pending"}
    [letter] = letters()
    assert letter["To"] == "eve@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    path = link(letter, "c")
    assert client.post(path).status_code == 200
    assert standing(context) == {"daily": "confirmed"}
    with context.store.read() as conn:
        who = subscribers.find(conn, "eve@example.org").id
        acts = consents.of(conn, who)
    assert [act["act"] for act in acts] == ["asked", "confirmed"]
    assert all("one click" in act["wording"] and act["ip"] == "testclient" for act in acts)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_the_link_confirms_nothing(client, context, letters, method):
    """A virus scanner that follows the link subscribes nobody."""
    client.post("/s/daily", data=FORM)
    path = link(letters()[0], "c")
    client.request(method, path)
    assert standing(context) == {"daily": "pending"}


def test_the_link_expires_and_serves_one_purpose(client, context, letters):
    """After two days it is dead; it is no link to leave or to preferences."""
    client.post("/s/daily", data=FORM)
    token = link(letters()[0], "c").rpartition("/")[2]
    for place in ("u", "p", "d"):
        assert client.post(f"/{place}/{token}").status_code == 404
    later = Context(context.settings, context.store, lambda: context.now() + timedelta(days=2))
    assert TestClient(create(later)).post(f"/c/{token}").status_code == 404
    assert standing(context) == {"daily": "pending"}


def test_the_answer_is_the_same_whoever_it_is(make_reader, client, context, letters):
    """New, confirmed, left, erased or asked for too often: neither status, headers nor page tell."""
    make_reader("known@example.org")
    make_reader("left@example.org")
    audience.remove(context, "left@example.org")
    make_reader("gone@example.org")
    privacy.forget(context, privacy.find(context, "gone@example.org"), "operator")
    answers = [
        client.post("/s/daily", data={"email": f"{name}@example.org"})
        for name in ("new", "known", "left", "gone", *["new"] * 4)
    ]
    assert len({(each.status_code, str(each.headers), each.text) for each in answers}) == 1
    sent = {letter["To"]: letter["Subject"].partition(":")[0] for letter in letters()}
    assert sent["known@example.org"].startswith("You get")
    assert sent["left@example.org"] == "Confirm"
    assert "gone@example.org" not in sent


def test_an_answer_takes_the_same_work_whoever_it_is(make_reader, context):
    """The same statements in the same order, all that depends on the reader being left for afterwards."""
    for name in ("known", "left", "gone", "bounced", "complained"):
        make_reader(f"{name}@example.org")
    audience.remove(context, "left@example.org")
    privacy.forget(context, privacy.find(context, "gone@example.org"), "operator")
    with context.store.write() as conn:
        for name, why in (("bounced", Why.BOUNCED), ("complained", Why.COMPLAINED)):
            hashed = tokens.address_hash(keyring(context), f"{name}@example.org")
            suppressions.add(conn, hashed, why, context.now())
    said: list[str] = []
    event.listen(context.store.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    works = set()
    for name in ("new", "known", "left", "gone", "bounced", "complained", "new"):
        said.clear()
        wanted = signup.Ask(newsletter="daily", address=f"{name}@example.org", ip="192.0.2.1")
        asked = signup.ask(context, wanted)
        works.add(tuple(said))
        signup.prepare(context, asked)
    assert len(works) == 1
    assert not any("subscri" in statement or "suppress" in statement for statement in works.pop())


def test_nothing_the_form_says_stands_in_the_letter(client, letters):
    """So that nobody can send their own words through us."""
    client.post(
        "/s/daily", data={**FORM, "name": "Buy pills", "website": ""}, headers={"Accept-Language": "pills"}
    )
    whole = letters()[0].as_string()
    assert "pills" not in whole.lower()


def test_a_program_that_fills_every_field_gets_the_same_page_and_no_letter(client, context, letters):
    """The field that people do not see is a trap."""
    honest = client.post("/s/daily", data=FORM).text
    assert client.post("/s/daily", data={"email": "bot@example.org", "website": "http://x"}).text == honest
    assert [letter["To"] for letter in letters()] == ["eve@example.org"]
    assert standing(context, "bot@example.org") == {}


def test_one_address_gets_few_letters(client, letters):
    """Three a day, however often someone asks; the answer stays the same."""
    pages = {client.post("/s/daily", data=FORM).text for _ in range(6)}
    assert len(pages) == 1
    assert len(letters()) == 3


def test_one_network_may_ask_so_often(client, letters):
    """Then it is told to come back, whatever the address."""
    statuses = [client.post("/s/daily", data={"email": f"r{n}@example.org"}).status_code for n in range(22)]
    # The test client's address is no IP address, so only the total limit would apply to it.
    assert statuses == [200] * 22


@pytest.mark.parametrize(
    ("ips", "refused"),
    [
        (["192.0.2.1"] * 21, 1),
        ([f"2001:db8::{n}" for n in range(21)], 1),
        ([f"192.0.2.{n}" for n in range(21)], 0),
    ],
)
def test_networks_are_counted_by_address_or_by_sixty_four_bits(context, ips, refused):
    """IPv6 gives everyone billions of addresses; one /64 is one network."""
    verdicts = [
        signup.ask(context, signup.Ask(newsletter="daily", address=f"r{n}@example.org", ip=ip)).verdict
        for n, ip in enumerate(ips)
    ]
    assert verdicts.count("refuse") == refused


def test_a_wrong_address_is_told_with_what_was_entered(client):
    """The form comes back with a hint; nothing is stored."""
    page = client.post("/s/daily", data={"email": '"><script>x'})
    assert page.status_code == 422
    assert "name@example.org" in page.text
    assert "<script" not in page.text


def test_who_left_can_return_and_who_complained_cannot(make_reader, client, context, letters):
    """A reader's own confirmed wish lifts their own no; nobody's wish lifts a complaint."""
    reader = make_reader("back@example.org")
    audience.leave(context, reader.subscription, "page")
    client.post("/s/daily", data={"email": "back@example.org"})
    client.post(link(letters()[0], "c"))
    with context.store.read() as conn:
        assert [each.address for each in subscribers.candidates(conn, "daily", context.now())] == [
            "back@example.org"
        ]
    privacy.suppress(context, "back@example.org")
    client.post("/s/daily", data={"email": "back@example.org"})
    assert len(letters()) == 1


def test_a_sender_that_is_down_loses_no_letter(context, letters):
    """It waits, is tried again, and is sent once."""
    from digest.web.letters import Letters

    signup.prepare(context, signup.ask(context, signup.Ask(newsletter="daily", address="eve@example.org")))
    broken = {
        "outbox": context.settings.senders["outbox"].model_copy(
            update={"type": "smtp", "host": "127.0.0.1", "port": 1}
        )
    }
    down = replace(context, settings=context.settings.model_copy(update={"senders": broken}))
    render = Letters(context.settings).render
    assert signup.send_letters(down, render) == 0
    assert signup.send_letters(context, render) == 1
    assert signup.send_letters(context, render) == 0
    assert len(letters()) == 1


def test_the_form_can_be_embedded_and_copied(client):
    """The frame may stand on any site; the code has no script."""
    frame = client.get("/s/daily/embed")
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    code = client.get("/s/daily/code").text
    assert (
        "action=&#34;https://news.post.example/s/daily&#34;" in code
        or "https://news.post.example/s/daily" in code
    )
    assert "script" not in code.replace("scripts", "")


@pytest.mark.parametrize(
    "path", ["/s/nope", "/s/nope/embed", "/a/nope", "/a/nope/feed.atom", "/c/x", "/d/x", "/p/x"]
)
def test_unknown_places_are_not_found(client, path):
    """With a page that says what to do."""
    assert client.get(path).status_code == 404
