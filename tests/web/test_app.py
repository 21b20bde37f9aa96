"""The whole application: what no request may do, whoever sends it and however often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from digest import tokens
from digest.flow import audience, signup
from digest.flow.messages import keyring
from digest.model import SubscriptionState as State
from digest.store import subscribers
from digest.testing.editions import frozen
from digest.tokens import Purpose
from digest.web.app import create


def everything(context):
    """Read every row of every table."""
    with context.store.read() as conn:
        tables = [row[0] for row in conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        return {table: conn.execute(text(f"SELECT * FROM {table}")).all() for table in sorted(tables)}


def every_link(context, reader):
    """Give the path of every page, with tokens that are right."""
    signup.prepare(context, signup.ask(context, signup.Ask(newsletter="sabah", address="new@example.org")))
    with context.store.write() as conn:
        new = subscribers.find(conn, "new@example.org").id
        [pending] = subscribers.subscriptions_of(conn, new)
    frozen(context.store)
    ring, soon = keyring(context), context.now() + timedelta(hours=1)
    confirm = tokens.make(ring, Purpose.CONFIRM, pending.id, expires=soon)
    data = tokens.make(ring, Purpose.CHANGE, reader.id, expires=soon)
    own = [reader.leave, reader.preferences, f"{reader.preferences}/data", f"/c/{confirm}", f"/d/{data}"]
    public = ["/", "/s/daily", "/s/daily/embed", "/s/daily/code", "/a/daily", "/a/daily/feed.atom"]
    more = ["/a/daily/feed.json", "/e/e00000000001", "/healthz", "/robots.txt", "/openapi.json", "/hooks/ses"]
    return own + public + more


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH"])
def test_no_method_but_post_changes_anything(client, context, reader, method):
    """Every page, with links that are right, as scanners open them: not one row moves."""
    paths = every_link(context, reader)
    before = everything(context)
    for path in paths:
        for query in ("", "?what=everything&reason=other", "?List-Unsubscribe=One-Click", "?what=erase"):
            client.request(method, path + query)
    assert everything(context) == before


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_get_cannot_call_itself_a_post(client, context, reader, header):
    """No header turns a link that is opened into a form that is sent."""
    client.get(f"{reader.leave}?_method=POST", headers={header: "POST"})
    assert reader.states() == {"daily": "confirmed"}


def test_a_link_outlives_a_new_key_and_dies_with_its_own(context, reader):
    """Keys are rotated by adding one with a higher id; the old one goes when its links are old enough."""

    def client_with(*keys):
        settings = type(context.settings).model_validate(
            {**context.settings.model_dump(by_alias=True), "secret_keys": keys}
        )
        return TestClient(create(type(context)(settings, context.store, context.now)), follow_redirects=False)

    old = {"id": 1, "purpose": "links", "secret": "l" * 32}
    new = {"id": 3, "purpose": "links", "secret": "n" * 32}
    addresses = {"id": 2, "purpose": "addresses", "secret": "a" * 32}
    assert client_with(old, new, addresses).get(reader.leave).status_code == 200
    assert client_with(new, addresses).post(reader.leave).status_code == 404
    forged = {**old, "secret": "x" * 32}
    assert client_with(forged, new, addresses).post(reader.leave).status_code == 404
    assert reader.states() == {"daily": "confirmed"}


def test_one_readers_page_is_never_shown_to_another(client, make_reader):
    """Pages rendered once and kept differ by their reader's own values; no cache may keep them."""
    readers = [make_reader(f"{name}@example.org") for name in ("anton", "berta", "clara")]
    for _ in range(2):
        for reader in readers:
            for path in (reader.leave, reader.preferences):
                page = client.get(path)
                assert page.headers["cache-control"] == "no-store"
                assert "etag" not in page.headers
                assert f'action="{path}"' in page.text
                masks = {f"{r.address[0]}…{r.address.partition('@')[0][-1]}@" for r in readers}
                assert [mask for mask in masks if mask in page.text] == [
                    f"{reader.address[0]}…{reader.address.partition('@')[0][-1]}@"
                ]


def test_a_choice_shows_at_once(client, reader, context):
    """What is kept for speed is never older than the store."""
    assert "Leave The Harbour Post daily?" in client.get(reader.leave).text
    audience.leave(context, reader.subscription, "page")
    assert "You have left" in client.get(reader.leave).text
    with context.store.write() as conn:
        subscribers.move(conn, reader.subscription, State.CONFIRMED, context.now())
    assert "Leave The Harbour Post daily?" in client.get(reader.leave).text


def test_an_edition_that_is_only_ready_cannot_be_guessed(client, context):
    """Its address follows from newsletter and slot; before it leaves it is nobody's."""
    frozen(context.store)
    assert client.get("/e/e00000000001").status_code == 200
    with context.store.write() as conn:
        conn.execute(text("UPDATE editions SET state = 'ready'"))
    assert TestClient(create(context)).get("/e/e00000000001").status_code == 404


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE editions; --", "1 OR 1=1", "%27", "\x00", "../../etc/passwd", "{{7*7}}"]
)
def test_nothing_entered_is_taken_for_sql_paths_or_templates(client, context, reader, value):
    """In every place a request can carry text."""
    from urllib.parse import quote

    for place in (
        "/s/{}",
        "/a/{}",
        "/e/{}",
        "/i/{}",
        "/u/{}",
        "/p/{}",
        "/c/{}",
        "/d/{}",
        "/style/{}.css",
        "/?lang={}",
    ):
        answer = client.get(place.format(quote(value, safe="")))
        assert answer.status_code in (200, 400, 404)
        assert ">49<" not in answer.text
        assert "root:" not in answer.text
    answer = client.post("/s/daily", data={"email": value, "website": ""})
    assert answer.status_code == 422
    client.post(
        reader.preferences, data={"newsletter": value, "language": value, "until": value, "zone": value}
    )
    assert "sqlite" not in answer.text.lower()
    assert len(everything(context)["editions"]) == 0


def test_a_failure_is_told_with_all_protection_and_nothing_else(client, context, reader):
    """The answer to what nobody foresaw has the same headers as every other."""
    with context.store.write() as conn:
        conn.execute(text("ALTER TABLE subscriptions RENAME TO elsewhere"))
    answer = TestClient(client.app, raise_server_exceptions=False).get(reader.leave)
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not [
        word for word in ("Traceback", "/work", "/site-packages", "OperationalError") if word in answer.text
    ]
